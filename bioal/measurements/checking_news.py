"""What of a file is new: readings not known yet, corrections of known ones, and what is already there.

Merging a file twice changes nothing. A blank erases nothing. A known value that comes back different is a
correction: old and new are named, and it counts only if it is accepted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bioal.errors import Problem
from bioal.measurements.cells import Cell
from bioal.measurements.numbers import same_number
from bioal.measurements.readings import Reading


@dataclass(frozen=True)
class News:
    """Readings by what they are to what is known: new, pairs of old and changed, or the same (a count)."""

    new: tuple[Reading, ...]
    changed: tuple[tuple[Reading, Reading], ...]
    same: int


def news(readings: Iterable[Reading], earlier: Iterable[Reading]) -> News:
    """Return which readings are new, which change a known one, and how many are known already."""
    known = {reading.key: reading for reading in earlier}
    pairs = [(known.get(reading.key), reading) for reading in readings]
    new = tuple(reading for old, reading in pairs if old is None)
    changed = tuple((old, reading) for old, reading in pairs if old is not None and not _same(old, reading))
    return News(new, changed, len(pairs) - len(new) - len(changed))


def _same(old: Reading, new: Reading) -> bool:
    if old.status != new.status:
        return False
    # A status that comes back without its number takes nothing away.
    return same_number(old.value, new.value) or math.isnan(new.value)


def correction_problems(
    changed: Iterable[tuple[Reading, Reading]], cells: Mapping[tuple[str, str], Cell]
) -> tuple[Problem, ...]:
    """Return a problem for each changed value, with what was known."""
    return tuple(_changed(old, new, cells[new.key]) for old, new in changed)


def _changed(old: Reading, new: Reading, cell: Cell) -> Problem:
    remedy = "Put the earlier value back; if it is a correction, accept it with --accept corrections."
    expected = f"{old.words}, as merged before for {old.readout} of sample {old.sample}"
    return cell.problem("value-changed", expected, remedy, found=new.words)
