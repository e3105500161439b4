"""Worklists as comma-separated tables, safe to open in a spreadsheet program.

Names are people's words. One that begins like a formula (=, +, -, @, a tab, also full-width signs) gets an
apostrophe in front, so that it stays text when somebody opens the file, and loses it when bioal reads the
file. Robots do not mind: the name of a stock is information for people, and a plate is what the worklist
calls it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

_FORMULA = re.compile("'*[=+\\-@\t\r＝＋－＠]")


def guarded(text: str) -> str:
    """Return a text that no spreadsheet program takes for a formula.

    >>> guarded("=1+1"), guarded("NTP"), guarded("'-80 stock")
    ("'=1+1", 'NTP', "''-80 stock")
    """
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """Return the text as it was before it was guarded.

    >>> unguarded(guarded("=1+1")), unguarded(guarded("'-80 stock")), unguarded("'quoted'")
    ('=1+1', "'-80 stock", "'quoted'")
    """
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table as text, CRLF at the end of each line, as the computers of instruments write it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    if header:
        writer.writerow(header)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return out.getvalue()


def numbered_rows(text: str, delimiter: str = ",") -> list[tuple[int, list[str]]]:
    """Return the rows that are not blank, each with the number of its last line, without a byte order mark.

    Raises
    ------
    csv.Error
        Where the text is no table: a cell beyond the limit of the reader.
    """
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter)
    return [
        (reader.line_num, [unguarded(cell.strip()) for cell in row])
        for row in reader
        if any(cell.strip() for cell in row)
    ]
