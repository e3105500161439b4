"""Random layouts in which what belongs together lies apart, and a misread shows.

Groups are drawn over the cells at random; then cells whose group meets itself in a line (its row, its column,
the part of one operator) change places until no exchange helps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bioal.plates.orientation import OUTSIDE, Ints, visibility

# A layout is redrawn until every misread tears this share of the pairs apart that it may be expected to.
VISIBLE = 0.75
ATTEMPTS = 30
# So few cells are drawn again more often, where every draw so far hides a misread.
FEW, MORE_ATTEMPTS = 16, 300
SWEEPS = 12


@dataclass(frozen=True)
class Lines:
    """One way in which cells lie together: rows, columns, or the parts of operators.

    Parameters
    ----------
    of
        The line of each cell, shape (n,).
    count
        How many lines there are.
    weight
        How much it matters that a group shares no line.
    before
        How often each group stands in each line already, on other plates, shape (groups, count).
    """

    of: Ints
    count: int
    weight: int = 1
    before: Ints | None = None


def spread_out(
    groups: Ints, cells: Ints, lines: Sequence[Lines], size: int, rng: np.random.Generator
) -> Ints:
    """Return the group in each cell of a plate, `OUTSIDE` where it stays empty, shape (size,).

    Parameters
    ----------
    groups
        The group of each sample, in any order, shape (n,).
    cells
        The cells to fill, shape (n,).
    lines
        The kinds of lines that a group should not share.
    """
    best, seen = np.empty(0, dtype=np.intp), -1.0
    wanted = VISIBLE * (1 - _met_by_chance(groups))
    for _ in range(ATTEMPTS):
        layout = _on_plate(spread(rng.permutation(groups), lines, rng), cells, size)
        share = visibility(layout, size)
        if np.isnan(share) or share >= wanted:
            return layout
        if share > seen:
            best, seen = layout, share
    return best if seen > 0 or len(cells) > FEW else _shown(groups, cells, size, rng, best)


def _met_by_chance(groups: Ints) -> float:
    """Return the share of all pairs of cells that hold the same group: so many a misread brings together."""
    counts, count = np.bincount(groups), len(groups)
    return float(np.sum(counts * (counts - 1)) / max(count * (count - 1), 1))


def _shown(groups: Ints, cells: Ints, size: int, rng: np.random.Generator, best: Ints) -> Ints:
    """Return a layout that hides no misread, spread or not; the one there is where none is found."""
    for _ in range(MORE_ATTEMPTS):
        layout = _on_plate(rng.permutation(groups), cells, size)
        if visibility(layout, size) > 0:
            return layout
    return best


def _on_plate(groups: Ints, cells: Ints, size: int) -> Ints:
    layout = np.full(size, OUTSIDE, dtype=np.intp)
    layout[cells] = groups
    return layout


def spread(groups: Ints, lines: Sequence[Lines], rng: np.random.Generator) -> Ints:
    """Return the groups reordered over the cells so that few pairs share a line."""
    tally = _Tally(groups, lines)
    for _ in range(SWEEPS):
        gained = [tally.improve(int(a)) for a in rng.permutation(tally.crowded())]
        if not any(gained):
            break
    return tally.groups


class _Tally:
    """How often each group stands in each line, kept while cells change places."""

    def __init__(self, groups: Ints, lines: Sequence[Lines]) -> None:
        self.groups, self.lines = groups.copy(), lines
        count = int(groups.max(initial=0)) + 1
        self.tallies = [
            np.zeros((count, line.count), np.intp) if line.before is None else line.before[:count].copy()
            for line in lines
        ]
        for tally, line in zip(self.tallies, lines, strict=True):
            np.add.at(tally, (groups, line.of), 1)

    def crowded(self) -> Ints:
        """Return the cells whose group has company in one of their lines."""
        pairs = zip(self.tallies, self.lines, strict=True)
        company = sum(tally[self.groups, line.of] - 1 for tally, line in pairs)
        return np.flatnonzero(company)

    def improve(self, a: int) -> bool:
        """Exchange a cell with the one that removes most shared lines; say whether any did."""
        delta = sum(self._delta(a, tally, line) for tally, line in zip(self.tallies, self.lines, strict=True))
        delta = np.where(self.groups == self.groups[a], 0, delta)
        b = int(np.argmin(delta))
        if delta[b] >= 0:
            return False
        self._count((a, b), -1)
        self.groups[[a, b]] = self.groups[[b, a]]
        self._count((a, b), 1)
        return True

    def _count(self, cells: tuple[int, int], sign: int) -> None:
        for tally, line in zip(self.tallies, self.lines, strict=True):
            for cell in cells:
                tally[self.groups[cell], line.of[cell]] += sign

    def _delta(self, a: int, tally: Ints, line: Lines) -> Ints:
        """Return how many shared lines of this kind each exchange with `a` adds, by their weight."""
        here, group, others = line.of[a], self.groups[a], self.groups
        leaving = tally[group, here] - 1 + tally[others, line.of] - 1
        coming = tally[group, line.of] + tally[others, here]
        return np.where(line.of == here, 0, line.weight * (coming - leaving))
