"""Batches from joint paths: what a path would gain tells which candidates belong together.

Every path is one way the world may be. A batch is worth the average over paths of its best member, so a
pick pays only in those worlds that the picks before it do not serve yet: diversity needs no weight.
Expected improvement, probability of improvement and the confidence bound differ in how a path is paid.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bioal.acquisition.downdates import conditioned_improvement
from bioal.acquisition.tasks import Picks, Task, picks_of, utility_moments
from bioal.evidence import Bools, Floats, Ints

Floats32 = NDArray[np.float32]

_CHUNK = 64  # candidates whose gain is brought up to date together
_MOST_INCUMBENTS = 256
_MOST_PATHS = 2048
_NARROW = 1024  # candidates that are looked at again on fresh paths


@dataclass(frozen=True)
class Payments:
    """What each path pays: `offered` (m, S) by each candidate, `had` (S,) by what is measured or pending."""

    offered: Floats32
    had: Floats32


# Of utility paths (rows, S) at candidates, at measured points that may be best, and at pending points.
Payment = Callable[[Floats, Floats, Floats], Payments]


def path_count(batch: int) -> int:
    """Return how many joint paths a batch of this size is chosen with.

    Picks that follow few paths too closely gain less on others: for 125 conditions of CETCH's space, 1000
    paths instead of 512 raised what the batch gains on 8,192 fresh ones from 3.6405 to 3.6419 with an earlier
    model, 2000 from 3.6404 to 3.6415 (one standard error: 0.0014).
    """
    return max(512, 4 * batch, min(8 * batch, _MOST_PATHS))


def expected_improvement_batch(task: Task, rng: np.random.Generator) -> Picks:
    """Choose the candidates that raise the average best-so-far over paths most, one at a time.

    Each path's incumbent is its own best value at measured and pending points, so noise never makes one.
    """
    return _path_batch(task, rng, improvement_payment)


def probability_batch(task: Task, rng: np.random.Generator) -> Picks:
    """Choose the candidates that let most further paths beat their incumbent, one at a time."""
    return _path_batch(task, rng, _chance)


def confidence_bound_batch(task: Task, rng: np.random.Generator, weight: float = 2.0) -> Picks:
    """Choose by the batch form of the upper confidence bound (Wilson et al. 2017, arXiv 1712.00424).

    A path pays mean + weight sqrt(pi/2) |path - mean|, whose average is mean + weight sd; only pending
    points count as had.
    """
    return _path_batch(task, rng, partial(_bound, weight=weight))


def thompson_batch(task: Task, rng: np.random.Generator) -> Picks:
    """Choose the best candidate of one fresh path per pick, the next best where it is taken already."""
    paths = task.utility(task.posterior.paths(task.points, task.count, rng)[:, : task.count])
    free, rows, gains = np.ones(len(paths), bool), [], []
    for path in paths.T[: len(paths)]:
        best = int(np.argmax(np.where(free, path, -np.inf)))
        rows.append(best)
        gains.append(float(path[best]))
        free[best] = False
    return picks_of(rows, gains)


def random_batch(task: Task, rng: np.random.Generator) -> Picks:
    """Choose at random, new candidates before repeated ones."""
    order = rng.permutation(len(task.points))
    rows = order[np.argsort(task.repeated[order], kind="stable")][: task.count]
    return picks_of(rows.astype(np.intp), np.zeros(len(rows)))


def greedy(
    payments: Payments, free: Bools, count: int, cost: Floats | None = None
) -> tuple[Ints, Floats, Floats32]:
    """Pick greedily what raises the paths' average most; stop where a gain sinks below its Monte-Carlo error.

    With a `cost` of each candidate, (m,), what raises it most per cost.

    Gains can only fall as picks are made, so the gains of earlier turns bound the present ones, and only
    the candidates at the top of these bounds are looked at again: the picks are those of a full search.
    Returns the rows, their gains, and what each path has now.
    """
    price = np.ones(len(payments.offered)) if cost is None else cost
    had, bounds = payments.had.copy(), _gains(payments.offered, payments.had) / price
    bounds[~free] = -np.inf
    rows: list[int] = []
    gains: list[float] = []
    while len(rows) < min(count, int(free.sum())):
        best = _leader(payments.offered, had, bounds, price)
        raised = np.maximum(payments.offered[best] - had, 0)
        # A gain that one lucky path makes equals its own standard error.
        if bounds[best] * price[best] <= 1.001 * raised.std(ddof=1, dtype=np.float64) / np.sqrt(len(raised)):
            break
        rows.append(best)
        gains.append(float(bounds[best] * price[best]))
        bounds[best] = -np.inf
        had += raised
    return np.array(rows, np.intp), np.array(gains), had


def _leader(offered: Floats32, had: Floats32, bounds: Floats, price: Floats) -> int:
    """Return the candidate of largest present gain per price, bringing `bounds` up to date where needed."""
    chunk = min(_CHUNK, len(bounds))
    while True:
        top = np.sort(np.argpartition(-bounds, chunk - 1)[:chunk])
        top = top[np.isfinite(bounds[top])]
        bounds[top] = _gains(offered[top], had) / price[top]
        best = int(top[np.argmax(bounds[top])])
        if bounds[best] >= bounds.max():
            return best


def _gains(offered: Floats32, had: Floats32) -> Floats:
    gains = np.empty(len(offered))
    for start in range(0, len(offered), 256):
        block = slice(start, start + 256)
        gains[block] = np.maximum(offered[block] - had, 0).mean(axis=1, dtype=np.float64)
    return gains


def _path_batch(task: Task, rng: np.random.Generator, payment: Payment) -> Picks:
    paths = path_count(task.count)
    rows, gains = path_picks(task, np.empty(0, np.intp), paths, rng, payment)
    if len(rows) < min(task.count, len(task.points)):
        # Fresh paths, and more of them: the old ones have been used up by the picks they led to.
        narrow, position = narrowed(task, rows)
        fresh = min(4 * paths, max(paths, _MOST_PATHS))
        more, further = path_picks(narrow, np.arange(len(rows)), fresh, rng, payment)
        rows, gains = np.append(rows, position[more]), np.append(gains, further)
    return _filled(task, rows, gains)


def narrowed(task: Task, rows: Ints, most: int = _NARROW) -> tuple[Task, Ints]:
    """Return the task with the rows picked, then the most promising others, and where these come from."""
    upper = np.add(*utility_moments(task.mean, 3 * task.sd, task.utility))
    upper[rows] = -np.inf
    others = np.argsort(-upper, kind="stable")[: min(max(most, 4 * task.count), len(upper) - len(rows))]
    position = np.append(rows, others).astype(np.intp)
    return task.of(position), position


def path_picks(
    task: Task, chosen: Ints, paths: int, rng: np.random.Generator, payment: Payment
) -> tuple[Ints, Floats]:
    """Pick greedily on fresh paths, given rows chosen already; return the rows and their gains."""
    parts = (task.points, _incumbents(task), task.pending)
    drawn = task.utility(task.posterior.paths(np.vstack(parts), paths, rng))
    payments = payment(*np.split(drawn, np.cumsum([len(part) for part in parts[:2]])))
    free = np.ones(len(task.points), bool)
    free[chosen] = False
    had = payments.offered[chosen].max(axis=0, initial=-np.inf)
    payments = replace(payments, had=np.maximum(payments.had, had))
    rows, gains, _ = greedy(payments, free, task.count - len(chosen), task.cost)
    return rows, gains


def _incumbents(task: Task) -> Floats:
    """Return the measured points that may be the best on some path: within five sd of the best."""
    if not len(task.known):
        return task.known
    mean, sd = utility_moments(*task.posterior.mean_sd(task.known), task.utility)
    upper = mean + 5 * sd
    order = np.argsort(-upper, kind="stable")[:_MOST_INCUMBENTS]
    return task.known[order[upper[order] >= np.max(mean - 5 * sd)]]


def _filled(task: Task, rows: Ints, gains: Floats) -> Picks:
    missing = min(task.count, len(task.points)) - len(rows)
    if not missing:
        return picks_of(rows, gains)
    narrow, position = narrowed(task, rows)
    free = np.arange(len(position)) >= len(rows)
    given = np.vstack([task.pending, task.points[rows]])
    fill = position[conditioned_improvement(narrow, free, given, missing)]
    return picks_of(np.append(rows, fill), np.append(gains, np.zeros(missing)), filled=missing)


def improvement_payment(offered: Floats, measured: Floats, pending: Floats) -> Payments:
    """Return what expected improvement pays: each path's rise above its own best known value."""
    had = np.vstack([measured, pending]).max(axis=0, initial=-np.inf)
    if not np.isfinite(had).all():
        # Without an incumbent everything is an improvement on the worst that may happen.
        had = np.full(offered.shape[1], offered.min())
    return Payments((offered - had).astype(np.float32), np.zeros(len(had), np.float32))


def _chance(offered: Floats, measured: Floats, pending: Floats) -> Payments:
    leads = improvement_payment(offered, measured, pending)
    return Payments((leads.offered > 0).astype(np.float32), leads.had)


def _bound(offered: Floats, _measured: Floats, pending: Floats, weight: float) -> Payments:
    both = np.vstack([offered, pending])
    middle = both.mean(axis=1, keepdims=True)
    paid = middle + weight * np.sqrt(np.pi / 2) * np.abs(both - middle)
    paid = (paid - paid.min()).astype(np.float32)
    had = paid[len(offered) :].max(axis=0, initial=0.0)
    return Payments(paid[: len(offered)], np.asarray(had, np.float32))
