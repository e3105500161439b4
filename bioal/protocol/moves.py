"""Small changes of conditions: the next level, another option, or one factor giving what another takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations

import numpy as np

from bioal.protocol.arrays import Codes
from bioal.protocol.factors import Choice, Factor
from bioal.protocol.sums import Sums

# Fixed sums over many factors: more pairs than this would drown the search in moves.
MOST_PAIRED = 12


def moves(codes: Codes, factors: Sequence[Factor], sums: Sums) -> Codes:
    """Return rows one step away, allowed or not, repeated or not."""
    moved = [codes[:0]]
    for number, factor in enumerate(factors):
        moved.extend(_steps(codes, number, factor))
    for giver, taker in permutations(_fixed_together(sums, factors)[:MOST_PAIRED], 2):
        taken = _changed(codes, taker, codes[:, taker] + 1, factors[taker].size)
        moved.extend(_steps_down(taken, giver, factors[giver]))
    return np.concatenate(moved)


def _steps(codes: Codes, number: int, factor: Factor) -> Iterator[Codes]:
    there = codes[codes[:, number] >= 0]
    if isinstance(factor, Choice) and not factor.ordered:
        for option in range(factor.size):
            yield _changed(there[there[:, number] != option], number, np.int16(option), factor.size)
    else:
        for step in (-1, 1):
            yield _changed(there, number, there[:, number] + step, factor.size)


def _steps_down(codes: Codes, number: int, factor: Factor) -> Iterator[Codes]:
    for step in range(1, factor.size):
        yield _changed(codes, number, codes[:, number] - step, factor.size)


def _changed(codes: Codes, number: int, new: Codes | np.int16, size: int) -> Codes:
    changed = codes.copy()
    changed[:, number] = new
    return changed[(changed[:, number] >= 0) & (changed[:, number] < size)]


def _fixed_together(sums: Sums, factors: Sequence[Factor]) -> list[int]:
    """Return the factors with levels that share a sum whose bounds coincide."""
    room = 1e-6 * np.maximum(np.abs(sums.low), 1.0)
    fixed = np.flatnonzero(np.isfinite(sums.low) & (sums.high - sums.low <= room))
    return [
        number
        for number, (table, factor) in enumerate(zip(sums.tables, factors, strict=True))
        if not isinstance(factor, Choice) and table[:, fixed].any()
    ]
