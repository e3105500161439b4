"""The ways in which a plate is read wrongly, and whether a layout would show them.

A plate turned, mirrored, read in the wrong order or shifted by one well gives every sample the value of
another. When samples that belong together (replicates, controls) stay together under such a misread, nobody
can see it; a layout is good when they do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from bioal.plates.wells import shape_of_plate

Ints = NDArray[np.intp]

OUTSIDE = -1


@cache
def misreads(size: int) -> Mapping[str, Ints]:
    """Return for each misread, well by well in reading order, the well whose value is taken instead.

    `OUTSIDE` stands for no well at all.

    >>> misreads(6)["turned by 180 degrees"].tolist()
    [5, 4, 3, 2, 1, 0]
    >>> misreads(6)["shifted forward along rows"].tolist()
    [-1, 0, 1, 2, 3, 4]
    """
    rows, columns = shape_of_plate(size)
    grid = np.arange(size).reshape(rows, columns)
    by_rows, by_columns = grid.ravel(), grid.T.ravel()
    swapped = np.empty(size, dtype=np.intp)
    swapped[by_columns] = by_rows
    maps = {
        "turned by 180 degrees": grid[::-1, ::-1].ravel(),
        "mirrored left to right": grid[:, ::-1].ravel(),
        "mirrored top to bottom": grid[::-1].ravel(),
        "read by columns instead of rows": swapped,
        "shifted forward along rows": _shifted(by_rows, 1),
        "shifted back along rows": _shifted(by_rows, -1),
        "shifted forward along columns": _shifted(by_columns, 1),
        "shifted back along columns": _shifted(by_columns, -1),
    }
    return MappingProxyType({name: wells.astype(np.intp) for name, wells in maps.items()})


def _shifted(order: Ints, step: int) -> Ints:
    """Return the source of each well when all values slip by one well in this order."""
    source = np.roll(order, step)
    source[0 if step > 0 else -1] = OUTSIDE
    wells = np.empty(len(order), dtype=np.intp)
    wells[order] = source
    return wells


def pairs(groups: Ints) -> Ints:
    """Return all pairs of wells that hold the same group, shape (pairs, 2).

    `groups` gives each well's group in reading order, `OUTSIDE` for an empty well.
    """
    found = [_pairs_of(np.flatnonzero(groups == group)) for group in np.unique(groups[groups != OUTSIDE])]
    return np.concatenate(found) if found else np.empty((0, 2), dtype=np.intp)


def _pairs_of(wells: Ints) -> Ints:
    first, second = np.triu_indices(len(wells), 1)
    return np.column_stack([wells[first], wells[second]])


def visibility(groups: Ints, size: int) -> float:
    """Return the smallest share, over all misreads, of belonging pairs that a misread would tear apart.

    1 is best; 0 means that at least one misread stays unseen; nan means that no two wells belong together.
    """
    together = pairs(groups)
    if not len(together):
        return float("nan")
    return min(_torn(groups, together, source) for source in misreads(size).values())


def _torn(groups: Ints, together: Ints, source: Ints) -> float:
    read = np.where(source == OUTSIDE, OUTSIDE, groups[source])
    first, second = read[together[:, 0]], read[together[:, 1]]
    return float(np.mean((first != second) | (first == OUTSIDE)))
