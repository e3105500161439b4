"""A channel as a file offers it: its name and a cell for each well, one for each time of a kinetic read."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bioal.measurements.cells import Cell
from bioal.measurements.numbers import number_in, plain, same_number
from bioal.measurements.statuses import spoken_in
from bioal.plates.wells import SHAPES, ij_from_well, well_from_ij
from bioal.protocol.headings import normalised
from bioal.sheets.returned_cells import Rows
from bioal.sheets.returned_table import heading_text

Shape = tuple[int, int]

_NUMBERED = re.compile(r"\s*\d+\.\s+")
_PLATE = re.compile(r"plate(\W+\w+|\d+)", re.IGNORECASE)
_TITLE_SEARCH = 3
LONGEST_WELL = 8  # AF 0048, and room


@dataclass(frozen=True)
class Offer:
    """One channel.

    Parameters
    ----------
    wells
        Well -> its cells, one for each of `times`; one where there are none.
    times
        Seconds from the start, ascending; empty for an endpoint read.
    shape
        Rows and columns that the frame of a grid names; None for a list.
    plate
        What the file calls the plate, "" where it does not say.
    where
        The address of its first cell.
    """

    name: str
    wells: Mapping[str, tuple[Cell, ...]]
    times: tuple[float, ...] = ()
    shape: Shape | None = None
    plate: str = ""
    where: str = ""

    @property
    def key(self) -> str:
        """Return the name as it is compared: `4. Raw Data (480)` is `Raw Data (480)`."""
        return normalised(_NUMBERED.sub("", self.name, count=1))

    @property
    def cells(self) -> list[Cell]:
        """Return every filled cell."""
        return [cell for cells in self.wells.values() for cell in cells if cell.kind != "blank"]


def distinct(offers: Sequence[Offer]) -> tuple[Offer, ...]:
    """Return offers each under a name of its own: equal ones once, different ones told apart by place."""
    kept: list[Offer] = []
    for offer in offers:
        twins = [one for one in kept if one.key == offer.key and one.plate == offer.plate]
        if not any(_same(one, offer) for one in twins):
            kept.append(offer)
    return tuple(_placed(offer) if _shared(offer, kept) else offer for offer in kept)


def _shared(offer: Offer, offers: Sequence[Offer]) -> bool:
    return sum(one.key == offer.key and one.plate == offer.plate for one in offers) > 1


def _placed(offer: Offer) -> Offer:
    return replace(offer, name=f"{offer.name} (at {offer.where})")


def _same(one: Offer, other: Offer) -> bool:
    """Return whether two channels say the same: programs write grid and table of one measurement."""
    first = {well: cells for well, cells in one.wells.items() if any(c.kind != "blank" for c in cells)}
    second = {well: cells for well, cells in other.wells.items() if any(c.kind != "blank" for c in cells)}
    return (
        one.times == other.times
        and first.keys() == second.keys()
        and all(
            _alike(a, b) for well, cells in first.items() for a, b in zip(cells, second[well], strict=True)
        )
    )


def _alike(one: Cell, other: Cell) -> bool:
    first, second = number_in(one), number_in(other)
    if isinstance(first, float) and isinstance(second, float):
        return same_number(first, second)
    return str(one.value) == str(other.value)


def says_value(cell: Cell) -> bool:
    """Return whether a cell holds a number, or a word that instruments write instead."""
    if cell.kind in ("error", "formula"):
        return True
    return is_number(cell) or (cell.kind == "text" and is_value(plain(str(cell.value))))


def is_value(text: str) -> bool:
    """Return whether a text is a number, with point or comma, or a word that stands for one.

    >>> is_value("0,02"), is_value("OVRFLW"), is_value("SPL1")
    (True, True, False)
    """
    return _NUMBER.fullmatch(text) is not None or spoken_in(text) is not None


_CLOCK = re.compile(r"\d+:[0-5]\d:[0-5]\d", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*([eE][+-]?\d+)?", re.ASCII)


def is_number(cell: Cell) -> bool:
    """Return whether a cell holds a number, with point or comma, or a duration such as a lag time.

    >>> is_number(Cell("0,5", "text")), is_number(Cell("10:08:22", "text")), is_number(Cell("12:30", "text"))
    (True, True, False)
    """
    if cell.kind == "text":
        text = plain(str(cell.value))
        return _NUMBER.fullmatch(text) is not None or _CLOCK.fullmatch(text) is not None
    return cell.kind == "number" or isinstance(cell.value, dt.timedelta | dt.time)


def well_in(cell: Cell) -> str | None:
    """Return the well that a cell names, None where it names none.

    >>> well_in(Cell("a01", "text")), well_in(Cell("Time", "text"))
    ('A1', None)
    """
    text = str(cell.value).strip() if cell.kind == "text" else ""
    # Most cells are numbers; they are told apart before anything is parsed.
    if not 2 <= len(text) <= LONGEST_WELL or not text[0].isalpha():
        return None
    try:
        i, j = ij_from_well(text)
    except ValueError:
        return None
    rows, columns = SHAPES[1536]  # beyond the largest plate it is a word: OD1, CT2
    return well_from_ij(i, j) if i < rows and j < columns else None


def place(cell: Cell) -> str:
    """Return where a cell stands, as it is typed: `Sheet1!B2`, or its row and column in a text."""
    return f"{cell.sheet}!{cell.address}" if cell.sheet else cell.address


def title_above(rows: Rows, index: int) -> str:
    """Return the lone text in the nearest filled row above a row, "" where there is none."""
    for row in reversed(rows[max(0, index - _TITLE_SEARCH) : index]):
        filled = [cell for cell in row if cell.kind != "blank"]
        if filled:
            return heading_text(filled[0]) if len(filled) == 1 else ""
    return ""


def names_plate(title: str) -> bool:
    """Return whether a title names a plate rather than what was measured.

    >>> names_plate("Plate 1"), names_plate("plate-2"), names_plate("Platinum")
    (True, True, False)
    """
    return _PLATE.fullmatch(title.strip()) is not None
