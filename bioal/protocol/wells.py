"""Wells: the names of the places on a plate, from 6 to 1536 wells.

Inside, a well is a pair (i, j) of row and column from 0, or its number in reading order (row by row).
Outside it is a name: `A1`, unpadded, as on the plate; rows after Z are AA, AB, ...
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

_WELL = re.compile(r"\s*([A-Za-z]{1,2})[-_ ]?0{0,2}([1-9][0-9]?)\s*")

_LONGEST = 8  # characters of a well's name, however it is written: AF-0048


class Shape(NamedTuple):
    """Rows and columns of a plate."""

    rows: int
    columns: int


SHAPES: dict[int, Shape] = {
    6: Shape(2, 3),
    12: Shape(3, 4),
    24: Shape(4, 6),
    48: Shape(6, 8),
    96: Shape(8, 12),
    384: Shape(16, 24),
    1536: Shape(32, 48),
}


def shape_of_plate(size: int) -> Shape:
    """Return the rows and columns of a plate with so many wells.

    >>> shape_of_plate(384)
    Shape(rows=16, columns=24)
    """
    if size not in SHAPES:
        raise ValueError(f"A plate has {', '.join(map(str, SHAPES))} wells, not {size}.")
    return SHAPES[size]


def row_name(i: int) -> str:
    """Return the letters of a row.

    >>> row_name(0), row_name(25), row_name(26), row_name(31)
    ('A', 'Z', 'AA', 'AF')
    """
    if i < 0:
        raise ValueError(f"Rows count from 0, not from {i}.")
    return chr(65 + i) if i < 26 else row_name(i // 26 - 1) + chr(65 + i % 26)


def well_from_ij(i: int, j: int) -> str:
    """Return the name of a well.

    >>> well_from_ij(0, 0), well_from_ij(31, 47)
    ('A1', 'AF48')
    """
    if j < 0:
        raise ValueError(f"Columns count from 0, not from {j}.")
    return f"{row_name(i)}{j + 1}"


def ij_from_well(well: str) -> tuple[int, int]:
    """Return row and column of a well; capitals, padding and one hyphen or space do not matter.

    >>> ij_from_well("A1"), ij_from_well("b01"), ij_from_well("AF-48")
    ((0, 0), (1, 0), (31, 47))

    Raises
    ------
    ValueError
        When the text is no well name.
    """
    match = _WELL.fullmatch(well)
    if match is None:
        raise ValueError(f"{well!r} is no well name such as A1 or AB12.")
    letters = match[1].upper()
    i = ord(letters[-1]) - 65 + (26 * (ord(letters[0]) - 64) if len(letters) == 2 else 0)
    return i, int(match[2]) - 1


@cache
def wells_of_plate(size: int) -> tuple[str, ...]:
    """Return all wells of a plate in reading order: A1, A2, ..., B1, ...

    >>> wells_of_plate(6)
    ('A1', 'A2', 'A3', 'B1', 'B2', 'B3')
    """
    rows, columns = shape_of_plate(size)
    return tuple(well_from_ij(i, j) for i in range(rows) for j in range(columns))


def well_on_plate(text: str, size: int) -> str | None:
    """Return a well's own name, or None when the plate has no such well.

    >>> well_on_plate("a01", 96), well_on_plate("I1", 96), well_on_plate("12", 96)
    ('A1', None, None)
    """
    plain = text.strip()
    return _well_on_plate(plain, size) if len(plain) <= _LONGEST else None


@lru_cache(maxsize=4096)
def _well_on_plate(text: str, size: int) -> str | None:
    # a report names the same few wells tens of thousands of times
    try:
        i, j = ij_from_well(text)
    except ValueError:
        return None
    rows, columns = shape_of_plate(size)
    return well_from_ij(i, j) if i < rows and j < columns else None


def wells_in(area: str, size: int) -> tuple[str, ...]:
    """Return the wells of a rectangle such as `A1:C6`, or of a single well, in reading order.

    >>> wells_in("B2:A1", 96)
    ('A1', 'A2', 'B1', 'B2')

    Raises
    ------
    ValueError
        When an end is no well of the plate, in a sentence for the person who typed it.
    """
    ends = area.split(":")
    names = [well_on_plate(end, size) for end in ends]
    if len(ends) > 2 or None in names:
        raise ValueError(f"{area!r} is no well or area of a plate with {size} wells; write A1 or A1:C6.")
    first, last = (ij_from_well(str(names[k])) for k in (0, -1))
    rows = range(min(first[0], last[0]), max(first[0], last[0]) + 1)
    columns = range(min(first[1], last[1]), max(first[1], last[1]) + 1)
    return tuple(well_from_ij(i, j) for i in rows for j in columns)
