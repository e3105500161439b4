"""The kinds of cells of a protocol workbook: how a value of the protocol is written and read back.

Numbers are number cells, so that every locale shows them in its own way. Text that holds a number is read
where it can be read in one way: `0,4` with a decimal comma is, `1,500` is not. What a spreadsheet program has
made a date, a truth value or an error of is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bioal.errors import Problem
from bioal.measurements.cells import Cell
from bioal.measurements.numbers import DECIMAL_COMMA, NUMBER, THOUSANDS, WITH_UNIT, number_in, plain
from bioal.protocol.headings import normalised
from bioal.protocol.levels import written
from bioal.protocol.spelling import suggestion
from bioal.protocol.values import option_meant
from bioal.sheets.protocol_lists import (
    listed,
    number_parts,
    paired,
    pairs_of,
    parts_of,
    quoted,
    quoted_unless_word,
)

CellValue = str | float | None
YES, NO = "yes", "no"

_UNUSABLE = {
    "error": ("value-is-error", "Correct the formula, or type the value."),
    "formula": (
        "formula-uncomputed",
        "Save the file in the spreadsheet program, or paste the result as a value.",
    ),
    "date": (
        "value-is-date",
        "The program made a date of what was typed: format the cell as Text, then type it again.",
    ),
    "bool": ("value-is-truth", "Format the cell as Text, then type it again."),
}
_SEPARATE = "Write semicolons between: 0.4; 1.2; 2."
_QUOTES = 'Write semicolons between; close every quote, as in "a;b".'


class CellError(ValueError):
    """A cell holds nothing of its kind; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True)
class Kind:
    """A kind of cell: from a value of the protocol to a cell, and back; both leave blanks to others."""

    write: Callable[[object], CellValue]
    read: Callable[[Cell], object]
    text: bool = True  # formatted as text, so that a program changes nothing that is typed


def _refused(cell: Cell, code: str, expected: str, remedy: str, found: str | None = None) -> CellError:
    return CellError(cell.problem(code, expected, remedy, found=found))


def text_in(cell: Cell) -> str:
    """Return the text of a cell; a number is its shortest text."""
    if cell.kind in _UNUSABLE:
        code, remedy = _UNUSABLE[cell.kind]
        raise _refused(cell, code, "text or a number", remedy, f"{_called(cell)} {cell.value}")
    if cell.kind == "number":
        return written(float(str(cell.value)))
    return plain(str(cell.value).replace("\r\n", "\n"))


def _called(cell: Cell) -> str:
    names = {"date": "the date or time", "error": "the error value", "formula": "a formula without a result,"}
    return names.get(cell.kind, "the truth value")


def number(cell: Cell) -> float:
    """Return the number in a cell; a decimal comma is read where it can be nothing else."""
    if cell.kind == "number":
        return float(str(cell.value))
    return _number(cell, text_in(cell), "Type the number alone.")


def _number(cell: Cell, text: str, remedy: str) -> float:
    thousands = THOUSANDS.fullmatch(text) and not text.lstrip("+-").startswith("0,")
    sure = text.replace(",", ".") if DECIMAL_COMMA.fullmatch(text) and not thousands else text
    if NUMBER.fullmatch(sure) and math.isfinite(float(sure)):
        return float(sure)
    if thousands:
        read = number_in(replace(cell, value=text, kind="text"))
        raise CellError(read) if isinstance(read, Problem) else AssertionError(text)
    if match := WITH_UNIT.fullmatch(text):
        remedy = f"Type {match[1].replace(',', '.')} alone; the unit has a cell of its own."
        raise _refused(cell, "value-has-unit", "a number", remedy, repr(text))
    raise _refused(cell, "value-is-text", "a number", remedy, repr(text))


def share(cell: Cell) -> float:
    """Return a share, which may be written as a percentage: 0.1 or 10 %."""
    text = text_in(cell)
    if text.endswith("%"):
        return float(f"{_number(cell, text[:-1].strip(), 'Type 0.1 or 10%.') / 100:.12g}")
    return number(cell)


def numbers(cell: Cell) -> list[float]:
    """Return the numbers of a list in one cell."""
    if cell.kind == "number":
        return [number(cell)]
    return [_number(cell, part, _SEPARATE) for part in number_parts(text_in(cell))]


def texts(cell: Cell) -> list[str]:
    """Return the texts of a list in one cell."""
    text = text_in(cell)
    found = parts_of(text)
    if found is None:
        raise _refused(cell, "list-unreadable", "texts with semicolons between", _QUOTES, repr(text))
    if len(found) == 1 and ", " in found[0][0] and not found[0][1]:
        several, one = found[0][0].replace(", ", "; "), found[0][0]
        remedy = f'Write {several}; or, if it is one name, "{one}" in quotes.'
        raise _refused(cell, "list-unclear", "texts with semicolons between", remedy, repr(text))
    return [part for part, _ in found]


def flag(cell: Cell) -> bool:
    """Return whether a cell says yes."""
    if cell.kind == "bool":
        return bool(cell.value)
    said = normalised(text_in(cell))
    if said not in ("yes", "no", "true", "false"):
        raise _refused(cell, "value-is-text", "yes or no", "Choose from the list.", repr(text_in(cell)))
    return said in ("yes", "true")


def value(cell: Cell) -> float | str:
    """Return a number, or text that is none; text in quotes stays text."""
    if cell.kind == "number":
        return number(cell)
    text = text_in(cell)
    found = parts_of(text)
    if found is not None and len(found) == 1 and found[0][1]:
        return found[0][0]
    return _value(cell, text)


def _value(cell: Cell, text: str) -> float | str:
    looks = DECIMAL_COMMA.fullmatch(text) or NUMBER.fullmatch(text) or THOUSANDS.fullmatch(text)
    return _number(cell, text, "") if looks else text


def values(cell: Cell) -> list[float | str]:
    """Return the numbers and texts of a list in one cell."""
    if cell.kind == "number":
        return [number(cell)]
    found = parts_of(text_in(cell))
    if found is None:
        raise _refused(cell, "list-unreadable", "values with semicolons between", _QUOTES)
    return [part if in_quotes else _value(cell, part) for part, in_quotes in found]


def option(cell: Cell, options: Sequence[str]) -> str:
    """Return the option that a cell means, though the program may have changed its type; else its text."""
    meant = option_meant(cell.value, options)
    if meant is not None:
        return meant
    text = text_in(cell)
    found = parts_of(text)
    return found[0][0] if found is not None and len(found) == 1 and found[0][1] else text


def quantity(cell: Cell) -> str:
    """Return a number with its unit, `2.5 uL`; a decimal comma becomes a point."""
    return _quantity(cell, text_in(cell))


def _quantity(cell: Cell, text: str) -> str:
    head, *rest = text.split(maxsplit=1) or [""]
    if match := WITH_UNIT.fullmatch(head):
        head, rest = match[1], [match[4].strip() + "".join(f" {more}" for more in rest)]
    if "," not in head:
        return text
    return " ".join([written(_number(cell, head, "Write a number and its unit.")), *rest])


def quantities(cell: Cell) -> str | list[str]:
    """Return one quantity, or several of a list."""
    found = [_quantity(cell, part) for part in texts(cell)]
    return found[0] if len(found) == 1 else found


def stocks(cell: Cell) -> str | list[str] | dict[str, str | list[str]]:
    """Return one stock, several, or those of each option: `pTAC = 1000 nM; pTHS = 1000 nM`."""
    text = text_in(cell)
    pairs = pairs_of(text)
    if pairs is None and "=" not in text:
        return quantities(cell)
    return _by_name(cell, pairs)


def _by_name(cell: Cell, pairs: list[tuple[str, str]] | None) -> dict[str, str | list[str]]:
    if not pairs:
        remedy = "Write option = stock, with semicolons between: pTAC = 1000 nM; pTHS = 1000 nM."
        raise _refused(cell, "list-unreadable", "a stock for each option", remedy)
    found: dict[str, list[str]] = {}
    for name, said in pairs:
        found.setdefault(name, []).append(_quantity(cell, said))
    return {name: said[0] if len(said) == 1 else said for name, said in found.items()}


def contents(cell: Cell) -> dict[str, str | list[str]]:
    """Return what a stock holds besides: `Mg-glutamate = 12 mM`."""
    return _by_name(cell, pairs_of(text_in(cell)))


def word(words: Sequence[str]) -> Callable[[Cell], str]:
    """Return a reader of words of a drop-down; others are left to the protocol to refuse."""
    known = {normalised(one): one for one in words}

    def read(cell: Cell) -> str:
        text = text_in(cell)
        if normalised(text) in known:
            return known[normalised(text)]
        remedy = suggestion(text, tuple(words)) or "Choose from the list."
        raise _refused(cell, "unknown-word", f"one of {', '.join(words)}", remedy, repr(text))

    return read


def _write_number(raw: object) -> CellValue:
    if not isinstance(raw, int | float):
        return str(raw)
    # A spreadsheet keeps 15 digits of a number, and all of a text.
    return float(raw) if float(f"{raw:.15g}") == raw else repr(float(raw))


def _write_value(raw: object) -> CellValue:
    return quoted_unless_word(raw) if isinstance(raw, str) else _write_number(raw)


def _write_values(raw: object) -> CellValue:
    given = _several(raw)
    if len(given) == 1:
        return _write_value(given[0])
    return "; ".join(quoted_unless_word(one) if isinstance(one, str) else _said(one) for one in given)


def _write_stocks(raw: object) -> CellValue:
    if isinstance(raw, Mapping):
        return paired((str(name), _said(one)) for name, said in raw.items() for one in _several(said))
    return listed(map(_said, raw)) if isinstance(raw, list) else quoted(_said(raw))


def _several(raw: object) -> list[object]:
    return raw if isinstance(raw, list) else [raw]


def _said(raw: object) -> str:
    return written(raw) if isinstance(raw, int | float) else str(raw)


def _write_numbers(raw: object) -> CellValue:
    return "; ".join(written(one) for one in raw) if isinstance(raw, list) else str(raw)


def _write_texts(raw: object) -> CellValue:
    return listed(map(_said, raw)) if isinstance(raw, list) else quoted(_said(raw))


def _write_flag(raw: object) -> CellValue:
    return YES if raw else NO


TEXT = Kind(_said, text_in)
NUMBER_CELL = Kind(_write_number, number, text=False)
SHARE = Kind(_write_number, share, text=False)
NUMBERS = Kind(_write_numbers, numbers)
TEXTS = Kind(_write_texts, texts)
FLAG = Kind(_write_flag, flag)
VALUE = Kind(_write_value, value, text=False)
VALUES = Kind(_write_values, values, text=False)
QUANTITY = Kind(_said, quantity)
STOCKS = Kind(_write_stocks, stocks)
CONTENTS = Kind(_write_stocks, contents)
