"""A plate split between strategies, with shares that follow what each has earned.

Laboratories have 3 to 10 rounds: too few draws for a bandit, but every plate has wells for all strategies,
so each is seen in each round. What a strategy earned in a round is how far its best well rose above the best
known before; only its part of what all earned in that round counts, so units do not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bioal.acquisition.tasks import Picks
from bioal.errors import UsageError
from bioal.evidence import Floats, Ints
from bioal.strategies.choosing import Named, picks
from bioal.strategies.pools import Pool, with_pending

PRIOR = 1.0  # rounds in which all earned alike, imagined before the first
MEMORY = 0.8  # what a round counts one round later
LEAST = 0.1  # of an even share that no strategy falls below


@dataclass(frozen=True)
class Earned:
    """What each strategy has earned so far, faded from round to round, (K,)."""

    rounds: Floats

    @property
    def shares(self) -> Floats:
        """Return each strategy's share of the next plate, shape (K,), summing to 1."""
        arms = len(self.rounds)
        won = self.rounds + PRIOR / arms
        return np.asarray(LEAST / arms + (1 - LEAST) * won / won.sum())

    def after(self, values: Floats, arms: Ints, incumbent: float) -> Earned:
        """Return what is earned after a round.

        Parameters
        ----------
        values, arms
            Utilities measured in the round and which strategy chose each, (n,).
        incumbent
            The best utility known before it.
        """
        count = len(self.rounds)
        rise = np.array([np.max(values[arms == one] - incumbent, initial=0.0) for one in range(count)])
        part = rise / rise.sum() if rise.sum() > 0 else np.full(count, 1 / count)
        return replace(self, rounds=MEMORY * self.rounds + part)


def earned(strategies: int) -> Earned:
    """Return the beginning: no strategy has earned anything."""
    return Earned(np.zeros(strategies))


def wells_of(shares: Floats, wells: int) -> Ints:
    """Return how many wells each share gets, by largest remainder; at least one each where there are enough.

    >>> wells_of(np.array([0.7, 0.25, 0.05]), 8).tolist()
    [5, 2, 1]
    """
    least = 1 if wells >= len(shares) else 0
    wanted = shares / shares.sum() * (wells - least * len(shares))
    counts = np.floor(wanted).astype(np.intp)
    order = np.argsort(counts - wanted, kind="stable")
    counts[order[: wells - least * len(shares) - counts.sum()]] += 1
    return np.asarray(counts + least)


@dataclass(frozen=True)
class SplitPicks:
    """Picks of a whole plate, and which strategy made each, (count,)."""

    picks: Picks
    arms: Ints


def split_picks(
    strategies: Sequence[Named], wells: Sequence[int] | Ints, pool: Pool, rng: np.random.Generator
) -> SplitPicks:
    """Return a plate of which each strategy chooses so many wells, in turns, knowing all picks before.

    Parameters
    ----------
    strategies, wells
        Which strategies, and how many wells each has.
    pool
        Its count is the sum of the wells.
    """
    if len(strategies) != len(wells):
        raise UsageError(f"{len(strategies)} strategies and wells for {len(wells)} were given.")
    rows: list[int] = []
    arms: list[int] = []
    gains: list[float] = []
    for arm in _turns(np.asarray(wells, np.intp)):
        rest = np.setdiff1d(np.arange(len(pool.task.points)), rows)
        part = with_pending(pool.rows(rest, 1), pool.task.points[rows])
        found = picks(strategies[arm], part, rng)
        if len(found.rows):
            rows.append(int(rest[found.rows[0]]))
            arms.append(arm)
            gains.append(float(found.gains[0]))
    chosen = Picks(np.array(rows, np.intp), np.array(gains), np.zeros(len(rows), bool))
    return SplitPicks(chosen, np.array(arms, np.intp))


def _turns(wells: Ints) -> list[int]:
    """Return the order in which strategies choose: one well each, as long as they have some left."""
    return [arm for turn in range(int(wells.max(initial=0))) for arm in np.flatnonzero(wells > turn).tolist()]
