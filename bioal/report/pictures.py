"""The figures of a report as PNG or SVG files, from equal numbers equal bytes; needs the extra `plots`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Literal

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bioal.report.findings import Findings
from bioal.report.plate_maps import PlateMap
from bioal.report.plots import plot_parity, plot_predictions, plot_progress, plot_remaining
from bioal.report.plots_of_factors import plot_contour, plot_curve, plot_importance, plot_interactions
from bioal.report.plots_of_plates import Shown, plot_plate

Format = Literal["png", "svg"]
Draw = Callable[[Axes], Axes]
DOTS = 150  # per inch
WIDE, HIGH = 6.4, 4.2
MAPS: tuple[Shown, ...] = ("conditions", "readings", "values", "residuals")


def pictures(found: Findings, kind: Format) -> Iterator[tuple[str, bytes]]:
    """Yield the name, without ending, and the bytes of each figure."""
    for name, draw in _drawings(found):
        yield name, _drawn(draw, kind, high=max(HIGH, _height(name, found)))


def _height(name: str, found: Findings) -> float:
    tall = {"importance", "interactions"}
    many = len(found.effects.importance) if found.effects is not None else 0
    return 1.2 + 0.3 * many if name in tall else HIGH


def _drawn(draw: Draw, kind: Format, *, high: float) -> bytes:
    # Neither the hour nor a random id may make two equal figures differ.
    with mpl.rc_context({"svg.hashsalt": "bioal"}):
        figure = Figure(figsize=(WIDE, high), layout="constrained")
        draw(figure.subplots())
        out = BytesIO()
        unsaid: dict[str, str | None] = {"Date": None} if kind == "svg" else {"Software": None}
        figure.savefig(out, format=kind, dpi=DOTS, metadata=unsaid)
    return out.getvalue()


def _drawings(found: Findings) -> Iterator[tuple[str, Draw]]:
    material, title = found.material, found.material.title
    outlook, parity, board = found.outlook, found.parity, found.scoreboard
    if outlook is None:
        return
    yield "progress", lambda axes: plot_progress(found.progress, title, axes)
    yield "still-to-be-found", lambda axes: plot_remaining(outlook, material.unit or title, axes)
    if parity is not None:
        yield "parity", lambda axes: plot_parity(parity, title, axes)
    if len(board.wells):
        yield "predictions", lambda axes: plot_predictions(board.wells, title, axes)
    yield from _of_factors(found)
    yield from _of_plates(found)


def _of_factors(found: Findings) -> Iterator[tuple[str, Draw]]:
    effects, title = found.effects, found.material.title
    if effects is None:
        return
    headings = {one.name: one.heading for one in found.material.protocol.factors}
    yield "importance", lambda axes: plot_importance(effects.importance, axes)
    for number, (name, curve) in enumerate(effects.curves.groupby("factor", sort=False), start=1):
        heading = headings[str(name)]
        yield f"response-{number:02d}-{_plain(str(name))}", _curve(curve, heading, title)
    if len(effects.interactions) > 1:
        yield "interactions", lambda axes: plot_interactions(effects.interactions, axes)
    contour = effects.contour
    if contour is not None:
        yield "around-the-best", lambda axes: plot_contour(contour, headings, title, axes)


def _curve(curve: pd.DataFrame, heading: str, title: str) -> Draw:
    return lambda axes: plot_curve(curve, heading, title, axes)


def _of_plates(found: Findings) -> Iterator[tuple[str, Draw]]:
    readout = found.material.protocol.readout
    for plate in found.maps:
        for show in MAPS:
            if plate.size and not (show == "readings" and readout.normalise == "none"):
                title = readout.heading if show == "readings" else found.material.title
                yield f"{_plain(plate.name)}-{show}", _plate(plate, show, title)


def _plate(plate: PlateMap, show: Shown, title: str) -> Draw:
    return lambda axes: plot_plate(plate, show, title, axes)


def _plain(name: str) -> str:
    """Return a name that every file system takes.

    >>> _plain("R01 plate-1"), _plain("../Mg [mM]")
    ('R01-plate-1', 'Mg-mM')
    """
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:40] or "factor"
