"""A returned file taken apart: run list and paste sheet, changed conditions, added conditions, plate details.

Each part brings what it says, its problems and its warnings; `checking` puts them together.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from bioal.errors import Problem
from bioal.measurements.cells import Cell, Returned, ReturnedTable
from bioal.measurements.checking_added import Added, added_rows, as_row, broken_rules, off_plate_problems
from bioal.measurements.checking_columns import Columns, columns_of, missing_problems
from bioal.measurements.checking_conditions import Change, changes_of
from bioal.measurements.checking_ids import key_problems, unwitnessed
from bioal.measurements.checking_readers import named, readers_of
from bioal.measurements.checking_samples import Row, known_rows
from bioal.measurements.checking_values import Values, values_of
from bioal.measurements.numbers import plain, stored_as_text
from bioal.measurements.standardised import standardised
from bioal.measurements.standards_on_plates import standard_grids
from bioal.plates.columns import DETAIL_FIELDS, NOTE
from bioal.plates.keys import sample_keys
from bioal.plates.operators import operators_of
from bioal.plates.rounds import Round
from bioal.protocol.factors import Choice, Factor
from bioal.protocol.headings import normalised
from bioal.protocol.levels import written
from bioal.protocol.protocol import Protocol


@dataclass(frozen=True)
class Known:
    """What earlier files already said of a round, besides readings.

    Parameters
    ----------
    made
        Samples that were made otherwise than planned. Index: sample id; columns: factor names.
    added
        Samples that the scientist added. Index: sample id; columns: factor names, plate, well.
    details
        Plate name -> field -> text.
    """

    made: pd.DataFrame = field(default_factory=pd.DataFrame)
    added: pd.DataFrame = field(default_factory=pd.DataFrame)
    details: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class File:
    """A returned file beside what it is compared with."""

    returned: Returned
    protocol: Protocol
    rounds: Mapping[int, Round]
    round: Round
    known: Known
    campaign: str = ""

    @property
    def factors(self) -> tuple[Factor, ...]:
        """Return the factors that the round has; a later amendment may have added others."""
        return tuple(
            factor for factor in self.protocol.factors if factor.name in self.round.conditions.columns
        )


@dataclass(frozen=True)
class Listed:
    """What run list and paste sheet say; `unwitnessed` are problems that a person may accept."""

    rows: tuple[Row, ...]
    values: Values
    changes: tuple[Change, ...]
    notes: Mapping[str, str]
    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]
    unwitnessed: tuple[Problem, ...] = ()


def listed_in(file: File) -> Listed:
    """Return the samples, values and changed conditions of the run list, with the paste sheet's values."""
    signals = standardised(file.returned.runs or ReturnedTable({}, ()), file.protocol.readouts)
    runs = signals.table
    plates = standard_grids(file.returned.grids, file.protocol.readouts, file.round.size)
    columns, problems, warnings = columns_of(runs, file.factors, file.protocol.readouts)
    missing, alone = _missing(file, columns)
    rows, unknown = known_rows(runs, columns, file.round, file.rounds)
    keys = key_problems(rows, columns, sample_keys(file.campaign, file.round, file.factors))
    problems += (*signals.problems, *plates.problems, *missing, *keys)
    changes, changed = changes_of(rows, columns, file.round, file.factors)
    values = values_of(rows, columns, plates.grids, file.round, file.protocol.readouts)
    planned = operators_of(file.round.samples, file.protocol.plate)
    readers, unreadable = readers_of(rows, columns, planned)
    values = replace(values, readings=named(values.readings, readers, file.returned))
    return Listed(
        rows,
        values,
        changes,
        _notes(rows, columns),
        (*problems, *unknown, *changed, *values.problems, *unreadable),
        (
            *signals.warnings,
            *plates.warnings,
            *warnings,
            *values.warnings,
            *_typed_as_text(values),
            *_outside(changes),
            *_lost(file.returned),
        ),
        alone,
    )


def _missing(file: File, columns: Columns) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """Return the problems of columns that must be there, and those that the person may accept."""
    if file.returned.runs is None:
        return (), ()  # wells are matched by the layout alone
    grids = bool(file.returned.grids)
    return unwitnessed(missing_problems(file.returned.file, columns, file.factors, has_grids=grids), columns)


def _notes(rows: tuple[Row, ...], columns: Columns) -> dict[str, str]:
    cells = {row.sample: columns.cell(row.cells, NOTE) for row in rows}
    return {sample: plain(str(cell.value)) for sample, cell in cells.items() if cell is not None}


def _typed_as_text(values: Values) -> tuple[str, ...]:
    texts = [cell for cell in values.cells.values() if stored_as_text(cell)]
    if not texts:
        return ()
    first = f"'{texts[0].sheet}', {texts[0].address}"
    if len(texts) == 1:
        return (f"1 number is stored as text ({first}); it was read as a number.",)
    return (f"{len(texts)} numbers are stored as text (first: {first}); they were read as numbers.",)


def _outside(changes: tuple[Change, ...]) -> tuple[str, ...]:
    return tuple(
        f"{change.cell.address}: {change.factor.text(change.actual)} lies outside the levels of "
        f"{change.factor.heading}; it teaches, but is not proposed."
        for change in changes
        if not isinstance(change.factor, Choice)
        and not change.factor.levels[0] <= float(str(change.actual)) <= change.factor.levels[-1]
    )


def _lost(returned: Returned) -> tuple[str, ...]:
    is_workbook = returned.runs is not None and any(cell.sheet for cell in returned.runs.headings.values())
    if not is_workbook or returned.manifest:
        return ()
    return ("The hidden sheet is lost; samples were matched by their ids and conditions.",)


@dataclass(frozen=True)
class AddedPart:
    """Rows that the scientist added and have values: those new, and what all of them say.

    `off_plate` are the problems of new rows that differ from their plate, unless that is accepted.
    """

    rows: tuple[Added, ...]
    values: Values
    problems: tuple[Problem, ...]
    off_plate: tuple[Problem, ...]
    warnings: tuple[str, ...]


def added_in(file: File) -> AddedPart:
    """Return the added conditions that were measured; those without a value wait."""
    table = file.returned.added or ReturnedTable({}, ())
    rows, columns, problems, warnings = added_rows(table, file.protocol, file.round, file.known.added)
    values = values_of(tuple(map(as_row, rows)), columns, (), file.round, file.protocol.readouts)
    values = replace(values, readings=named(values.readings, {}, file.returned))
    measured = {reading.sample for reading in values.readings}
    refused = bool(problems or values.problems)
    waiting = [row for row in rows if row.key not in measured and not refused]
    said = (
        f"Added conditions: {len(waiting)} rows without a value wait until they have one." if waiting else ""
    )
    new = tuple(row for row in rows if row.key in measured and row.key not in file.known.added.index)
    return AddedPart(
        new,
        values,
        (*problems, *values.problems),
        off_plate_problems(new, columns, file.factors, file.round),
        (*warnings, *((said,) if said else ()), *broken_rules(new, file.protocol)),
    )


def details_in(file: File) -> tuple[dict[str, dict[str, str]], tuple[Problem, ...]]:
    """Return the plate details that are not known yet, and the problems of those that cannot be read."""
    places = tuple(file.round.samples["well"]) if file.round.in_vessels else file.round.plates
    known = {normalised(name): name for name in places}
    details: dict[str, dict[str, str]] = {}
    problems: list[Problem] = []
    for typed, cells in file.returned.details.items():
        plate = known.get(normalised(typed))
        for heading, cell in _detail_cells(cells).items():
            if plate is None:
                expected = "a row of " + ", ".join(places)
                kind = "vessel" if file.round.in_vessels else "plate"
                remedy = f"Put the {kind}'s name back as it was written."
                problems.append(
                    cell.problem("plate-unknown", expected, remedy, found=f"a row of {kind} '{typed}'")
                )
            elif cell.kind in ("error", "formula"):
                problems.append(cell.problem("detail-unreadable", f"a value of {heading}", "Type it again."))
            elif (text := _detail_text(cell)) != file.known.details.get(plate, {}).get(heading):
                details.setdefault(plate, {})[heading] = text
    return details, tuple(problems)


def _detail_cells(cells: Mapping[str, Cell]) -> dict[str, Cell]:
    fields = {normalised(name): name for name in DETAIL_FIELDS}
    return {
        fields[normalised(heading)]: cell
        for heading, cell in cells.items()
        if normalised(heading) in fields and cell.kind != "blank"
    }


def _detail_text(cell: Cell) -> str:
    value = cell.value
    if isinstance(value, dt.datetime):
        return (
            value.date().isoformat()
            if value.time() == dt.time()
            else value.isoformat(sep=" ", timespec="minutes")
        )
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if cell.kind == "number" and isinstance(value, (int, float)):
        return written(float(value))
    return plain(str(value))
