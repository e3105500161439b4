"""A table in a page of cells: found by its headings, wherever it begins; its rows as headings and cells.

Headings are compared after Unicode normalisation. A heading that appears twice, or an area with merged
cells, is refused: nobody can say which of two is meant.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from openpyxl.utils.cell import range_boundaries

from bioal.errors import Problem, Refused
from bioal.measurements.cells import Cell, ReturnedTable
from bioal.protocol.headings import normalised
from bioal.sheets.returned_cells import Page, Rows

_ID = re.compile(r"R\d+-[A-Z]\d+")
HEADER_SEARCH = 40  # people insert rows above a table, not pages


def heading_text(cell: Cell) -> str:
    """Return a heading as it is kept: NFKC, single spaces, no space at its ends."""
    return "" if cell.kind == "blank" else " ".join(unicodedata.normalize("NFKC", str(cell.value)).split())


def header_row(rows: Rows, wanted: Iterable[str]) -> int | None:
    """Return the position of the first row that holds all of these headings, None where there is none."""
    needed = tuple(wanted)
    for index, row in enumerate(rows[:HEADER_SEARCH]):
        if holds_headings([heading_text(cell) for cell in row], needed):
            return index
    return None


def holds_headings(row: Iterable[str], wanted: Iterable[str]) -> bool:
    """Return whether a row holds all of these headings and no id, which only rows of values have.

    >>> holds_headings(["sample", "GFP"], ["Sample"]), holds_headings(["R01-C001", "sample"], ["Sample"])
    (True, False)
    """
    texts = tuple(row)
    found = {normalised(text) for text in texts}
    return {normalised(one) for one in wanted} <= found and not any(map(_ID.fullmatch, texts))


def table_at(page: Page, header: int) -> tuple[ReturnedTable, tuple[str, ...]]:
    """Return the table under a header row, and warnings: columns without a heading are not read.

    Raises
    ------
    Refused
        Where a heading appears twice or the table holds merged cells.
    """
    headings = _headings(page.rows[header])
    _refuse_merged(page, header)
    rows = [
        {heading: page.rows[index][column] for heading, column in headings.items()}
        for index in range(header + 1, len(page.rows))
    ]
    filled = tuple(row for row in rows if any(cell.kind != "blank" for cell in row.values()))
    titles = {heading: page.rows[header][column] for heading, column in headings.items()}
    return ReturnedTable(titles, filled), _unnamed(page, header)


def _headings(row: Iterable[Cell]) -> Mapping[str, int]:
    columns: dict[str, int] = {}
    seen: dict[str, Cell] = {}
    problems: list[Problem] = []
    for column, cell in enumerate(row):
        heading = heading_text(cell)
        if heading and (first := seen.get(normalised(heading))) is not None:
            remedy = f"Rename or delete one of them (the other is in {first.address})."
            problems.append(
                cell.problem("heading-twice", "each heading once", remedy, found=f"'{heading}' again")
            )
        elif heading:
            seen[normalised(heading)] = cell
            columns[heading] = column
    if problems:
        raise Refused(problems)
    return columns


def _refuse_merged(page: Page, header: int) -> None:
    expected, remedy = "one value in each cell", "Unmerge them and fill each cell."
    problems = [
        Problem("cells-merged", f"merged cells {area}", expected, remedy, page.file, page.name, area)
        for area in page.merged
        if (range_boundaries(area)[3] or 0) > header
    ]
    if problems:
        raise Refused(problems)


def _unnamed(page: Page, header: int) -> tuple[str, ...]:
    bare = [column for column, cell in enumerate(page.rows[header]) if cell.kind == "blank"]
    filled = [
        next((row[column] for row in page.rows[header + 1 :] if row[column].kind != "blank"), None)
        for column in bare
    ]
    firsts = [cell.address for cell in filled if cell is not None]
    if not firsts:
        return ()
    sheet = f"'{page.name}': " if page.name else ""
    return (f"{sheet}columns without a heading are not read (first values in {', '.join(firsts)}).",)
