"""Doses near what was asked for, and a few of many: the arithmetic of snapping, without any file."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor

import numpy as np

from bioal.protocol.levels import LINEAR_LEVELS, LOG_LEVELS, Scale, grid
from bioal.protocol.liquids import DUST, Device, Stock

# More doses than this are thinned out: neighbours closer than a pipette's error teach a model nothing.
MOST_DOSES = 100


def near_volumes(device: Device, wanted: float) -> tuple[float, ...]:
    """Return the volumes (nL) next to one that a device can dispense, the smallest below it."""
    below = floor(wanted / device.step + DUST) * device.step
    near = tuple(volume for volume in (below, below + device.step) if volume >= device.least - DUST)
    return near or (device.steps(DUST),)


def near_doses(device: Device, stock: Stock, wanted: float, total: float) -> tuple[float, ...]:
    """Return the concentrations next to one that a device makes from a stock in `total` nL."""
    concentration = stock.concentration or 1.0
    return tuple(
        volume * concentration / total for volume in near_volumes(device, wanted * total / concentration)
    )


def thinned_out(doses: Sequence[float], count: int, scale: Scale) -> tuple[float, ...]:
    """Return at most `count` of the doses, spread evenly on the scale; on a log scale zero stays beside them.

    >>> thinned_out([0, 1, 2, 3, 4, 5, 6, 7, 8], 3, "linear")
    (0.0, 4.0, 8.0)
    """
    known = np.asarray(doses, float)
    first = known[known > 0][0] if scale == "log" else known[0]
    wanted = grid(float(first), float(known[-1]), scale, count) if known[-1] > first else (float(first),)
    near = {float(known[np.abs(known - each).argmin()]) for each in wanted}
    return tuple(sorted(near | {0.0} if scale == "log" and known[0] == 0 else near))


def of_many(doses: Sequence[float], count: int, scale: Scale, most: int | None = None) -> tuple[float, ...]:
    """Return `count` of the doses, or without a count all that a person would want to tell apart.

    `most` is how many different volumes of a stock a hand will pipette.
    """
    if most is not None and len(doses) > most:
        return thinned_out(doses, min(count or most, most), scale)
    if not count and len(doses) <= MOST_DOSES:
        return tuple(doses)
    return thinned_out(doses, count or (LOG_LEVELS if scale == "log" else LINEAR_LEVELS), scale)
