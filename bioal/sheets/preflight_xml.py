"""How large a workbook's XML really is, counted in one stream and stopped at the first limit that it passes.

Cells are cheap in the file and dear in memory: one far-away cell of a few bytes can cost gigabytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import IO
from xml.parsers import expat

CHUNK = 1 << 16
REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")


class TooLargeError(ValueError):
    """A part passes a limit; the message says which, in words."""


@dataclass(frozen=True)
class Limits:
    """What a workbook may hold: far more than any round, far less than what hurts."""

    rows: int = 20_000
    columns: int = 500
    cells: int = 100_000
    merged: int = 50_000
    elements: int = 400_000
    depth: int = 100


@dataclass
class Tally:
    """What has been counted so far, over all parts."""

    cells: int = 0
    merged: int = 0
    elements: int = 0
    formulas: int = 0


def column_number(letters: str) -> int:
    """Return the number of a column from its letters.

    >>> column_number("A"), column_number("XFD")
    (1, 16384)
    """
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - 64
    return number


def tally(stream: IO[bytes], total: Tally, limits: Limits) -> None:
    """Add one XML part to the tally.

    Raises
    ------
    TooLargeError
        As soon as a limit is passed, or a document type is declared.
    """
    counter = _Counter(total, limits)
    parser = expat.ParserCreate()
    parser.StartElementHandler = counter.start
    parser.EndElementHandler = counter.end
    parser.StartDoctypeDeclHandler = counter.doctype
    while chunk := stream.read(CHUNK):
        parser.Parse(chunk, False)
    parser.Parse(b"", True)


class _Counter:
    def __init__(self, total: Tally, limits: Limits) -> None:
        self.total, self.limits, self.depth = total, limits, 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.total.elements += 1
        if self.depth > self.limits.depth or self.total.elements > self.limits.elements:
            raise TooLargeError(
                f"more than {self.limits.elements} elements, or {self.limits.depth} inside each other"
            )
        name = tag.rpartition(":")[2]
        if name == "c":
            self._cell(attributes.get("r", ""))
        elif name == "row":
            self._row(attributes.get("r", ""))
        elif name == "mergeCell":
            self._merged(attributes.get("ref", ""))
        elif name == "f":
            self.total.formulas += 1

    def end(self, _tag: str) -> None:
        self.depth -= 1

    def doctype(self, *_declared: object) -> None:
        raise TooLargeError("a part that declares its own entities")

    def _cell(self, reference: str) -> None:
        self.total.cells += 1
        if self.total.cells > self.limits.cells:
            raise TooLargeError(f"more than {self.limits.cells} cells")
        if reference:
            self._place(reference)

    def _row(self, number: str) -> None:
        if number.isdigit() and (len(number) > 8 or int(number) > self.limits.rows):
            raise TooLargeError(f"a row beyond row {self.limits.rows}")

    def _place(self, reference: str) -> tuple[int, int]:
        match = REFERENCE.fullmatch(reference)
        if match is None:
            raise TooLargeError("a cell whose address cannot be read")
        row, column = int(match[2]), column_number(match[1])
        if row > self.limits.rows or column > self.limits.columns:
            raise TooLargeError(
                f"a far-away cell, {reference} (limits: row {self.limits.rows}, column {self.limits.columns})"
            )
        return row, column

    def _merged(self, area: str) -> None:
        first, _, last = area.partition(":")
        top, left = self._place(first)
        bottom, right = self._place(last or first)
        self.total.merged += (abs(bottom - top) + 1) * (abs(right - left) + 1)
        if self.total.merged > self.limits.merged:
            raise TooLargeError(f"merged areas of more than {self.limits.merged} cells")
