"""All strategies beyond those for the best yield: name, score, batch, formula and source of each.

Words: p probability of a class, S posterior covariance with variance v_j, g noise variance, E evaluation
points, d distance, f predicted yield, y measured yield. Larger scores are more wanted.
"""

from __future__ import annotations

from bioal.strategies import imagined, probabilities, scorings, synthesis, training
from bioal.strategies.combining import BatchOf, Entry, EpsilonRandom
from bioal.strategies.doubting import COMMITTEE, MARGIN, PROBABILITY
from bioal.strategies.scorings import ByProbability

_ENTROPY = ByProbability(probabilities.entropy)

GAIN = (
    Entry(
        "expected gradient length",
        "the outcome would move a logistic model far",
        "|x| sum_y p_y |e_y - p|",
        "Settles et al. 2007, NIPS 20",
        scorings.gradient_length,
        reason="teaches",
    ),
    Entry(
        "model change",
        "the yield would move a linear model far (EMCM)",
        "|x| mean_k |f_k - f|, k bootstraps",
        "Cai et al. 2013, doi 10.1109/ICDM.2013.104",
        training.model_change,
        reason="teaches",
    ),
    Entry(
        "output change",
        "the result would move the candidates' predictions",
        "mean_e S_ej^2 / (v_j + g), E the candidates",
        "Kaeding et al. 2018, BMVC",
        scorings.output_change,
        imagined.output_change_batch,
        reason="teaches",
    ),
    Entry(
        "error reduction",
        "outcomes elsewhere would be better known",
        "-sum_y p_y mean_e H[p(. | e, y)], E the reference points",
        "Roy and McCallum 2001, ICML",
        scorings.error_reduction,
        reason="teaches",
        signed=True,
    ),
    Entry(
        "kl maximisation",
        "the result would move predicted distributions",
        "sum_e ln(o_e / n_e) / 2, o = v + g, n = o - S_ej^2 / (v_j + g)",
        "Elreedy et al. 2019, doi 10.3390/e21070651",
        scorings.divergence_gain,
        imagined.divergence_batch,
        reason="teaches",
    ),
    Entry(
        "bald",
        "the result tells most about the model",
        "ln(1 + v / g) / 2, or H[E p] - E H[p]",
        "Houlsby et al. 2011, arXiv 1112.5745",
        scorings.bald,
        imagined.conditioned_information,
        reason="teaches",
    ),
    Entry(
        "batch bald",
        "the results of the batch together tell most about the model",
        "ln det(I + S / g) / 2, or I(y_1 ... y_k; model)",
        "Kirsch et al. 2019, arXiv 1906.08158",
        scorings.bald,
        imagined.information_batch,
        reason="teaches",
    ),
)

DIVERSITY = (
    Entry(
        "core-set",
        "nothing like it was measured (GSx)",
        "min_n d(x, x_n)",
        "Sener and Savarese 2018, arXiv 1708.00489; Wu et al. 2019, doi 10.1016/j.ins.2018.09.060",
        scorings.farthest,
        training.core_set_batch,
        reason="unlike",
    ),
    Entry(
        "information density",
        "open, and like many others",
        "H[p] mean_u 1 / (1 + d)",
        "Settles and Craven 2008, doi 10.3115/1613715.1613855",
        scorings.representative,
        reason="unsure",
    ),
    Entry(
        "ranked batch",
        "unlike what was measured at first, unsure later",
        "a (1 - 1 / (1 + min d)) + (1 - a)(1 - max p), a = |U| / (|U| + |L|)",
        "Cardoso et al. 2017, doi 10.1016/j.ins.2016.10.037",
        training.ranked_score,
        training.ranked_rule,
        reason="unlike",
    ),
    Entry(
        "gsy",
        "a yield like no other is predicted",
        "min_n |f - y_n|",
        "Wu et al. 2019, doi 10.1016/j.ins.2018.09.060",
        scorings.output_greedy,
        reason="unlike",
    ),
    Entry(
        "igs",
        "unlike what was measured, in factors and in yield",
        "min_n d(x, x_n) |f - y_n|",
        "Wu et al. 2019, doi 10.1016/j.ins.2018.09.060",
        scorings.improved_greedy,
        training.improved_greedy_batch,
        reason="unlike",
    ),
    Entry(
        "lcmd",
        "stands for the largest group that is far from what was measured",
        "max d^2 in the cluster of largest sum d^2",
        "Holzmueller et al. 2023, arXiv 2203.09410",
        scorings.farthest,
        training.cluster_batch,
        reason="unlike",
    ),
    Entry(
        "discriminative",
        "a classifier tells it from what was measured",
        "p(unmeasured | x)",
        "Gissin and Shalev-Shwartz 2019, arXiv 1907.06347",
        training.unlabelled,
        training.discriminative_batch,
        reason="unlike",
    ),
    Entry(
        "query synthesis",
        "halfway between a success and a failure, and along the border",
        "nearest to (x_+ + x_-) / 2, then off the line",
        "Wang et al. 2015, doi 10.1016/j.neucom.2014.06.042",
        scorings.spread,
        synthesis.synthesis_batch,
        reason="border",
    ),
    Entry(
        "epsilon random",
        "a tenth at random, the rest by entropy",
        "U(0, 1) for a tenth of the batch",
        "libact 0.2, EpsilonUncertaintySampling",
        _ENTROPY,
        EpsilonRandom(BatchOf(_ENTROPY)),
        reason="unsure",
    ),
)

CATALOGUE = (*PROBABILITY, *COMMITTEE, *MARGIN, *GAIN, *DIVERSITY)
