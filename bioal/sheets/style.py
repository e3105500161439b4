"""How bioal's workbooks look: one palette, few looks, and the helpers that put text and numbers into cells.

Colours are calm tints under dark ink (contrast above 4.5 to 1), and no meaning hangs on colour alone: a role
is also written. What a person may type in is yellow, and nothing else is.
"""

from __future__ import annotations

import re
from copy import copy
from dataclasses import dataclass, replace
from math import isnan
from typing import Literal
from weakref import WeakKeyDictionary

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.styles.cell_style import StyleArray
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

FONT = "Calibri"
INK = "1F2A37"
QUIET = "5B6673"
LINE = "D5DBE1"
WHITE = "FFFFFF"
ACCENT = "24576A"
PALE = "EEF3F5"

# Headings: what a sample is, what to make, what is expected, where to type.
HEAD_SAMPLE = "DDE4EA"
HEAD_FACTOR = "CFE5E3"
HEAD_EXPECTED = "E7E3EE"
HEAD_INPUT = "F7D774"
INPUT = "FFF7DB"

ROLE_FILLS = {
    "sample": "E3EEF6",
    "reference": "A9D3C3",
    "negative": "F3BE9B",
    "blank": "C9CDD3",
    "carried over": "CDBBE3",
    "empty": "FFFFFF",
}
ROLE_SHORT = {"reference": "REF", "negative": "NEG", "blank": "BLANK", "carried over": "KEPT"}

TEXT_FORMAT = "@"
DATE_FORMAT = "yyyy-mm-dd"
GENERAL = "General"

Horizontal = Literal["left", "center", "right"]
Vertical = Literal["top", "center", "bottom"]


@dataclass(frozen=True)
class Look:
    """The look of a cell."""

    fill: str | None = None
    colour: str = INK
    size: float = 11
    bold: bool = False
    italic: bool = False
    wrap: bool = False
    across: Horizontal | None = None
    down: Vertical = "center"
    line: str | None = LINE
    locked: bool = True
    indent: int = 0

    def applied(self, cell: Cell, number_format: str = GENERAL) -> None:
        """Give a cell this look."""
        known = _STYLES.setdefault(_book_of(cell), {})
        if (self, number_format) not in known:
            self._drawn(cell, number_format)
            known[self, number_format] = copy(cell._style)  # type: ignore[attr-defined]
        cell._style = copy(known[self, number_format])  # type: ignore[attr-defined]

    def _drawn(self, cell: Cell, number_format: str) -> None:
        cell.font = Font(name=FONT, size=self.size, bold=self.bold, italic=self.italic, color=self.colour)
        if self.fill:
            cell.fill = PatternFill("solid", start_color=self.fill)
        if self.line:
            side = Side(style="thin", color=self.line)
            cell.border = Border(left=side, right=side, top=side, bottom=side)
        cell.alignment = Alignment(
            horizontal=self.across, vertical=self.down, wrap_text=self.wrap, indent=self.indent
        )
        cell.protection = Protection(locked=self.locked)
        cell.number_format = number_format


# openpyxl looks up every part of a style again for every cell, and 384 wells are ten thousand cells. What a
# look came to in a workbook is therefore kept, and copied as openpyxl's own `copy_worksheet` does.
_STYLES: WeakKeyDictionary[Workbook, dict[tuple[Look, str], StyleArray]] = WeakKeyDictionary()


def _book_of(cell: Cell) -> Workbook:
    book = cell.parent.parent
    if book is None:
        raise ValueError("A cell has to stand in a workbook before it gets a look.")
    return book


PLAIN = Look(line=None)
TITLE = Look(line=None, size=18, bold=True, colour=ACCENT)
HINT = Look(line=None, colour=QUIET)
HEADING = Look(bold=True, wrap=True, across="center")
BODY = Look(across="left", indent=1)
AMOUNT = Look(across="right", indent=1)
ENTRY = Look(fill=INPUT, locked=False, across="left", indent=1)
NUMBER_ENTRY = Look(fill=INPUT, locked=False, across="right", indent=1)
CENTRED = Look(across="center")
WRAPPED = Look(across="left", indent=1, wrap=True)
TICK_BOX = Look(fill=INPUT, line=QUIET, locked=False, across="left", indent=1)


def headed(fill: str) -> Look:
    """Return the look of a heading of one group of columns."""
    return replace(HEADING, fill=fill)


def cell_at(sheet: Worksheet, row: int, column: int) -> Cell:
    """Return a cell by numbers from 1; a sheet of bioal's own has no merged cells."""
    cell = sheet.cell(row, column)
    if not isinstance(cell, Cell):
        raise TypeError(f"{cell.coordinate} is merged.")
    return cell


def write_text(cell: Cell, text: str, look: Look = PLAIN) -> Cell:
    """Write text that stays text: no formula, no date, no number, whatever it looks like."""
    look.applied(cell, TEXT_FORMAT)
    cell.value = ILLEGAL_CHARACTERS_RE.sub("\ufffd", text) or None
    if text:
        cell.data_type = "s"
    return cell


def write_number(cell: Cell, number: float | None, number_format: str, look: Look = BODY) -> Cell:
    """Write a number; a missing one leaves the cell blank."""
    look.applied(cell, number_format)
    cell.value = None if number is None or isnan(number) else float(number)
    return cell


def explain(cell: Cell, words: str) -> None:
    """Attach a comment that shows when the pointer rests on the cell."""
    comment = Comment(words, "bioal")
    comment.width = 280
    comment.height = 24 + 20 * (1 + len(words) // 42 + words.count("\n"))
    cell.comment = comment


def decimals_of(texts: list[str]) -> int:
    """Return how many decimals show every digit of these numbers.

    >>> decimals_of(["4", "0.25", "1e-06"])
    6
    """
    return max((_decimals(text) for text in texts), default=0)


def _decimals(text: str) -> int:
    mantissa, _, exponent = text.lower().partition("e")
    return max(0, len(mantissa.partition(".")[2]) - int(exponent or 0))


def number_format_of(texts: list[str]) -> str:
    """Return the number format that shows these numbers with all their digits, aligned at the point.

    >>> number_format_of(["4", "0.25"]), number_format_of(["2e-09", "1.5e-07"]), number_format_of(["1e+15"])
    ('0.00', '0.0E+00', '0E+00')
    """
    digits = [re.sub(r"^[-+]", "", text.lower()).partition("e")[0] for text in texts]
    if decimals_of(texts) <= 6 and all("e" not in text.lower() or "e-" in text.lower() for text in texts):
        places = decimals_of(texts)
        return "0" + ("." + "0" * places if places else "")
    significant = max((len(text.replace(".", "").strip("0")) for text in digits), default=1)
    return "0" + ("." + "0" * (significant - 1) if significant > 1 else "") + "E+00"


def set_widths(sheet: Worksheet, widths: dict[int, float]) -> None:
    """Set the widths of columns, counted from 1, in characters."""
    for column, width in widths.items():
        sheet.column_dimensions[get_column_letter(column)].width = width
