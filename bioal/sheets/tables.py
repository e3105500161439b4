"""Tables of conditions in, tables of results out: CSV or workbook, with headings `Name [unit]`.

What goes out is inert: text that a spreadsheet program would run gets an apostrophe in CSV and is plain text
in a workbook. What comes in is read like a returned file: every cell has its address, nothing is guessed.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from string import ascii_uppercase

import pandas as pd
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from bioal.errors import Problem, Refused
from bioal.measurements.cells import Cell, ReturnedTable
from bioal.measurements.checking_columns import columns_of
from bioal.measurements.checking_conditions import parsed
from bioal.protocol.constraints import OnlyWith
from bioal.protocol.factors import Choice, Factor, Value
from bioal.protocol.headings import normalised
from bioal.protocol.protocol import Protocol
from bioal.sheets.outgoing_file import save_text, save_workbook
from bioal.sheets.preflight import preflight, refusal
from bioal.sheets.returned import page_of_table
from bioal.sheets.returned_cells import Page, page_of
from bioal.sheets.returned_table import HEADER_SEARCH, header_row, table_at
from bioal.sheets.returned_text import LIVE, text_table
from bioal.sheets.returned_workbook import open_pages
from bioal.sheets.style import cell_at, write_text

Plain = str | float | int | bool | None
Rows = Sequence[Sequence[Plain]]


def read_conditions(source: Path | pd.DataFrame, protocol: Protocol) -> pd.DataFrame:
    """Return the conditions of a CSV file, workbook or DataFrame: one column per factor, in natural units.

    Headings are `Name [unit]` or `Name`, in any order; other columns are ignored. A factor that is there only
    with certain options may be blank. Whether a condition is allowed is not asked here.

    Raises
    ------
    Refused
        With each missing column and each cell that is no value of its factor.
    """
    page = page_of_table(source) if isinstance(source, pd.DataFrame) else _page(source, protocol)
    found = next((names for names in _headings(protocol) if header_row(page.rows, names) is not None), ())
    header = header_row(page.rows, found)
    table, _ = table_at(page, 0 if header is None else header)
    return _conditions(table, page, protocol)


def _headings(protocol: Protocol) -> Sequence[Sequence[str]]:
    """Return the alternatives of headings that the header must hold: any factor, with or without its unit."""
    everything = [factor.heading for factor in protocol.factors]
    return [everything, *([name] for factor in protocol.factors for name in (factor.heading, factor.name))]


def _page(path: Path, protocol: Protocol) -> Page:
    facts = preflight(path)
    if facts.kind == "text":
        wanted = [frozenset(map(normalised, names)) for names in _headings(protocol)]
        headings = ", ".join(factor.heading for factor in protocol.factors)
        return text_table(path, wanted, f"a header with the headings {headings}").page
    book, formulas = open_pages(path, facts)
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    tops = [page_of(path.name, sheet, None, rows=HEADER_SEARCH) for sheet in sheets]
    for names in _headings(protocol):
        fitting = [
            sheet for sheet, top in zip(sheets, tops, strict=True) if header_row(top.rows, names) is not None
        ]
        if len(fitting) > 1:
            found = "conditions on several sheets: " + ", ".join(f"'{sheet.title}'" for sheet in fitting)
            raise Refused(refusal(path, "sheets-several", found, "Keep the conditions on one sheet."))
        if fitting:
            return page_of(path.name, fitting[0], None if formulas is None else formulas[fitting[0].title])
    headings = ", ".join(factor.heading for factor in protocol.factors)
    remedy = f"Give the table a header row with {headings}."
    raise Refused(refusal(path, "header-unknown", "no sheet with a column of a factor", remedy))


def _conditions(table: ReturnedTable, page: Page, protocol: Protocol) -> pd.DataFrame:
    columns, problems, _ = columns_of(table, protocol.factors, ())
    missing = [factor for factor in protocol.factors if factor.name not in columns.factors]
    if missing:
        found = "no column " + ", ".join(f"'{factor.heading}'" for factor in missing)
        remedy = "Add the column; headings are those of the run list."
        problem = Problem("factor-missing", found, "a column for every factor", remedy, page.file, page.name)
        raise Refused([*problems, problem])
    optional = {rule.factor for rule in protocol.constraints if isinstance(rule, OnlyWith)}
    filled = [
        row for row in table.rows if any(row[name].kind != "blank" for name in columns.factors.values())
    ]
    cells = {
        factor.name: [row[columns.factors[factor.name]] for row in filled] for factor in protocol.factors
    }
    read = {
        factor.name: [_value(factor, cell, optional=factor.name in optional) for cell in cells[factor.name]]
        for factor in protocol.factors
    }
    wrong = [value for values in read.values() for value in values if isinstance(value, Problem)]
    if problems or wrong:
        raise Refused([*problems, *wrong])
    if not filled:
        remedy = "Add a row for each condition."
        raise Refused(
            Problem("no-conditions", "no conditions", "at least one row", remedy, page.file, page.name)
        )
    framed = _framed(read, protocol)
    # Whoever judges the conditions can name the row of the file in which one stands.
    rows = tuple(_row_of(cell) for cell in cells[protocol.factors[0].name])
    framed.attrs.update(file=page.file, sheet=page.name, rows=rows)
    return framed


def _row_of(cell: Cell) -> str:
    """Return the row in an address such as `B7` or `row 7, column 2`."""
    row, _, column = cell.address.partition(", column")
    return row if column else f"row {cell.address.lstrip(ascii_uppercase)}"


def _value(factor: Factor, cell: Cell, *, optional: bool) -> Value | Problem | None:
    if cell.kind != "blank":
        return parsed(factor, cell)
    if optional:
        return None
    return cell.problem("factor-blank", f"a value of {factor.heading}", "Fill it in, or clear the row.")


def _framed(read: dict[str, list[Value | Problem | None]], protocol: Protocol) -> pd.DataFrame:
    columns = {
        factor.name: pd.Series(read[factor.name], dtype=object if isinstance(factor, Choice) else float)
        for factor in protocol.factors
    }
    return pd.DataFrame(columns, columns=list(protocol.space.names))


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as CSV or, where the name ends in .xlsx, as a workbook; whole or not at all.

    The index is written as the first column where it has a name.
    """
    write_tables(path, {"Sheet": table})


def write_tables(path: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """Write tables as the sheets of a workbook, the keys as their titles; as CSV the first of them alone."""
    pages = {title: _rows_of(table) for title, table in tables.items()}
    if path.suffix.lower() == ".xlsx":
        save_workbook(_workbook(pages), path)
    else:
        _save_csv(next(iter(pages.values())), path)


def _rows_of(table: pd.DataFrame) -> Rows:
    whole = table.reset_index() if table.index.name is not None else table
    rows = whole.astype(object).itertuples(index=False, name=None)
    return [[str(name) for name in whole.columns], *([_plain(value) for value in row] for row in rows)]


def _plain(value: object) -> Plain:
    if value is None or value is pd.NA or value is pd.NaT or value != value:  # noqa: PLR0124
        return None
    if isinstance(value, str | bool | int):
        return value
    number = getattr(value, "item", lambda: value)()
    return number if isinstance(number, int | float | bool) else str(number)


def _save_csv(rows: Sequence[Sequence[object]], path: Path) -> None:
    text = StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([[inert(value) for value in row] for row in rows])
    save_text(text.getvalue(), path)


def inert(value: object) -> object:
    """Return a value as CSV can hold it without a spreadsheet program running it.

    >>> inert("=1+1"), inert(-1.5), inert(None)
    ("'=1+1", -1.5, '')
    """
    if isinstance(value, str) and value.startswith(LIVE):
        return "'" + value
    return "" if value is None else value


def _workbook(pages: Mapping[str, Rows]) -> Workbook:
    book = Workbook()
    for at, (title, rows) in enumerate(pages.items()):
        sheet = book.worksheets[0] if at == 0 else book.create_sheet()
        sheet.title = title
        for number, row in enumerate(rows, start=1):
            _write_row(sheet, number, row)
    return book


def _write_row(sheet: Worksheet, number: int, row: Sequence[Plain]) -> None:
    for column, value in enumerate(row, start=1):
        cell = cell_at(sheet, number, column)
        if isinstance(value, str):
            write_text(cell, value)
        elif value is not None:
            cell.value = value
