"""The charts of factors: a response curve for each, interactions of each two, the map of the first two."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from bioal.cards import shortened
from bioal.markup import Markup, joined, tag
from bioal.report.effects import Contour
from bioal.report.frames import Frame, Scale, cells, drawing, frame_of, label, legend, scale_over, shade
from bioal.report.words import percent, shown

ROOM = 0.15  # of a curve's width that the name of a level takes
SQUARE = 30.0
TICK = 9  # letters of the name of a level


def curve_chart(curve: pd.DataFrame, title: str, heading: str, up: Scale, number: int) -> Markup:
    """Return the response to one factor around the best condition, all charts on one upward scale."""
    frame = frame_of(scale_over([0.0, 1.0], 0, 1), up, width=310, height=220)
    places = curve["place"].to_numpy(float)
    ticks = _apart([(p, shortened(t, TICK)) for p, t in zip(places, curve["value"], strict=True)])
    own = curve[curve["best"]]
    parts = [frame.axes(shortened(heading, 38), title, ticks=ticks)]
    if _in_order(curve):
        parts.append(frame.band(places.tolist(), curve["low"], curve["high"], "accent band"))
        parts += [frame.line(xs, ys, "accent line") for xs, ys in _allowed_runs(curve)]
    else:
        parts.append(frame.whiskers(places, curve["low"], curve["high"], "accent whisker"))
    allowed, barred = curve[curve["allowed"]], curve[~curve["allowed"]]
    parts.append(frame.dots(allowed["place"], allowed["mean"], "accent dot small"))
    parts.append(_rings(frame, barred))
    parts.append(frame.dots(own["place"], own["mean"], "second dot"))
    best = own["value"].iloc[0] if len(own) else "no level of today"
    means, values = curve["mean"].to_numpy(float), curve["value"].tolist()
    top = int(np.argmax(means))
    words = (
        f"The best condition has {best}. The mean is largest at {values[top]}, {shown(float(means[top]))}."
    )
    return drawing(f"curve-{number}", f"Response to {heading}", words, frame.width, frame.height, *parts)


def _apart(ticks: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """Return those names of levels that do not run into one another, the last one always."""
    kept: list[tuple[float, str]] = []
    for place, text in reversed(ticks):
        if not kept or kept[-1][0] - place >= ROOM:
            kept.append((place, text))
    return kept[::-1]


def _in_order(curve: pd.DataFrame) -> bool:
    """Return whether levels lie on a line: those of a number, or of an ordered choice."""
    return bool(curve["ordered"].iloc[0])


def _allowed_runs(curve: pd.DataFrame) -> list[tuple[list[float], list[float]]]:
    """Return the stretches of a curve between neighbouring allowed levels."""
    rows = list(zip(curve["place"], curve["mean"], curve["allowed"], strict=True))
    return [([a[0], b[0]], [a[1], b[1]]) for a, b in pairwise(rows) if a[2] and b[2]]


def _rings(frame: Frame, barred: pd.DataFrame) -> Markup:
    return joined(
        tag("circle", cx=frame.x(x), cy=frame.y(y), r=3.0, class_="muted ring")
        for x, y in zip(barred["place"], barred["mean"], strict=True)
    )


def interaction_chart(table: pd.DataFrame) -> Markup:
    """Return the interactions as a square map with the percentages in it."""
    count, left, top = len(table), 170.0, 118.0
    values = table.to_numpy(float)
    high = max(float(np.nanmax(values)) if count > 1 else 0.0, 0.01)
    shades = [shade(row, 0.0, high) for row in values]
    parts: list[Markup] = []
    for i, name in enumerate(map(str, table.index)):
        parts.append(label(left - 8, top + SQUARE * i + 20, shortened(name, 24), "end"))
        turn = f"rotate(-45 {left + SQUARE * i + 18:.0f} {top - 8:.0f})"
        parts.append(tag("text", shortened(name, 20), x=left + SQUARE * i + 18, y=top - 8, transform=turn))
        for j in range(count):
            if i != j:
                place = left + SQUARE * j, top + SQUARE * i
                parts.append(cells([place], SQUARE - 1, SQUARE - 1, f"s{shades[i][j]}"))
                text = f"{100 * values[i, j]:.0f}"
                parts.append(label(place[0] + 14, place[1] + 19, text, f"middle small t{shades[i][j]}"))
    parts.append(label(left, top + SQUARE * count + 16, "percent of all differences", "small"))
    width, height = left + SQUARE * count + 110, top + SQUARE * count + 24
    at = divmod(int(np.nanargmax(values)), count) if count > 1 else (0, 0)
    words = (
        f"The strongest interaction is that of {table.index[at[0]]} and {table.index[at[1]]},"
        f" {percent(float(values[at]))} of all differences."
        if count > 1
        else "There is one factor only."
    )
    return drawing("interactions", "Interactions of two factors", words, width, height, *parts)


def contour_chart(contour: Contour, headings: dict[str, str], title: str) -> Markup:
    """Return the posterior mean over the two most important factors, all others as in the best."""
    left, top, width, height = 90.0, 60.0, 480.0, 300.0
    rows, columns = len(contour.rows), len(contour.columns)
    wide, tall = width / columns, height / rows
    low, high = float(np.nanmin(contour.mean)), float(np.nanmax(contour.mean))
    parts: list[Markup] = [cells([(left, top)], width, height, "barred")]
    places: dict[int, list[tuple[float, float]]] = {}
    for i, shades in enumerate(shade(row, low, high) for row in contour.mean):
        for j, one in enumerate(shades):
            places.setdefault(one, []).append((left + wide * j, top + tall * (rows - 1 - i)))
    parts += [cells(found, wide, tall, f"s{one}") for one, found in sorted(places.items()) if one >= 0]
    middles = [(left + wide * (j + 0.5), top + tall * (rows - 0.5 - i)) for i, j in contour.measured]
    parts.append(tag("path", class_="halo dot", d="".join(f"M{x:.1f} {y:.1f}h0" for x, y in middles)))
    parts.append(tag("path", class_="ink dot small", d="".join(f"M{x:.1f} {y:.1f}h0" for x, y in middles)))
    x, y = left + wide * (contour.best[1] + 0.5), top + tall * (rows - 0.5 - contour.best[0])
    parts.append(tag("circle", cx=x, cy=y, r=8.0, class_="halo ring"))
    parts.append(tag("circle", cx=x, cy=y, r=8.0, class_="second ring"))
    parts.append(_edges(contour, left, top, wide, tall, height))
    parts.append(label(left + width / 2, top + height + 40, headings[contour.across], "middle title"))
    parts.append(label(4, 14, headings[contour.down], "title"))
    parts.append(legend(left + width - 130, 22, "s", low, high, title))
    words = (
        f"Mean of the readout from {shown(low)} to {shown(high)}. The best condition has {contour.across}"
        f" {contour.columns[contour.best[1]]} and {contour.down} {contour.rows[contour.best[0]]}."
    )
    return drawing(
        "contour", "The two most important factors", words, left + width + 20, top + height + 48, *parts
    )


def _edges(contour: Contour, left: float, top: float, wide: float, tall: float, height: float) -> Markup:
    parts = [
        label(left + wide * (j + 0.5), top + height + 18, shortened(contour.columns[j], TICK), "middle")
        for j in range(0, len(contour.columns), max(1, len(contour.columns) // 10))
    ]
    for i in range(0, len(contour.rows), max(1, len(contour.rows) // 10)):
        y = top + tall * (len(contour.rows) - 0.5 - i) + 4
        parts.append(label(left - 6, y, shortened(contour.rows[i], TICK), "end"))
    return joined(parts)
