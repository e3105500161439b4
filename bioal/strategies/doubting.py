"""The strategies that want what is unsure: by probabilities, by committees, along borders.

Words: p probability of a class, p_m that of member m, v votes' share, F decision value. Larger scores are
more wanted.
"""

from __future__ import annotations

from bioal.strategies import committees, probabilities, scorings, training
from bioal.strategies.combining import Entry
from bioal.strategies.scorings import ByMembers, ByProbability

PROBABILITY = (
    Entry(
        "least confidence",
        "the likeliest outcome is unlikely",
        "1 - max p",
        "Lewis and Gale 1994, doi 10.1007/978-1-4471-2099-5_1",
        ByProbability(probabilities.least_confidence),
        reason="unsure",
    ),
    Entry(
        "margin",
        "the two likeliest outcomes are nearly as likely",
        "-(p_1 - p_2)",
        "Scheffer et al. 2001, doi 10.1007/3-540-44816-0_31",
        ByProbability(probabilities.smallest_margin),
        reason="unsure",
        signed=True,
    ),
    Entry(
        "entropy",
        "the outcome is open",
        "-sum p ln p",
        "Shannon 1948, doi 10.1002/j.1538-7305.1948.tb01338.x",
        ByProbability(probabilities.entropy),
        reason="unsure",
    ),
    Entry(
        "mnlp",
        "least confidence per readout",
        "-(1/n) max sum_i ln p_i",
        "Shen et al. 2018, arXiv 1707.05928",
        scorings.mnlp,
        reason="unsure",
    ),
    Entry(
        "chance of success",
        "what is wanted is likely; greedy, so for when some of it has been seen",
        "sum of p over the wanted outcomes",
        "active search: Garnett et al. 2012, arXiv 1206.6406",
        scorings.success,
    ),
    Entry(
        "threshold margin",
        "a yield is near the threshold",
        "-|mean - t| / sd",
        "the margin of a yield; compare Bryan et al. 2005 (straddle)",
        scorings.threshold_margin,
        reason="border",
        signed=True,
    ),
)

COMMITTEE = (
    Entry(
        "vote entropy",
        "members vote differently",
        "-sum v ln v",
        "Dagan and Engelson 1995, doi 10.1016/B978-1-55860-377-6.50027-X",
        ByMembers(committees.vote_entropy),
        reason="disagree",
    ),
    Entry(
        "variation ratio",
        "few members vote for the winner",
        "1 - max v",
        "Freeman 1965, Elementary applied statistics",
        ByMembers(committees.variation_ratio),
        reason="disagree",
    ),
    Entry(
        "consensus entropy",
        "the members' mean leaves the outcome open",
        "H[mean p_m]",
        "Settles 2009, Active learning literature survey",
        ByMembers(committees.consensus_entropy),
        reason="unsure",
    ),
    Entry(
        "mean kl",
        "members differ from their mean",
        "mean_m KL(p_m || mean p)",
        "McCallum and Nigam 1998, ICML",
        ByMembers(committees.mean_divergence),
        reason="disagree",
    ),
    Entry(
        "max kl",
        "one member differs from the mean",
        "max_m KL(p_m || mean p)",
        "modAL; Danka and Horvath 2018, arXiv 1805.00979",
        ByMembers(committees.largest_divergence),
        reason="disagree",
    ),
    Entry(
        "disagreement",
        "members give one outcome different chances",
        "max_m p_m - min_m p_m of the likeliest",
        "compare Haussmann et al. 2020, arXiv 2004.04699",
        ByMembers(committees.disagreement_range),
        reason="disagree",
    ),
    Entry(
        "mutual information",
        "the outcome tells which member is right",
        "H[E p] - E H[p]",
        "Houlsby et al. 2011, arXiv 1112.5745",
        scorings.mutual_information,
        reason="teaches",
    ),
    Entry(
        "committee variance",
        "members predict different yields",
        "sd_m f_m",
        "Burbidge et al. 2007, doi 10.1007/978-3-540-77226-2_22",
        scorings.spread,
        reason="disagree",
    ),
    Entry(
        "query by bagging",
        "models of resampled results vote differently",
        "-sum v ln v over bags",
        "Tuia et al. 2009, doi 10.1109/TGRS.2008.2010404",
        training.bagging,
        reason="disagree",
    ),
    Entry(
        "normalised query by bagging",
        "the same, per number of outcomes voted for",
        "-sum v ln v / ln N",
        "Copa et al. 2010, doi 10.1117/12.864861",
        training.normalised_bagging,
        reason="disagree",
    ),
    Entry(
        "maximum disagreement",
        "groups of factors say different things",
        "H[p], p_c = sum_v W_vc [v says c] / sum_v W_v",
        "Di and Crawford 2012, doi 10.1109/TGRS.2011.2168566",
        training.maximum_disagreement,
        reason="disagree",
    ),
)

MARGIN = (
    Entry(
        "margin sampling",
        "the border of a support vector machine is near",
        "-min_c |F_c|",
        "Tuia et al. 2011, doi 10.1109/JSTSP.2011.2139193",
        training.margin_sampling,
        reason="border",
        signed=True,
    ),
    Entry(
        "closest support vectors",
        "the same, one for each stretch of the border",
        "-min_c |F_c|, one per support vector",
        "Tuia et al. 2009, doi 10.1109/TGRS.2008.2010404",
        training.margin_sampling,
        training.support_vector_batch,
        reason="border",
        signed=True,
    ),
)
