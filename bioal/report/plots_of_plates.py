"""A plate well by well as matplotlib axes."""

from __future__ import annotations

from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap

from bioal.evidence import Floats
from bioal.plates.wells import row_name, shape_of_plate
from bioal.report.plate_maps import PlateMap
from bioal.report.plots import INK, SECOND, literal
from bioal.report.words import alike

Shown = Literal["conditions", "readings", "values", "residuals"]
COLUMN = {"readings": "reading", "values": "value", "residuals": "residual"}
# Sample, reference, negative, blank, carried over; a control also has its letter.
ROLES = {
    "sample": ("#d3e5f4", ""),
    "reference": ("#f3c98b", "R"),
    "negative": ("#e7a6a0", "N"),
    "blank": ("#dcdcdc", "B"),
    "carried over": ("#b5dcb9", ""),
}
WRITTEN = 96  # wells of the largest plate whose values are written into its wells


def plot_plate(plate: PlateMap, show: Shown, title: str, axes: Axes) -> Axes:
    """Return a plate of wells: what is in them, or what was read, its normalised value, or its residual."""
    rows, columns = shape_of_plate(plate.size)
    if show == "conditions":
        _conditions(plate, axes)
    else:
        _values(plate, show, title, axes)
    every = max(1, columns // 24)
    axes.set_xticks(range(0, columns, every), [str(j + 1) for j in range(0, columns, every)])
    axes.set_yticks(range(0, rows, every), [row_name(i) for i in range(0, rows, every)])
    axes.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    axes.set_title(literal(f"{plate.name}: {show}"), loc="left", fontsize="medium")
    return axes


def _values(plate: PlateMap, show: Shown, title: str, axes: Axes) -> None:
    wells, column = plate.wells, COLUMN[show]
    values = wells[column].to_numpy(float)
    finite = values[np.isfinite(values)]
    # One well gone wrong must not pale all others.
    reach = float(np.quantile(np.abs(finite), 0.98)) if len(finite) else 1.0
    ends = (-(reach or 1.0), reach or 1.0) if show == "residuals" else (None, None)
    map_ = "RdBu_r" if show == "residuals" else "Blues"
    image = axes.imshow(np.ma.masked_invalid(_grid(plate, values)), cmap=map_, vmin=ends[0], vmax=ends[1])
    figure = axes.get_figure()
    if figure is not None and len(finite):
        figure.colorbar(image, ax=axes, label=literal(title), shrink=0.8)
    if plate.size <= WRITTEN:
        dark = np.asarray(image.norm(np.nan_to_num(values)), float)
        pale = np.abs(dark - 0.5) > 0.35 if show == "residuals" else dark > 0.6
        for at, text in enumerate(alike(values.tolist())):
            _write(axes, plate, at, text, "white" if pale[at] else INK)
    out = wells["excluded"].to_numpy(bool)
    axes.scatter(wells["column"][out], wells["row"][out], marker="x", s=60, color=SECOND)


def _conditions(plate: PlateMap, axes: Axes) -> None:
    names = list(ROLES)
    codes = np.array([names.index(str(role)) if role in ROLES else 0 for role in plate.wells["role"]], float)
    colours = ListedColormap([colour for colour, _ in ROLES.values()])
    axes.imshow(np.ma.masked_invalid(_grid(plate, codes)), cmap=colours, vmin=-0.5, vmax=len(names) - 0.5)
    if plate.size > 384:
        return
    each = zip(plate.wells["role"], plate.wells["condition"], strict=True)
    for at, (role, condition) in enumerate(each):
        letter = ROLES.get(str(role), ("", ""))[1]
        _write(axes, plate, at, letter or str(condition).rpartition("-")[2], INK)


def _grid(plate: PlateMap, values: Floats) -> Floats:
    """Return values in the plate's shape, NaN where a well holds nothing."""
    grid = np.full(shape_of_plate(plate.size), np.nan)
    grid[plate.wells["row"].to_numpy(int), plate.wells["column"].to_numpy(int)] = values
    return grid


def _write(axes: Axes, plate: PlateMap, at: int, text: str, colour: str) -> None:
    row, column = (float(plate.wells[name].iloc[at]) for name in ("row", "column"))
    size = 7 if plate.size <= WRITTEN else 4
    axes.text(column, row, literal(text), ha="center", va="center", fontsize=size, color=colour)
