"""The one way to a strategy's scores and picks from a pool, with the promises that hold for all of them.

A batch holds distinct candidates, none measured or pending unless repeats are wanted, as many as were asked
for or all there are; inputs are never changed; the same seed gives the same batch; ties are broken by the
seed. A strategy is a name, a `Strategy`, or a function of a pool and a generator.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bioal.acquisition.tasks import Picks, picks_of
from bioal.errors import UsageError
from bioal.evidence import Floats
from bioal.strategies.combining import Product, WeightedSum, checked
from bioal.strategies.conditioning import conditioned_batch
from bioal.strategies.pools import Pool
from bioal.strategies.registry import OnTasks, Strategy, strategy
from bioal.strategies.scorings import Scoring

Mine = Callable[[Pool, np.random.Generator], object]
Named = str | Strategy | Mine


def picks(wanted: Named, pool: Pool, rng: np.random.Generator) -> Picks:
    """Return the batch that a strategy chooses: positions in the pool, best first.

    Raises
    ------
    UsageError
        If there is no such strategy, or what a user's function returns is neither scores nor picks.
    """
    allowed = pool.allowed()
    part = pool.rows(allowed, min(pool.task.count, len(allowed)))
    if part.task.count < 1:
        return picks_of([], [])
    found = strategy_of(wanted).pick(part, rng)
    _check(found, part)
    return Picks(allowed[found.rows], found.gains, found.filled)


def scores(wanted: Named, pool: Pool, rng: np.random.Generator) -> Floats:
    """Return how much a strategy wants each candidate of the pool by itself, shape (m,); larger is more."""
    chosen = strategy_of(wanted)
    if chosen.score is None:
        raise UsageError(f'"{chosen.name}" chooses batches and gives no scores.')
    if not len(pool.task.points):
        return np.empty(0)
    return checked(chosen.score(pool, rng), len(pool.task.points))


def strategy_of(wanted: Named) -> Strategy:
    """Return the strategy of a name, or the one that a function of (pool, rng) makes."""
    if isinstance(wanted, Strategy):
        return wanted
    if not callable(wanted):
        return strategy(wanted)
    own = _Own(wanted)
    rule = OnTasks(own)
    like = strategy("variance")
    name = getattr(wanted, "__name__", type(wanted).__name__)
    return Strategy(name, rule, rule, like.shares, score=own.scores, choice=own)


def weighted_sum(*parts: tuple[Named, float]) -> Strategy:
    """Return the strategy whose score is the weighted sum of others', as they are.

    >>> weighted_sum(("entropy", 1.0), ("core-set", 0.5)).name
    '1 entropy + 0.5 core-set'
    """
    known = [strategy_of(part) for part, _ in parts]
    scoring = WeightedSum(tuple(map(_scoring, known)), tuple(weight for _, weight in parts))
    name = " + ".join(f"{weight:g} {one.name}" for one, (_, weight) in zip(known, parts, strict=True))
    return _of_scoring(name, scoring)


def product(*parts: tuple[Named, float]) -> Strategy:
    """Return the strategy whose score is the product of powers of others'; none of them may be negative."""
    known = [strategy_of(part) for part, _ in parts]
    scoring = Product(tuple(map(_scoring, known)), tuple(power for _, power in parts))
    name = " x ".join(f"({one.name})^{power:g}" for one, (_, power) in zip(known, parts, strict=True))
    return _of_scoring(name, scoring)


class _Own:
    """A user's function, which returns scores or picks, as a choice."""

    def __init__(self, function: Mine) -> None:
        self.function = function

    def __call__(self, pool: Pool, rng: np.random.Generator) -> Picks:
        found = self.function(pool, rng)
        if isinstance(found, Picks):
            return found
        return conditioned_batch(pool, checked(found, len(pool.task.points)), rng)

    def scores(self, pool: Pool, rng: np.random.Generator) -> Floats:
        return checked(self.function(pool, rng), len(pool.task.points))


def _of_scoring(name: str, scoring: Scoring) -> Strategy:
    own = _Own(scoring)
    rule: OnTasks = OnTasks(own)
    return Strategy(name, rule, rule, strategy("variance").shares, score=scoring, choice=own)


def _scoring(one: Strategy) -> Scoring:
    if one.score is None:
        raise UsageError(f'"{one.name}" chooses batches and gives no scores to combine.')
    return one.score


def _check(found: Picks, pool: Pool) -> None:
    rows = np.asarray(found.rows)
    size = len(pool.task.points)
    if len(np.unique(rows)) != len(rows) or (len(rows) and not 0 <= rows.min() <= rows.max() < size):
        raise UsageError(f"A strategy picked {rows.tolist()}; distinct rows from 0 to {size - 1} are needed.")
    if len(rows) > pool.task.count:
        raise UsageError(f"A strategy picked {len(rows)} rows where {pool.task.count} were asked for.")
