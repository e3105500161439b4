r"""A growth rate from readings over time: the slope of the logarithm of what is above the blank, per hour.

In a window that was named, that of the straight line through ln(reading - blank); else the steepest of the
lines through `NEIGHBOURS` readings in a row (Hall et al. 2014, doi 10.1093/molbev/mst187), or through those
of a stretch of time. Readings that do not clear the blank by `CLEAR` of its standard deviations have no
logarithm worth the name and are left out; what never clears it for long enough has not grown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bioal.errors import Problem
from bioal.evidence import Bools, Floats
from bioal.measurements.cells import Cell
from bioal.measurements.numbers import number_in
from bioal.protocol.reads import Read, clock

HOUR = 3600.0
NEIGHBOURS = 5
FEWEST = {"window": 2, "stretch": 3, "neighbours": NEIGHBOURS}
CLEAR = 10.0  # the limit of quantification, as usual: nearer to the blank a logarithm is mostly noise
NO_GROWTH = "no growth: too few readings clear the blank"


@dataclass(frozen=True, eq=False)
class Blank:
    """The mean of the blank wells at each time, (times,), and how far above it a reading must be."""

    middle: Floats
    limit: float


def blank_of(series: Mapping[str, Sequence[Cell]]) -> Blank | None:
    """Return what blank wells read over time, None where there are none, or a time at which none was read.

    The scatter is that of wells about their mean at each time; of a single well, that of its readings about
    a straight line.
    """
    read = [_numbers(cells) for cells in series.values()]
    if not read:
        return None
    table = np.array(read)
    if not np.isfinite(table).any(axis=0).all():
        return None
    middle = np.nanmean(table, axis=0)
    if len(table) > 1:
        freedom = np.isfinite(table).sum() - table.shape[1]
        spread = np.sqrt(np.nansum((table - middle) ** 2) / max(freedom, 1))
    else:
        times = np.arange(len(middle))
        line = np.polyval(np.polyfit(times, middle, 1), times) if len(middle) > 2 else middle
        spread = np.sqrt(np.sum((middle - line) ** 2) / max(len(middle) - 2, 1))
    return Blank(np.asarray(middle), CLEAR * float(spread))


def _numbers(cells: Sequence[Cell]) -> Floats:
    """Return the cells as numbers, NaN where one is none."""
    read = [number_in(cell) if cell.kind != "blank" else np.nan for cell in cells]
    return np.array([np.nan if isinstance(one, Problem) else one for one in read], float)


def grown(cells: Sequence[Cell], times: Sequence[float], read: Read, blank: Blank | None) -> Cell:
    """Return the growth rate of a series as a cell, per hour; one that says why there is none.

    Parameters
    ----------
    times
        In seconds, as the cells.
    blank
        What is taken off before the logarithm; None: nothing.
    """
    seconds, numbers = np.asarray(times, float), _numbers(cells)
    inside = _inside(seconds, read)
    unread = [cell for cell, use in zip(cells, inside, strict=True) if use and _unread(cell)]
    if unread and read.start is not None:
        return _without_rate(unread[0])
    above = numbers if blank is None else numbers - blank.middle
    clear = inside & (np.nan_to_num(above) > (0.0 if blank is None else max(blank.limit, 0.0)))
    best = _steepest(seconds / HOUR, above, clear, read)
    first, address = cells[0], f"{cells[0].address}:{cells[-1].address}"
    words = [cell for cell in unread if cell.kind != "blank"]
    readable = inside & np.isfinite(numbers)
    if best is None and words:  # a reader that overflows has seen growth, not none
        return _without_rate(words[0])
    if best is None and _steepest(seconds / HOUR, np.ones_like(above), readable, read) is None and unread:
        return _without_rate(unread[0])
    if best is None:
        return Cell(0.0, "number", first.file, first.sheet, address, NO_GROWTH)
    rate, start, end = best
    raw = f"growth {rate:.6g} per hour from {clock(start * HOUR)} to {clock(end * HOUR)}"
    return Cell(float(f"{rate:.12g}"), "number", first.file, first.sheet, address, raw)


def _without_rate(cell: Cell) -> Cell:
    """Return a cell that says which one keeps the rate from being known."""
    said = "a blank cell" if cell.kind == "blank" else str(cell.value)
    return Cell(f"{said} within the growth", "text", cell.file, cell.sheet, cell.address)


def _unread(cell: Cell) -> bool:
    return cell.kind == "blank" or isinstance(number_in(cell), Problem)


def _inside(seconds: Floats, read: Read) -> Bools:
    if read.start is None or read.end is None:
        return np.ones(len(seconds), bool)
    return (seconds >= read.start) & (seconds <= read.end)


def _steepest(
    hours: Floats, above: Floats, clear: Bools, read: Read
) -> tuple[float, float, float] | None:
    """Return the steepest slope of the logarithm with the window it is of; None where none has enough."""
    if read.start is not None:
        windows = [np.flatnonzero(clear)]
        fewest = FEWEST["window"]
    elif read.end is not None:
        width = read.end / HOUR * (1 + 1e-9)
        ends = [at for at in range(len(hours)) if hours[at] + width >= hours[-1]]
        starts = range(ends[0] + 1) if ends else range(0)
        windows = [np.flatnonzero((hours >= hours[at]) & (hours <= hours[at] + width)) for at in starts]
        fewest = FEWEST["stretch"]
    else:
        windows = [np.arange(at, at + NEIGHBOURS) for at in range(len(hours) - NEIGHBOURS + 1)]
        fewest = NEIGHBOURS
    found = [
        (_slope(hours[window], np.log(above[window])), float(hours[window[0]]), float(hours[window[-1]]))
        for window in windows
        if len(window) >= fewest and clear[window].all()
    ]
    return max(found, default=None)


def _slope(hours: Floats, logs: Floats) -> float:
    centred = hours - hours.mean()
    return float(centred @ (logs - logs.mean()) / (centred @ centred))
