"""Conditions that the scientist added: rows without an id, each a new sample with its own readings.

Each factor is read and worded by itself; a row needs all of them and at least one value, but what is set for
a whole plate is known where the plate is. A row that an earlier file already brought is recognised by its
condition, plate and well, and then treated like any known sample.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from bioal.errors import Problem
from bioal.measurements.cells import Cell, ReturnedTable
from bioal.measurements.checking_columns import Columns, columns_of
from bioal.measurements.checking_conditions import parsed
from bioal.measurements.checking_samples import Row
from bioal.measurements.numbers import plain
from bioal.plates.columns import NOTE, PLATE, WELL
from bioal.plates.rounds import Round
from bioal.plates.wells import well_on_plate, wells_of_plate
from bioal.protocol.constraints import OnlyWith
from bioal.protocol.factors import Factor, Value
from bioal.protocol.headings import normalised
from bioal.protocol.protocol import Protocol

PLACE_COLUMNS = ("plate", "well", "note")


@dataclass(frozen=True)
class Added:
    """An added row as read: its key stands for the sample until the campaign gives it an id."""

    key: str
    condition: Mapping[str, Value | None]
    plate: str
    well: str
    note: str
    cells: Mapping[str, Cell]

    @property
    def first(self) -> Cell:
        """Return the first filled cell of the row."""
        return next(cell for cell in self.cells.values() if cell.kind != "blank")


def added_rows(
    table: ReturnedTable, protocol: Protocol, round_: Round, known: pd.DataFrame
) -> tuple[tuple[Added, ...], Columns, tuple[Problem, ...], tuple[str, ...]]:
    """Return the added rows, the columns they are read by, problems and warnings.

    Parameters
    ----------
    known
        Samples that earlier files added to this round. Index: sample id; columns: factor names, plate, well.
    """
    columns, problems, warnings = columns_of(table, protocol.factors, protocol.readouts)
    filled = [cells for cells in table.rows if _is_filled(cells, columns)]
    rows: list[Added] = []
    taken: set[str] = set()
    for number, cells in enumerate(filled, start=1):
        row, wrong = _row(f"added-{number}", cells, columns, protocol, round_)
        problems = (*problems, *wrong)
        if row is not None:
            key = _known_key(row, known, taken, protocol.factors) or row.key
            taken.add(key)
            problems = (*problems, *_shared_well(row, rows))
            rows.append(Added(key, row.condition, row.plate, row.well, row.note, cells))
    return tuple(rows), columns, problems, warnings


def _shared_well(row: Added, before: Sequence[Added]) -> list[Problem]:
    """Return the problem of a row that names the well of an earlier row."""
    if not row.well or all((one.plate, one.well) != (row.plate, row.well) for one in before):
        return []
    remedy = "Name the well that was really used, or clear one of the two rows."
    found = f"{row.well} on {row.plate} a second time"
    return [row.first.problem("well-taken", "each well once", remedy, found=found)]


def as_row(added: Added) -> Row:
    """Return an added row as a row whose values can be read like those of the run list."""
    return Row(added.key, added.first, added.cells)


def _is_filled(cells: Mapping[str, Cell], columns: Columns) -> bool:
    headings = (*columns.factors.values(), *columns.readouts.values())
    return any(cells[heading].kind != "blank" for heading in headings)


def _row(
    key: str, cells: Mapping[str, Cell], columns: Columns, protocol: Protocol, round_: Round
) -> tuple[Added | None, list[Problem]]:
    optional = {rule.factor for rule in protocol.constraints if isinstance(rule, OnlyWith)}
    condition: dict[str, Value | None] = {}
    problems: list[Problem] = []
    plate, well, wrong = _place(cells, columns, round_)
    for factor in protocol.factors:
        value = _factor_value(cells, columns, factor, optional, _setting(round_, plate, factor))
        if isinstance(value, Problem):
            problems.append(value)
        else:
            condition[factor.name] = value
    problems += wrong
    problems += [] if problems else _activity(cells, columns, condition, protocol)
    note = columns.cell(cells, NOTE)
    said = "" if note is None else plain(str(note.value))
    return (None if problems else Added(key, condition, plate, well, said, cells)), problems


def _factor_value(
    cells: Mapping[str, Cell], columns: Columns, factor: Factor, optional: set[str], setting: Value | None
) -> Value | Problem | None:
    heading = columns.factors.get(factor.name)
    cell = None if heading is None else cells[heading]
    if cell is not None and cell.kind != "blank":
        return parsed(factor, cell)
    if factor.name in optional or setting is not None:
        return setting
    where = cell if cell is not None else next(one for one in cells.values() if one.kind != "blank")
    remedy = "Fill in every factor of the row, or clear the row."
    return where.problem("added-incomplete", f"a value of {factor.heading}", remedy, found="none")


def _setting(round_: Round, plate: str, factor: Factor) -> Value | None:
    """Return what a factor is on a whole plate; None where it is set well by well, or samples differ."""
    if factor.per != "plate":
        return None
    here = round_.samples.loc[round_.samples["plate"] == plate, "condition"].unique()
    planned = [one for one in here if one in round_.predictions.index]
    values = round_.conditions.loc[planned, factor.name].dropna().unique().tolist()
    return values[0] if len(values) == 1 else None


def _activity(
    cells: Mapping[str, Cell], columns: Columns, condition: Mapping[str, Value | None], protocol: Protocol
) -> list[Problem]:
    """Return the problems of factors that are blank where needed, or filled where they are not there."""
    frame = pd.DataFrame([condition], dtype=object)
    problems = []
    for rule in protocol.constraints:
        if isinstance(rule, OnlyWith) and bool(rule.allows(frame)[0]) is (condition[rule.factor] is None):
            needed = condition[rule.factor] is None
            cell = cells[columns.factors[rule.factor]] if rule.factor in columns.factors else None
            where = cell or next(one for one in cells.values() if one.kind != "blank")
            expected = f"a value of {rule.factor}" if needed else f"no {rule.factor} with these options"
            problems.append(
                where.problem("added-incomplete", expected, "Complete the row, or clear the cell.")
            )
    return problems


def _place(cells: Mapping[str, Cell], columns: Columns, round_: Round) -> tuple[str, str, list[Problem]]:
    plate_cell, well_cell = columns.cell(cells, PLATE), columns.cell(cells, WELL)
    problems: list[Problem] = []
    plate = round_.plates[0] if plate_cell is None else plain(str(plate_cell.value))
    if plate_cell is None and len(round_.plates) > 1:
        first = next(cell for cell in cells.values() if cell.kind != "blank")
        expected = "one of " + ", ".join(round_.plates)
        problems.append(
            first.problem("plate-missing", expected, "Say on which plate it stands.", found="no plate")
        )
    if plate_cell is not None:
        named = {normalised(name): name for name in round_.plates}
        if normalised(plate) not in named:
            expected = "one of " + ", ".join(round_.plates)
            problems.append(plate_cell.problem("plate-unknown", expected, "Choose from the list."))
        plate = named.get(normalised(plate), plate)
    well = "" if well_cell is None else plain(str(well_cell.value))
    if well_cell is not None:
        well, wrong = _free_well(well, plate, well_cell, round_)
        problems += wrong
    return plate, well, problems


def _free_well(text: str, plate: str, cell: Cell, round_: Round) -> tuple[str, list[Problem]]:
    well = _vessel(text, round_) if round_.in_vessels else well_on_plate(text, round_.size)
    if well is None:
        expected = f"a well from A1 to {wells_of_plate(round_.size)[-1]}"
        return text, [cell.problem("well-unknown", expected, "Type the well's name.")]
    at = round_.samples[(round_.samples["well"] == well) & (round_.samples["plate"] == plate)]
    planned = [
        str(sample) for sample in at.index if str(at.at[sample, "condition"]).split("-")[-1][:1] != "X"
    ]
    if planned:
        kind = "vessel" if round_.in_vessels else "well"
        remedy = f"Name a free {kind}, or say in the run list's actual columns what was made there."
        expected = f"a {kind} without a sample (it holds {planned[0]})"
        return well, [cell.problem("well-taken", expected, remedy)]
    return well, []


def _vessel(text: str, round_: Round) -> str:
    """Return a vessel's name as the round writes it; as it was typed where the round has none of it."""
    names = {normalised(name): name for name in map(str, round_.samples["well"])}
    return names.get(normalised(text), text)


def _known_key(row: Added, known: pd.DataFrame, taken: set[str], factors: Sequence[Factor]) -> str | None:
    """Return the sample that an earlier file made of the same row."""
    for sample, old in known.iterrows():
        same_place = str(old.get("plate", "")) in (row.plate, "") and str(old.get("well", "")) in (
            row.well,
            "",
        )
        if str(sample) in taken or not same_place:
            continue
        if all(factor.same(old[factor.name], row.condition[factor.name]) for factor in factors):
            return str(sample)
    return None


def off_plate_problems(
    rows: Sequence[Added], columns: Columns, factors: Sequence[Factor], round_: Round
) -> tuple[Problem, ...]:
    """Return the problems of rows that differ from their plate in what is set for the whole plate."""
    problems = []
    for row in rows:
        for factor in factors:
            setting, value = _setting(round_, row.plate, factor), row.condition[factor.name]
            if setting is not None and value is not None and not factor.same(setting, value):
                cell = row.cells[columns.factors[factor.name]]
                unit = f" {factor.unit}" if factor.unit else ""
                expected = f"{factor.text(setting)}{unit}, set for the whole of {row.plate}"
                remedy = "Clear the cell or name the right plate; if it was so, accept it: --accept actuals."
                found = f"{factor.text(value)}{unit}"
                problems.append(cell.problem("plate-setting", expected, remedy, found=found))
    return tuple(problems)


def broken_rules(rows: Sequence[Added], protocol: Protocol) -> tuple[str, ...]:
    """Return a sentence for each rule of the protocol that a row breaks: it was made, so it is taken."""
    return tuple(
        f"Added conditions, row of {row.first.address}: it breaks the rule '{rule.words()}'; "
        "it teaches, but is not proposed."
        for row in rows
        for rule in protocol.constraints
        if not rule.holds(pd.DataFrame([row.condition], dtype=object))[0]
    )


def added_table(rows: Sequence[Added], factors: Sequence[Factor]) -> pd.DataFrame:
    """Return added rows as a table: index key, a column per factor, plate, well, note."""
    columns = [factor.name for factor in factors]
    body = [[*(row.condition[name] for name in columns), row.plate, row.well, row.note] for row in rows]
    index = pd.Index([row.key for row in rows], dtype=object, name="key")
    return pd.DataFrame(body, index=index, columns=[*columns, *PLACE_COLUMNS], dtype=object)
