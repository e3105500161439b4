"""The plate grids of the paste sheet: one per plate and readout, found by their labels, checked, then read.

People paste a block from the reader's software, sometimes with its own letters and numbers: these are
compared with those of a plate, so that a block pasted one cell off is refused and not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from bioal.errors import Problem
from bioal.measurements.cells import Cell, ReturnedGrid
from bioal.plates.wells import SHAPES, row_name, well_from_ij
from bioal.protocol.headings import normalised
from bioal.sheets.names import GRID_PLATE, GRID_READOUT
from bioal.sheets.returned_cells import Page, Rows

REPAIR = "Put the frame of letters and numbers back as it was, with the values inside it."


def grids_in(page: Page) -> tuple[tuple[ReturnedGrid, ...], tuple[Problem, ...]]:
    """Return the grids of a paste sheet, and the problems of filled grids whose frame is damaged."""
    starts = [index for index, row in enumerate(page.rows) if row and _is(row[0], GRID_READOUT)]
    blocks = [page.rows[start:end] for start, end in zip(starts, [*starts[1:], len(page.rows)], strict=True)]
    problems = [problem for block in blocks for problem in _frame_problems(block)]
    if not starts and (stray := _first_number(page.rows)) is not None:
        problems.append(stray.problem("grid-damaged", "the grid's label 'Readout' above it", REPAIR))
    return tuple(_grid(block) for block in blocks if not _frame_problems(block) and _shape(block)), tuple(
        problems
    )


def _is(cell: Cell, word: str) -> bool:
    return cell.kind == "text" and normalised(str(cell.value)) == normalised(word)


def _says_number(cell: Cell, number: int) -> bool:
    return cell.kind in ("number", "text") and str(cell.value).strip() in (
        str(number),
        f"{number:02d}",
        f"{number}.0",
    )


def _shape(block: Rows) -> tuple[int, int] | None:
    """Return the rows and columns that the frame names, None where they are those of no plate."""
    if len(block) < 4:
        return None
    columns = sum(
        1 for _ in takewhile(lambda pair: _says_number(pair[1], pair[0]), enumerate(block[2][1:], start=1))
    )
    rows = sum(1 for _ in takewhile(lambda pair: _is(pair[1][0], row_name(pair[0])), enumerate(block[3:])))
    return (rows, columns) if (rows, columns) in SHAPES.values() else None


def _first_number(rows: Sequence[Sequence[Cell]]) -> Cell | None:
    return next((cell for row in rows for cell in row if cell.kind == "number"), None)


def _frame_problems(block: Rows) -> list[Problem]:
    shape = _shape(block)
    if shape is None or not _is(block[1][0], GRID_PLATE):
        # The frame's own numbers stand in the third row; whatever else is a number was typed.
        typed = _first_number([row[1:] for row in (*block[1:2], *block[3:])])
        return (
            []
            if typed is None
            else [typed.problem("grid-damaged", "a value inside the plate's frame", REPAIR)]
        )
    rows, columns = shape
    beside = [row[columns + 1] for row in block[2 : 3 + rows] if len(row) > columns + 1]
    below = list(block[3 + rows]) if len(block) > 3 + rows else []
    stray = _first_number([beside, below])
    if stray is None:
        return []
    return [
        stray.problem(
            "grid-shifted", "values inside the plate's frame only", "Paste the block at the corner cell."
        )
    ]


def _grid(block: Rows) -> ReturnedGrid:
    shape = _shape(block)
    assert shape is not None  # held by the caller
    rows, columns = shape
    wells = {well_from_ij(i, j): block[3 + i][1 + j] for i in range(rows) for j in range(columns)}
    plate = block[1][1].value
    return ReturnedGrid(block[0][1], "" if plate is None else str(plate).strip(), wells)
