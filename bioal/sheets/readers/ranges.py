"""The cells that a person names, `Sheet1!B12:Y27`: a whole plate, with or without its letters and numbers."""

from __future__ import annotations

import re

from bioal.errors import Problem, Refused
from bioal.measurements.cells import Cell
from bioal.plates.rounds import Round
from bioal.plates.wells import shape_of_plate, well_from_ij
from bioal.protocol.headings import normalised
from bioal.sheets.readers.grids import grid_offers
from bioal.sheets.readers.offers import Offer
from bioal.sheets.readers.pages import Found
from bioal.sheets.returned_cells import Page

_AREA = re.compile(r"(?:'?(.+?)'?!)?\$?([A-Z]{1,3})\$?(\d{1,6}):\$?([A-Z]{1,3})\$?(\d{1,6})", re.IGNORECASE)
EXAMPLE = '--range "Sheet1!B12:Y27"'


def offer_at(found: Found, area: str, round_: Round) -> Offer:
    """Return the channel whose values stand in the cells that were named.

    Raises
    ------
    Refused
        Where they are no cells of the file, or not as many as the plate has.
    """
    match = _AREA.fullmatch(area.strip())
    if match is None:
        raise Refused(_problem(found, f"the range '{area}'", f"a range such as {EXAMPLE}", "Write it so."))
    page = _page(found, match[1])
    left, right = sorted((_column(match[2]), _column(match[4])))
    top, bottom = sorted((int(match[3]), int(match[5])))
    if bottom > len(page.rows) or right > max(map(len, page.rows), default=0):
        said = f"the range {area}, which ends outside the table"
        raise Refused(_problem(found, said, f"cells of {len(page.rows)} rows", "Correct the range."))
    cells = [list(row[left - 1 : right]) for row in page.rows[top - 1 : bottom]]
    rows, columns = shape_of_plate(round_.size)
    if (len(cells), len(cells[0])) == (rows, columns):
        wells = {well_from_ij(i, j): (cells[i][j],) for i in range(rows) for j in range(columns)}
        _refuse_merged(found, page, area)
        return Offer(area, wells, shape=(rows, columns), where=area)
    return _labelled(found, page, cells, area, (rows, columns))


def _labelled(found: Found, page: Page, cells: list[list[Cell]], area: str, shape: tuple[int, int]) -> Offer:
    """Return the channel of a range that holds letters and numbers, all of the plate or a part of it."""
    offers = grid_offers(Page(page.file, page.name, cells))
    _refuse_merged(found, page, area)
    if len(offers) == 1:
        return offers[0]
    rows, columns = shape
    said = f"{len(cells)} rows and {len(cells[0])} columns in {area}"
    expected = f"{rows} x {columns} values, or values with their letters and numbers"
    raise Refused(_problem(found, said, expected, "Name the cells of the whole plate."))


def _refuse_merged(found: Found, page: Page, area: str) -> None:
    if page.merged:
        expected, remedy = "one value in each cell", "Unmerge them and fill each cell."
        said = f"merged cells {', '.join(page.merged[:3])} on the sheet of {area}"
        raise Refused(Problem("cells-merged", said, expected, remedy, found.file, page.name, page.merged[0]))


def _page(found: Found, name: str | None) -> Page:
    if name is None and len(found.pages) == 1:
        return found.pages[0]
    named = [page for page in found.pages if name and normalised(page.name) == normalised(name)]
    if len(named) == 1:
        return named[0]
    sheets = (
        ", ".join(f"'{page.name}'" for page in found.pages if page.name) or "no sheets: leave the name away"
    )
    said = "no sheet named" if name is None else f"the sheet '{name}'"
    raise Refused(_problem(found, said, f"one of {sheets}", f"Write {EXAMPLE}."))


def _problem(found: Found, said: str, expected: str, remedy: str) -> Problem:
    return Problem("range-unknown", said, expected, remedy, file=found.file)


def _column(letters: str) -> int:
    """Return the number of a column.

    >>> _column("A"), _column("y"), _column("AA")
    (1, 25, 27)
    """
    number = 0
    for letter in letters.upper():
        number = 26 * number + ord(letter) - 64
    return number
