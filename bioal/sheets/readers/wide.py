"""Tables whose headings are wells: times down the side (Gen5, i-control), or one row for each channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bioal.errors import Refused
from bioal.measurements.cells import Cell
from bioal.sheets.readers.lists import heads_wells
from bioal.sheets.readers.offers import Offer, is_number, place, title_above, well_in
from bioal.sheets.readers.times import is_time_heading, times_in
from bioal.sheets.returned_cells import Page, Rows
from bioal.sheets.returned_table import heading_text

FEWEST = 2  # wells that make a row a row of headings


def wide_offers(page: Page) -> list[Offer]:
    """Return the channels of tables with a column for each well.

    Raises
    ------
    Refused
        Where a well stands twice in a heading, or times cannot be read.
    """
    offers: list[Offer] = []
    for index, row in enumerate(page.rows):
        at = [k for k, cell in enumerate(row) if well_in(cell) is not None]
        before = row[: at[0]] if len(at) >= FEWEST else ()
        timed = next((k for k, cell in enumerate(before) if is_time_heading(cell)), None)
        named = next((k for k, cell in enumerate(before) if heads_wells(cell)), None)
        if timed is not None:
            offers += _timed(page.rows, index, _wells(row, at), timed)
        elif named is not None:
            offers += _named(page.rows, index, _wells(row, at), named)
    return offers


def _wells(row: Sequence[Cell], columns: Sequence[int]) -> dict[str, int]:
    """Return the columns of the wells that head a table."""
    found: dict[str, int] = {}
    for at in columns:
        well = well_in(row[at])
        if well is None or well in found:
            raise Refused(row[at].problem("well-twice", "each well once", "Delete one of the columns."))
        found[well] = at
    return found


def _timed(rows: Rows, index: int, wells: Mapping[str, int], timed: int) -> list[Offer]:
    """Return the channel of a table with a row for each time; Gen5 adds rows of 0:00:00 that hold nothing."""
    lines = []
    for row in rows[index + 1 :]:
        if row[timed].kind == "blank":
            break
        if any(row[at].kind != "blank" for at in wells.values()):
            lines.append(row)
    if not lines:
        return []
    times = times_in([row[timed] for row in lines], rows[index][timed])
    cells = {well: tuple(row[at] for row in lines) for well, at in wells.items()}
    name = title_above(rows, index) or heading_text(rows[index][timed])
    return [Offer(name, cells, times, where=place(rows[index][timed]))]


def _named(rows: Rows, index: int, wells: Mapping[str, int], named: int) -> list[Offer]:
    """Return the channels of a table with a row for each of them."""
    offers = []
    for row in rows[index + 1 :]:
        if row[named].kind == "blank":
            break
        name = heading_text(row[named])
        cells = {well: (row[at],) for well, at in wells.items()}
        filled = [cell for (cell,) in cells.values() if cell.kind != "blank"]
        if sum(map(is_number, filled)) * 2 > len(filled):
            offers.append(Offer(name, cells, where=place(row[named])))
    return offers
