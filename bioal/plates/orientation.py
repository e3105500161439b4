"""The ways in which a plate is read wrongly, and whether a layout would show them.

A plate turned, mirrored, read in the wrong order or shifted by one well gives every sample the value of
another. When samples that belong together (replicates, controls) stay together under such a misread, nobody
can see it; a layout is good when they do not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from bioal.plates.wells import shape_of_plate

Ints = NDArray[np.intp]

OUTSIDE = -1
AS_IS = "as is"

# What a person types; the full names do as well.
SHORT_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "as-is": AS_IS,
        "rot180": "turned by 180 degrees",
        "mirror-lr": "mirrored left to right",
        "mirror-tb": "mirrored top to bottom",
        "by-columns": "read by columns instead of rows",
        "by-rows": "read by rows instead of columns",
        "forward-rows": "shifted forward along rows",
        "back-rows": "shifted back along rows",
        "forward-columns": "shifted forward along columns",
        "back-columns": "shifted back along columns",
        "down-list": "shifted down the run list by one row",
        "up-list": "shifted up the run list by one row",
    }
)


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


def _shifted(order: Ints, step: int, size: int | None = None) -> Ints:
    """Return the source of each well when all values slip by one well in this order; others keep theirs."""
    source = np.roll(order, step)
    source[0 if step > 0 else -1] = OUTSIDE
    wells = np.arange(len(order) if size is None else size, dtype=np.intp)
    wells[order] = source
    return wells


def readings_of_plate(size: int, listed: Sequence[int]) -> Mapping[str, Ints]:
    """Return every way in which a plate may have been read, `AS_IS` first: `misreads`, and those of a list.

    Parameters
    ----------
    listed
        The cells of a plate's samples in the order of the run list. Where these are not the plate's wells
        line by line, a column of values that slipped by one row is no shift of the plate.

    Examples
    --------
    >>> [name for name in readings_of_plate(6, range(6)) if "list" in name]
    []
    >>> readings_of_plate(6, [0, 2, 5])["shifted down the run list by one row"].tolist()
    [-1, 1, 0, 3, 4, 2]
    """
    rows, columns = shape_of_plate(size)
    ways = {AS_IS: np.arange(size, dtype=np.intp), **misreads(size)}
    ways[SHORT_NAMES["by-rows"]] = np.arange(size).reshape(rows, columns).T.ravel().astype(np.intp)
    order = np.asarray(listed, dtype=np.intp)
    for name, step in (("down-list", 1), ("up-list", -1)):
        source = _shifted(order, step, size)
        if not any(np.array_equal(source[order], other[order]) for other in ways.values()):
            ways[SHORT_NAMES[name]] = source
    return MappingProxyType(ways)


def reading_named(text: str) -> str | None:
    """Return the full name of a way of reading from its full or short name, None where it is none.

    >>> reading_named("rot180"), reading_named("Turned by 180 degrees"), reading_named("sideways")
    ('turned by 180 degrees', 'turned by 180 degrees', None)
    """
    typed = "-".join(text.casefold().replace("_", " ").replace("-", " ").split())
    names = {**SHORT_NAMES, **{"-".join(name.split()): name for name in SHORT_NAMES.values()}}
    return names.get(typed)


def seen_from(source: Ints, stated: Ints) -> Ints:
    """Return a way of reading, for values that were put back as if they had been read in the stated way.

    For each well of the values put back, the well that they are of in truth, if `source` is how they were
    read. The same way twice gives every well its own.

    >>> turned = misreads(6)["turned by 180 degrees"]
    >>> seen_from(turned, turned).tolist(), seen_from(np.arange(6), turned).tolist()
    ([0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0])
    """
    came_from = np.full(len(stated), OUTSIDE, dtype=np.intp)
    known = np.flatnonzero(stated != OUTSIDE)
    came_from[stated[known]] = known
    return np.where(came_from == OUTSIDE, OUTSIDE, source[came_from]).astype(np.intp)


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
