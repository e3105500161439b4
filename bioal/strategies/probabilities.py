"""How unsure a model is of one condition's outcome, from its class probabilities (m, classes).

Larger means more wanted, everywhere; logarithms are natural. For a yield the probability is that of passing
a threshold, or the closed forms at the end are used.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import entr

from bioal.evidence import Floats


def least_confidence(probabilities: Floats) -> Floats:
    """Return 1 - max p, shape (m,) (Lewis and Gale 1994, doi 10.1007/978-1-4471-2099-5_1).

    >>> least_confidence(np.array([[0.45, 0.40, 0.15]])).round(2).tolist()
    [0.55]
    """
    return np.asarray(1.0 - probabilities.max(axis=1))


def smallest_margin(probabilities: Floats) -> Floats:
    """Return minus the difference of the two largest probabilities.

    Scheffer, Decomain and Wrobel 2001, doi 10.1007/3-540-44816-0_31.

    >>> smallest_margin(np.array([[0.45, 0.40, 0.15]])).round(2).tolist()
    [-0.05]
    """
    top = np.sort(probabilities, axis=1)
    return np.asarray(top[:, -2] - top[:, -1])


def entropy(probabilities: Floats) -> Floats:
    """Return -sum p ln p in nats, 0 for a certain outcome.

    Shannon 1948, doi 10.1002/j.1538-7305.1948.tb01338.x.

    >>> entropy(np.array([[0.45, 0.40, 0.15], [1.0, 0.0, 0.0]])).round(6).tolist()
    [1.010413, 0.0]
    """
    return np.asarray(entr(probabilities).sum(axis=1))


def normalised_log_probability(readouts: Sequence[Floats]) -> Floats:
    """Return minus the largest log probability of all readouts of a condition, divided by their number.

    Maximum normalised log-probability (Shen et al. 2018, arXiv 1707.05928): least confidence
    for outcome vectors of unequal lengths. `readouts` holds, per condition, class probabilities (its number
    of readouts, classes), independent of each other given the model.

    >>> sure, unsure = np.array([[0.9, 0.1], [0.9, 0.1]]), np.array([[0.6, 0.4]])
    >>> normalised_log_probability([sure, unsure]).round(4).tolist()
    [0.1054, 0.5108]
    """
    with np.errstate(divide="ignore"):
        return np.array([-float(np.mean(np.log(one.max(axis=1)))) for one in readouts])


def chance(probabilities: Floats, classes: Sequence[int] = (-1,)) -> Floats:
    """Return the probability that the outcome is one of these classes; the last one where none is named."""
    return np.asarray(probabilities[:, list(classes)].sum(axis=1))


def threshold_margin(mean: Floats, sd: Floats, threshold: float) -> Floats:
    """Return -|mean - t| / sd, minus how many sds a yield lies from a threshold: the margin of a yield."""
    least = np.maximum(sd, np.finfo(float).tiny)
    return np.asarray(-np.abs(mean - threshold) / least)


def gaussian_entropy(sd: Floats) -> Floats:
    """Return the differential entropy of a yield, ln(2 pi e sd^2) / 2: the entropy of a yield."""
    with np.errstate(divide="ignore"):
        return np.asarray(0.5 * np.log(2 * np.pi * np.e) + np.log(sd))
