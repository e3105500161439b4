"""The figures of a report as a workbook: native charts, each over the cells that it shows.

A page is written block after block, a chart above its tables. What people typed stays text, nothing is a
formula, and every sheet is set to print on A4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import ceil, isfinite
from pathlib import Path

import numpy as np
from openpyxl import Workbook
from openpyxl.formatting.rule import ColorScale, FormatObject, Rule
from openpyxl.styles import Font
from openpyxl.styles.colors import Color
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from bioal.sheets.figures import Block, FigurePage, Table
from bioal.sheets.figures_charts import Span, chart_of
from bioal.sheets.outgoing_file import save_workbook
from bioal.sheets.outgoing_rules import plain_sheet, set_page
from bioal.sheets.style import (
    ACCENT,
    AMOUNT,
    BODY,
    FONT,
    GENERAL,
    HEAD_SAMPLE,
    INK,
    TITLE,
    Look,
    cell_at,
    headed,
    write_number,
    write_text,
)

DIGITS = 5  # of a number that is shown
NARROWEST, WIDEST = 9.0, 46.0
PAGE_COLUMNS = 9  # that a page has at least, so that words and charts fit
RISING = ("FFFFFF", "6FA8DC")  # pale enough for dark ink
PARTING = ("6FA8DC", "FFFFFF", "F0A868")
STRONG = Font(name=FONT, bold=True, color=INK, underline="single")
SECTION = Look(line=None, size=13, bold=True, colour=ACCENT)
SAID = Look(line=None, wrap=True, down="top")


def write_figures(path: Path, title: str, pages: Sequence[FigurePage]) -> None:
    """Write a workbook of figures, whole or not at all.

    Raises
    ------
    Refused
        When the file cannot be written.
    """
    save_workbook(figures_workbook(title, pages), path)


def figures_workbook(title: str, pages: Sequence[FigurePage]) -> Workbook:
    """Return the workbook of these pages, a sheet for each."""
    book = Workbook()
    for number, page in enumerate(pages):
        sheet = book.create_sheet(page.name) if number else book.worksheets[0]
        sheet.title = page.name
        _write_page(_Pen(sheet), page, title)
    book.properties.creator, book.properties.title = "bioal", title
    return book


@dataclass
class _Pen:
    """Writes on a sheet, block below block, and remembers what becomes known only in the end.

    `widths` of columns; `texts` that break within a column (0: over the width of a page), row by row;
    `beside`, the first column of what only charts need, which is not printed, and
    `free` the first row that is empty there.
    """

    sheet: Worksheet
    row: int = 1
    widths: dict[int, float] = field(default_factory=lambda: dict.fromkeys(range(1, PAGE_COLUMNS + 1), 9.0))
    texts: list[tuple[int, int, str]] = field(default_factory=list)
    beside: int = PAGE_COLUMNS + 2
    free: int = 1

    def settle(self) -> None:
        """Set widths, and heights that show every text whole."""
        for column, width in self.widths.items():
            self.sheet.column_dimensions[get_column_letter(column)].width = width
        wide = sum(self.widths[column] for column in range(1, PAGE_COLUMNS + 1))
        heights: dict[int, int] = {}
        for row, column, text in self.texts:
            lines = ceil(1.1 * len(text) / (self.widths[column] if column else wide))
            heights[row] = max(heights.get(row, 1), lines)
        for row, lines in heights.items():
            self.sheet.row_dimensions[row].height = 4 + 15 * lines


def _write_page(pen: _Pen, page: FigurePage, title: str) -> None:
    sheet = pen.sheet
    pen.beside = max([PAGE_COLUMNS, *(block.wide for block in page.blocks)]) + 2
    write_text(cell_at(sheet, 1, 1), page.title, TITLE)
    sheet.row_dimensions[1].height = 28
    pen.row = 3
    for number, block in enumerate(page.blocks):
        if number and block.drawing is not None and not page.whole:
            # A chart is never cut by the end of a page.
            sheet.row_breaks.append(Break(id=pen.row - 1))
        _write_block(pen, block)
    pen.settle()
    # An empty cell holds the page open where charts and words are wider than the tables.
    cell_at(sheet, pen.row, PAGE_COLUMNS)
    plain_sheet(sheet)
    set_page(sheet, title, pages_high=1 if page.whole else 0, landscape=page.landscape)
    sheet.print_area = f"A1:{get_column_letter(pen.beside - 2)}{pen.row}"


def _write_block(pen: _Pen, block: Block) -> None:
    sheet = pen.sheet
    if block.heading:
        write_text(cell_at(sheet, pen.row, 1), block.heading, SECTION)
        sheet.row_dimensions[pen.row].height = 22
        pen.row += 1
    if block.words:
        sheet.merge_cells(start_row=pen.row, end_row=pen.row, start_column=1, end_column=PAGE_COLUMNS)
        write_text(cell_at(sheet, pen.row, 1), block.words, SAID)
        pen.texts.append((pen.row, 0, block.words))
        pen.row += 1
    chart_row = pen.row
    pen.row += block.drawing.high + 1 if block.drawing is not None else 0
    spans = _write_tables(pen, block.tables)
    if block.drawing is not None and all(len(table.frame) for table in block.tables):
        sheet.add_chart(chart_of(block.drawing, sheet, spans), f"A{chart_row}")
    pen.row += max([len(table.frame) + 2 for table in block.tables if table.printed], default=0) + 1


def _write_tables(pen: _Pen, tables: Sequence[Table]) -> list[dict[str, Span]]:
    """Write tables side by side, what only charts need beside the page; return where columns stand."""
    spans, column, beside, free = [], 1, pen.beside, max(pen.row, pen.free)
    for table in tables:
        on_page = _write_table(pen, replace(table, frame=table.page), pen.row, column)
        apart = _write_table(pen, Table(table.beside), free, beside)
        spans.append(on_page | apart)
        column += len(on_page) + bool(on_page)
        beside += len(apart) + bool(apart)
        pen.free = max(pen.free, free + len(table.frame) + 2) if apart else pen.free
    return spans


def _write_table(pen: _Pen, table: Table, top: int, left: int) -> dict[str, Span]:
    """Write a table, its headings in the row `top`, and return where its columns stand."""
    sheet, spans = pen.sheet, {}
    for at, name in enumerate(map(str, table.frame.columns)):
        column, values = left + at, table.frame.iloc[:, at].tolist()
        write_text(cell_at(sheet, top, column), name, headed(HEAD_SAMPLE))
        for row, value in enumerate(values):
            _write_cell(pen, table, top + 1 + row, column, value, (row, at))
        spans[name] = Span(column, top + 1, top + len(values))
        fitting = table.narrow if table.narrow and at else _width(name, values)
        pen.widths[column] = max(pen.widths.get(column, table.narrow or NARROWEST), fitting)
        pen.texts.append((top, column, name))
    _tint(sheet, table, top, left)
    return spans


def _write_cell(pen: _Pen, table: Table, row: int, column: int, value: object, at: tuple[int, int]) -> None:
    cell, fill = cell_at(pen.sheet, row, column), table.fills.get(at)
    small = replace(AMOUNT, across="center", indent=0, size=9) if table.narrow else AMOUNT
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        number = float(value)
        shown = float(f"{number:.{DIGITS}g}") if isfinite(number) else None
        write_number(cell, shown, GENERAL, replace(small, fill=fill))
    else:
        text = "" if value is None else str(value)
        look = replace(small, fill=fill) if table.narrow else replace(BODY, wrap=len(text) > WIDEST)
        write_text(cell, text, look)
        if not table.narrow:
            pen.texts.append((row, column, text))
    if at in table.strong:
        cell.font = STRONG


def _width(name: str, values: Sequence[object]) -> float:
    texts = [f"{v:.{DIGITS}g}" if isinstance(v, float) else str(v) for v in values]
    longest = max([*map(len, name.split()), *map(len, texts)], default=0)
    return min(max(longest + 3.0, NARROWEST), WIDEST)


def _tint(sheet: Worksheet, table: Table, top: int, left: int) -> None:
    """Tint the numbers of a table from low to high, or about zero in two directions."""
    numbers = table.frame.apply(lambda column: [v if isinstance(v, float) else np.nan for v in column])
    values = numbers.to_numpy(float)
    values = values[np.isfinite(values)]
    if table.shading == "none" or not len(values) or not np.ptp(values):
        return
    if table.shading == "rising":
        ends = [float(f"{end:.{DIGITS}g}") for end in (values.min(), values.max())]
        rule = _scale(ends, RISING)
    else:
        # One well gone wrong must not pale all others.
        reach = float(np.quantile(np.abs(values), 0.98)) or 1.0
        rule = _scale([-reach, 0.0, reach], PARTING)
    first = f"{get_column_letter(left)}{top + 1}"
    last = f"{get_column_letter(left + len(table.frame.columns) - 1)}{top + len(table.frame)}"
    sheet.conditional_formatting.add(f"{first}:{last}", rule)


def _scale(places: Sequence[float], colours: Sequence[str]) -> Rule:
    scale = ColorScale(
        cfvo=[FormatObject(type="num", val=place) for place in places], color=[Color(one) for one in colours]
    )
    return Rule(type="colorScale", colorScale=scale)
