"""Which candidates need not be measured because they are predicted surely enough: a threshold with a bound.

A model's own confidence is not taken at its word. Some candidates, drawn at random and unknown to the model,
are measured; of those that would have been spared at a threshold, the wrong ones are counted. The upper bound
of Clopper and Pearson (1934, doi 10.1093/biomet/26.4.404), corrected by Bonferroni for the thresholds looked
at, says how many of all are wrong at most, and with it how many of those that are left. With too few random
ones no bound is low enough, and nothing is spared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, ndtr

from bioal.evidence import Bools, Floats, Ints

THRESHOLDS = (0.6, 0.8, 0.9, 0.95, 0.99)  # few, and fixed beforehand: each of them costs some certainty
DOUBT = 0.05


@dataclass(frozen=True)
class Spared:
    """Which of the candidates need not be measured.

    Parameters
    ----------
    rows
        Their positions among the candidates, (k,); none where `threshold` is None.
    threshold
        The confidence from which on they are spared.
    checked, wrong
        Random ones that would have been spared there, and how many of these were predicted wrongly; at the
        lowest threshold where nothing is spared.
    bound
        The share of wrong predictions among `rows` is at most this, but for `DOUBT`; NaN without rows.
    """

    rows: Ints
    threshold: float | None
    checked: int
    wrong: int
    bound: float


def spared(
    checked: Floats,
    wrong: Bools,
    left: Floats,
    *,
    error: float,
    doubt: float = DOUBT,
    thresholds: tuple[float, ...] = THRESHOLDS,
) -> Spared:
    """Return the candidates that need not be measured: as many as the bound allows.

    Parameters
    ----------
    checked, wrong
        Confidence in the predictions of the random ones, (n,), and whether they were wrong, (n,). They must
        have been drawn at random from the same candidates, and the model must not have learnt from them.
    left
        Confidence in the predictions of the candidates that are not measured, (m,).
    error
        The share of wrong predictions that is allowed among those spared, between 0 and 1.
    doubt
        The probability, over all draws, of sparing more wrong ones than that.
    """
    best = None
    for threshold in thresholds:
        rows = np.flatnonzero(left >= threshold)
        asked = checked >= threshold
        count, failed = int(asked.sum()), int(wrong[asked].sum())
        bound = bound_of_rest(failed, count, len(rows), doubt / len(thresholds))
        if bound <= error and (best is None or len(rows) > len(best.rows)):
            best = Spared(rows, threshold, count, failed, bound)
    if best is not None:
        return best
    asked = checked >= min(thresholds)
    return Spared(np.empty(0, np.intp), None, int(asked.sum()), int(wrong[asked].sum()), np.nan)


def bound_of_rest(wrong: int, checked: int, left: int, doubt: float) -> float:
    """Return the largest share of wrong predictions among those left that the checked ones allow.

    The bound is on the share among all; what was seen among the checked is not among those left.

    >>> round(bound_of_rest(0, 50, 10_000, 0.01), 3), bound_of_rest(0, 0, 100, 0.01)
    (0.088, 1.0)
    """
    if not left:
        return 1.0
    everything = upper_bound(wrong, checked, doubt) * (checked + left)
    return float(np.clip((everything - wrong) / left, 0.0, 1.0))


def upper_bound(wrong: int, checked: int, doubt: float) -> float:
    """Return the share that is exceeded with the probability `doubt` at most (Clopper and Pearson, one side).

    >>> round(upper_bound(0, 50, 0.05), 4)
    0.0582
    """
    return 1.0 if wrong >= checked else float(betaincinv(wrong + 1, checked - wrong, 1.0 - doubt))


def fewest(error: float, doubt: float = DOUBT, thresholds: tuple[float, ...] = THRESHOLDS) -> int:
    """Return how many random ones, all predicted rightly, are needed before anything can be spared.

    >>> fewest(0.1), fewest(0.2)
    (44, 21)
    """
    return int(np.ceil(np.log(doubt / len(thresholds)) / np.log1p(-error)))


def confidence_within(sd: Floats, tolerance: float) -> Floats:
    """Return the probability that what is measured is within a tolerance of its prediction, (m,).

    Parameters
    ----------
    sd
        Of what would be measured, noise included, (m,).
    """
    return np.asarray(2.0 * ndtr(tolerance / np.maximum(sd, 1e-300)) - 1.0)
