"""Batches by imagined measurements: each pick is taken as measured before the next is chosen.

Measuring a point does not need its outcome to tell how much variance is left: the covariance loses the
outer product of the point's column over its variance plus noise (a downdate). Conditioned variance takes
the largest left; average variance (ALC, Cohn 1996; IMSE) takes what removes most over the whole space.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bioal.acquisition.functions import log_expected_improvement
from bioal.acquisition.tasks import Picks, Task, picks_of, utility_moments
from bioal.evidence import Bools, Floats, Ints
from bioal.models.posterior import Posterior

Worth = Callable[[Floats], Floats]  # of the variance left at each candidate


class Conditioned:
    """A posterior covariance over some points that shrinks as points are imagined measured."""

    def __init__(self, posterior: Posterior, points: Floats) -> None:
        self.covariance = posterior.covariance(points, points)
        self.variance = np.clip(np.diag(self.covariance).copy(), 0, None)
        # A noise-free model still needs a floor, or a second look at a point divides by zero.
        floor = max(1e-9 * float(self.variance.max(initial=0.0)), float(np.finfo(float).tiny))
        self.noise = max(posterior.noise_sd**2, floor)
        self._roots = np.empty((len(points), 0))

    def column(self, row: int) -> Floats:
        """Return the covariance left of all points with one, over the root of its variance plus noise."""
        column = self.covariance[:, row] - self._roots @ self._roots[row]
        return np.asarray(column / np.sqrt(self.variance[row] + self.noise))

    def measure(self, row: int) -> Floats:
        """Imagine one point measured; return the root of what its measurement takes from the covariance."""
        root = self.column(row)
        self._roots = np.column_stack([self._roots, root])
        self.variance = np.clip(self.variance - root**2, 0, None)
        return root

    def measure_all(self, rows: Ints) -> None:
        """Imagine several points measured, one after the other."""
        for row in rows:
            self.measure(int(row))

    def block(self, rows: slice, columns: slice) -> Floats:
        """Return the covariance that is left between some points and others."""
        return np.asarray(self.covariance[rows, columns] - self._roots[rows] @ self._roots[columns].T)


def conditioned_picks(
    task: Task, free: Bools, given: Floats, count: int, worth: Worth
) -> tuple[Ints, Floats]:
    """Choose up to `count` free candidates, each of most worth given `given` and those before it."""
    size = len(task.points)
    left = Conditioned(task.posterior, np.vstack([task.points, given]))
    left.measure_all(np.arange(size, size + len(given)))
    free, rows, gains = free.copy(), [], []
    for _ in range(min(count, int(free.sum()))):
        worths = np.where(free, worth(left.variance[:size]), -np.inf)
        best = int(np.argmax(worths))
        if np.isneginf(worths[best]):
            best = int(np.argmax(np.where(free, left.variance[:size], -1.0)))
        rows.append(best)
        gains.append(float(worths[best]))
        free[best] = False
        left.measure(best)
    return np.array(rows, np.intp), np.array(gains)


def conditioned_improvement(task: Task, free: Bools, given: Floats, count: int) -> Ints:
    """Fill a batch where paths see no more gain: by log expected improvement with the variance that is left.

    The logarithm ranks what no path reaches, and the conditioned variance keeps the picks apart.
    """
    incumbents = np.vstack([task.known, task.pending])
    incumbent = utility_moments(*task.posterior.mean_sd(incumbents), task.utility)[0].max(initial=-np.inf)

    def promise(variance: Floats) -> Floats:
        return log_expected_improvement(
            *utility_moments(task.mean, np.sqrt(variance), task.utility), incumbent
        )

    promised = promise if np.isfinite(incumbent) else np.asarray
    return conditioned_picks(task, free, given, count, promised)[0]


def variance_batch(task: Task, _rng: np.random.Generator) -> Picks:
    """Choose where least is known, each pick conditioned on the pending points and the picks before it."""
    every = np.ones(len(task.points), bool)
    return picks_of(*conditioned_picks(task, every, task.pending, task.count, np.asarray))


def average_variance_batch(task: Task, _rng: np.random.Generator) -> Picks:
    """Choose what lowers the variance averaged over the reference points most (ALC, IMSE), one at a time."""
    size, known = len(task.points), len(task.points) + len(task.pending)
    left = Conditioned(task.posterior, np.vstack([task.points, task.pending, task.reference]))
    left.measure_all(np.arange(size, known))
    across = left.block(slice(known, None), slice(0, size))
    free, rows, gains = np.ones(size, bool), [], []
    for _ in range(min(task.count, size)):
        worth = np.mean(across**2, axis=0) / (left.variance[:size] + left.noise)
        best = int(np.argmax(np.where(free, worth, -1.0)))
        rows.append(best)
        gains.append(float(worth[best]))
        free[best] = False
        root = left.measure(best)
        across -= np.outer(root[known:], root[:size])
    return picks_of(rows, gains)
