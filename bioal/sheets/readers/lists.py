"""Lists of wells anywhere on a page: a column of wells beside columns of values, with or without headings.

Each column is a channel. Several columns of one name under a row of times, or a column of times beside the
wells, make a kinetic channel. A well that stands there twice is refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bioal.errors import Refused
from bioal.measurements.cells import Cell
from bioal.protocol.headings import normalised
from bioal.sheets.readers.offers import Offer, is_number, place, says_value, title_above, well_in
from bioal.sheets.readers.times import is_time_heading, time_in, times_in
from bioal.sheets.returned_cells import Page, Rows
from bioal.sheets.returned_table import heading_text

WELL_HEADINGS = frozenset(
    ("well", "wells", "well position", "well positions", "well id", "well name", "well number", "position")
)
PLATE_HEADINGS = frozenset(("plate", "plate id", "plate name", "barcode"))
TIMES_ABOVE = 4  # Tecan i-control: cycle, time and temperature stand above the wells

Line = tuple[str, Sequence[Cell]]  # a well and the cells of its row


@dataclass(frozen=True)
class _List:
    """A list as it stands: its headings by column, its lines, the column of its wells."""

    headings: Mapping[int, Cell]
    lines: Sequence[Line]
    wells: int
    top: int
    title: str
    subtitles: Sequence[Sequence[Cell]] = ()


def heads_wells(cell: Cell) -> bool:
    """Return whether a cell is the heading of a column of wells.

    >>> heads_wells(Cell("Well ID", "text")), heads_wells(Cell("0.123", "text"))
    (True, False)
    """
    text = str(cell.value).strip() if cell.kind == "text" else ""
    return text[:1].isalpha() and normalised(text) in WELL_HEADINGS


def list_offers(page: Page) -> list[Offer]:
    """Return the channels of the lists of wells on a page.

    Raises
    ------
    Refused
        Where a well stands twice, or values stand in a row whose well cannot be read.
    """
    offers: list[Offer] = []
    row = 0
    while row < len(page.rows):
        found = _headed(page.rows, row) or _bare(page.rows, row)
        if found is None:
            row += 1
            continue
        offers += _offers(found, page.rows)
        row = found.top + len(found.subtitles) + len(found.lines) + 1
    return offers


def _headed(rows: Rows, index: int) -> _List | None:
    """Return the list under a row with a heading such as Well."""
    row = rows[index]
    named = [at for at, cell in enumerate(row) if heads_wells(cell)]
    if len(named) != 1 or any(well_in(cell) for cell in row):
        return None
    at = named[0]
    start = index + 1
    while start < min(len(rows), index + 4) and rows[start][at].kind == "blank":
        start += 1  # Magellan writes times and temperatures under the headings
    lines = _lines(rows, start, at, strict=True)
    headings = {k: cell for k, cell in enumerate(row) if k != at and cell.kind != "blank"}
    subtitles = rows[index + 1 : start]
    return _List(headings, lines, at, index, title_above(rows, index), subtitles) if lines else None


def _bare(rows: Rows, index: int) -> _List | None:
    """Return the list that begins with a row of a well and values, without headings."""
    row = rows[index]
    at = next((k for k, cell in enumerate(row) if cell.kind != "blank"), None)
    if at is None or well_in(row[at]) is None or not any(map(says_value, row[at + 1 :])):
        return None
    if any(well_in(cell) for cell in row[at + 1 :]):
        return None
    lines = _lines(rows, index, at, strict=False)
    return _List({}, lines, at, index - 1, title_above(rows, index))


def _lines(rows: Rows, start: int, at: int, *, strict: bool) -> list[Line]:
    lines: list[Line] = []
    for row in rows[start:]:
        if all(cell.kind == "blank" for cell in row):
            break
        well = well_in(row[at])
        if (
            well is None
            and lines
            and strict
            and any(says_value(cell) for k, cell in enumerate(row) if k != at)
        ):
            found = f"'{row[at].value}'" if row[at].kind != "blank" else None
            remedy = "Correct the well, or delete the row if it is none."
            raise Refused(row[at].problem("well-unknown", "a well such as A1", remedy, found=found))
        if well is None:
            break
        lines.append((well, row))
    return lines


def _offers(found: _List, rows: Rows) -> list[Offer]:
    plate = _column(found, PLATE_HEADINGS)
    timed = next((k for k, cell in found.headings.items() if is_time_heading(cell)), None)
    apart = {plate, timed, found.wells}
    width = max(len(row) for _, row in found.lines)
    columns = [k for k in range(width) if k not in apart and _has_values(found, k)]
    parts = _by_plate(found, plate)
    offers: list[Offer] = []
    for name, lines in parts.items():
        if timed is not None:
            offers += [_long(found, lines, k, timed, name) for k in columns]
        else:
            offers += _wide(found, lines, columns, name, rows)
    return offers


def _column(found: _List, names: frozenset[str]) -> int | None:
    return next((k for k, cell in found.headings.items() if normalised(heading_text(cell)) in names), None)


def _has_values(found: _List, column: int) -> bool:
    cells = [row[column] for _, row in found.lines if row[column].kind != "blank"]
    return any(map(is_number, cells)) and 2 * sum(map(says_value, cells)) > len(cells)


def _by_plate(found: _List, column: int | None) -> dict[str, list[Line]]:
    """Return the lines by plate; where only some name it, all are of that plate."""
    parts: dict[str, list[Line]] = defaultdict(list)
    for well, row in found.lines:
        parts["" if column is None else heading_text(row[column])].append((well, row))
    named = [name for name in parts if name]
    return dict(parts) if len(named) > 1 else {(named[0] if named else ""): list(found.lines)}


def _name(found: _List, column: int) -> str:
    heading = found.headings.get(column)
    if heading is not None:
        return heading_text(heading)
    return f"column {column + 1 - found.wells}" if not found.title else found.title


def _long(found: _List, lines: Sequence[Line], column: int, timed: int, plate: str) -> Offer:
    """Return a channel of a list with a row for each well and time."""
    by_well: dict[str, list[tuple[Cell, Cell]]] = defaultdict(list)
    for well, row in lines:
        by_well[well].append((row[timed], row[column]))
    heading = found.headings[timed]
    times = {well: times_in([time for time, _ in pairs], heading) for well, pairs in by_well.items()}
    every = tuple(sorted({time for one in times.values() for time in one}))
    blank = Cell(None, "blank")
    wells = {
        well: tuple(
            dict(zip(times[well], (cell for _, cell in pairs), strict=True)).get(time, blank)
            for time in every
        )
        for well, pairs in by_well.items()
    }
    return Offer(_name(found, column), wells, every, plate=plate, where=_where(lines, column))


def _where(lines: Sequence[Line], column: int) -> str:
    return place(lines[0][1][column])


def _wide(found: _List, lines: Sequence[Line], columns: Sequence[int], plate: str, rows: Rows) -> list[Offer]:
    """Return the channels of a list with one row for each well."""
    _refuse_twice(lines, found.wells)
    groups: dict[str, list[int]] = defaultdict(list)
    times = _times_of(found, columns, rows)
    for k in columns:
        timed = found.headings.get(k) is None or time_in(_name(found, k)) is not None
        groups[(found.title or "values") if times and timed else _name(found, k)].append(k)
    offers = []
    for name, members in groups.items():
        series = tuple(times[k] for k in members) if times and len(members) > 1 else ()
        for part in [members] if series else [[k] for k in members]:
            wells = {well: tuple(row[k] for k in part) for well, row in lines}
            offers.append(Offer(name, wells, series, plate=plate, where=_where(lines, part[0])))
    return offers


def _times_of(found: _List, columns: Sequence[int], rows: Rows) -> dict[int, float]:
    """Return the time of each column: from its heading, the row under it, or a row above the wells."""
    for row in found.subtitles:
        under = {k: time_in(heading_text(row[k])) for k in columns}
        if len(under) == len(columns) and None not in under.values():
            return _ascending({k: time for k, time in under.items() if time is not None}, found)
    headed = {k: time_in(heading_text(found.headings[k])) for k in columns if k in found.headings}
    if len(headed) > 1 and None not in headed.values():
        return {k: time for k, time in headed.items() if time is not None}
    above = rows[max(0, found.top + 1 - TIMES_ABOVE) : found.top + 1]
    timed = next((row for row in above if is_time_heading(row[found.wells])), None)
    if timed is None or found.headings:
        return {}
    seconds = times_in([timed[k] for k in columns], timed[found.wells])
    return dict(zip(columns, seconds, strict=True))


def _ascending(times: dict[int, float], found: _List) -> dict[int, float]:
    """Return times under headings where columns of one name have several; else there are none."""
    names = [_name(found, k) for k in times]
    return times if len(set(names)) < len(names) else {}


def _refuse_twice(lines: Sequence[Line], column: int) -> None:
    seen: dict[str, Cell] = {}
    problems = []
    for well, row in lines:
        if (first := seen.setdefault(well, row[column])) is not row[column]:
            remedy = (
                "Keep the row that counts; with several plates, add a column Plate; with times, Time [s]."
            )
            expected = f"each well once (it is also in {first.address})"
            problems.append(row[column].problem("well-twice", expected, remedy))
    if problems:
        raise Refused(problems)
