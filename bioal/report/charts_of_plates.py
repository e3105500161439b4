"""A plate drawn well by well, a colour for each value and, where there is room, the value in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bioal.evidence import Floats
from bioal.markup import Markup, joined, number, tag
from bioal.plates.wells import row_name, shape_of_plate
from bioal.report.frames import cells, drawing, label, legend, shade
from bioal.report.plate_maps import PlateMap
from bioal.report.words import alike, shown

LEFT, TOP = 26.0, 66.0
ROOMY = 96  # wells of the largest plate whose values are written into its wells
# A letter beside the colour of a control.
ROLES = {"reference": ("r1", "R"), "negative": ("r2", "N"), "blank": ("r3", "B"), "carried over": ("r4", "")}


def value_map(plate: PlateMap, column: str, title: str, name: str, *, about: float | None = None) -> Markup:
    """Return a map of one column of a plate's wells.

    Parameters
    ----------
    about
        Where given, colours part from this value in two directions; else they rise from low to high.
    """
    values = plate.wells[column].to_numpy(float)
    kind, low, high = _range(values, about)
    shades = shade(values, low, high)
    wide, tall = _cell(plate.size)
    corners = _corners(plate, wide, tall)
    groups: dict[int, list[tuple[float, float]]] = {}
    for place, one in zip(corners, shades, strict=True):
        groups.setdefault(one, []).append(place)
    parts = [
        cells(places, wide - 1, tall - 1, f"{kind}{one}" if one >= 0 else "nothing")
        for one, places in sorted(groups.items())
    ]
    if plate.size <= ROOMY:
        texts = alike(values.tolist())
        parts.append(
            _texts(
                corners,
                texts,
                [f"{kind.replace('s', 't').replace('d', 'u')}{one}" for one in shades],
                wide,
                tall,
            )
        )
    out = plate.wells["excluded"].to_numpy(bool)
    parts.append(_struck([place for place, gone in zip(corners, out, strict=True) if gone], wide, tall))
    parts.append(legend(LEFT + wide * shape_of_plate(plate.size).columns - 130, 18, kind, low, high, ""))
    words = f"{title} of {plate.name}: {shown(_least(values))} to {shown(_most(values))}."
    return _plate(plate, name, title, words, parts)


def condition_map(plate: PlateMap, name: str) -> Markup:
    """Return a map of what is in each well: the number of the condition, or the control's letter."""
    wide, tall = _cell(plate.size)
    corners, wells = _corners(plate, wide, tall), plate.wells
    groups: dict[str, list[tuple[float, float]]] = {}
    for place, role in zip(corners, wells["role"], strict=True):
        groups.setdefault(ROLES.get(str(role), ("r0", ""))[0], []).append(place)
    parts = [cells(places, wide - 1, tall - 1, kind) for kind, places in sorted(groups.items())]
    texts = [
        ROLES.get(str(role), ("", ""))[1] or str(condition).rpartition("-")[2]
        for role, condition in zip(wells["role"], wells["condition"], strict=True)
    ]
    if plate.size <= 384:
        parts.append(_texts(corners, texts, ["in-cell"] * len(texts), wide, tall))
    said = wells["role"].value_counts()
    words = ", ".join(f"{count} {role}" for role, count in said.items())
    return _plate(plate, name, "Conditions", f"Wells of {plate.name}: {words}.", parts)


def _plate(plate: PlateMap, name: str, title: str, words: str, parts: Sequence[Markup]) -> Markup:
    rows, columns = shape_of_plate(plate.size)
    wide, tall = _cell(plate.size)
    every = 1 if plate.size <= 384 else 4
    edges = [
        label(LEFT + wide * (j + 0.5), TOP - 6, str(j + 1), "middle small") for j in range(0, columns, every)
    ]
    edges += [
        label(LEFT - 5, TOP + tall * (i + 0.5) + 4, row_name(i), "end small") for i in range(0, rows, every)
    ]
    heading = label(4, 16, title, "title")
    width, height = LEFT + wide * columns + 6, TOP + tall * rows + 4
    return drawing(name, f"{title}, {plate.name}", words, width, height, heading, *edges, *parts)


def _cell(size: int) -> tuple[float, float]:
    """Return width and height of a well: 600 wide, and high enough for a number."""
    columns = shape_of_plate(size).columns
    wide = min(600 / columns, 70.0)
    return wide, max(wide * 0.62, 16.0) if size <= 384 else wide


def _corners(plate: PlateMap, wide: float, tall: float) -> list[tuple[float, float]]:
    each = zip(plate.wells["row"], plate.wells["column"], strict=True)
    return [(LEFT + wide * column, TOP + tall * row) for row, column in each]


def _texts(
    corners: list[tuple[float, float]], texts: list[str], classes: list[str], wide: float, tall: float
) -> Markup:
    size = "small" if wide >= 40 else "tiny"
    parts: dict[str, list[Markup]] = {}
    for (x, y), text, class_ in zip(corners, texts, classes, strict=True):
        place = {"x": x + wide / 2, "y": y + tall / 2 + (4 if size == "small" else 2.5)}
        parts.setdefault(class_, []).append(tag("tspan", text, **place))
    return joined(tag("text", *spans, class_=f"middle {size} {class_}") for class_, spans in parts.items())


def _struck(corners: list[tuple[float, float]], wide: float, tall: float) -> Markup:
    step = (
        f"l{number(wide - 1)} {number(tall - 1)}m0-{number(tall - 1)}l-{number(wide - 1)} {number(tall - 1)}"
    )
    return tag(
        "path", class_="second cross", d="".join(f"M{number(x)} {number(y)}{step}" for x, y in corners)
    )


def _range(values: Floats, about: float | None) -> tuple[str, float, float]:
    low, high = _least(values), _most(values)
    if about is None:
        return "s", low, high
    # One well gone wrong must not pale all others.
    reach = (
        float(np.quantile(np.abs(values[np.isfinite(values)] - about), 0.98))
        if np.isfinite(values).any()
        else 1.0
    )
    return "d", about - (reach or 1.0), about + (reach or 1.0)


def _least(values: Floats) -> float:
    return float(pd.Series(values).min()) if np.isfinite(values).any() else 0.0


def _most(values: Floats) -> float:
    return float(pd.Series(values).max()) if np.isfinite(values).any() else 1.0
