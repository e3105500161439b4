"""A protocol as a workbook to fill in: a sheet for each part of it, with drop-downs and examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from math import ceil
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from bioal.errors import Problem, Refused
from bioal.protocol.protocol import Protocol
from bioal.sheets.outgoing_file import save_workbook
from bioal.sheets.outgoing_rules import list_validation, plain_sheet, protect, set_page
from bioal.sheets.outgoing_table import ROW_HEIGHT, Column, write_table
from bioal.sheets.protocol_cells import CellValue
from bioal.sheets.protocol_forms import (
    CAMPAIGN,
    CONTROL_COLUMNS,
    CONTROL_EXAMPLE,
    CONTROL_KEY,
    CONTROL_ROWS,
    CONTROLS,
    EXAMPLE,
    FACTORS,
    FORMS,
    HEADER_ROW,
    MEANING,
    ORDER,
    PLATE,
    READOUTS,
    ROLES,
    SHOWN,
    VALUE,
    Field,
    Sheet,
)
from bioal.sheets.protocol_readme import write_protocol_read_me
from bioal.sheets.protocol_rows import Row, rows_of
from bioal.sheets.protocol_tables import NOTE_TABLE, RULE_TABLE, STOCK_TABLE, TABLES
from bioal.sheets.style import (
    BODY,
    ENTRY,
    GENERAL,
    HEAD_EXPECTED,
    HEAD_FACTOR,
    HEAD_INPUT,
    HEAD_SAMPLE,
    HINT,
    QUIET,
    TEXT_FORMAT,
    TITLE,
    Look,
    cell_at,
    write_text,
)

NEEDED = (CAMPAIGN, READOUTS, FACTORS, PLATE)  # their tabs are yellow
LONGEST_TEXT = 32_000  # Excel keeps 32,767 letters in a cell
SPARE_PRINTED, ROWS_OF_A_PAGE = 3, 24
ROOM = 100  # rows to which drop-downs of names look
INPUT = replace(ENTRY, wrap=True)
GIVEN = Look(italic=True, colour=QUIET, across="left", indent=1, wrap=True)
LABEL = replace(BODY, bold=True)
SAID = replace(BODY, wrap=True, colour=QUIET)


def write_protocol_workbook(path: Path, protocol: Protocol | None = None, name: str = "") -> None:
    """Write a protocol as a workbook, whole or not at all; without one, sheets to fill in.

    Parameters
    ----------
    name
        What the campaign is called where there is no protocol yet.

    Raises
    ------
    Refused
        When the protocol has something that a workbook has no cell for, or the file cannot be written.
    """
    save_workbook(protocol_workbook(protocol, name, file=path.name), path)


def protocol_workbook(protocol: Protocol | None, name: str, *, file: str) -> Workbook:
    """Return the workbook of a protocol; `file` is the name that it tells people to hand in."""
    rows: Mapping[str, list[Row]] = {} if protocol is None else rows_of(protocol)
    _refuse_what_no_cell_holds(rows)
    called = name if protocol is None else protocol.name
    book = Workbook()
    book.properties.creator, book.properties.title = "bioal", called
    write_protocol_read_me(book.worksheets[0], called, file)
    sheets = {sheet.title: sheet for sheet in (*TABLES, *FORMS, RULE_TABLE, STOCK_TABLE, NOTE_TABLE)}
    for title in ORDER:
        sheet = book.create_sheet(title)
        if title == CONTROLS:
            _write_controls(sheet, rows.get(title, []))
        elif sheets[title] in FORMS:
            given = rows.get(title, [{"Name": name} if name and title == CAMPAIGN else {}])
            _write_form(sheet, sheets[title], given[0])
        else:
            _write_rows(sheet, sheets[title], rows.get(title, []))
        _finish(sheet, called, title)
    return book


def _refuse_what_no_cell_holds(rows: Mapping[str, list[Row]]) -> None:
    cells = (
        (title, *cell)
        for title, table in rows.items()
        for cell in chain.from_iterable(row.items() for row in table)
    )
    for title, heading, value in cells:
        text = value if isinstance(value, str) else ""
        if len(text) > LONGEST_TEXT or ILLEGAL_CHARACTERS_RE.search(text):
            found = f"{heading}: {len(text)} characters, {text[:40]!r}"
            expected = f"at most {LONGEST_TEXT} characters that can be printed"
            remedy = "Keep this protocol as a TOML file, or shorten it."
            raise Refused(Problem("workbook-no-cell", found, expected, remedy, sheet=title))


def _finish(sheet: Worksheet, called: str, title: str) -> None:
    plain_sheet(sheet, HEAD_INPUT if title in NEEDED else HEAD_SAMPLE)
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    sheet.freeze_panes = f"B{HEADER_ROW + 1}"
    protect(sheet)
    sheet.protection.insertRows = sheet.protection.deleteRows = False
    set_page(sheet, f"{called} \u00b7 protocol" if called else "protocol")
    # Empty rows that wait far below what is written are not printed.
    filled = max(row for row in range(1, sheet.max_row + 1) if cell_at(sheet, row, 1).value is not None)
    last = min(sheet.max_row, max(filled + SPARE_PRINTED, ROWS_OF_A_PAGE))
    sheet.print_area = f"A1:{get_column_letter(sheet.max_column)}{last}"


def _write_head(sheet: Worksheet, title: str, hint: str) -> None:
    write_text(cell_at(sheet, 1, 1), title, TITLE)
    write_text(cell_at(sheet, 2, 1), hint, HINT)
    sheet.row_dimensions[1].height, sheet.row_dimensions[2].height = 28, ROW_HEIGHT


def _write_rows(sheet: Worksheet, table: Sheet, rows: Sequence[Row]) -> None:
    """Write a table: examples where nothing is in it, its rows, and empty ones."""
    _write_head(sheet, table.title, table.hint)
    examples = [] if rows else _examples(table)
    spare = table.blank if not rows else max(table.blank // 3, 4)
    everything = [*examples, *rows, *({} for _ in range(spare))]
    columns = [
        _column(field, number, [row.get(field.heading) for row in everything])
        for number, field in enumerate(table.fields)
    ]
    write_table(sheet, columns, HEADER_ROW)
    for at, row in enumerate(everything, start=HEADER_ROW + 1):
        sheet.row_dimensions[at].height = ROW_HEIGHT * _lines(row, table.fields)
    for at in range(HEADER_ROW + 1, HEADER_ROW + 1 + len(examples)):
        for number in range(1, 1 + len(table.fields)):
            GIVEN.applied(cell_at(sheet, at, number), TEXT_FORMAT)


def _examples(table: Sheet) -> list[Row]:
    named = [(f"{EXAMPLE} {example[0]}", *example[1:]) for example in table.examples]
    headings = [field.heading for field in table.fields]
    return [dict(zip(headings, example, strict=False)) for example in named]


def _column(field: Field, number: int, values: Sequence[CellValue]) -> Column:
    head = HEAD_INPUT if number == 0 else HEAD_FACTOR
    shown = TEXT_FORMAT if field.kind.text else GENERAL
    return Column(
        field.heading, head, values, field.width, INPUT, shown, _rule(field), field.means
    )


def _lines(row: Row, fields: Sequence[Field]) -> int:
    """Return how many lines the fullest cell of a row needs."""
    needed = [
        ceil((len(str(row[field.heading])) + 1) / (field.width - 2))
        for field in fields
        if isinstance(row.get(field.heading), str)
    ]
    return min(max([1, *needed]), 20)


def _rule(field: Field) -> DataValidation | None:
    """Return the drop-down of a field; names of other sheets are offered, and others may be typed."""
    if field.words:
        words = f'"{",".join(field.words)}"'
        return list_validation(words, field.heading, f"Choose one of: {', '.join(field.words)}.")
    if not field.names_of:
        return None
    return _offered(field.names_of, field.heading)


def _offered(title: str, heading: str) -> DataValidation:
    first = HEADER_ROW + 1
    rule = list_validation(f"'{title}'!$A${first}:$A${first + ROOM}", heading, f"As on the sheet '{title}'.")
    rule.showErrorMessage = False
    return rule


def _write_form(sheet: Worksheet, form: Sheet, row: Row) -> None:
    """Write a form: a setting per row, its value, an example, and what it means."""
    _write_head(sheet, form.title, form.hint)
    fields = form.fields
    columns = [
        Column(form.key, HEAD_SAMPLE, [field.heading for field in fields], 26, LABEL),
        Column(VALUE, HEAD_INPUT, [row.get(field.heading) for field in fields], 44, INPUT, GENERAL),
        Column(SHOWN, HEAD_EXPECTED, [field.example for field in fields], 26, GIVEN),
        Column(MEANING, HEAD_SAMPLE, [field.means for field in fields], 64, SAID),
    ]
    write_table(sheet, columns, HEADER_ROW)
    for at, field in enumerate(fields, start=HEADER_ROW + 1):
        cell = cell_at(sheet, at, 2)
        if field.kind.text:
            cell.number_format = TEXT_FORMAT
        if (rule := _rule(field)) is not None:
            rule.add(cell.coordinate)
            sheet.add_data_validation(rule)
        long = len(field.means) / 64, len(str(row.get(field.heading) or "")) / 42
        sheet.row_dimensions[at].height = ROW_HEIGHT * max(1, *map(ceil, long))


def _write_controls(sheet: Worksheet, rows: Sequence[Row]) -> None:
    """Write the controls side by side, with a row for each factor or fixed part."""
    hint = "Wells on every plate that stay the same: a column for each. Factors, and fixed parts that differ."
    _write_head(sheet, CONTROLS, hint)
    empty: list[Row] = [{CONTROL_KEY: label} for label in CONTROL_ROWS]
    everything = [*(rows or empty), *({} for _ in range(8 if rows else 20))]
    count = max([CONTROL_COLUMNS, *(len(row) - 1 for row in everything)])
    example = [*CONTROL_EXAMPLE, *[""] * (len(everything) - len(CONTROL_EXAMPLE))]
    headings = [f"Control {number}" for number in range(1, count + 1)]
    columns = [
        Column(CONTROL_KEY, HEAD_SAMPLE, [row.get(CONTROL_KEY) for row in everything], 28, INPUT),
        *(
            Column(head, HEAD_INPUT, [row.get(head) for row in everything], 16, INPUT, GENERAL)
            for head in headings
        ),
        Column(SHOWN, HEAD_EXPECTED, example, 18, GIVEN),
    ]
    write_table(sheet, columns, HEADER_ROW)
    for at in range(1, 1 + len(CONTROL_ROWS)):
        LABEL.applied(cell_at(sheet, HEADER_ROW + at, 1), TEXT_FORMAT)
    first, last = HEADER_ROW + 1 + len(CONTROL_ROWS), HEADER_ROW + len(everything)
    names = _offered(FACTORS, CONTROL_KEY)
    names.add(f"A{first}:A{last}")
    roles = list_validation(f'"{",".join(ROLES)}"', "Role", f"Choose one of: {', '.join(ROLES)}.")
    roles.add(f"B{HEADER_ROW + 1}:{cell_at(sheet, HEADER_ROW + 1, 1 + count).coordinate}")
    for rule in (names, roles):
        sheet.add_data_validation(rule)
