"""Times in a file as seconds from the start: clock text beyond 24 h, Excel's times and durations, numbers.

A number alone is no time: its heading must name the unit. `12:30` may be minutes or hours and is refused.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace

from bioal.errors import Refused
from bioal.measurements.cells import Cell
from bioal.measurements.numbers import plain
from bioal.protocol.reads import UNITS, seconds_in
from bioal.sheets.returned_table import heading_text

# Excel counts days from here; openpyxl gives a time of more than 24 h as a date of 1900.
EXCEL_START = dt.datetime(1899, 12, 31)
EXCEL_LAST = 1900

_HEADING = re.compile(r"\s*(kinetic\s+)?time\b", re.IGNORECASE)
_UNIT = re.compile(r"[\[(/_\s]\s*([a-z\u00b5]+)\s*[\])]?\s*$", re.IGNORECASE)


def is_time_heading(cell: Cell) -> bool:
    """Return whether a cell heads a row or column of times.

    >>> is_time_heading(Cell("Time [s]", "text")), is_time_heading(Cell("Sometimes", "text"))
    (True, False)
    """
    return cell.kind == "text" and _HEADING.match(str(cell.value)) is not None


def heading_unit(heading: Cell) -> str:
    """Return the unit of time that a heading names, "" where it names none.

    >>> heading_unit(Cell("Time [s]", "text")), heading_unit(Cell("Time", "text"))
    ('s', '')
    """
    match = _UNIT.search(heading_text(heading))
    unit = "" if match is None else match[1].casefold()
    return unit if unit in UNITS else ""


def times_in(cells: Sequence[Cell], heading: Cell) -> tuple[float, ...]:
    """Return cells as seconds, ascending.

    Raises
    ------
    Refused
        Where a cell is no time, its unit is not said, or times do not ascend.
    """
    unit = heading_unit(heading)
    stamps = [cell.value for cell in cells if _is_stamp(cell)]
    start = stamps[0] if len(stamps) == len(cells) and stamps else None
    seconds = [_seconds(cell, unit, start) for cell in cells]
    for before, after, cell in zip(seconds, seconds[1:], cells[1:], strict=False):
        if after <= before:
            remedy = "Put the rows back in the order of time, one for each time."
            raise Refused(cell.problem("times-disordered", "a time later than the one before", remedy))
    return tuple(seconds)


def _is_stamp(cell: Cell) -> bool:
    return isinstance(cell.value, dt.datetime) and cell.value.year > EXCEL_LAST


def _seconds(cell: Cell, unit: str, start: object) -> float:
    value = cell.value
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    if isinstance(value, dt.time):
        return value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6
    if isinstance(value, dt.datetime) and isinstance(start, dt.datetime):
        return (value - start).total_seconds()
    if isinstance(value, dt.datetime) and value.year <= EXCEL_LAST:
        return (value - EXCEL_START).total_seconds()
    if cell.kind == "number" and isinstance(value, (int, float)) and unit:
        return float(value) * UNITS[unit]
    text = plain(str(value))
    try:
        return float(text) * UNITS[unit] if unit and _is_plain(text) else seconds_in(text)
    except ValueError as error:
        remedy = "Name the unit in the heading (Time [s], [min] or [h]), or write h:mm:ss."
        raise Refused(cell.problem("time-unreadable", "a time", remedy)) from error


def _is_plain(text: str) -> bool:
    return re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII) is not None


def duration(cell: Cell, unit: str) -> Cell:
    """Return a duration such as a lag time as a number in a unit of time; other cells as they are.

    >>> duration(Cell("1:30:00", "text"), "h").value
    1.5
    """
    seconds = time_in(str(cell.value)) if cell.kind == "text" else None
    if isinstance(cell.value, dt.timedelta | dt.time):
        seconds = _seconds(cell, "", None)
    if seconds is None or unit.casefold() not in UNITS:
        return cell
    return replace(cell, value=seconds / UNITS[unit.casefold()], kind="number", raw=str(cell.value))


def time_in(text: str) -> float | None:
    """Return the seconds that a heading such as `30 s` or `0:05:00` says, None where it is no time.

    >>> time_in("30 s"), time_in("0s"), time_in("GFP"), time_in("12")
    (30.0, 0.0, None, None)
    """
    try:
        return seconds_in(text)
    except ValueError:
        return None
