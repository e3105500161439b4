"""What a cell says where a word from a short list is expected: an outcome, and never a guess."""

from __future__ import annotations

import math

from bioal.errors import Problem
from bioal.measurements.cells import Cell
from bioal.measurements.numbers import plain
from bioal.measurements.readings import OUTCOME, Reading
from bioal.protocol.levels import written
from bioal.protocol.objective import Readout
from bioal.protocol.outcomes import Outcomes
from bioal.protocol.spelling import suggestion

_TOGETHER = ("", "ok")
_ALONE = ("spoiled", "missing")


def outcome_reading(
    sample: str, readout: Readout, cell: Cell | None, status: str, status_cell: Cell | None
) -> Reading | Problem | None:
    """Return the outcome that cell and status say together; None where both are blank.

    The word is compared without case and with single spaces; a reading's value is the outcome's position.
    """
    assert readout.outcomes is not None  # nobody else is sent here
    if cell is None:
        return _without(sample, readout, status, status_cell)
    if status == "spoiled":
        return _made(sample, readout, cell, math.nan, plain(str(cell.value)), status)
    code = readout.outcomes.code(_text(cell)) if cell.kind in ("text", "number") else None
    if code is None:
        return _unknown(cell, readout.outcomes)
    if status not in _TOGETHER:
        return _contradicted(readout, cell, status, status_cell)
    return _made(sample, readout, cell, float(code), readout.outcomes.names[code], "ok")


def _without(
    sample: str, readout: Readout, status: str, status_cell: Cell | None
) -> Reading | Problem | None:
    if not status or status_cell is None:
        return None
    if status in _ALONE:
        return _made(sample, readout, status_cell, math.nan, "", status)
    return _contradicted(readout, None, status, status_cell)


def _text(cell: Cell) -> str:
    # A spreadsheet makes a number of an outcome that is called 1.
    return written(float(str(cell.value))) if cell.kind == "number" else plain(str(cell.value))


def _unknown(cell: Cell, outcomes: Outcomes) -> Problem:
    allowed = f"one of {', '.join(outcomes.names)}"
    remedy = suggestion(plain(str(cell.value)), outcomes.names) or "Choose from the list."
    return cell.problem("outcome-unknown", allowed, f"{remedy} Other words go into Note.")


def _contradicted(
    readout: Readout, cell: Cell | None, status: str, status_cell: Cell | None
) -> Problem:
    where = status_cell or cell
    assert where is not None  # a pair without word and status is no reading
    beside = "no outcome" if cell is None else f"the outcome {cell.value} ({cell.address})"
    found = f"the status '{status}' with {beside} for {readout.heading}"
    remedy = "Choose the outcome; a status beside it is 'spoiled', or 'missing' without one."
    expected = "an outcome and a status that agree"
    return where.problem("status-contradicts-value", expected, remedy, found=found)


def _made(sample: str, readout: Readout, cell: Cell, code: float, word: str, status: str) -> Reading:
    where = f"{cell.sheet}!{cell.address}" if cell.sheet else cell.address
    return Reading(sample, readout.name, code, OUTCOME, status, word, where)
