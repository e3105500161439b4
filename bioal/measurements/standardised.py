"""A returned table with its standards: signals become concentrations, what lies beyond the standards a bound.

Rows whose Sample is `Standard` (or Standard 1, STD 2, ...) hold a known Concentration. They are taken out
here; what is left is checked like any other table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bioal.errors import Problem
from bioal.measurements.cells import Cell, ReturnedTable
from bioal.measurements.numbers import number_in, plain
from bioal.measurements.standards import Curve, CurveError, fitted_curve
from bioal.measurements.statuses import spoken_in
from bioal.plates.columns import SAMPLE
from bioal.protocol.headings import heading, normalised
from bioal.protocol.levels import rounded, written
from bioal.protocol.objective import Readout, Standard

CONCENTRATION = "Concentration"
_STANDARD = re.compile(r"(standard|std|calibrator|cal)\b[ _-]*\w*", re.IGNORECASE)
MOST_NAMED = 5

Row = Mapping[str, Cell]


@dataclass(frozen=True)
class Standardised:
    """A table in concentrations, and what a person should know of the curves."""

    table: ReturnedTable
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()


def standardised(table: ReturnedTable, readouts: Sequence[Readout]) -> Standardised:
    """Return a table in which each readout that has a standard curve is a concentration.

    A readout whose signal the table does not hold is left as it is: its values are concentrations already.
    """
    found = Standardised(table)
    for readout in readouts:
        signal = None if readout.standard is None else _heading(table, readout.standard.signal)
        if readout.standard is not None and signal is not None:
            one = _with_curve(found.table, readout, readout.standard, signal)
            found = Standardised(
                one.table, (*found.problems, *one.problems), (*found.warnings, *one.warnings)
            )
    return found


def _heading(table: ReturnedTable, *names: str) -> str | None:
    wanted = {normalised(name) for name in names}
    return next((one for one in table.headings if normalised(one) in wanted), None)


def _with_curve(table: ReturnedTable, readout: Readout, standard: Standard, signal: str) -> Standardised:
    typed = _heading(table, readout.heading, readout.name)
    standards = [row for row in table.rows if _is_standard(table, row)]
    samples = [row for row in table.rows if not _is_standard(table, row)]
    if typed is not None and any(row[typed].kind != "blank" for row in samples):
        remedy = f"Keep one of the columns '{typed}' and '{signal}'."
        found = f"values beside the signals in '{signal}'"
        problem = table.headings[typed].problem("signal-and-value", "one of them", remedy, found=found)
        return Standardised(ReturnedTable(table.headings, tuple(samples)), (problem,))
    curve = _curve(table, standards, readout, standard, signal)
    if isinstance(curve, Curve):
        values = [read_off(curve, row[signal]) for row in samples]
        words = curve_words(curve, readout, [_sample(row) for row in samples], values)
        return Standardised(_under(table, readout, signal, samples, values), (), words)
    blank = [replace(row[signal], value=None, kind="blank") for row in samples]
    return Standardised(_under(table, readout, signal, samples, blank), curve)


def _under(
    table: ReturnedTable, readout: Readout, signal: str, rows: Sequence[Row], values: Sequence[Cell]
) -> ReturnedTable:
    """Return the rows with values under the readout's heading, in the place of the signals."""
    gone = {signal, _heading(table, readout.heading, readout.name)}
    head = replace(table.headings[signal], value=readout.heading)
    headings = {one: cell for one, cell in table.headings.items() if one not in gone}
    made = tuple(
        {**{one: cell for one, cell in row.items() if one not in gone}, readout.heading: value}
        for row, value in zip(rows, values, strict=True)
    )
    return ReturnedTable({**headings, readout.heading: head}, made)


def _is_standard(table: ReturnedTable, row: Row) -> bool:
    column = _heading(table, SAMPLE)
    return column is not None and _STANDARD.fullmatch(plain(str(row[column].value))) is not None


def _curve(
    table: ReturnedTable, rows: Sequence[Row], readout: Readout, standard: Standard, signal: str
) -> Curve | tuple[Problem, ...]:
    """Return the curve through the standards of a table, or every problem with them."""
    column = _heading(table, CONCENTRATION, heading(CONCENTRATION, readout.unit))
    where = table.headings[signal]
    if column is None or not rows:
        found = "no standards" if not rows else f"no column '{heading(CONCENTRATION, readout.unit)}'"
        expected = f"rows 'Standard' with a Concentration, for the curve of {readout.name}"
        remedy = "Return the standards of the run with its samples, or the concentrations themselves."
        return (where.problem("standards-missing", expected, remedy, found=found),)
    known = [(row[column], row[signal]) for row in rows]
    read = [(number_in(x), number_in(y)) for x, y in known]
    problems = tuple(one for pair in read for one in pair if isinstance(one, Problem))
    negative = tuple(
        x.problem("factor-below-zero", "a concentration of at least 0", "Type the concentration.")
        for (x, _), (value, _) in zip(known, read, strict=True)
        if isinstance(value, float) and value < 0
    )
    if problems or negative:
        return (*problems, *negative)
    numbers = np.array(read, float)
    try:
        return fitted_curve(standard, numbers[:, 0], numbers[:, 1])
    except CurveError as error:
        return (curve_problem(where, readout, error),)


def curve_problem(where: Cell, readout: Readout, error: CurveError) -> Problem:
    """Return the problem of standards that make no curve, at the heading of their signals."""
    remedy = "Measure more standards, or write another curve in the protocol."
    expected = f"standards of {readout.name} that make a curve"
    return where.problem("standards-no-curve", expected, remedy, found=str(error))


def read_off(curve: Curve, cell: Cell) -> Cell:
    """Return a signal as a concentration; beyond the standards as a bound, such as `>10`."""
    spoken = spoken_in(plain(str(cell.value))) if cell.kind == "text" else None
    if cell.kind == "blank" or (spoken is not None and spoken.status in ("missing", "spoiled")):
        return cell
    signal = number_in(cell)
    above, below = f">{written(curve.high)}", f"<{written(curve.low)}"
    if spoken is not None:
        beyond = above if (spoken.status == "over range") is curve.rises else below
        return replace(cell, value=beyond, raw=f"{cell.value} ({beyond} by the curve)")
    if isinstance(signal, Problem):
        return cell
    found = curve.concentration(signal)
    if not curve.low * (1 - 1e-9) <= found <= curve.high * (1 + 1e-9):
        text = above if found > curve.high else below
        return Cell(
            text, "text", cell.file, cell.sheet, cell.address, raw=f"{cell.value} ({text} by the curve)"
        )
    raw = f"{cell.value} (by the curve, standard error {curve.error(found):.2g})"
    own, shared = curve.errors(found)
    return Cell(rounded(found), "number", cell.file, cell.sheet, cell.address, raw, own, shared)


def curve_words(
    curve: Curve, readout: Readout, places: Sequence[str], values: Sequence[Cell]
) -> tuple[str, ...]:
    """Return what a person should know of a curve: its reach, its error, what lies beyond it.

    `places` name what each value is of: a sample or a well.
    """
    unit = f" {readout.unit}" if readout.unit else ""
    reach = f"{written(curve.low)} to {written(curve.high)}{unit}"
    numbers = [float(str(cell.value)) for cell in values if cell.kind == "number"]
    errors = [curve.error(number) for number in numbers]
    typical = f"; the standard error of a sample is about {np.median(errors):.2g}{unit}" if errors else ""
    said = (f"{readout.name}: a {curve.standard.curve} standard curve from {reach} was used{typical}.",)
    beyond = [
        (one, cell) for one, cell in zip(places, values, strict=True) if str(cell.value)[:1] in ("<", ">")
    ]
    if not beyond:
        return said
    named = ", ".join(f"{one} {cell.value}" for one, cell in beyond[:MOST_NAMED])
    more = f" and {len(beyond) - MOST_NAMED} more" if len(beyond) > MOST_NAMED else ""
    return (
        *said,
        f"{readout.name}: beyond the standards, taken as bounds: {named}{more}. Dilute and read again.",
    )


def _sample(row: Row) -> str:
    cells = [cell for one, cell in row.items() if normalised(one) == normalised(SAMPLE)]
    return plain(str(cells[0].value)) if cells else "a row"
