"""A series of cells over time as one cell: first, last, at a time, maximum, slope, area or growth rate.

Where a cell of the series is taken as it is, its words (OVRFLW) stay; a slope or an area needs numbers, and
says which cell is none. Slopes and growth rates are per hour, areas times hours.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bioal.errors import Problem
from bioal.measurements.cells import Cell
from bioal.measurements.growth import FEWEST, NEIGHBOURS, Blank, grown
from bioal.measurements.numbers import number_in, plain
from bioal.measurements.statuses import spoken_in
from bioal.protocol.reads import Read, clock

HOUR = 3600.0
NEAR_SHARE, NEAR_SECONDS = 0.05, 30.0


def read_problem(times: Sequence[float], read: Read) -> str:
    """Return why a series at these times cannot be read so, "" where it can.

    >>> read_problem((0.0, 60.0, 120.0), Read("at", 3600.0, 3600.0))
    'no reading near 1:00:00'
    """
    if read.kind == "at" and read.start is not None and _nearest(times, read.start) is None:
        return f"no reading near {clock(read.start)}"
    if read.kind in ("slope", "area") and len(_window(times, read)) < 2:
        return f"fewer than two readings for {read}"
    if read.kind == "growth":
        return _growth_problem(times, read)
    return ""


def _growth_problem(times: Sequence[float], read: Read) -> str:
    kind = "window" if read.start is not None else "neighbours" if read.end is None else "stretch"
    seconds = np.asarray(times)
    most = len(_window(times, read))
    if kind == "stretch" and read.end is not None:
        fits = seconds[0] + read.end <= seconds[-1]
        most = max(int(np.sum((seconds >= at) & (seconds <= at + read.end))) for at in seconds) if fits else 0
    return f"fewer than {FEWEST[kind]} readings for {read}" if most < FEWEST[kind] else ""


def _nearest(times: Sequence[float], wanted: float) -> int | None:
    """Return the reading nearest to a time, None where that is another time.

    It may be half of the interval between readings away, and a twentieth of the time or half a minute.
    """
    distances = np.abs(np.asarray(times) - wanted)
    nearest = int(np.argmin(distances))
    steps = np.diff(times)
    beside = steps[max(0, nearest - 1) : nearest + 1]
    reach = float(beside.max()) / 2 if len(beside) else 0.0
    near = min(reach, max(NEAR_SHARE * wanted, NEAR_SECONDS))
    return nearest if distances[nearest] <= max(near, 1e-6) else None


def _window(times: Sequence[float], read: Read) -> list[int]:
    start = -np.inf if read.start is None else read.start
    end = np.inf if read.end is None or read.start is None else read.end
    return [at for at, time in enumerate(times) if start <= time <= end]


def time_read(times: Sequence[float], read: Read) -> str:
    """Return which time of a series is taken, or which window, as a person reads it.

    >>> time_read((22.0, 262.0, 502.0), Read("at", 240.0, 240.0)), time_read((22.0, 262.0), Read("last"))
    ('at 0:04:22', 'last, at 0:04:22')
    """
    if read.kind == "at" and read.start is not None and (nearest := _nearest(times, read.start)) is not None:
        return f"at {clock(times[nearest])}"
    if read.kind in ("first", "last"):
        return f"{read.kind}, at {clock(times[0 if read.kind == 'first' else -1])}"
    if read.kind == "max":
        return f"max of {len(times)} readings"
    if read.kind == "growth" and read.start is None:
        stretch = f"{NEIGHBOURS} readings in a row" if read.end is None else clock(read.end)
        return f"growth, the steepest over {stretch}, per hour"
    window = _window(times, read)
    unit = "times hours" if read.kind == "area" else "per hour"
    return f"{read.kind} from {clock(times[window[0]])} to {clock(times[window[-1]])}, {unit}"


def reduced(
    cells: Sequence[Cell], times: Sequence[float], read: Read, blank: Blank | None = None
) -> Cell:
    """Return the cell that a series is read as; `read_problem` has nothing against it.

    `blank` is what growth rates are above; other ways to read leave it to normalising.
    """
    if all(cell.kind == "blank" for cell in cells):
        return cells[0]
    if read.kind in ("first", "last"):
        return cells[0 if read.kind == "first" else -1]
    if read.kind == "at":
        nearest = _nearest(times, read.start or 0.0)
        assert nearest is not None  # held by read_problem
        return cells[nearest]
    if read.kind == "max":
        return _largest(cells)
    if read.kind == "growth":
        return grown(cells, times, read, blank)
    window = _window(times, read)
    return _fitted([cells[at] for at in window], np.asarray([times[at] for at in window]) / HOUR, read)


def _largest(cells: Sequence[Cell]) -> Cell:
    """Return the cell with the largest number; one over the range is larger than all."""
    filled = [cell for cell in cells if cell.kind != "blank"]
    spoken = {id(cell): spoken_in(plain(str(cell.value))) for cell in filled if cell.kind == "text"}
    words = {at: said for at, said in spoken.items() if said is not None}
    unreadable = [cell for cell in filled if id(cell) not in words and isinstance(number_in(cell), Problem)]
    over = [cell for cell in filled if id(cell) in words and words[id(cell)].status == "over range"]
    numbers = [cell for cell in filled if id(cell) not in words]
    if unreadable or over or not numbers:
        return (unreadable or over or filled)[-1]
    return max(numbers, key=lambda cell: float(number_in(cell)))  # type: ignore[arg-type]


def _fitted(cells: Sequence[Cell], hours: np.ndarray, read: Read) -> Cell:
    """Return slope or area of a window as a cell of its own, or one that says why there is none."""
    first = cells[0]
    address = f"{first.address}:{cells[-1].address}"
    values = [number_in(cell) for cell in cells]
    wrong = next(
        (cell for cell, value in zip(cells, values, strict=True) if isinstance(value, Problem)), None
    )
    if wrong is not None:
        said = "a blank cell" if wrong.kind == "blank" else str(wrong.value)
        return Cell(f"{said} within the {read.kind}", "text", wrong.file, wrong.sheet, wrong.address)
    numbers = np.asarray(values, float)
    if read.kind == "area":
        value = float(np.trapezoid(numbers, hours))
    else:
        centred = hours - hours.mean()
        value = float(centred @ (numbers - numbers.mean()) / (centred @ centred))
    return Cell(float(f"{value:.12g}"), "number", first.file, first.sheet, address, f"{read}: {value:.12g}")
