"""A decision diagram: all ways through the factors, one after the other, that keep every bounded sum.

Two partial conditions with equal partial sums have the same futures, so they share a state; counting,
listing and drawing uniformly are then one walk each. Where there are too many states, sums are rounded
into cells and bounds widened by the rounding: a relaxed diagram holds every condition and a few too many.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bioal.protocol.arrays import Codes, Floats, Ints
from bioal.protocol.sums import Sums
from bioal.protocol.terms import RELATIVE_SLACK

MOST_STATES = 20_000
COARSER = (2048, 512, 128, 32, 8)
DEAD = -1


@dataclass(frozen=True)
class Diagram:
    """States per factor and where each code leads.

    Parameters
    ----------
    steps
        One per factor, shape (states, codes of the factor): the state after it, -1 where none.
    domains
        The codes of each factor, in the order of the columns of its step.
    exact
        False where conditions may be among the ways that the constraints refuse.
    """

    steps: tuple[Ints, ...]
    domains: tuple[Codes, ...]
    exact: bool

    @cached_property
    def ways(self) -> tuple[Floats, ...]:
        """Return how many ways lead on from each state, per factor; last in each a 0 for dead ends."""
        ways = [np.append(np.ones(self.steps[-1].max(initial=DEAD) + 1), 0.0)]
        for step in reversed(self.steps):
            ways.append(np.append(ways[-1][step].sum(axis=1), 0.0))
        return tuple(reversed(ways))

    @cached_property
    def count(self) -> int:
        """Return the exact number of ways."""
        if self.ways[0][0] < 2**53:
            return int(self.ways[0][0])
        ways = np.array([1] * (len(self.ways[-1]) - 1) + [0], object)
        for step in reversed(self.steps):
            ways = np.append(ways[step].sum(axis=1), 0)
        return int(ways[0])

    def draw(self, count: int, rng: np.random.Generator) -> Codes:
        """Return uniform draws with replacement, shape (count, factors)."""
        states = np.zeros(count, np.intp)
        codes = np.empty((count, len(self.steps)), np.int16)
        for number, (shares, step) in enumerate(zip(self._shares, self.steps, strict=True)):
            heights = rng.random(count)[:, None]
            taken = np.minimum((shares[states] <= heights).sum(axis=1), step.shape[1] - 1)
            codes[:, number] = self.domains[number][taken]
            states = step[states, taken]
        return codes

    @cached_property
    def _shares(self) -> tuple[Floats, ...]:
        shares = []
        for step, after in zip(self.steps, self.ways[1:], strict=True):
            running = after[step].cumsum(axis=1)
            share = running / np.maximum(running[:, -1:], 1.0)
            # The last code with any way takes what rounding leaves; those after it have none.
            share[running == running[:, -1:]] = 1.0
            shares.append(share)
        return tuple(shares)

    def block(self, start: int, stop: int) -> Codes:
        """Return the ways at these places in the order of their codes, shape (stop - start, factors).

        Each prefix knows the place of its first way, and only those that lead between are followed.
        """
        codes, states, first = np.empty((1, 0), np.int16), np.zeros(1, np.intp), np.zeros(1)
        for number, (step, domain) in enumerate(zip(self.steps, self.domains, strict=True)):
            after = step[states]
            ways = self.ways[number + 1][after]
            last = first[:, None] + ways.cumsum(axis=1)
            row, taken = np.nonzero((ways > 0) & (last > start) & (last - ways < stop))
            codes = np.concatenate([codes[row], domain[taken, None]], axis=1)
            states, first = after[row, taken], (last - ways)[row, taken]
        return codes


def diagram_of(sums: Sums, cells: int = 0, most_states: int = MOST_STATES) -> Diagram | None:
    """Return the diagram of these sums, relaxed to so many cells per sum; None where it is too large."""
    rest = _rest(sums)
    depth = len(sums.tables)
    unit = RELATIVE_SLACK / (depth + 1) * np.maximum(np.abs(rest[0]).max(axis=0), 1e-300)
    if cells:
        unit = np.maximum(unit, (rest[0][1] - rest[0][0]) / cells)
    room = depth * unit / 2 if cells else 0.0 * unit
    partial, steps = np.zeros((1, len(unit))), []
    for table, domain, (least, most) in zip(sums.tables, sums.domains, rest[1:], strict=True):
        if len(partial) > most_states:
            return None
        future = _Future(
            sums.low - room - most, sums.high + room - least, sums.low - room - least, sums.high + room - most
        )
        partial, step = _merged(partial[:, None, :] + table[domain][None], future, unit)
        steps.append(step)
    # A diagram knows bounds alone: what lies in a gap is among its ways.
    return Diagram(tuple(steps), sums.domains, exact=not cells and not sums.gapped)


@dataclass(frozen=True)
class _Future:
    """For partial sums: outside low ... high all is lost; within sure_low ... sure_high nothing can be."""

    low: Floats
    high: Floats
    sure_low: Floats
    sure_high: Floats


def _rest(sums: Sums) -> list[Floats]:
    """Return what the factors from each on add at least and at most, shape (2, sums) each; last zeros."""
    rest = [np.zeros((2, len(sums.low)))]
    for table, domain in zip(reversed(sums.tables), reversed(sums.domains), strict=True):
        terms = table[domain]
        rest.append(rest[-1] + np.array([terms.min(axis=0), terms.max(axis=0)]))
    return rest[::-1]


def _merged(partial: Floats, future: _Future, unit: Floats) -> tuple[Floats, Ints]:
    """Return the distinct states among partial sums (states, codes, sums), and which one each became."""
    flat = partial.reshape(partial.shape[0] * partial.shape[1], partial.shape[2])
    # A sum that can no longer fail is forgotten (NaN, which no bound refuses), so that its states join.
    alive = ~((flat < future.low) | (flat > future.high)).any(axis=1)
    sure = np.isnan(flat) | ((flat >= future.sure_low) & (flat <= future.sure_high))
    cells = np.where(sure, np.inf, np.rint(flat / unit))[alive]
    first, which = _distinct(cells)
    states = np.where(np.isinf(cells[first]), np.nan, cells[first] * unit)
    step = np.full(len(flat), DEAD, np.intp)
    step[alive] = which
    return states, step.reshape(partial.shape[:2])


def _distinct(rows: Floats) -> tuple[Ints, Ints]:
    """Return the first of each distinct row and, for all rows, which of these it equals."""
    which = np.zeros(len(rows), np.intp)
    for column in rows.T:
        _, ranks = np.unique(column, return_inverse=True)
        _, which = np.unique(which * (ranks.max(initial=0) + 1) + ranks, return_inverse=True)
    first = np.full(which.max(initial=DEAD) + 1, len(rows), np.intp)
    np.minimum.at(first, which, np.arange(len(rows)))
    return first, which
