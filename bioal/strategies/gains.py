"""What measuring a condition is expected to change: the model, its predictions, their errors.

For a Gaussian process the expectation over the unknown result is a closed form of the covariance S, its
diagonal v and the noise variance g; nothing is refitted. For committees each member is one world, and a
result shifts weight between worlds. Refits are kept for the definition. Larger means more wanted.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import entr

from bioal.evidence import Floats, Ints

Loss = Callable[[Floats], Floats]
# Probabilities at points (second) of a model trained on points and codes (first two).
Refit = Callable[[Floats, Ints, Floats], Floats]


def expected_gradient_length(probabilities: Floats, features: Floats) -> Floats:
    """Return |features| sum_y p_y |e_y - p|: the expected gradient of the log loss of logistic regression.

    Settles, Craven and Ray 2007 (NIPS 20, Multiple-instance active learning); features (m, d).
    """
    classes = probabilities.shape[1]
    apart = np.eye(classes)[None] - probabilities[:, None, :]
    lengths = np.linalg.norm(apart, axis=2)
    return np.asarray((probabilities * lengths).sum(axis=1) * np.linalg.norm(features, axis=1))


def expected_model_change(prediction: Floats, members: Floats, features: Floats) -> Floats:
    """Return mean_k |f_k - f| x |features|: expected model change of a regression (EMCM).

    Cai, Zhang and Zhou 2013, doi 10.1109/ICDM.2013.104. `members` (m, k) predict from bootstraps
    of as many rows as were measured.
    """
    apart = np.abs(members - prediction[:, None]).mean(axis=1)
    return np.asarray(apart * np.linalg.norm(features, axis=1))


def variance_reduction(across: Floats, variance: Floats, noise: float) -> Floats:
    """Return mean_e S_ej^2 / (v_j + g): how much a result lowers the mean variance (ALC, IMSE).

    Cohn, Ghahramani and Jordan 1996, doi 10.1613/jair.295. Where the evaluation points are the
    candidates themselves it is the expected model output change under squared differences, too (Kaeding et
    al. 2018, BMVC).

    Parameters
    ----------
    across
        Posterior covariance between evaluation points and candidates, (e, m).
    variance
        Posterior variance of the candidates, (m,).
    noise
        Variance of one result about the function.
    """
    squares = np.einsum("ej,ej->j", across, across)
    return np.asarray(squares / len(across) / (variance + noise))


def divergence_gain(across: Floats, variance: Floats, evaluated: Floats, noise: float) -> Floats:
    """Return how far a result is expected to move predicted distributions: KL maximisation, closed form.

    sum_e [ln(o_e / n_e) / 2 + n_e / 2 o_e - 1/2 + S_ej^2 / ((v_j + g) 2 o_e)] with o = v + g and n = o -
    S_ej^2 / (v_j + g) (Elreedy, Atiya and Shaheen 2019, doi 10.3390/e21070651); with the result integrated
    out all but the logarithm cancels, and what is left is a sum of mutual informations.

    Parameters
    ----------
    across, variance, noise
        As in `variance_reduction`.
    evaluated
        Posterior variance of the evaluation points, (e,).
    """
    told = across**2 / ((variance + noise) * (evaluated + noise)[:, None])
    # A candidate without noise tells all about itself, which would be infinitely much.
    return np.asarray(-0.5 * np.log1p(-np.minimum(told, 1 - 1e-12)).sum(axis=0))


def information_gain(variance: Floats, noise: float) -> Floats:
    """Return ln(1 + v / g) / 2, what a result tells (MacKay 1992, doi 10.1162/neco.1992.4.4.590)."""
    return np.asarray(0.5 * np.log1p(variance / noise))


def joint_information_gain(covariance: Floats, noise: float) -> float:
    """Return ln det(I + S / g) / 2, what the results of a batch tell together: batch BALD of a yield."""
    return float(0.5 * np.linalg.slogdet(np.eye(len(covariance)) + covariance / noise)[1])


def zero_one_loss(probabilities: Floats) -> Floats:
    """Return the chance of being wrong with the likeliest class, 1 - max p, over the last axis."""
    return np.asarray(1.0 - probabilities.max(axis=-1))


def log_loss(probabilities: Floats) -> Floats:
    """Return the expected log loss, the entropy in nats, over the last axis."""
    return np.asarray(entr(probabilities).sum(axis=-1))


def expected_error_by_refits(
    refit: Refit,
    known: tuple[Floats, Ints],
    points: Floats,
    *,
    evaluate: Floats | None = None,
    loss: Loss = zero_one_loss,
) -> Floats:
    """Return minus the expected loss after each candidate's result, one refit per candidate and class.

    Roy and McCallum 2001 (ICML, Toward optimal active learning): -sum_y p(y|x) sum_u loss(u).
    The evaluation set is stated, since libraries differ in it: `evaluate`, or, with None, all other
    candidates.

    Parameters
    ----------
    refit
        Given points, codes and points to predict: the probabilities there.
    known
        Points and codes measured.
    points
        Candidates, (m, width).
    """
    chances = refit(*known, points)
    scores = np.zeros(len(points))
    for row, point in enumerate(points):
        others = np.delete(points, row, axis=0) if evaluate is None else evaluate
        longer = np.vstack([known[0], point])
        for code, weight in enumerate(chances[row]):
            after = refit(longer, np.append(known[1], code), others)
            scores[row] -= weight * loss(after).sum()
    return scores


def expected_error_by_members(members: Floats, evaluated: Floats, loss: Loss = log_loss) -> Floats:
    """Return minus the expected mean loss at evaluation points after each candidate's result.

    Members are worlds: a result y at x weighs each by its own p(y | x), so p(. | u, x, y) is the weighted
    mean and nothing is refitted. The expectation is Roy and McCallum's (see `expected_error_by_refits`).

    Parameters
    ----------
    members
        Probabilities at the candidates, (members, m, classes).
    evaluated
        The same members' probabilities at the evaluation points, (members, e, classes).
    """
    worlds, size, classes = members.shape
    flat = evaluated.reshape(worlds, -1)
    scores = np.zeros(size)
    for code in range(classes):
        weights = members[:, :, code]
        total = np.maximum(weights.sum(axis=0), np.finfo(float).tiny)
        for start in range(0, size, 256):
            block = slice(start, start + 256)
            after = ((weights[:, block] / total[block]).T @ flat).reshape(-1, *evaluated.shape[1:])
            scores[block] -= total[block] / worlds * loss(after).mean(axis=1)
    return scores
