"""The plate grids of the paste sheet: one per plate and readout, found by their labels, checked, then read.

People paste a block from the reader's software, sometimes with its own letters and numbers: these are
compared with those of a plate, so that a block pasted one cell off is refused and not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, takewhile

from bioal.errors import Problem
from bioal.measurements.cells import Cell, ReturnedGrid
from bioal.plates.wells import SHAPES, row_name, well_from_ij
from bioal.protocol.headings import normalised
from bioal.sheets.names import GRID_PLATE, GRID_READOUT
from bioal.sheets.returned_cells import Page, Rows

REPAIR = "Put labels, letters and numbers back, the values inside; calculate on a sheet of your own."


def grids_in(page: Page) -> tuple[tuple[ReturnedGrid, ...], tuple[Problem, ...]]:
    """Return the grids of a paste sheet, and a problem for each value that stands outside of all frames."""
    starts = [index for index, row in enumerate(page.rows) if row and _is(row[0], GRID_READOUT)]
    edges = [0, *starts, len(page.rows)]
    blocks = [page.rows[start:end] for start, end in pairwise(edges)]
    problems = [problem for block in blocks for problem in _stray_problems(block)]
    return tuple(_grid(block) for block in blocks if _shape(block) is not None), tuple(problems)


def _is(cell: Cell, word: str) -> bool:
    return cell.kind == "text" and normalised(str(cell.value)) == normalised(word)


def _says_number(cell: Cell, number: int) -> bool:
    return cell.kind in ("number", "text") and str(cell.value).strip() in (
        str(number),
        f"{number:02d}",
        f"{number}.0",
    )


def _shape(block: Rows) -> tuple[int, int] | None:
    """Return the rows and columns that a grid's frame names, None where it is no frame of a plate."""
    if len(block) < 4 or not _is(block[0][0], GRID_READOUT) or not _is(block[1][0], GRID_PLATE):
        return None
    columns = _ruled(block[2])
    rows = sum(1 for _ in takewhile(lambda pair: _is(pair[1][0], row_name(pair[0])), enumerate(block[3:])))
    return (rows, columns) if (rows, columns) in SHAPES.values() else None


def _ruled(row: Sequence[Cell]) -> int:
    """Return how many cells of a row, from the second, count 1, 2, 3, ..."""
    return sum(1 for _ in takewhile(lambda pair: _says_number(pair[1], pair[0]), enumerate(row[1:], start=1)))


def _stray_problems(block: Rows) -> list[Problem]:
    """Return the problem of the first number outside of a block's frame; a lost frame has none inside."""
    shape = _shape(block)
    rows, columns = shape or (0, 0)
    outside = [
        cell
        for index, row in enumerate(block)
        for column, cell in enumerate(row)
        if cell.kind == "number"
        and not (3 <= index < 3 + rows and 1 <= column <= columns)
        and not (_ruled(row) > 1 and 1 <= column <= _ruled(row))
    ]
    if not outside:
        return []
    code = "grid-damaged" if shape is None else "grid-shifted"
    return [outside[0].problem(code, "values inside a plate's frame only", REPAIR)]


def _grid(block: Rows) -> ReturnedGrid:
    shape = _shape(block)
    assert shape is not None  # held by the caller
    rows, columns = shape
    wells = {well_from_ij(i, j): block[3 + i][1 + j] for i in range(rows) for j in range(columns)}
    plate = block[1][1].value
    return ReturnedGrid(block[0][1], "" if plate is None else str(plate).strip(), wells)
