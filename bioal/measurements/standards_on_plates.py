"""Plates that hold their own standards: the wells of known concentration make the curve for their plate.

The protocol names these wells (`standard = { signal = "Absorbance", wells = { "A11:A12" = 0, ... } }`) and no
sample stands in them. What a plate's grid says of such a readout is its signal, never a concentration.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bioal.errors import Problem
from bioal.measurements.cells import Cell, ReturnedGrid
from bioal.measurements.numbers import number_in, plain
from bioal.measurements.standardised import curve_problem, curve_words, read_off
from bioal.measurements.standards import CurveError, fitted_curve
from bioal.measurements.statuses import spoken_in
from bioal.protocol.headings import normalised
from bioal.protocol.objective import Readout, Standard
from bioal.protocol.wells import wells_in


@dataclass(frozen=True)
class StandardGrids:
    """Grids in concentrations, without the wells of standards, and what to know of the curves."""

    grids: tuple[ReturnedGrid, ...]
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()


def standard_grids(
    grids: Sequence[ReturnedGrid], readouts: Sequence[Readout], size: int
) -> StandardGrids:
    """Return grids in which readouts with standards on the plate are concentrations by their own curve.

    Parameters
    ----------
    size
        Wells of a plate.
    """
    named = {normalised(text): one for one in readouts for text in (one.heading, one.name)}
    made: list[ReturnedGrid] = []
    problems: list[Problem] = []
    warnings: list[str] = []
    for grid in grids:
        readout = named.get(normalised(str(grid.readout.value)))
        if readout is None or readout.standard is None or not readout.standard.wells or _is_empty(grid):
            made.append(grid)
            continue
        found = _with_curve(grid, readout, readout.standard, size)
        made += found.grids
        problems += found.problems
        warnings += found.warnings
    return StandardGrids(tuple(made), tuple(problems), tuple(warnings))


def _is_empty(grid: ReturnedGrid) -> bool:
    return all(cell.kind == "blank" for cell in grid.wells.values())


def _with_curve(grid: ReturnedGrid, readout: Readout, standard: Standard, size: int) -> StandardGrids:
    at = {well: value for area, value in standard.wells for well in wells_in(area, size)}
    samples = {well: cell for well, cell in grid.wells.items() if well not in at}
    known, problems, left = _read(grid, at)
    blank = {well: replace(cell, value=None, kind="blank") for well, cell in samples.items()}
    if not known and not problems:
        expected = f"the standards of {readout.name} on the plate, for its curve"
        remedy = "Give the whole plate; concentrations themselves come in a table with sample ids."
        found = f"no value in {', '.join(area for area, _ in standard.wells)}"
        problems = [grid.readout.problem("standards-missing", expected, remedy, found=found)]
    if problems:
        return StandardGrids((replace(grid, wells=blank),), tuple(problems))
    try:
        curve = fitted_curve(standard, *np.array(known, float).T)
    except CurveError as error:
        wrong = curve_problem(grid.readout, readout, error)
        return StandardGrids((replace(grid, wells=blank),), (wrong,))
    values = {well: read_off(curve, cell) for well, cell in samples.items()}
    words = curve_words(curve, readout, list(values), list(values.values()))
    said = [f"{grid.plate}: {one}" for one in words]
    said += [f"{grid.plate}: standards without a number were left out: {', '.join(left)}."] if left else []
    return StandardGrids((replace(grid, wells=values),), (), tuple(said))


def _read(
    grid: ReturnedGrid, at: dict[str, float]
) -> tuple[list[tuple[float, float]], list[Problem], list[str]]:
    """Return concentration and signal of each standard, problems, and wells with a word for a number."""
    known: list[tuple[float, float]] = []
    problems: list[Problem] = []
    left: list[str] = []
    for well, concentration in at.items():
        cell = grid.wells.get(well)
        if cell is None or cell.kind == "blank":
            continue
        signal = number_in(cell)
        if not isinstance(signal, Problem):
            known.append((concentration, signal))
        elif _is_word(cell):
            left.append(f"{well} ({cell.value})")
        else:
            problems.append(signal)
    return known, problems, left


def _is_word(cell: Cell) -> bool:
    return cell.kind == "text" and spoken_in(plain(str(cell.value))) is not None
