"""The best yield by conditions measured, a line and a 90 % band per setting; needs the extra `plots`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bioal.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

FORMATS = (".png", ".svg", ".pdf")


def require_plots(path: Path) -> None:
    """Raise UsageError where a picture cannot be drawn; asked before the work, not after it."""
    if path.suffix.lower() not in FORMATS:
        raise UsageError(f"--plot names a {', '.join(FORMATS)} file, not '{path}'.")
    try:
        import matplotlib  # noqa: F401, PLC0415 -- an extra, asked for when it is needed
    except ImportError as error:
        raise UsageError("--plot needs matplotlib. Install it: pip install 'bioal[plots]'.") from error


def plot(by_round: pd.DataFrame, path: Path, *, heading: str, possible: float) -> None:
    """Draw the best found against the conditions measured, below (or above) the best there is."""
    from matplotlib.figure import Figure  # noqa: PLC0415 -- an extra

    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    axes = figure.subplots()
    for name, at in by_round.groupby("setting", sort=False):
        (line,) = axes.plot(at["measured"], at["best"], marker="o", markersize=4, label=str(name))
        axes.fill_between(at["measured"], at["low"], at["high"], alpha=0.2, color=line.get_color(), lw=0)
    axes.axhline(possible, color="0.4", linestyle=":", label="best of all")
    axes.set_xlabel("conditions measured")
    axes.set_ylabel(f"best {heading} so far, mean and 90 % interval")
    axes.legend(frameon=False)
    figure.savefig(path, dpi=150)
