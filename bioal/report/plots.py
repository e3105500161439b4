"""The figures of a report as matplotlib axes, from the same numbers as the page; needs the extra `plots`.

Each function draws into axes that are handed in and returns them. What people typed is never read as
mathematics, which a dollar sign would begin.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from bioal.report.charts import BINS
from bioal.report.parity import NOTHING_LEARNT, Parity
from bioal.report.progress import Progress
from bioal.report.stopping import Outlook
from bioal.report.words import counted, percent

ACCENT, SECOND, WELL, PALE, INK = "#0b5cad", "#b0440a", "#7d868f", "#b9c4cf", "#1b1d1f"


def literal(text: str) -> str:
    r"""Return text that matplotlib draws as it is.

    >>> literal("$5 a$")
    '\\$5 a\\$'
    """
    return text.replace("$", r"\$")


def titled(axes: Axes, title: str, across: str, up: str) -> Axes:
    """Return axes with a title and names, and without the frame's upper right."""
    axes.set_title(literal(title), loc="left", fontsize="medium")
    axes.set_xlabel(literal(across))
    axes.set_ylabel(literal(up))
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def plot_progress(progress: Progress, title: str, axes: Axes) -> Axes:
    """Return the best by round with its 90 % interval, all wells, and random search beside it."""
    best, wells, chance = progress.best, progress.wells, progress.random
    axes.scatter(wells["round"] - 0.35 + 0.5 * wells["place"], wells["value"], s=9, color=WELL, label="wells")
    _whiskered(axes, chance, 0.36, SECOND, "random search", "--")
    _whiskered(axes, best, 0.25, ACCENT, "best so far", "-")
    axes.set_xticks(best["round"].tolist())
    axes.legend(frameon=False, fontsize="small")
    return titled(axes, "Progress by round", "round", title)


def _whiskered(axes: Axes, table: pd.DataFrame, shift: float, colour: str, name: str, line: str) -> None:
    if table.empty:
        return
    mean = table["mean"].to_numpy(float)
    reach = np.abs(np.stack([mean - table["low"], table["high"] - mean]))
    places = table["round"].to_numpy(float) + shift
    axes.errorbar(places, mean, yerr=reach, color=colour, label=name, linestyle=line, marker="o", capsize=3)


def plot_remaining(found: Outlook, title: str, axes: Axes) -> Axes:
    """Return how much better than the best so far the best of all may be; pale outside the 90 % interval."""
    counts, edges = np.histogram(found.gains, bins=BINS, range=(0.0, float(found.gains.max()) or 1.0))
    low, high = found.interval
    middles = (edges[:-1] + edges[1:]) / 2
    colours = [ACCENT if low <= one <= high else PALE for one in middles]
    axes.bar(middles, counts / counts.sum(), width=0.95 * np.diff(edges), color=colours)
    if not found.of_chances and found.noise <= edges[-1]:
        axes.axvline(found.noise, color=SECOND, linestyle="--", label="scatter of a good condition's wells")
        axes.legend(frameon=False, fontsize="small")
    return titled(axes, "What is still to be found", f"possible gain, {title}", "probability")


def plot_parity(parity: Parity, title: str, axes: Axes) -> Axes:
    """Return each result against what all other conditions predict for it, with 90 % intervals."""
    table = parity.table
    measured, predicted = (table[name].to_numpy(float) for name in ("measured", "predicted"))
    reach = np.abs(np.stack([predicted - table["low"], table["high"] - predicted]))
    _diagonal(axes, measured, predicted)
    axes.errorbar(measured, predicted, yerr=reach, fmt="o", ms=4, color=ACCENT, ecolor=PALE, elinewidth=1)
    said = f"{percent(parity.coverage)} in their interval; log score {parity.gain:+.2f} ± {parity.error:.2f}"
    axes.text(0.02, 0.98, said, transform=axes.transAxes, va="top", fontsize="small")
    heading = "Each condition left out and predicted" if parity.learnt else NOTHING_LEARNT
    return titled(axes, heading, f"measured {title}", "predicted from all other conditions")


def plot_predictions(wells: pd.DataFrame, title: str, axes: Axes) -> Axes:
    """Return what was predicted before each round against what came back; crosses missed their interval."""
    measured, predicted = (wells[name].to_numpy(float) for name in ("measured", "predicted"))
    inside = wells["inside"].to_numpy(bool)
    _diagonal(axes, measured, predicted)
    axes.scatter(measured[inside], predicted[inside], s=14, color=ACCENT, label="held")
    axes.scatter(
        measured[~inside], predicted[~inside], marker="x", color=SECOND, label="outside its interval"
    )
    axes.legend(frameon=False, fontsize="small")
    said = f"{int(inside.sum())} of {counted(len(wells), 'prediction')} held"
    return titled(axes, said, f"measured {title}", "predicted before the round")


def _diagonal(axes: Axes, *values: Sequence[float] | np.ndarray) -> None:
    ends = [float(min(map(np.min, values))), float(max(map(np.max, values)))]
    axes.plot(ends, ends, color=WELL, linestyle="--", linewidth=1)
