"""Plates as SoftMax Pro exports them: rows without letters, wavelengths side by side, times below each other.

A section begins with a line `Plate:` that says what was read, then a line of column numbers, once for each
wavelength; it ends with `~End`. Behind the values stands what the program computed from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from bioal.measurements.cells import Cell
from bioal.plates.wells import SHAPES, well_from_ij
from bioal.protocol.reads import seconds_in
from bioal.sheets.readers.offers import Offer, place
from bioal.sheets.returned_cells import Page, Rows
from bioal.sheets.returned_table import heading_text

COMPUTED = "Reduced"
_ROWS = {shape.columns: shape.rows for shape in SHAPES.values()}
_FIRST_NUMBER = 2  # column of the first value: time and temperature stand before it


def softmax_offers(page: Page) -> list[Offer]:
    """Return the channels of every plate section of a SoftMax Pro export."""
    starts = [at for at, row in enumerate(page.rows) if heading_text(row[0]) == "Plate:"]
    return [offer for at in starts for offer in _section(page.rows, at)]


def _section(rows: Rows, start: int) -> list[Offer]:
    if start + 1 >= len(rows):
        return []
    firsts, count = _columns(rows[start + 1])
    if count not in _ROWS:
        return []
    head = [heading_text(cell) for cell in rows[start]]
    names = _names(head, len(firsts))
    blocks, end = _blocks(rows, start + 2, _ROWS[count])
    times = tuple(seconds_in(time) for time, _ in blocks) if len(blocks) > 1 else ()
    found = [
        Offer(name, _wells([row for _, row in blocks], rows, first, count), times, (_ROWS[count], count),
              head[1], place(rows[start + 1][first]))
        for name, first in zip(names, firsts, strict=True)
    ]  # fmt: skip
    return [*found, *_computed(rows, end, count, head[1])]


def _columns(row: Sequence[Cell]) -> tuple[list[int], int]:
    """Return where each run of column numbers begins, and how long the runs are; 0 where they differ."""
    firsts = [at for at, cell in enumerate(row) if heading_text(cell) == "1"]
    lengths = set()
    for first in firsts:
        count = 0
        while first + count < len(row) and heading_text(row[first + count]) == str(count + 1):
            count += 1
        lengths.add(count)
    return firsts, lengths.pop() if len(lengths) == 1 else 0


def _names(head: Sequence[str], sections: int) -> list[str]:
    """Return a name for each run of columns: what was read, and its wavelength."""
    listed = next(
        (
            after.split()
            for number, after in pairwise(head)
            if number == str(sections) and len(after.split()) == sections and after.replace(" ", "").isdigit()
        ),
        [""] * sections,
    )
    mode = head[5] if len(head) > 5 else ""
    return [f"{mode} {wavelength}".strip() or "values" for wavelength in listed]


def _blocks(rows: Rows, start: int, height: int) -> tuple[list[tuple[str, int]], int]:
    """Return time and first row of each block of values, and the row after the last."""
    blocks = [(heading_text(rows[start][0]), start)] if start + height <= len(rows) else []
    after = start + height
    while after + height < len(rows) and heading_text(rows[after + 1][0]) and blocks[0][0]:
        time = heading_text(rows[after + 1][0])
        if not time[0].isdigit():
            break
        blocks.append((time, after + 1))
        after += 1 + height
    return blocks, after


def _wells(starts: Sequence[int], rows: Rows, first: int, count: int) -> Mapping[str, tuple[Cell, ...]]:
    return {
        well_from_ij(i, j): tuple(rows[start + i][first + j] for start in starts)
        for i in range(_ROWS[count])
        for j in range(count)
    }


def _computed(rows: Rows, end: int, count: int, plate: str) -> list[Offer]:
    """Return what the program computed from the values, where that stands behind them."""
    start = end + 2
    if start + _ROWS[count] > len(rows) or heading_text(rows[end + 1][_FIRST_NUMBER]) != "1":
        return []
    wells = _wells([start], rows, _FIRST_NUMBER, count)
    where = place(rows[start][_FIRST_NUMBER])
    return [Offer(COMPUTED, wells, shape=(_ROWS[count], count), plate=plate, where=where)]
