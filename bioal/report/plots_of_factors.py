"""Importance, response curves, interactions and the map of two factors as matplotlib axes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from bioal.cards import shortened
from bioal.report.effects import Contour
from bioal.report.plots import ACCENT, INK, SECOND, WELL, literal, titled

LONGEST = 16
LINES = 8  # of equal value on a map


def plot_importance(importance: pd.DataFrame, axes: Axes) -> Axes:
    """Return the total index of each factor with its 90 % interval, the most important on top."""
    kept = importance[importance["total"].notna()].iloc[::-1]
    places = np.arange(len(kept))
    total = kept["total"].to_numpy(float)
    reach = np.abs(np.stack([total - kept["low"], kept["high"] - total]))
    axes.barh(places, total, xerr=reach, color=ACCENT, ecolor=INK, capsize=3)
    axes.set_yticks(places, [literal(shortened(str(name), 28)) for name in kept.index])
    return titled(axes, "Importance of each factor", "share of all differences (total index)", "")


def plot_curve(curve: pd.DataFrame, heading: str, title: str, axes: Axes) -> Axes:
    """Return the response to one factor around the best condition, with its 90 % band."""
    places, mean = curve["place"].to_numpy(float), curve["mean"].to_numpy(float)
    allowed = curve["allowed"].to_numpy(bool)
    low, high = curve["low"].to_numpy(float), curve["high"].to_numpy(float)
    if bool(curve["ordered"].iloc[0]):
        axes.fill_between(places, low, high, color=ACCENT, alpha=0.2, linewidth=0)
        for one, other in pairwise(range(len(curve))):
            if allowed[one] and allowed[other]:
                axes.plot(places[[one, other]], mean[[one, other]], color=ACCENT)
    else:
        axes.vlines(places, low, high, color=ACCENT)
    axes.scatter(places[allowed], mean[allowed], s=16, color=ACCENT)
    axes.scatter(places[~allowed], mean[~allowed], s=16, facecolors="none", edgecolors=WELL)
    own = curve["best"].to_numpy(bool)
    axes.scatter(places[own], mean[own], s=60, color=SECOND, zorder=3, label="best condition")
    some = _spread(len(curve), 8)
    axes.set_xticks(places[some], [literal(shortened(str(curve["value"].iloc[k]), LONGEST)) for k in some])
    axes.legend(frameon=False, fontsize="small")
    return titled(axes, f"Response to {heading}", heading, title)


def plot_interactions(table: pd.DataFrame, axes: Axes) -> Axes:
    """Return what each two factors do together beyond their single changes, in percent of all differences."""
    values = table.to_numpy(float)
    image = axes.imshow(np.ma.masked_invalid(values), cmap="Blues", vmin=0.0)
    names = [literal(shortened(str(name), 20)) for name in table.index]
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right")
    axes.set_yticks(range(len(names)), names)
    high = float(image.get_clim()[1] or 1.0)
    for (i, j), value in np.ndenumerate(values):
        if np.isfinite(value):
            colour = "white" if value > 0.6 * high else INK
            axes.text(j, i, f"{100 * value:.0f}", ha="center", va="center", color=colour, fontsize="small")
    return titled(axes, "Interactions, percent of all differences", "", "")


def plot_contour(
    contour: Contour, headings: dict[str, str], title: str, axes: Axes, shown: str = "mean"
) -> Axes:
    """Return the posterior's `mean` or `sd` over two factors around the best; white is not allowed."""
    heights = np.ma.masked_invalid(contour.sd if shown == "sd" else contour.mean)
    image = axes.imshow(heights, cmap="Blues", origin="lower", aspect="auto")
    if min(heights.shape) > 1 and not heights.mask.any() and float(np.ptp(heights)) > 0:
        axes.contour(heights, levels=LINES, colors=INK, linewidths=0.5)
    if contour.measured:
        rows, columns = zip(*contour.measured, strict=True)
        axes.scatter(columns, rows, s=10, color="black", edgecolors="white", label="measured levels")
    row, column = contour.best
    axes.scatter([column], [row], s=120, facecolors="none", edgecolors=SECOND, linewidths=2, label="best")
    for names, ticks in ((contour.columns, axes.set_xticks), (contour.rows, axes.set_yticks)):
        some = _spread(len(names), 8)
        ticks(some, [literal(shortened(names[k], LONGEST)) for k in some])
    figure = axes.get_figure()
    if figure is not None:
        figure.colorbar(image, ax=axes, label=literal(f"sd of {title}" if shown == "sd" else title))
    axes.legend(fontsize="small", loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, frameon=False)
    titled(axes, "", headings[contour.across], headings[contour.down])
    return axes


def _spread(count: int, most: int) -> list[int]:
    """Return at most so many places of a list, evenly, both ends among them."""
    return sorted({round(k) for k in np.linspace(0, count - 1, min(count, most)).tolist()})
