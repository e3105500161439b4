"""A finished table as a DataFrame: all columns under the header row that holds the headings looked for.

A column whose every cell reads as a number is numbers, any other is text; the index holds the rows of the
file, so that whoever finds a fault can say where.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from bioal.errors import Problem, Refused
from bioal.measurements.cells import Cell
from bioal.measurements.numbers import NUMBER, plain
from bioal.protocol.headings import normalised
from bioal.sheets.preflight import preflight, refusal
from bioal.sheets.returned_cells import Page, page_of
from bioal.sheets.returned_table import HEADER_SEARCH, header_row, table_at
from bioal.sheets.returned_text import text_table
from bioal.sheets.returned_workbook import open_pages

_ROW = re.compile(r"\d+")
_CODE = re.compile(r"[+-]?0\d.*")  # 007 is a name, not an amount


def read_finished(path: Path, headings: Sequence[str]) -> pd.DataFrame:
    """Return the table of a CSV file or workbook that has these headings.

    Raises
    ------
    Refused
        Where there is no such table, or more than one, and for each cell that holds no value.
    """
    page = _page(path, headings)
    header = header_row(page.rows, headings)
    if header is None:
        raise Refused(_headless(path, headings))
    table, _ = table_at(page, header)
    cells = {heading: [row[heading] for row in table.rows] for heading in table.headings}
    wrong = [
        cell.problem("cell-no-value", "a number or text", "Put the value itself into the cell.")
        for column in cells.values()
        for cell in column
        if cell.kind in ("error", "formula", "date")
    ]
    if wrong:
        raise Refused(wrong)
    if not table.rows:
        remedy = "Add a row for each condition that was measured."
        raise Refused(Problem("no-rows", "a table without rows", "one row per condition", remedy, path.name))
    rows = [_row(next(iter(row.values()))) for row in table.rows]
    return pd.DataFrame({heading: _values(column) for heading, column in cells.items()}).set_axis(rows)


def _page(path: Path, headings: Sequence[str]) -> Page:
    facts = preflight(path)
    if facts.kind == "text":
        wanted = frozenset(map(normalised, headings))
        return text_table(path, [wanted], f"a header with the headings {', '.join(headings)}").page
    book, formulas = open_pages(path, facts)
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    fitting = [
        sheet
        for sheet in sheets
        if header_row(page_of(path.name, sheet, None, rows=HEADER_SEARCH).rows, headings) is not None
    ]
    if not fitting:
        raise Refused(_headless(path, headings))
    if len(fitting) > 1:
        found = "such tables on several sheets: " + ", ".join(f"'{sheet.title}'" for sheet in fitting)
        raise Refused(refusal(path, "sheets-several", found, "Keep the table on one sheet."))
    return page_of(path.name, fitting[0], None if formulas is None else formulas[fitting[0].title])


def _headless(path: Path, headings: Sequence[str]) -> Problem:
    remedy = "Name the column of the yields with --objective."
    return refusal(path, "header-unknown", f"no header with {', '.join(headings)}", remedy)


def _row(cell: Cell) -> int:
    found = _ROW.search(cell.address)
    assert found is not None  # every address names its row
    return int(found[0])


def _values(column: Sequence[Cell]) -> pd.Series:
    there = [cell for cell in column if cell.kind != "blank"]
    if there and all(map(_is_number, there)):
        return pd.Series(
            [np.nan if cell.kind == "blank" else float(plain(str(cell.value))) for cell in column],
            dtype=float,
        )
    return pd.Series([None if cell.kind == "blank" else _option(cell) for cell in column], dtype=object)


def _is_number(cell: Cell) -> bool:
    text = plain(str(cell.value))
    return cell.kind == "number" or (
        cell.kind == "text" and bool(NUMBER.fullmatch(text)) and not _CODE.fullmatch(text)
    )


def _option(cell: Cell) -> object:
    """Return a cell of a column that is not all numbers: its text, or its number as it stands."""
    return plain(str(cell.value)) if cell.kind == "text" else cell.value
