"""What a notebook shows of an object: a title, a few lines, small tables, as HTML.

Text inherits its colour and nothing has a background, so that a card is read on a light and a dark theme.
What people typed is escaped; a card is cut, with words that say so, before it becomes large.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bioal.markup import Markup, joined, tag

ROOM = 80_000  # bytes of all lines and rows together
LONGEST_LINE, LONGEST_CELL = 400, 80
MOST_LINES, MOST_ROWS, MOST_COLUMNS = 16, 60, 48
LEFT = "text-align:left"
_NUMBER = re.compile(r"[-+\u2212]?[0-9][0-9.,e+-]*( to [-+0-9.e]+)?|")


@dataclass(frozen=True)
class Grid:
    """A table of texts: a caption, headings, rows; `most` rows of it are shown."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    most: int = MOST_ROWS


def card(title: str, lines: Iterable[str], *grids: Grid) -> str:
    """Return a card as HTML of less than 100 kB.

    >>> card("Salts", ["2 < 3"])
    '<div><p><strong>Salts</strong></p><p>2 &lt; 3</p></div>'
    """
    said = [shortened(line, LONGEST_LINE) for line in lines]
    parts = [tag("p", tag("strong", shortened(title, LONGEST_CELL)))]
    parts += [tag("p", line) for line in said[:MOST_LINES]]
    if len(said) > MOST_LINES:
        parts.append(tag("p", f"\u2026 and {len(said) - MOST_LINES} more lines."))
    room = ROOM - _size(parts)
    for grid in grids:
        shown = _table(grid, room // max(len(grids), 1))
        parts.append(shown)
    return tag("div", *parts)


def shortened(text: str, most: int) -> str:
    """Return text with its end left out where it is too long.

    >>> shortened("abcdef", 4), shortened("abc", 4)
    ('abc…', 'abc')
    """
    return text if len(text) <= most else f"{text[: most - 1]}\u2026"


def _table(grid: Grid, room: int) -> Markup:
    texts = [[shortened(text, LONGEST_CELL) for text in row[:MOST_COLUMNS]] for row in grid.rows[: grid.most]]
    head = [shortened(text, LONGEST_CELL) for text in grid.head[:MOST_COLUMNS]]
    left = [not all(_NUMBER.fullmatch(text) for text in column) for column in zip(*texts, strict=True)]
    sides = left or [True] * len(head)
    top = tag("tr", *(_cell("th", text, to_left=side) for text, side in zip(head, sides, strict=True)))
    rows: list[Markup] = []
    room -= _size([top])
    for row in texts:
        made = tag("tr", *(_cell("td", text, to_left=side) for text, side in zip(row, sides, strict=True)))
        room -= _size([made])
        if room < 0:
            break
        rows.append(made)
    return joined(
        [
            tag("table", tag("caption", grid.caption, style=LEFT), tag("thead", top), tag("tbody", *rows)),
            *_left_out(grid, len(rows)),
        ]
    )


def _left_out(grid: Grid, rows: int) -> list[Markup]:
    said = []
    if len(grid.rows) > rows:
        said.append(f"{len(grid.rows) - rows} more rows")
    if len(grid.head) > MOST_COLUMNS:
        said.append(f"{len(grid.head) - MOST_COLUMNS} more columns")
    return [tag("p", f"\u2026 and {' and '.join(said)}.")] if said else []


def _cell(name: str, text: str, *, to_left: bool) -> Markup:
    return tag(name, text, scope="col" if name == "th" else None, style=LEFT if to_left else None)


def _size(parts: Iterable[str]) -> int:
    return sum(len(part.encode("utf-8", "replace")) for part in parts)
