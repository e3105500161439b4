"""From scores to batches that are no copies of one good idea.

The best candidate is followed by its neighbours in any list of scores, and they would teach the same. So
the first pick is taken as measured before the second is chosen: what counts is a candidate's score times
the share of its variance that the picks before it leave. Shares come from the model's covariance, and from
a kernel on distances where the model has none. It is the greedy search for the most probable set of a
determinantal point process with scores as qualities (Kulesza and Taskar 2012, doi 10.1561/2200000044; Chen,
Zhang and Zhou 2018, arXiv 1709.05135).
"""

from __future__ import annotations

import numpy as np

from bioal.acquisition.tasks import Picks, picks_of
from bioal.evidence import Floats, Ints
from bioal.models.kernels import matern, squared_distances
from bioal.strategies.diversity import scaled_points
from bioal.strategies.pools import Pool

GEOMETRY = 0.1  # of distances beside the model's covariance: members that all agree are no two copies
_MOST = 4000
_JITTER = 1e-9


def conditioned_batch(pool: Pool, scores: Floats, rng: np.random.Generator) -> Picks:
    """Return the batch that scores (m,) ask for, best first, each pick conditioned on those before it.

    The scores may be of any scale and sign; only the order and the relative distances between the worst and
    the best matter. Equal candidates are taken in random order. Of a long list, only the best few thousand
    are looked at. Where the task says what candidates cost, what counts is the score per cost.
    """
    scores = _per_cost(scores, pool.task.cost)
    looked = _looked_at(scores, pool.task.count, rng)
    part = pool.rows(looked, pool.task.count)
    quality, left = _quality(scores)[looked] ** 2, _Left(part)
    free, rows, gains = np.ones(len(looked), bool), [], []
    for _ in range(min(pool.task.count, len(looked))):
        share = left.share[: len(looked)]
        worth = np.where(free, quality * share, -1.0)
        if worth.max() <= 0:
            # The worst candidates have no quality to tell them apart.
            worth = np.where(free, 1e-12 * share, -1.0)
        row = int(np.argmax(worth))
        rows.append(row)
        gains.append(float(worth[row]))
        free[row] = False
        left.measure(row)
    return picks_of(looked[rows], gains)


def _per_cost(scores: Floats, cost: Floats | None) -> Floats:
    """Return scores per cost, (m,); those that may be negative are counted from the worst candidate's."""
    if cost is None:
        return scores
    low = scores[np.isfinite(scores)].min(initial=0.0)
    return np.asarray((scores - low) / cost)


def _looked_at(scores: Floats, count: int, rng: np.random.Generator) -> Ints:
    """Return the rows of the best scores, in random order so that ties are broken by the seed."""
    order = rng.permutation(len(scores))
    best = order[np.argsort(-scores[order], kind="stable")[: max(_MOST, 4 * count)]]
    return best if len(best) < len(scores) else order


def _quality(scores: Floats) -> Floats:
    """Return scores between 0 (worst) and 1 (best); all 1 where they are equal."""
    usual = scores[np.isfinite(scores)]
    if not len(usual):
        return np.ones(len(scores))
    low, high = usual.min(), usual.max()
    if low == high:
        return np.asarray(scores >= low, float)
    return np.asarray((np.clip(scores, low, high) - low) / (high - low))


class _Left:
    """Which share of its variance each candidate has left as others are taken as measured."""

    def __init__(self, pool: Pool) -> None:
        points = np.vstack([pool.task.points, pool.task.pending])
        believed = pool.task.posterior.covariance(points, points)
        unit = float(np.mean(np.diag(believed))) or 1.0
        scaled = scaled_points(points, pool.categorical)
        # Half the usual distance between candidates is near.
        near = 0.5 * float(scaled.var(axis=0).sum()) or 1.0
        self._full = believed / unit + GEOMETRY * matern(squared_distances(scaled, scaled) / near)
        self._whole = np.diag(self._full).copy()
        self._roots = np.empty((len(points), 0))
        self.share = np.ones(len(points))
        for row in range(len(pool.task.points), len(points)):
            self.measure(row)

    def measure(self, row: int) -> None:
        """Take one row as measured."""
        column = self._full[:, row] - self._roots @ self._roots[row]
        root = column / np.sqrt(max(column[row], _JITTER))
        self._roots = np.column_stack([self._roots, root])
        self.share = np.maximum(self.share - root**2 / self._whole, 0.0)
