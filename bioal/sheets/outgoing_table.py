"""A table on a sheet: columns with headings, looks, rules, and comments, written in one way.

Every column says what it holds and who may type in it; run list, plate details and added conditions are made
of such columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import Outline
from openpyxl.worksheet.worksheet import Worksheet

from bioal.sheets.style import BODY, TEXT_FORMAT, Look, cell_at, explain, headed, write_number, write_text

CellValue = str | float | None

ROW_HEIGHT = 17


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    heading, head
        The heading and its fill.
    values
        Text, numbers or None, one per row.
    number_format
        "@" for text.
    rule
        What may be typed; columns may share one rule.
    comment
        Shown when the pointer rests on the heading.
    folded
        Hidden in an outline group.
    """

    heading: str
    head: str
    values: Sequence[CellValue]
    width: float
    look: Look = BODY
    number_format: str = TEXT_FORMAT
    rule: DataValidation | None = None
    comment: str = ""
    folded: bool = False


def write_table(sheet: Worksheet, columns: Sequence[Column], header_row: int) -> None:
    """Write columns side by side from column A, headings in the header row."""
    for number, column in enumerate(columns, start=1):
        _write_column(sheet, column, number, header_row)
    lines = max(_lines(column) for column in columns)
    sheet.row_dimensions[header_row].height = 6 + 15 * lines
    for row in range(header_row + 1, header_row + 1 + len(columns[0].values)):
        sheet.row_dimensions[row].height = ROW_HEIGHT
    _attach_rules(sheet, columns, header_row)


def _write_column(sheet: Worksheet, column: Column, number: int, header_row: int) -> None:
    head = write_text(cell_at(sheet, header_row, number), column.heading, headed(column.head))
    if column.comment:
        explain(head, column.comment)
    for row, value in enumerate(column.values, start=header_row + 1):
        cell = cell_at(sheet, row, number)
        if isinstance(value, str):
            write_text(cell, value, column.look)
            continue
        write_number(cell, value, column.number_format, column.look)
    dimension = sheet.column_dimensions[get_column_letter(number)]
    dimension.width = column.width
    if column.folded:
        dimension.outlineLevel, dimension.hidden = 1, True
        # The mark that unfolds a group stands above the column on its left.
        sheet.sheet_properties.outlinePr = Outline(summaryBelow=True, summaryRight=False)


def _lines(column: Column) -> int:
    """Return how many lines a heading needs when it breaks between words."""
    room, lines, used = column.width - 1.2, 1, 0.0
    for word in column.heading.split():
        # Bold letters are wider than the digits that column widths are counted in.
        length = 1.08 * len(word)
        if used and used + 1 + length > room:
            lines, used = lines + 1, 0.0
        used += length + (1 if used else 0)
        lines += max(0, ceil(length / room) - 1)
    return lines


def _attach_rules(sheet: Worksheet, columns: Sequence[Column], header_row: int) -> None:
    rules: dict[int, DataValidation] = {}
    for number, column in enumerate(columns, start=1):
        if column.rule is None or not column.values:
            continue
        letter, first = get_column_letter(number), header_row + 1
        column.rule.add(f"{letter}{first}:{letter}{header_row + len(column.values)}")
        rules[id(column.rule)] = column.rule
    for rule in rules.values():
        sheet.add_data_validation(rule)


def width_for(heading: str, texts: Sequence[str], *, least: float = 7, most: float = 60) -> float:
    """Return a width that shows the longest text whole and breaks the heading between words."""
    words = [1.08 * len(word) for word in heading.split()]
    longest = max([*words, *(float(len(text)) + 0.6 for text in texts)], default=0.0)
    return min(max(longest + 2.2, least), most)
