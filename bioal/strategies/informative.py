"""The k conditions that best predict all the others: what to measure first in a new lysate or strain.

From the covariance of a fitted Gaussian process the answer is exact for its model: the k rows that leave the
least variance over all. METIS (Pandi et al. 2022, doi 10.1038/s41467-022-31245-z) draws subsets instead,
trains on each and keeps the one that predicts the rest best; that works with any model.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bioal.errors import UsageError
from bioal.evidence import Floats, Ints
from bioal.models.gaussian_process import GaussianProcess

# Predictions at points (third) of a model trained on points and values (first two).
Predict = Callable[[Floats, Floats, Floats], Floats]
_SWAPS = 100
_TINY = np.finfo(float).tiny


def most_informative(covariance: Floats, noise: float, count: int) -> Ints:
    """Return the rows whose measurement leaves the least mean variance, the most telling first, (count,).

    Greedy by `gains.variance_reduction`, then single swaps as long as one lowers the variance (Fedorov
    exchange; Krause, Singh and Guestrin 2008, JMLR 9:235, on greedy sets).

    Parameters
    ----------
    covariance
        Of the function at all conditions before they are measured, (n, n).
    noise
        Variance of one result.
    """
    _check(count, len(covariance))
    rows: list[int] = []
    for _ in range(count):
        rows.append(int(np.argmin(_left_with_each(covariance, noise, rows))))
    for _ in range(_SWAPS):
        better = _swapped(covariance, noise, rows)
        if better == rows:
            break
        rows = better
    return np.array(rows, np.intp)


def prior_covariance(process: GaussianProcess, points: Floats) -> Floats:
    """Return the covariance at points (n, width) before any of them was measured, in the readout's unit.

    What a fitted process has learnt about length-scales stays; what it has learnt about values is forgotten.
    """
    known = [member.kernel.between(points, points) for member in process.members]
    return np.asarray(process.scale.spread**2 * np.mean(known, axis=0))


def variance_left(covariance: Floats, noise: float, rows: Ints | list[int]) -> float:
    """Return the variance averaged over all conditions after some of them are measured."""
    return float(np.mean(np.diag(_conditioned(covariance, noise, list(rows)))))


def in_order_of_telling(covariance: Floats, noise: float, rows: Ints) -> tuple[Ints, Floats]:
    """Return the rows with the most telling first, and the share of variance explained so far, (count,)."""
    order: list[int] = []
    left: list[float] = []
    while len(order) < len(rows):
        found = _left_with_each(covariance, noise, order)
        others = [int(row) for row in rows if row not in order]
        order.append(min(others, key=lambda row: float(found[row])))
        left.append(float(found[order[-1]]))
    return np.array(order, np.intp), 1 - np.array(left) / max(variance_left(covariance, noise, []), _TINY)


def left_out_error(covariance: Floats, noise: float, rows: Ints, values: Floats) -> float:
    """Return the root mean squared error with which some rows predict the values of all others.

    The mean of the function is estimated from the same rows (generalised least squares).

    Parameters
    ----------
    values
        What was measured at every row of `covariance`, (n,).
    """
    others = np.setdiff1d(np.arange(len(values)), rows)
    inner = covariance[np.ix_(rows, rows)] + noise * np.eye(len(rows))
    solved = np.linalg.solve(inner, np.column_stack([values[rows], np.ones(len(rows))]))
    mean = solved[:, 0].sum() / solved[:, 1].sum()
    guessed = mean + covariance[np.ix_(others, rows)] @ (solved[:, 0] - mean * solved[:, 1])
    return float(np.sqrt(np.mean((values[others] - guessed) ** 2)))


def informative_subset(
    predict: Predict, points: Floats, values: Floats, count: int, *, draws: int, rng: np.random.Generator
) -> tuple[Ints, float]:
    """Return the best of many random subsets, and the share of variance it explains of the others (METIS).

    Parameters
    ----------
    predict
        Trains on points and values and predicts at other points.
    points, values
        What was measured, (n, width) and (n,).
    count, draws
        The size of a subset, and how many are tried.
    """
    _check(count, len(points) - 1)
    best, most = np.arange(count), -np.inf
    for _ in range(draws):
        rows = rng.choice(len(points), count, replace=False)
        others = np.setdiff1d(np.arange(len(points)), rows)
        missed = values[others] - predict(points[rows], values[rows], points[others])
        explained = 1 - np.mean(missed**2) / max(np.var(values[others]), _TINY)
        if explained > most:
            best, most = rows, float(explained)
    return np.sort(best).astype(np.intp), most


def _check(count: int, most: int) -> None:
    if not 1 <= count <= most:
        raise UsageError(f"{count} informative conditions were asked for; 1 to {most} are possible.")


def _conditioned(covariance: Floats, noise: float, rows: list[int]) -> Floats:
    if not rows:
        return covariance
    inner = covariance[np.ix_(rows, rows)] + noise * np.eye(len(rows))
    return np.asarray(covariance - covariance[:, rows] @ np.linalg.solve(inner, covariance[rows]))


def _left_with_each(covariance: Floats, noise: float, rows: list[int]) -> Floats:
    """Return the mean variance left with each further row, infinite for rows that are there already, (n,)."""
    left = _conditioned(covariance, noise, rows)
    reduced = np.mean(left**2, axis=0) / (np.diag(left) + noise)
    found = np.mean(np.diag(left)) - reduced
    found[rows] = np.inf
    return np.asarray(found)


def _swapped(covariance: Floats, noise: float, rows: list[int]) -> list[int]:
    """Return the rows with the best single swap made, the same where none helps."""
    now = variance_left(covariance, noise, rows)
    best, found = now * (1 - 1e-9), rows
    for place in range(len(rows)):
        others = rows[:place] + rows[place + 1 :]
        left = _left_with_each(covariance, noise, others)
        row = int(np.argmin(left))
        if left[row] < best:
            best, found = float(left[row]), [*rows[:place], row, *rows[place + 1 :]]
    return found
