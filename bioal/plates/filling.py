"""Which wells are filled: those of the protocol, in its order, no more lines than needed.

A *cell* is a well's number in reading order on the whole plate; an array over all cells of a plate holds the
group (condition) of each, `OUTSIDE` where the well stays empty.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from bioal.plates.orientation import Ints
from bioal.plates.wells import ij_from_well, shape_of_plate
from bioal.protocol.protocol import PlateSetup


@lru_cache(maxsize=32)
def _cells(places: tuple[str, ...], size: int) -> Ints:
    columns = shape_of_plate(size).columns
    cells = np.array([i * columns + j for i, j in map(ij_from_well, places)], dtype=np.intp)
    cells.setflags(write=False)
    return cells


def cells_of(setup: PlateSetup) -> Ints:
    """Return the usable cells of a plate in the order in which they are filled."""
    return _cells(setup.places, setup.size)


def rows_and_columns(cells: Ints, size: int) -> tuple[Ints, Ints]:
    """Return the rows and the columns of cells, both from 0."""
    i, j = np.divmod(cells, shape_of_plate(size).columns)
    return i, j


def lines_of(cells: Ints, setup: PlateSetup) -> tuple[Ints, Ints]:
    """Return for each cell the line in which it is filled and its place in that line.

    Lines are columns, or rows where these are filled first.
    """
    i, j = rows_and_columns(cells, setup.size)
    return (i, j) if setup.order == "rows" else (j, i)


def filled_first(count: int, most: int, setup: PlateSetup) -> Ints:
    """Return the cells to fill: whole lines, no fewer than the largest group has replicates (`most`).

    Lines are then filled only as far as needed, so that all end at the same place.
    """
    cells = cells_of(setup)
    line, place = (np.unique(each, return_inverse=True)[1] for each in lines_of(cells, setup))
    width = max(_enough(line, count), min(int(line.max()) + 1, most, count))
    cells, place = cells[line < width], place[line < width]
    return cells[place < _enough(place, count)][:count]


def _enough(line: Ints, count: int) -> int:
    """Return how many lines hold so many cells."""
    return int(np.searchsorted(np.cumsum(np.bincount(line)), count)) + 1
