"""Which sample each row is: known, of this round, named once, and where it was planned to be.

The id says which sample; condition, plate, well and replicate beside it must say the same. Where they do not,
the columns were moved against each other and the row is refused.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bioal.errors import Problem
from bioal.measurements.cells import Cell, ReturnedTable
from bioal.measurements.checking_columns import Columns
from bioal.measurements.checking_round import ID, id_text
from bioal.measurements.numbers import plain
from bioal.plates.columns import CONDITION, PLATE, REPLICATE, SAMPLE, STATUS, WELL
from bioal.plates.rounds import Round
from bioal.plates.wells import ij_from_well
from bioal.protocol.headings import VESSEL, normalised

# With fewer rows than this, unknown ids are rather mistyped than those of another proposal.
FEWEST = 4


@dataclass(frozen=True)
class Row:
    """A row of the run list whose sample is known; not `sound` where other columns contradict its id."""

    sample: str
    cell: Cell
    cells: Mapping[str, Cell]
    sound: bool = True


def known_rows(
    table: ReturnedTable, columns: Columns, round_: Round, others: Mapping[int, Round]
) -> tuple[tuple[Row, ...], tuple[Problem, ...]]:
    """Return the rows of known samples, each sample once, and the problems of all other rows."""
    rows: dict[str, Row] = {}
    problems: list[Problem] = []
    if (stale := _of_another_proposal(table, columns, round_)) is not None:
        return (), (stale,)
    for cells in table.rows:
        cell = cells[columns.own[SAMPLE]]
        sample = id_text(cell)
        if cell.kind == "blank":
            problems += _nameless(cells, columns)
        elif sample not in round_.samples.index:
            problems.append(_unknown(cell, sample, round_, others))
        elif sample in rows:
            problems += [_twice(cell, rows[sample].cell), _twice(rows[sample].cell, cell)]
        else:
            wrong = _contradictions(sample, cells, columns, round_)
            rows[sample] = Row(sample, cell, cells, sound=not wrong)
            problems += wrong
    return tuple(rows.values()), tuple(dict.fromkeys(problems))


def _of_another_proposal(table: ReturnedTable, columns: Columns, round_: Round) -> Problem | None:
    """Return one problem for a whole file whose ids are all of this round, and none of them in force."""
    cells = [cell for cells in table.rows if (cell := cells[columns.own[SAMPLE]]).kind == "text"]
    numbers = [int(match[1]) for cell in cells if (match := ID.fullmatch(id_text(cell)))]
    known = any(id_text(cell) in round_.samples.index for cell in cells)
    if known or len(cells) < FEWEST or numbers != [round_.number] * len(cells):
        return None
    found = f"{id_text(cells[0])} and {len(cells) - 1} other samples that this round has not"
    expected = f"the samples of round {round_.number} as it is now proposed"
    remedy = "A proposal that was replaced or undone cannot be merged; return the workbook in rounds/."
    return cells[0].problem("proposal-not-in-force", expected, remedy, found=found)


def _nameless(cells: Mapping[str, Cell], columns: Columns) -> list[Problem]:
    """Return the problem of a row with values and no sample id, such as totals under the table."""
    headings = [*columns.readouts.values(), *columns.statuses.values(), columns.own.get(STATUS, "")]
    typed = [cells[heading] for heading in headings if heading in cells and cells[heading].kind != "blank"]
    remedy = "Put the sample's id back, or clear the row if it is no sample (totals, means)."
    return [cell.problem("sample-missing", "a sample id in this row", remedy) for cell in typed[:1]]


def _unknown(cell: Cell, sample: str, round_: Round, others: Mapping[int, Round]) -> Problem:
    remedy = "Put the id back as it was written; leave the row out if the sample was never planned."
    expected = f"a sample of round {round_.number}"
    if cell.kind != "text":
        found = f"the {cell.kind} {cell.value}"
        return cell.problem("sample-id-converted", expected, "Put the id back as text.", found=found)
    if (match := ID.fullmatch(sample)) and int(match[1]) in others and int(match[1]) != round_.number:
        return cell.problem(
            "sample-of-other-round", expected, f"Merge it with the file of round {int(match[1])}."
        )
    near = difflib.get_close_matches(sample, list(map(str, round_.samples.index)), n=1, cutoff=0.85)
    return cell.problem("sample-unknown", expected + (f", perhaps {near[0]}" if near else ""), remedy)


def _twice(cell: Cell, other: Cell) -> Problem:
    remedy = "Delete one of the rows, or put back the id that belongs there."
    return cell.problem("sample-twice", f"each sample once (it is also in {other.address})", remedy)


def _contradictions(sample: str, cells: Mapping[str, Cell], columns: Columns, round_: Round) -> list[Problem]:
    planned = round_.samples.loc[sample]
    expected = {
        CONDITION: str(planned["condition"]),
        PLATE: str(planned["plate"]),
        WELL: str(planned["well"]),
        REPLICATE: str(planned["replicate"]),
    }
    wrong = [
        (word, cell)
        for word in expected
        if (cell := columns.cell(cells, word)) is not None and not _says(word, cell, expected[word], round_)
    ]
    shown = [(VESSEL if word == WELL and round_.in_vessels else word, cell) for word, cell in wrong]
    return _moved(sample, shown, {**expected, VESSEL: expected[WELL]}) if wrong else []


def _moved(sample: str, wrong: Sequence[tuple[str, Cell]], expected: Mapping[str, str]) -> list[Problem]:
    word, cell = wrong[0]
    said = ", ".join(f"{name.lower()} {plain(str(seen.value))}" for name, seen in wrong)
    plan = ", ".join(f"{name.lower()} {expected[name]}" for name, _ in wrong)
    remedy = "Put the row back together: only some of its columns were sorted, moved or pasted."
    del word
    return [cell.problem("row-contradicts-id", f"{plan} for sample {sample}", remedy, found=said)]


def _says(word: str, cell: Cell, expected: str, round_: Round) -> bool:
    text = plain(str(cell.value))
    if word == REPLICATE:
        return text.removesuffix(".0") == expected
    if word == WELL and not round_.in_vessels:
        return _same_well(text, expected)
    return normalised(text) == normalised(expected)


def _same_well(text: str, expected: str) -> bool:
    try:
        return ij_from_well(text) == ij_from_well(expected)
    except ValueError:
        return False
