"""Old data: rows of somebody's table as conditions and values of ours, each used or left out with a reason.

A person says which of their columns is which of ours, in which unit, and what a blank means; nothing is
guessed. What lies outside our levels teaches, and is not proposed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import ascii_uppercase

from bioal.errors import Problem
from bioal.measurements.cells import Cell, ReturnedTable
from bioal.measurements.checking_conditions import parsed
from bioal.measurements.numbers import number_in, plain
from bioal.measurements.readings import Reading
from bioal.protocol.constraints import OnlyWith
from bioal.protocol.factors import Choice, Factor, Value
from bioal.protocol.headings import normalised
from bioal.protocol.levels import rounded
from bioal.protocol.objective import Readout
from bioal.protocol.protocol import Protocol
from bioal.protocol.units import UnitError, converted


@dataclass(frozen=True)
class Mapped:
    """Which of their columns is one of ours, in which unit, and the value where it is blank.

    `cell` is where a person said so. With no column, the value holds for every row.
    """

    theirs: str
    unit: str
    blank: Cell | None
    cell: Cell


@dataclass(frozen=True)
class HistoryMap:
    """A mapping sheet, filled in: factors and readouts by our names; `source` is the name of the data."""

    source: str
    columns: Mapping[str, Mapped]
    plate: str = ""


@dataclass(frozen=True)
class Used:
    """A row that teaches: where it stands, its condition, plate or batch, and values by readout."""

    row: str
    condition: Mapping[str, Value | None]
    plate: str
    readings: tuple[Reading, ...]
    outside: tuple[str, ...] = ()


@dataclass(frozen=True)
class History:
    """What a table says under a mapping: the rows used, and those left out with the reason."""

    used: tuple[Used, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def history_of(table: ReturnedTable, mapping: HistoryMap, protocol: Protocol) -> History:
    """Return every row of a table as used or left out, or what is wrong with the mapping."""
    problems = _mapping_problems(table, mapping, protocol)
    if problems:
        return History((), problems=tuple(problems))
    used, left_out = [], {}
    for row in table.rows:
        found = _row(row, mapping, protocol)
        if isinstance(found, Used):
            used.append(found)
        else:
            left_out[_place(row)] = found
    return History(tuple(used), left_out)


def _mapping_problems(table: ReturnedTable, mapping: HistoryMap, protocol: Protocol) -> list[Problem]:
    known = {normalised(heading) for heading in table.headings}
    problems = []
    for thing in (*protocol.factors, *protocol.readouts):
        mapped = mapping.columns.get(thing.name)
        if mapped is not None:
            problems += _column_problems(thing, mapped, known)
        elif not isinstance(thing, Readout) and thing.name not in _optional(protocol):
            problems.append(_unmapped(thing))
    if not any(readout.name in mapping.columns for readout in protocol.readouts):
        remedy = "Write which of their columns holds the values."
        problems.append(Problem("history-no-values", "no readout", "a column for a readout", remedy))
    return problems


def _unmapped(factor: Factor) -> Problem:
    remedy = "Write their column, or the value that held in all their rows."
    expected = f"a column or a value for {factor.heading}"
    return Problem("history-unmapped", "neither a column nor a value", expected, remedy, place=factor.heading)


def _column_problems(thing: Factor | Readout, mapped: Mapped, known: set[str]) -> list[Problem]:
    problems = []
    if isinstance(thing, Readout) and not mapped.theirs:
        remedy = "Write which of their columns holds the values; a value is never filled in."
        problems.append(mapped.cell.problem("history-no-column", "a column of their table", remedy))
    if mapped.theirs and normalised(mapped.theirs) not in known:
        remedy = "Write the heading as it stands in their table."
        problems.append(mapped.cell.problem("history-no-column", "a column of their table", remedy))
    unit = _unit(thing)
    if mapped.unit and not isinstance(thing, Choice):
        try:
            converted(1.0, mapped.unit, unit)
        except UnitError as error:
            remedy = f"Convert their values to {unit or 'our unit'} in the table, and write that unit."
            problems.append(mapped.cell.problem("history-unit", str(error), remedy, found=f"'{mapped.unit}'"))
    if mapped.theirs and not mapped.unit and unit and not isinstance(thing, Choice):
        remedy = f"Write the unit of their column, {unit} where it is ours."
        problems.append(mapped.cell.problem("history-unit", "their unit", remedy, found="no unit"))
    if mapped.blank is not None and not isinstance(thing, Readout):
        value = _parsed(thing, mapped.blank, mapped.unit)
        problems += [value] if isinstance(value, Problem) else []
    return problems


def _unit(thing: Factor | Readout) -> str:
    return thing.evaluated_unit if isinstance(thing, Readout) else thing.unit


def _row(row: Mapping[str, Cell], mapping: HistoryMap, protocol: Protocol) -> Used | str:
    """Return what a row teaches, or why it is left out."""
    headings = {normalised(heading): cell for heading, cell in row.items()}
    condition: dict[str, Value | None] = {}
    outside = []
    for factor in protocol.factors:
        value = _value(factor, mapping.columns.get(factor.name), headings, protocol)
        if isinstance(value, str) and value.startswith(_WHY):
            return value.removeprefix(_WHY)
        condition[factor.name] = value
        outside += [factor.heading] if _is_outside(factor, value) else []
    readings = [
        _reading(readout, mapping.columns[readout.name], headings)
        for readout in protocol.readouts
        if readout.name in mapping.columns
    ]
    told = tuple(one for one in readings if isinstance(one, Reading))
    if not told:
        return "; ".join(str(one) for one in readings)
    plate = headings.get(normalised(mapping.plate)) if mapping.plate else None
    return Used(
        _place(row), condition, "" if plate is None else plain(str(plate.value or "")), told, tuple(outside)
    )


_WHY = "\0"  # before the reason why a cell is no value, which no option begins with


def _value(
    factor: Factor, mapped: Mapped | None, headings: Mapping[str, Cell], protocol: Protocol
) -> Value | None:
    cell = None if mapped is None or not mapped.theirs else headings[normalised(mapped.theirs)]
    if cell is None or cell.kind == "blank":
        cell = None if mapped is None else mapped.blank
    if cell is None:
        blank = f"{_WHY}no value of {factor.heading}"
        return None if factor.name in _optional(protocol) else blank
    value = _parsed(factor, cell, "" if mapped is None else mapped.unit)
    return f"{_WHY}{_said(value)}" if isinstance(value, Problem) else value


def _parsed(factor: Factor, cell: Cell, unit: str) -> Value | Problem:
    value = parsed(factor, cell)
    if isinstance(value, Problem) or isinstance(factor, Choice) or not unit:
        return value
    return rounded(converted(float(value), unit, factor.unit))


def _optional(protocol: Protocol) -> set[str]:
    return {rule.factor for rule in protocol.constraints if isinstance(rule, OnlyWith)}


def _is_outside(factor: Factor, value: Value | None) -> bool:
    if isinstance(factor, Choice) or value is None:
        return False
    return not factor.levels[0] <= float(value) <= factor.levels[-1]


def _reading(readout: Readout, mapped: Mapped, headings: Mapping[str, Cell]) -> Reading | str:
    cell = headings[normalised(mapped.theirs)]
    if cell.kind == "blank":
        return f"no value of {readout.heading}"
    number = number_in(cell)
    if isinstance(number, Problem):
        return _said(number)
    unit = _unit(readout)
    value = converted(number, mapped.unit, unit) if mapped.unit else number
    where = f"{cell.sheet}!{cell.address}" if cell.sheet else cell.address
    return Reading("", readout.name, value, unit, "ok", str(cell.value), where)


def _said(problem: Problem) -> str:
    return f"{problem.cell}: {problem.found}; expected {problem.expected}"


def _place(row: Mapping[str, Cell]) -> str:
    """Return the row in an address such as `B7` or `row 7, column 2`."""
    cell = next(iter(row.values()))
    place, _, column = cell.address.partition(", column")
    return place if column else f"row {cell.address.lstrip(ascii_uppercase)}"
