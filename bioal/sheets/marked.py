"""A returned file with its problems marked: a copy, with every cell in question coloured and commented.

The returned file itself is never written to. A sheet 'Problems' lists all of them, those without a cell too.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from io import StringIO
from math import ceil
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.utils.cell import coordinate_to_tuple, get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from bioal.errors import Problem
from bioal.sheets.names import PROBLEMS
from bioal.sheets.outgoing_file import save_workbook
from bioal.sheets.outgoing_rules import plain_sheet, set_page
from bioal.sheets.outgoing_table import Column, write_table
from bioal.sheets.style import BODY, HEAD_SAMPLE, HINT, TITLE, cell_at, explain, write_text

MARK = PatternFill("solid", start_color="F4A7A0", end_color="F4A7A0")
WORKBOOKS = (".xlsx", ".xlsm")
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
HEADER_ROW = 4
WIDTHS = {"Sheet": 18, "Cell": 9, "Found": 34, "Expected": 40, "What to do": 52}

_IN_TEXT = re.compile(r"row (\d{1,6}), column (\d{1,4})(?!\d)")
_ADDRESS = re.compile(r"\$?[A-Z]{1,3}\$?[1-9][0-9]{0,6}")


def mark_problems(source: Path, target: Path, problems: Sequence[Problem]) -> None:
    """Write a copy of a returned file in which the problems are marked.

    Parameters
    ----------
    source
        A workbook, or a CSV file, which becomes a workbook. It has passed the checks against hostile files.
    target
        The copy, an .xlsx file.

    Raises
    ------
    Refused
        When the copy cannot be written.
    """
    book = load_workbook(source) if source.suffix.lower() in WORKBOOKS else _workbook_of_text(source)
    for problem in problems:
        cell = _cell_of(book, problem)
        if cell is not None:
            _mark(cell, problem)
    if PROBLEMS in book.sheetnames:
        del book[PROBLEMS]
    _write_problems(book.create_sheet(PROBLEMS, 0), source, problems)
    book.active = 0
    for sheet in book.worksheets:
        sheet.sheet_view.tabSelected = sheet.title == PROBLEMS
    save_workbook(book, target)


def _workbook_of_text(source: Path) -> Workbook:
    """Return a workbook with the rows of a text file, every value as text."""
    raw = source.read_bytes()
    text = raw.decode("utf-16" if raw.startswith(UTF16) else "utf-8-sig", errors="replace")
    delimiter = max(",;\t", key=text.count)
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = re.sub(r"[\[\]:*?/\\]", " ", source.stem)[:31].strip() or "Table"
    for row, values in enumerate(csv.reader(StringIO(text, newline=""), delimiter=delimiter), start=1):
        for column, value in enumerate(values, start=1):
            write_text(cell_at(sheet, row, column), value)
    return book


def _cell_of(book: Workbook, problem: Problem) -> Cell | None:
    """Return the cell that a problem speaks of, None where it names none that exists."""
    in_text = _IN_TEXT.match(problem.cell)
    address = problem.cell.partition(":")[0].replace("$", "").upper()
    if in_text is not None:
        address = f"{get_column_letter(int(in_text[2]))}{in_text[1]}"
    if not _ADDRESS.fullmatch(address):
        return None
    named = [sheet for sheet in book.worksheets if sheet.title == problem.sheet]
    sheets = named or (book.worksheets if len(book.worksheets) == 1 else [])
    row, column = coordinate_to_tuple(address)
    if not sheets or row > sheets[0].max_row or column > sheets[0].max_column:
        return None
    cell = sheets[0][address]
    if isinstance(cell, MergedCell):
        area = next(area for area in sheets[0].merged_cells.ranges if address in area)
        cell = cell_at(sheets[0], area.min_row, area.min_col)
    return cell if isinstance(cell, Cell) else None


def _mark(cell: Cell, problem: Problem) -> None:
    """Colour and comment a cell, and bring it to light where its row or column is hidden."""
    cell.fill = MARK
    words = f"Expected {problem.expected}. {problem.remedy}"
    explain(cell, f"{cell.comment.text}\n{words}" if isinstance(cell.comment, Comment) else words)
    sheet = cell.parent
    if isinstance(sheet, Worksheet):
        sheet.row_dimensions[cell.row].hidden = False
        # A saved workbook keeps neighbouring columns as one span, which must not be split.
        for dimension in sheet.column_dimensions.values():
            if (dimension.min or 0) <= cell.column <= (dimension.max or 0):
                dimension.hidden = False


def _write_problems(sheet: Worksheet, source: Path, problems: Iterable[Problem]) -> None:
    """List all problems on a sheet of their own."""
    items = list(problems)
    count = f"{len(items)} problem" + ("s" if len(items) != 1 else "")
    write_text(cell_at(sheet, 1, 1), f"{count} in {source.name}", TITLE)
    hint = (
        "The cells are red and say in a comment what to do. Correct them here or in your file; check again."
    )
    write_text(cell_at(sheet, 2, 1), hint, HINT)
    sheet.row_dimensions[1].height = 28
    texts = {
        "Sheet": [item.sheet or item.place for item in items],
        "Cell": [item.cell for item in items],
        "Found": [item.found for item in items],
        "Expected": [item.expected for item in items],
        "What to do": [item.remedy for item in items],
    }
    wrapped = replace(BODY, wrap=True, down="top")
    columns = [Column(head, HEAD_SAMPLE, values, WIDTHS[head], wrapped) for head, values in texts.items()]
    write_table(sheet, columns, HEADER_ROW)
    for row, item in enumerate(items, start=HEADER_ROW + 1):
        lines = ceil(max(len(item.found) / 32, len(item.expected) / 38, len(item.remedy) / 50, 1))
        sheet.row_dimensions[row].height = 4 + 15 * lines
    sheet.freeze_panes = f"A{HEADER_ROW + 1}"
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    plain_sheet(sheet, "C4473A")
    set_page(sheet, f"Problems in {source.name}")
