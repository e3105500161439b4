"""Batches where a condition may be measured again: by what one more measurement would teach.

Under noise-free paths a repeat is worth nothing, so new and repeated conditions are compared by the
knowledge gradient (Frazier et al. 2009, doi 10.1287/ijoc.1080.0314): how much the largest posterior mean
is expected to rise. Further picks see the outcomes of earlier ones, and of pending points, as fantasies.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from bioal.acquisition.downdates import Conditioned, conditioned_improvement
from bioal.acquisition.tasks import Picks, Task, Utility, identity, picks_of, utility_moments
from bioal.evidence import Floats, Ints

FANTASIES = 128
_DECISIONS = 192
_CONTENDERS = 256


def knowledge_gradient(
    means: Floats, changes: Floats, utility: Utility = identity, nodes: int = 64
) -> Floats:
    """Return how much the best of the posterior means is expected to rise, for each candidate, (m,).

    Measuring candidate j moves the means (a,) by `changes[:, j]` (a, m) times a standard normal number,
    which is stood for by the midpoints of `nodes` equally probable parts.
    """
    best = utility(means).max()
    total = np.zeros(changes.shape[1])
    for z in ndtri((np.arange(nodes) + 0.5) / nodes):
        total += utility(means[:, None] + z * changes).max(axis=0)
    return np.asarray(np.maximum(total / nodes - best, 0.0))


def knowledge_gradient_batch(task: Task, rng: np.random.Generator) -> Picks:
    """Choose new and repeated conditions by what their measurement, noise included, is expected to teach.

    Decisions are among the candidates of largest mean. When the gain of another measurement sinks below
    its Monte-Carlo error, new conditions fill the batch by expected improvement, conditioned on the picks.
    """
    rows, gains = _gradient_picks(task, rng)
    missing = min(task.count, len(task.points)) - len(rows)
    for again in (False, True):
        # New conditions first; repeats only where nothing new is left.
        free = task.repeated if again else ~task.repeated
        free = free & ~np.isin(np.arange(len(free)), rows)
        given = np.vstack([task.pending, task.points[rows]])
        want = min(task.count, len(task.points)) - len(rows)
        rows = np.append(rows, conditioned_improvement(task, free, given, want))
    return picks_of(rows, np.append(gains, np.zeros(missing)), filled=missing)


def _gradient_picks(task: Task, rng: np.random.Generator) -> tuple[Ints, Floats]:
    decisions, contenders = _decisions(task), _contenders(task)
    world = _World(task, decisions, contenders)
    for pending in range(len(task.pending)):
        world.measure(len(contenders) + pending, rng)
    rows: list[int] = []
    gains: list[float] = []
    while len(rows) < min(task.count, len(contenders)):
        rises = world.rises(rng)
        rises[rows] = -np.inf
        best = int(np.argmax(rises.mean(axis=1)))
        gain = float(rises[best].mean())
        if gain <= rises[best].std() / np.sqrt(FANTASIES):
            break
        rows.append(best)
        gains.append(gain)
        world.measure(best, rng)
    return contenders[np.array(rows, np.intp)], np.array(gains)


class _World:
    """Posterior means of the decisions in every fantasy, and how measurements move them."""

    def __init__(self, task: Task, decisions: Ints, contenders: Ints) -> None:
        points = [task.points[decisions], task.points[contenders], task.pending]
        self._left = Conditioned(task.posterior, np.vstack(points))
        self._decisions, self._contenders = len(decisions), len(contenders)
        self._means = np.tile(task.mean[decisions][:, None], (1, FANTASIES))
        self._utility = task.utility

    def measure(self, row: int, rng: np.random.Generator) -> None:
        """Measure one contender or, counted after them, one pending point in every fantasy."""
        change = self._left.measure(self._decisions + row)[: self._decisions]
        self._means += np.outer(change, _even_normals(rng))

    def rises(self, rng: np.random.Generator) -> Floats:
        """Return how much the best mean rises in each fantasy by measuring each contender, (m, S)."""
        ends = self._decisions + self._contenders
        changes = self._left.block(slice(0, self._decisions), slice(self._decisions, ends))
        changes /= np.sqrt(self._left.variance[self._decisions : ends] + self._left.noise)
        normals, before = _even_normals(rng), self._utility(self._means).max(axis=0)
        after = [self._utility(self._means + np.outer(change, normals)).max(axis=0) for change in changes.T]
        return np.asarray(np.asarray(after) - before)


def _decisions(task: Task) -> Ints:
    worth = utility_moments(task.mean, task.sd, task.utility)[0]
    return np.asarray(np.argsort(-worth, kind="stable")[:_DECISIONS])


def _contenders(task: Task) -> Ints:
    """Return the candidates whose measurement alone would teach most: the greedy search is among them."""
    decisions = _decisions(task)
    changes = task.posterior.covariance(task.points[decisions], task.points)
    noise = max(task.posterior.noise_sd**2, np.finfo(float).tiny)
    gain = knowledge_gradient(task.mean[decisions], changes / np.sqrt(task.sd**2 + noise), task.utility, 16)
    return np.asarray(np.argsort(-gain, kind="stable")[:_CONTENDERS])


def _even_normals(rng: np.random.Generator) -> Floats:
    """Return standard normal numbers in random order whose distribution is as even as can be, (S,)."""
    return np.asarray(rng.permutation(ndtri((np.arange(FANTASIES) + 0.5) / FANTASIES)))
