"""A number in a returned cell, or the reason why the cell holds none.

A number is a number cell, or text that can be read in one way only. Decimal commas, units, percent signs,
dates, error values and uncomputed formulas are each refused with their own sentence; none is repaired. Words
that instruments write instead of numbers are the business of `statuses.spoken_in`.
"""

from __future__ import annotations

import math
import re

from bioal.errors import Problem
from bioal.measurements.cells import Cell

NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?", re.ASCII)
THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
# 1 234.5, 1'234 or 1.234,5: thousands as some countries write them.
GROUPED = re.compile(
    r"[+-]?[0-9]{1,3}(([ '\u2019\u00a0\u2009\u202f][0-9]{3})+([.,][0-9]+)?|(\.[0-9]{3})+,[0-9]+)"
)
# After the digits a letter, a share or a degree; 0x10, 1_000 and 12 / 13 are something else.
WITH_UNIT = re.compile(
    r"([+-]?[0-9]+([.,][0-9]+)?([eE][+-]?[0-9]+)?)(\s*[^\W\d_][^\d_]*|\s+[^\W\d_].*|\s*[%\u2030\u00b0].*)"
)
# A letter that looks like a digit, with another digit beside it: 1O3, l2.5, 10O.
LOOKALIKE = re.compile(r"[+-]?(?=.*\d)[\doOlI]*([.,][\doO]+)?", re.ASCII)
DIGITS = str.maketrans("oOlI", "0011")
BELOW = re.compile(r"(<|≤|below\b|under\b).*", re.IGNORECASE)
OVER = re.compile(r"(>|≥|over|above\b).*", re.IGNORECASE)
EITHER_END = re.compile(r"(out of|outside) ?range.*", re.IGNORECASE)
NOT_DETECTED = frozenset(("nd", "n.d.", "n/d", "undetermined", "not determined", "not detected"))
# Nothing measured is larger, and its square is still a number; readers write 1e308 for an overflow.
LARGEST = 1e30
# Nor is anything but zero smaller: squares of what is far below are lost, and with them every spread.
SMALLEST = 1e-30
NOTHING = frozenset(("-", "--", "---", "?", "??", "."))


def plain(text: str) -> str:
    """Return text without the white space around it, no-break spaces included.

    >>> plain(chr(160) + " 12.3 ")
    '12.3'
    """
    return text.strip().strip("\u00a0\u202f\ufeff").strip()


def same_number(one: float, other: float) -> bool:
    """Return whether two numbers agree to 12 significant digits, the precision that bioal keeps.

    >>> same_number(0.1 + 0.2, 0.3), same_number(1.0, 1.0001), same_number(math.nan, math.nan)
    (True, False, True)
    """
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return one == other or float(f"{one:.12g}") == float(f"{other:.12g}")


def number_in(cell: Cell) -> float | Problem:
    """Return the number in a cell that is not blank, or the problem that keeps it from being one.

    >>> number_in(Cell("12.5", "text"))
    12.5
    >>> number_in(Cell("12,5", "text")).remedy
    'Type 12.5 (with a point).'
    """
    if cell.kind == "number" and isinstance(cell.value, (int, float)):
        return _finite(cell, float(cell.value))
    if cell.kind == "text":
        text = plain(str(cell.value))
        return _finite(cell, float(text)) if NUMBER.fullmatch(text) else _text_problem(cell, text)
    return _kind_problem(cell)


def stored_as_text(cell: Cell) -> bool:
    """Return whether a workbook's cell holds a number that is stored as text; in CSV everything is text."""
    return bool(cell.kind == "text" and cell.sheet and NUMBER.fullmatch(plain(str(cell.value))))


def _finite(cell: Cell, value: float) -> float | Problem:
    if value == 0 or SMALLEST <= abs(value) <= LARGEST:
        return value
    if abs(value) < SMALLEST:
        remedy = "Type 0 where nothing was read; else change the unit, so that values are numbers near 1."
        return cell.problem("value-too-small", f"0, or a number of at least {SMALLEST:g}", remedy)
    if math.isfinite(value):
        remedy = "Type the value that was read; for a reader's overflow, its highest number and 'over range'."
        return cell.problem("value-too-large", f"a number of at most {LARGEST:g}", remedy)
    return cell.problem(
        "value-not-finite", "a finite number", "Type the value that was read, or leave the cell blank."
    )


def _kind_problem(cell: Cell) -> Problem:
    if cell.kind == "error":
        remedy = "Type the value that was read, or leave the cell blank and choose a status."
        return cell.problem("value-is-error", "a number", remedy, found=f"the error value {cell.value}")
    if cell.kind == "formula":
        remedy = "Open the file in the spreadsheet program and save it, or paste the result as a value."
        return cell.problem(
            "formula-uncomputed", "a number", remedy, found=f"a formula without a result, {cell.value}"
        )
    if cell.kind == "date":
        remedy = "Type the number again, in a cell with a number format; the program made a date of it."
        return cell.problem("value-is-date", "a number", remedy, found=f"the date or time {cell.value}")
    if cell.kind == "bool":
        found = "TRUE" if cell.value else "FALSE"
        return cell.problem("value-is-truth", "a number", "Type the value that was read.", found=found)
    return cell.problem("value-blank", "a number", "Type the value that was read.")


def _text_problem(cell: Cell, text: str) -> Problem:
    if THOUSANDS.fullmatch(text) or GROUPED.fullmatch(text):
        return _thousands_problem(cell, text)
    if DECIMAL_COMMA.fullmatch(text):
        return cell.problem(
            "value-decimal-comma", "a number", f"Type {text.replace(',', '.')} (with a point)."
        )
    if LOOKALIKE.fullmatch(text) and not text.endswith(("l", "I")):
        remedy = (
            f"Type {text.translate(DIGITS).replace(',', '.')}, if that is meant: a letter looks like a digit."
        )
        return cell.problem("value-has-letter", "a number, all of digits", remedy)
    if (match := WITH_UNIT.fullmatch(text)) is not None:
        remedy = f"Type {match[1].replace(',', '.')} alone, in the unit of the heading."
        return cell.problem("value-has-unit", "a number; the unit belongs in the heading", remedy)
    return _word_problem(cell, text)


def _thousands_problem(cell: Cell, text: str) -> Problem:
    """Return what is said of a number in which something stands between the thousands.

    >>> _thousands_problem(Cell("1.234,5", "text"), "1.234,5").remedy
    'Type 1234.5, if that is one number.'
    """
    if THOUSANDS.fullmatch(text):
        plainly = text.replace(",", "")
        if "." in text or text.count(",") > 1:
            return cell.problem("value-thousands", "a number without commas", f"Type {plainly}.")
        remedy = f"Type {plainly} or {text.replace(',', '.')}, whichever is meant."
        return cell.problem("value-ambiguous", "a number that reads in one way only", remedy)
    decimal = re.search("[.,][0-9]+$", text)
    whole = re.sub("[^0-9+-]", "", text if decimal is None else text[: decimal.start()])
    rest = "" if decimal is None else f".{decimal[0][1:]}"
    return cell.problem(
        "value-thousands", "a number in one piece", f"Type {whole}{rest}, if that is one number."
    )


def _word_problem(cell: Cell, text: str) -> Problem:
    if BELOW.fullmatch(text):
        remedy = "Type the limit as a number and choose the status 'below limit'."
        return cell.problem("value-is-limit", "a number", remedy)
    if OVER.fullmatch(text):
        remedy = "Type the highest number that can be read and choose the status 'over range'."
        return cell.problem("value-is-limit", "a number", remedy)
    if EITHER_END.fullmatch(text):
        remedy = "Type the limit that was passed as a number and choose 'below limit' or 'over range'."
        return cell.problem("value-is-limit", "a number", remedy)
    if text.casefold() in NOT_DETECTED:
        remedy = "Write <LOD if nothing was detected (it is then below the limit), or n/a if nobody looked."
        return cell.problem("value-ambiguous", "a word that says one thing only", remedy)
    if text.casefold() in NOTHING:
        remedy = "Leave the cell blank; choose the status 'missing' if it will never be read."
        return cell.problem("value-is-text", "a number", remedy)
    remedy = "Type the number, or leave the cell blank, choose a status and put the words into Note."
    return cell.problem("value-is-text", "a number", remedy)
