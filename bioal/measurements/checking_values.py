"""What each value cell says: list and paste sheet, value and status together give a reading or a problem.

A value may stand in the run list, in the paste sheet, or in both if they agree. The status stands in the run
list. What a pair of value and status means is the table of `bioal.measurements.statuses`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bioal.errors import Problem
from bioal.measurements.cells import Cell, ReturnedGrid
from bioal.measurements.checking_columns import Columns
from bioal.measurements.checking_outcomes import outcome_reading
from bioal.measurements.checking_samples import Row
from bioal.measurements.dilutions import dilution_of, dilution_words
from bioal.measurements.numbers import number_in, plain, same_number
from bioal.measurements.readings import OUTCOME, Reading
from bioal.measurements.statuses import STATUSES, Spoken, meaning, spoken_in, status_in, status_remedy
from bioal.plates.columns import DILUTION, STATUS, status_heading
from bioal.plates.rounds import Round
from bioal.protocol.headings import normalised
from bioal.protocol.levels import rounded, written
from bioal.protocol.objective import Readout

BOUNDS = ("below limit", "over range")
MOST_WORDS = 6  # more are counted, not listed

Pasted = Mapping[tuple[str, str], Cell]


@dataclass(frozen=True)
class Values:
    """What the cells of a file say: readings, the cells that numbers were read from, problems, warnings."""

    readings: tuple[Reading, ...]
    cells: Mapping[tuple[str, str], Cell]
    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class _Typed:
    """What was typed for one readout of one sample: its cell (None if blank), status and the status' cell."""

    sample: str
    readout: Readout
    cell: Cell | None
    status: str = ""
    status_cell: Cell | None = None
    dilution: float = 1.0


def values_of(
    rows: Sequence[Row],
    columns: Columns,
    grids: Sequence[ReturnedGrid],
    round_: Round,
    readouts: Sequence[Readout],
) -> Values:
    """Return every reading of a file, and the problems of cells that say none."""
    pasted, problems, warnings = pasted_cells(grids, round_, readouts)
    listed = {row.sample for row in rows}
    typed: list[_Typed] = []
    for row in rows:
        found, wrong = _row_typed(row, columns, pasted, readouts)
        typed += found
        problems = (*problems, *wrong)
    by_name = {readout.name: readout for readout in readouts}
    typed += [_Typed(s, by_name[r], cell) for (s, r), cell in pasted.items() if s not in listed]
    read = [(one, _reading(one)) for one in typed]
    readings = tuple(reading for _, reading in read if isinstance(reading, Reading))
    cells = {
        reading.key: cell
        for one, reading in read
        if isinstance(reading, Reading) and (cell := one.cell or one.status_cell) is not None
    }
    wrong_values = tuple(reading for _, reading in read if isinstance(reading, Problem))
    said = _words((one.cell, r) for one, r in read if isinstance(r, Reading) and r.unit != OUTCOME)
    said += dilution_words([(one.readout.heading, one.dilution) for one, reading in read if reading])
    return Values(readings, cells, (*problems, *wrong_values), (*warnings, *said))


def pasted_cells(
    grids: Iterable[ReturnedGrid], round_: Round, readouts: Sequence[Readout]
) -> tuple[Pasted, tuple[Problem, ...], tuple[str, ...]]:
    """Return the filled cells of the paste sheet by sample and readout; other wells are ignored."""
    named = {normalised(text): readout for readout in readouts for text in (readout.heading, readout.name)}
    wells = {(str(at["plate"]), str(at["well"])): str(s) for s, at in round_.samples.iterrows()}
    pasted: dict[tuple[str, str], Cell] = {}
    problems: list[Problem] = []
    stray: list[str] = []
    for grid in grids:
        filled = {well: cell for well, cell in grid.wells.items() if cell.kind != "blank"}
        readout = named.get(normalised(str(grid.readout.value)))
        wrong = _grid_problems(grid, readout, round_) if filled else []
        problems += wrong
        if wrong or readout is None:
            continue
        for well, cell in filled.items():
            sample = wells.get((grid.plate, well))
            if sample is None:
                stray.append(cell.address)
            elif (first := pasted.get((sample, readout.name))) is None:
                pasted[sample, readout.name] = cell
            else:
                problems.append(_contradiction(cell, first)) if not _agree(first, cell) else None
    words = (
        f"Paste sheet: {len(stray)} values in wells without a sample were ignored (first: {stray[0]})."
        if stray
        else ""
    )
    return pasted, tuple(problems), (words,) if words else ()


def _grid_problems(grid: ReturnedGrid, readout: Readout | None, round_: Round) -> list[Problem]:
    problems = []
    if readout is None:
        remedy = "Put the readout's name back as it was written."
        problems.append(grid.readout.problem("grid-readout-unknown", "a readout of the protocol", remedy))
    if grid.plate not in round_.plates:
        remedy = "Put the plate's name back as it was written."
        expected = "one of " + ", ".join(round_.plates)
        found = f"the plate '{grid.plate}' below it"
        problems.append(grid.readout.problem("grid-plate-unknown", expected, remedy, found=found))
    return problems


def _row_typed(
    row: Row, columns: Columns, pasted: Pasted, readouts: Sequence[Readout]
) -> tuple[list[_Typed], list[Problem]]:
    """Return what a row says of each readout, and the problems of cells that contradict each other."""
    cells: dict[str, Cell | None] = {}
    problems: list[Problem] = []
    for readout in readouts:
        cell, wrong = _one_of_two(_listed(row, columns, readout), pasted.get((row.sample, readout.name)))
        cells[readout.name] = cell
        problems += wrong
    statuses, wrong = _statuses(row, columns, cells, readouts)
    dilution = dilution_of(columns.cell(row.cells, DILUTION), [one for one in cells.values() if one])
    if isinstance(dilution, Problem):
        return [], [*problems, *wrong, dilution]
    typed = [
        _Typed(row.sample, readout, cells[readout.name], *statuses[readout.name], dilution)
        for readout in readouts
        if not wrong and row.sound
    ]
    return typed, [*problems, *wrong]


def _listed(row: Row, columns: Columns, readout: Readout) -> Cell | None:
    cell = row.cells.get(columns.readouts.get(readout.name, ""))
    return None if cell is None or cell.kind == "blank" else cell


def _one_of_two(listed: Cell | None, pasted: Cell | None) -> tuple[Cell | None, list[Problem]]:
    if listed is None or pasted is None:
        return listed or pasted, []
    return listed, [] if _agree(listed, pasted) else [_contradiction(listed, pasted)]


def _agree(one: Cell, other: Cell) -> bool:
    first, second = number_in(one), number_in(other)
    if isinstance(first, Problem) or isinstance(second, Problem):
        return one.kind == other.kind and normalised(str(one.value)) == normalised(str(other.value))
    return same_number(first, second)


def _contradiction(cell: Cell, other: Cell) -> Problem:
    where = f"sheet '{other.sheet}', {other.address}" if other.sheet else other.address
    remedy = "Clear the one that is wrong."
    return cell.problem("values-contradict", f"the same as in {where} ({other.value})", remedy)


def _statuses(
    row: Row, columns: Columns, cells: Mapping[str, Cell | None], readouts: Sequence[Readout]
) -> tuple[dict[str, tuple[str, Cell | None]], list[Problem]]:
    """Return the status of each readout of a row: its own column's, else the row's."""
    general = columns.cell(row.cells, STATUS)
    own = {
        name: cell
        for name, heading in columns.statuses.items()
        if (cell := row.cells[heading]).kind != "blank"
    }
    words = {cell.address: _status(cell) for cell in (*own.values(), *([general] if general else []))}
    problems = [word for word in words.values() if isinstance(word, Problem)]
    if problems:
        return {}, problems
    shared = [readout for readout in readouts if readout.name not in own]
    given = {name: (str(words[cell.address]), cell) for name, cell in own.items()}
    if general is None:
        return {**{readout.name: ("", None) for readout in shared}, **given}, []
    spread, problem = _spread(general, str(words[general.address]), shared, cells)
    return {**spread, **given}, [problem] if problem is not None else []


def _spread(
    general: Cell, status: str, shared: Sequence[Readout], cells: Mapping[str, Cell | None]
) -> tuple[dict[str, tuple[str, Cell | None]], Problem | None]:
    """Return which readouts a row's one status is about.

    With several readouts, `ok` is about those that were filled, a limit about the first if it alone was, and
    `no product` about those that have a value, typed or declared. If that is none, it is about the first.
    """
    names = [readout.name for readout in shared]
    if status in (*BOUNDS, "no product"):
        # An outcome is a word: it has no limit, and says itself that nothing came of it.
        names = [readout.name for readout in shared if readout.outcomes is None] or names
    about = names
    if len(shared) > 1 and status in ("ok", *BOUNDS, "no product"):
        declared = [one.name for one in shared if status == "no product" and one.declares_no_product]
        about = [name for name in names if cells[name] is not None or name in declared] or names[:1]
    # A limit beside a blank first readout and a filled other one may well be meant for the blank.
    if status in BOUNDS and about != names[:1]:
        headings = " or ".join(f"'{status_heading(readout.heading)}'" for readout in shared)
        remedy = f"Choose it in the column {headings}; add the column where there is none."
        return {}, general.problem("status-ambiguous", "a status that is about one readout", remedy)
    return {one.name: (status, general) if one.name in about else ("", None) for one in shared}, None


def _status(cell: Cell) -> str | Problem:
    text = plain(str(cell.value))
    status = status_in(text) if cell.kind == "text" else None
    if status is None:
        return cell.problem("status-unknown", "one of " + ", ".join(STATUSES), status_remedy(text))
    return status


def _reading(typed: _Typed) -> Reading | Problem | None:
    """Return what value and status say together; a word instead of a number brings its own status."""
    if typed.readout.outcomes is not None:
        return outcome_reading(typed.sample, typed.readout, typed.cell, typed.status, typed.status_cell)
    spoken = _spoken(typed.cell)
    if typed.cell is not None and spoken is not None and typed.status in ("", spoken.status):
        return _said_by_word(typed, typed.cell, spoken)
    return _typed_reading(typed)


def _spoken(cell: Cell | None) -> Spoken | None:
    return spoken_in(plain(str(cell.value))) if cell is not None and cell.kind == "text" else None


def _said_by_word(typed: _Typed, cell: Cell, spoken: Spoken) -> Reading | Problem:
    """Return the reading of a word such as OVRFLW or >3.9; a limit that it does not name is the readout's."""
    said = replace(typed, status=spoken.status)
    if spoken.status not in BOUNDS:
        return _made(said, math.nan)
    end = "low" if spoken.status == "below limit" else "high"
    limit = spoken.limit if spoken.limit is not None else getattr(typed.readout, end)
    if spoken.limit is None and typed.dilution != 1:
        remedy = f"Type the limit of the diluted sample: {'<' if end == 'low' else '>'} and the number."
        return cell.problem("value-is-limit", "a limit beside a dilution", remedy)
    if limit is None:
        remedy = (
            f"Declare {end} of the readout '{typed.readout.name}' in the protocol (bioal amend), "
            f"or type the limit as a number and choose the status '{spoken.status}'."
        )
        return cell.problem("value-is-limit", f"a limit for {typed.readout.heading}", remedy)
    number = number_in(replace(cell, value=float(limit), kind="number"))
    return number if isinstance(number, Problem) else _made(said, number)


def _words(cells: Iterable[tuple[Cell | None, Reading]]) -> tuple[str, ...]:
    """Return a sentence about the words that stood for a number, nothing where there were none."""
    found = {cell.address: (str(cell.value), r.status) for cell, r in cells if cell and _spoken(cell)}
    said = [f"{count} x {word} as {status}" for (word, status), count in Counter(found.values()).items()]
    more = f" and {len(said) - MOST_WORDS} others" if len(said) > MOST_WORDS else ""
    return (f"Words instead of numbers: {', '.join(said[:MOST_WORDS])}{more}.",) if said else ()


def _typed_reading(typed: _Typed) -> Reading | Problem | None:
    number = math.nan if typed.cell is None else number_in(typed.cell)
    if isinstance(number, Problem) and typed.status != "spoiled" and typed.status and _spoken(typed.cell):
        return _refused(typed, "Clear the status, or the word, whichever is wrong.")
    if isinstance(number, Problem):
        # What was read in a spoiled well is kept as text, whatever it is.
        return _made(typed, math.nan) if typed.status == "spoiled" else number
    said = meaning("number" if typed.cell is not None else "blank", typed.status)
    if said.action == "refused" or (said.action == "declared" and not typed.readout.declares_no_product):
        return _refused(typed, said.remedy)
    if said.action == "nothing":
        return None
    declared = math.nan if typed.readout.may_fail else float(typed.readout.no_product or 0.0)
    return _made(typed, declared if said.action == "declared" else number)


def _made(typed: _Typed, value: float) -> Reading:
    cell = typed.cell or typed.status_cell
    assert cell is not None  # a reading has a value or a status
    raw = "" if typed.cell is None else typed.cell.raw or str(typed.cell.value)
    if typed.dilution != 1 and typed.cell is not None:
        value, raw = rounded(value * typed.dilution), f"{raw} x {written(typed.dilution)}"
    where = f"{cell.sheet}!{cell.address}" if cell.sheet else cell.address
    readout, found = typed.readout, typed.cell or cell
    said = (typed.sample, readout.name, value, readout.unit, typed.status or "ok", raw, where)
    return Reading(*said, error=found.error * typed.dilution, curve_error=found.curve_error * typed.dilution)


def _refused(typed: _Typed, remedy: str) -> Problem:
    cell = typed.status_cell or typed.cell
    assert cell is not None  # a pair without value and status is never refused
    beside = "no value" if typed.cell is None else f"the value {typed.cell.value} ({typed.cell.address})"
    found = f"the status '{typed.status}' with {beside} for {typed.readout.heading}"
    return cell.problem(
        "status-contradicts-value", "a value and a status that go together", remedy, found=found
    )
