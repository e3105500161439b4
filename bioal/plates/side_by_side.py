"""Layouts that a hand can follow: controls first, then condition after condition, replicates side by side.

With wells filled down the columns, a condition takes one row of a band of columns: its replicates stand
beside each other and the next condition below. What does not fit into such bands fills the rest in order.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bioal.plates.filling import cells_of, lines_of
from bioal.plates.orientation import OUTSIDE, Ints
from bioal.protocol.arrays import Bools
from bioal.protocol.protocol import PlateSetup


def side_by_side(counts: Ints, is_control: Bools, setup: PlateSetup) -> Ints:
    """Return the group in each cell of a plate, `OUTSIDE` where it stays empty, shape (size,).

    Parameters
    ----------
    counts
        How many wells each group has on the plate, shape (groups,).
    is_control
        Which groups are controls: they take the first wells, the same on every plate.
    """
    layout = np.full(setup.size, OUTSIDE, dtype=np.intp)
    cells = cells_of(setup)
    controls = np.repeat(np.flatnonzero(is_control), counts[is_control])
    layout[cells[: len(controls)]] = controls
    waiting = [int(group) for group in np.flatnonzero(~is_control & (counts > 0))]
    for block in _blocks(len(controls), int(counts[waiting].max(initial=1)), setup):
        if not waiting:
            break
        group = waiting.pop(0)
        layout[block[: counts[group]]] = group
    left = cells[layout[cells] == OUTSIDE]
    rest = np.repeat(waiting, counts[waiting]).astype(np.intp)
    layout[left[: len(rest)]] = rest
    return layout


def _blocks(taken: int, width: int, setup: PlateSetup) -> Iterator[Ints]:
    """Yield cells that lie side by side, `width` at a time, beyond the lines that hold the controls."""
    cells = cells_of(setup)
    line, place = lines_of(cells, setup)
    free = np.setdiff1d(line, line[:taken])
    for start in range(0, len(free) - width + 1, width):
        band = np.isin(line, free[start : start + width])
        for at in np.unique(place[band]):
            block = cells[band & (place == at)]
            if len(block) == width:
                yield block
