"""From the cells of a spreadsheet program to cells of bioal, each kind of value seen for what it is.

Blank, error, uncomputed formula, date, truth value, text and number are kept apart; a number that is shown
as a percentage or with a unit is text here (`12.3%`, `12.3 kRFU`), because what the person sees is not what
the cell holds.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.cell.cell import MergedCell
from openpyxl.utils.cell import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from bioal.errors import Problem, Refused
from bioal.measurements.cells import Cell, CellKind

Rows = Sequence[Sequence[Cell]]

# Each cell between the first and the last is made: two far-away cells cost as much as all between them.
LARGEST_AREA = 200_000

# What a number format adds in words: text in quotes, or a sign after a backslash. Colours and currencies are
# in square brackets, and `_)` and `* ` are room.
_ADDED = re.compile(r'"([^"]*)"|\\(.)')
_NO_WORDS = re.compile(r"\[[^\]]*\]|[_*].")


@dataclass(frozen=True)
class Page:
    """One sheet as cells, row by row from row 1, with what a person may not see in it."""

    file: str
    name: str
    rows: Rows
    merged: tuple[str, ...] = ()
    hidden_rows: int = 0
    formulas: int = 0

    @property
    def hidden_words(self) -> str:
        """Return that rows were read which a person does not see, "" where there are none."""
        said = f"'{self.name}': {self.hidden_rows} hidden or filtered rows were read too."
        return said if self.hidden_rows else ""


def page_of(file: str, values: Worksheet, formulas: Worksheet | None, *, rows: int | None = None) -> Page:
    """Return a sheet's cells, or those of its first rows.

    Parameters
    ----------
    formulas
        The same sheet loaded with its formulas; None where there are none.
    """
    height = values.max_row if rows is None else min(values.max_row, rows)
    width = values.max_column
    if height * width > LARGEST_AREA:
        found = f"{height} rows and {width} columns between its first and last cell"
        expected = f"a table of at most {LARGEST_AREA} cells"
        remedy = "Delete what lies far outside the table, and save it again."
        raise Refused(Problem("file-is-hostile", found, expected, remedy, file=file, sheet=values.title))
    cells = tuple(
        tuple(_cell(file, values, formulas, row, column) for column in range(1, width + 1))
        for row in range(1, height + 1)
    )
    hidden = sum(1 for index, row in values.row_dimensions.items() if row.hidden and index <= height)
    computed = 0 if formulas is None else _count_formulas(formulas)
    return Page(file, values.title, cells, tuple(map(str, values.merged_cells.ranges)), hidden, computed)


def _count_formulas(sheet: Worksheet) -> int:
    return sum(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)


def _cell(file: str, values: Worksheet, formulas: Worksheet | None, row: int, column: int) -> Cell:
    address = f"{get_column_letter(column)}{row}"
    # Asking a sheet for a cell creates it; this one is thrown away after reading.
    found = values.cell(row, column)
    if isinstance(found, MergedCell):
        return Cell(None, "blank", file, values.title, address)
    if found.value is None and formulas is not None:
        formula = formulas.cell(row, column)
        if formula.data_type == "f":
            return Cell(_formula_text(formula.value), "formula", file, values.title, address)
    return _judged(found, file, values.title, address)


def _formula_text(value: object) -> str:
    text = getattr(value, "text", value)
    return str(text) if text is not None else "="


def _judged(found: SheetCell, file: str, sheet: str, address: str) -> Cell:
    value, kind = found.value, _kind(found)
    if kind == "blank":
        return Cell(None, kind, file, sheet, address)
    if kind == "number" and "%" in (found.number_format or ""):
        return Cell(f"{100 * float(str(value)):.12g}%", "text", file, sheet, address)
    if kind == "number" and (words := words_shown(found.number_format or "")):
        return Cell(f"{float(str(value)):.12g}{words}", "text", file, sheet, address)
    if kind in ("text", "error"):
        return Cell(str(value), kind, file, sheet, address)
    return Cell(value, kind, file, sheet, address)  # type: ignore[arg-type]


def words_shown(number_format: str) -> str:
    """Return the words that a number format shows beside a number, "" where these are none.

    >>> words_shown('0.0" kRFU"'), words_shown('"$"#,##0.00'), words_shown("0.00E+00")
    (' kRFU', '', '')
    """
    shown = _NO_WORDS.sub("", number_format.partition(";")[0])
    words = "".join(quoted or sign for quoted, sign in _ADDED.findall(shown))
    return words if any(letter.isalpha() for letter in words) else ""


def _kind(found: SheetCell) -> CellKind:
    value = found.value
    if found.data_type == "e":
        return "error"
    if value is None or (isinstance(value, str) and not value.strip()):
        return "blank"
    kinds: tuple[tuple[type | tuple[type, ...], CellKind], ...] = (
        (bool, "bool"),
        ((dt.date, dt.time, dt.timedelta), "date"),
        ((int, float), "number"),
    )
    return next((kind for types, kind in kinds if isinstance(value, types)), "text")
