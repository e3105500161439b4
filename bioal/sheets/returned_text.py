"""A CSV or TSV file as cells: encoding and dialect found by content, never guessed between two readings.

A delimiter is taken only if the rows under it are all equally long and the header has the headings that are
looked for. A decimal comma is taken only if no number of the whole file could be read in another way.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bioal.errors import Problem, Refused
from bioal.measurements.cells import Cell
from bioal.measurements.numbers import DECIMAL_COMMA, plain
from bioal.protocol.headings import normalised
from bioal.sheets.returned_cells import Page

DELIMITERS = (",", ";", "\t")
SEP_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
DECIMAL_POINT = re.compile(r"[+-]?\d+\.\d+([eE][+-]?\d+)?", re.ASCII)
THREE_DIGITS = re.compile(r"[+-]?\d{1,3},\d{3}", re.ASCII)
GROUPED_BY_POINT = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}", re.ASCII)
LIVE = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    *"\uff1d\uff0b\uff0d\uff20",  # the same signs in full width, which some programs take for them
)  # text that a spreadsheet program would run; we write an apostrophe before it
MOST_ROWS, MOST_COLUMNS, MOST_CELLS = 20_000, 500, 200_000
MOST_SAID = 100  # rows that are named; whoever mends so many finds the others
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

Wanted = Sequence[frozenset[str]]


@dataclass(frozen=True)
class TextTable:
    """A text file as a page of cells, and what had to be assumed to read it."""

    page: Page
    warnings: tuple[str, ...]


def text_table(path: Path, wanted: Wanted, expected: str = "", otherwise: str = "") -> TextTable:
    """Return a CSV or TSV file as cells.

    Parameters
    ----------
    wanted
        Alternatives, each a set of headings that the header must hold, normalised.
    expected
        What a header is to hold, in words for a person.
    otherwise
        What a person does who meant to hand over something else.
    """
    text, warnings = decoded(path)
    rows, delimiter = _split(path, text, wanted, expected, otherwise)
    if len(rows) > MOST_ROWS or max(map(len, rows)) > MOST_COLUMNS or sum(map(len, rows)) > MOST_CELLS:
        found = f"more than {MOST_ROWS} rows, {MOST_COLUMNS} columns or {MOST_CELLS} cells"
        remedy = "Return the run list alone."
        raise Refused(_problem(path, "file-too-large", found, "one row per sample", remedy))
    comma = False
    if delimiter != ",":
        rows, comma = _with_points(path, rows)
    cells = tuple(
        tuple(_cell(path.name, text, row, column) for column, text in enumerate(fields, start=1))
        for row, fields in enumerate(rows, start=1)
    )
    return TextTable(
        Page(path.name, "", cells), warnings + (("Numbers were read with a decimal comma.",) if comma else ())
    )


def _problem(path: Path, code: str, found: str, expected: str, remedy: str, *, cell: str = "") -> Problem:
    return Problem(code, found, expected, remedy, file=path.name, cell=cell)


def decoded(path: Path) -> tuple[str, tuple[str, ...]]:
    """Return the text of a file, and a warning where its encoding had to be assumed."""
    content = path.read_bytes()
    encoding = (
        next((name for bom, name in BOMS if content.startswith(bom)), None) or _utf16_side(content) or "utf-8"
    )
    try:
        return content.decode(encoding), ()
    except UnicodeDecodeError:
        # What matters in it (ids, headings, options) is compared with known words afterwards, so that a
        # wrong guess here is refused there.
        text = content.decode("cp1252", errors="replace")
        return text, ("The file is not UTF-8; it was read as Windows-1252 (Western European).",)


def _utf16_side(content: bytes) -> str | None:
    even, odd = content[0:512:2].count(0), content[1:512:2].count(0)
    if max(even, odd) == 0:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _split(
    path: Path, text: str, wanted: Wanted, expected: str, otherwise: str
) -> tuple[list[list[str]], str]:
    first, _, rest = text.partition("\n")
    stated = SEP_LINE.fullmatch(first.strip("\r"))
    body, choices = (text, DELIMITERS) if stated is None else (rest, (stated[1],))
    fitting = [delimiter for delimiter in choices if _fits(body, delimiter, wanted)]
    if not fitting:
        remedy = "Keep the header row of the run list; separate columns by comma, semicolon or tab."
        alternatives = " or ".join(", ".join(sorted(group)) for group in wanted)
        header = expected or f"a header with the headings {alternatives}"
        remedy = f"{remedy} {otherwise}".rstrip()
        raise Refused(_problem(path, "header-unknown", _first_line(body), header, remedy))
    if len(fitting) > 1 and any(delimiter in _header_line(body) for delimiter in fitting):
        remedy = "Write sep=, or sep=; as the first line."
        found = "a header that several separators fit"
        raise Refused(_problem(path, "dialect-ambiguous", found, "one separator", remedy))
    return _by_delimiter(path, body, fitting[0], skipped=0 if stated is None else 1), fitting[0]


def _header_line(text: str) -> str:
    return next((line for line in text.splitlines() if line.strip()), "")


def _first_line(text: str) -> str:
    line = _header_line(text)
    return repr(line[:60] + ("..." if len(line) > 60 else ""))


def _fits(text: str, delimiter: str, wanted: Wanted) -> bool:
    try:
        header = next(
            (row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(row)), []
        )
    except csv.Error:
        return False
    names = {normalised(field) for field in header}
    return any(group <= names for group in wanted)


def _by_delimiter(path: Path, text: str, delimiter: str, *, skipped: int) -> list[list[str]]:
    rows: list[list[str]] = [[] for _ in range(skipped)]
    try:
        rows += csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as error:
        found = f"text that is no table ({error})"
        raise Refused(
            _problem(path, "file-damaged", found, "a CSV table", "Save it again as CSV.")
        ) from error
    filled = [(number, row) for number, row in enumerate(rows, start=1) if any(map(str.strip, row))]
    width = len(filled[0][1])
    remedy = "Put text that holds the separator in quotes, or return the workbook."
    expected = f"{width} fields, as in the header"
    ragged = [
        _problem(path, "row-ragged", f"{len(row)} fields", expected, remedy, cell=f"row {number}")
        for number, row in filled
        if len(row) != width
    ]
    if ragged:
        raise Refused(ragged[:MOST_SAID])
    return [row if any(map(str.strip, row)) else [""] * width for row in rows]


def _with_points(path: Path, rows: Iterable[list[str]]) -> tuple[list[list[str]], bool]:
    """Return the rows with decimal points, and whether they had decimal commas."""
    table = list(rows)
    fields = [plain(field) for row in table for field in row]
    if (doubt := number_doubt(fields, fields)) is not None:
        expected = "numbers that read in one way only"
        remedy = "Save the table with decimal points, or return the workbook."
        raise Refused(_problem(path, "number-ambiguous", doubt, expected, remedy))
    if not any(map(DECIMAL_COMMA.fullmatch, fields)):
        return table, False
    return [
        [field.replace(",", ".") if DECIMAL_COMMA.fullmatch(plain(field)) else field for field in row]
        for row in table
    ], True


def number_doubt(texts: Sequence[str], others: Sequence[str], *, grouped: bool = True) -> str | None:
    """Return why numbers of a file separated by semicolons or tabs could be read in two ways, None if not.

    Parameters
    ----------
    texts
        What is to be read.
    others
        All of the file, which may show what a comma or point means.
    grouped
        Whether the program that wrote it may group digits by thousands.

    >>> number_doubt(["1,5", "2.5"], []), number_doubt(["1,234"], ["0,5"])
    ('1,5 beside 2.5', None)
    """
    commas = [text for text in texts if DECIMAL_COMMA.fullmatch(text)]
    points = [text for text in texts if DECIMAL_POINT.fullmatch(text)]
    if commas and points:
        return f"{commas[0]} beside {points[0]}"
    if not grouped:
        return None
    every = [text for text in others if DECIMAL_COMMA.fullmatch(text)]
    if commas and all(map(THREE_DIGITS.fullmatch, (*commas, *every))):
        return f"{commas[0]}, which may be {commas[0].replace(',', '')}"
    # 12.345 in a German table may be twelve thousand; 0.5 or 12.34 anywhere in it says that it is not.
    every = [text for text in others if DECIMAL_POINT.fullmatch(text)]
    if points and all(map(GROUPED_BY_POINT.fullmatch, (*points, *every))):
        return f"{points[0]}, which may be {points[0].replace('.', '')}"
    return None


def _cell(file: str, text: str, row: int, column: int) -> Cell:
    address = f"row {row}, column {column}"
    if not text.strip():
        return Cell(None, "blank", file, "", address)
    escaped = text.startswith("'") and text[1:].startswith(LIVE)
    return Cell(text[1:] if escaped else text, "text", file, "", address)
