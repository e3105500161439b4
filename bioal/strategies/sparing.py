"""Which candidates need not be measured because they are predicted surely enough: a threshold with a bound.

A model's own confidence is not taken at its word. Some candidates, drawn at random and unknown to the model,
are measured; of those that would have been spared at a threshold, the wrong ones are counted. The upper bound
of Clopper and Pearson (1934, doi 10.1093/biomet/26.4.404), in its form for a finite number and corrected by
Bonferroni for the thresholds looked at, says how many of those left are wrong at most. With too few random
ones no bound is low enough, and nothing is spared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

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
        if not count or failed > error * count:
            continue  # no bound lies below what was seen
        bound = bound_of_rest(failed, count, len(rows), doubt / len(thresholds))
        if bound <= error and (best is None or len(rows) > len(best.rows)):
            best = Spared(rows, threshold, count, failed, bound)
    if best is not None:
        return best
    asked = checked >= min(thresholds)
    return Spared(np.empty(0, np.intp), None, int(asked.sum()), int(wrong[asked].sum()), np.nan)


def bound_of_rest(wrong: int, checked: int, left: int, doubt: float) -> float:
    """Return the largest share of wrong predictions among those left that the checked ones allow.

    It is the largest of which so few wrong ones, or fewer, are drawn with a probability above `doubt` (tail
    of the hypergeometric distribution). With many left it is Clopper and Pearson's bound on a share.

    >>> round(bound_of_rest(0, 50, 100_000, 0.01), 3), bound_of_rest(0, 25, 10, 0.01)
    (0.088, 0.3)
    """
    low, high = wrong, wrong + left
    while low < high:
        middle = (low + high + 1) // 2
        if _drawn(wrong, checked + left, middle, checked) > doubt:
            low = middle
        else:
            high = middle - 1
    return (low - wrong) / left if left else 1.0


def _drawn(wrong: int, total: int, bad: Ints | int, checks: Ints | int) -> Floats:
    """Return the probability to draw so few wrong ones, or fewer, in a number of checks, elementwise."""
    from scipy.stats import hypergeom  # noqa: PLC0415 -- loads a library that few commands need

    return np.asarray(hypergeom.cdf(wrong, total, bad, checks))


def fewest(
    error: float, candidates: int, doubt: float = DOUBT, thresholds: tuple[float, ...] = THRESHOLDS
) -> int:
    """Return how many random ones, all predicted rightly, are needed before anything can be spared.

    All of the candidates where no smaller number is enough.

    >>> fewest(0.1, 100_000), fewest(0.2, 100_000), fewest(0.1, 100)
    (44, 21, 59)
    """
    doubt = doubt / len(thresholds)
    endless = np.log(doubt) / np.log1p(-error)
    checks = np.arange(1, int(min(candidates, 4 * endless + 50)))
    # The fewest wrong ones among those left that would be too many must be too many to show none.
    many = np.floor(error * (candidates - checks) + 1e-9).astype(int) + 1
    none_shown = _drawn(0, candidates, np.minimum(many, candidates - checks), checks)
    enough = none_shown <= doubt
    return int(checks[np.argmax(enough)]) if enough.any() else candidates


def confidence_within(sd: Floats, tolerance: float) -> Floats:
    """Return the probability that what is measured is within a tolerance of its prediction, (m,).

    Parameters
    ----------
    sd
        Of what would be measured, noise included, (m,).
    """
    return np.asarray(2.0 * ndtr(tolerance / np.maximum(sd, 1e-300)) - 1.0)
