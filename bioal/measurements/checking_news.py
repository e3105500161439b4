"""What of a file is new: readings not known yet, corrections of known ones, and what is already there.

Merging a file twice changes nothing. A blank erases nothing. A known value that comes back different is a
correction: old and new are named, and it counts only if it is accepted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bioal.errors import Problem
from bioal.measurements.cells import Cell
from bioal.measurements.numbers import same_number
from bioal.measurements.readings import OUTCOME, Reading
from bioal.protocol.headings import normalised


@dataclass(frozen=True)
class News:
    """Readings by what they are to what is known: new, pairs of old and changed, or the same (a count)."""

    new: tuple[Reading, ...]
    changed: tuple[tuple[Reading, Reading], ...]
    same: int


def news(readings: Iterable[Reading], earlier: Iterable[Reading]) -> News:
    """Return which readings are new, which change a known one, and how many are known already.

    A reading that names nobody is known where anybody read the same.
    """
    others: dict[tuple[str, str], list[Reading]] = {}
    for one in earlier:
        others.setdefault(one.key, []).append(one)
    pairs = [(_earlier(reading, others.get(reading.key, [])), reading) for reading in readings]
    new = tuple(reading for old, reading in pairs if old is None)
    changed = tuple((old, reading) for old, reading in pairs if old is not None and not _same(old, reading))
    return News(new, changed, len(pairs) - len(new) - len(changed))


def _earlier(reading: Reading, others: Sequence[Reading]) -> Reading | None:
    """Return the earlier reading by the same reader; for nobody named, one that says the same."""
    same = [one for one in others if one.reader == reading.reader]
    if not same and not any(reading.reader):
        same = [one for one in others if _same(one, reading)]
    return same[-1] if same else None


def unnamed_problems(
    new: Iterable[Reading], earlier: Iterable[Reading], cells: Mapping[tuple[str, str], Cell]
) -> tuple[Problem, ...]:
    """Return a problem for each new reading of which nobody knows if it corrects another or stands beside it.

    Several readings of one sample stand side by side only where each says who read it.
    """
    before: dict[tuple[str, str], list[Reading]] = {}
    for one in earlier:
        before.setdefault(one.key, []).append(one)
    return tuple(
        _unnamed(reading, before[reading.key], cells[reading.key])
        for reading in new
        if any(bool(any(one.reader)) != bool(any(reading.reader)) for one in before.get(reading.key, []))
    )


def _unnamed(new: Reading, others: Sequence[Reading], cell: Cell) -> Problem:
    expected = "one reading of a sample, or several that each say who read it"
    known = others[-1]
    if any(new.reader):
        found = f"a reading by {_by(new)} beside {known.words}, which names nobody"
        remedy = (
            "A correction is merged without a name. For a second reading, take the first back (bioal undo),"
            " merge it with the name of who read it, --operator or --lab, then this one."
        )
    else:
        found = f"a reading that names nobody beside {known.words} by {_by(known)}"
        remedy = "Say who read it: --operator NAME or --lab NAME, or a column Operator or Lab."
    return cell.problem("reader-unnamed", expected, remedy, found=found)


def _by(reading: Reading) -> str:
    return ", ".join(one for one in reading.reader if one)


def _same(old: Reading, new: Reading) -> bool:
    if old.status != new.status:
        return False
    # The place of a word among the outcomes may change with the protocol.
    if old.unit == new.unit == OUTCOME:
        return normalised(old.raw) == normalised(new.raw)
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
