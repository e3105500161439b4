"""A campaign's figures for notebooks: each method draws one and returns its matplotlib axes.

The numbers are those of the page, part by part from the same functions and the same random draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from bioal.errors import UsageError
from bioal.models.threads import threads_for
from bioal.report.effects import Effects, contour_of, curve_of, effects_of, movable
from bioal.report.findings import Draws, draws_from, outlook_of
from bioal.report.material import Material
from bioal.report.parity import parity_of, scoreboard_of
from bioal.report.plate_maps import PlateMap, plate_maps_of
from bioal.report.progress import progress_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bioal.report.plots_of_plates import Shown

NOTHING = "There are no results yet, so there is nothing to draw: merge a filled round first."
SHOWN = ("conditions", "readings", "values", "residuals")


def require_matplotlib() -> None:
    """Raise UsageError where the extra `plots` is not installed."""
    try:
        import matplotlib  # noqa: F401, PLC0415 -- an extra, asked for when it is needed
    except ImportError as error:
        raise UsageError("Figures need matplotlib. Install it: pip install 'bioal[plots]'.") from error


@dataclass(frozen=True)
class Plots:
    """The figures of a campaign; every method takes `ax`, axes to draw into, and makes new ones else.

    Every method raises `UsageError` where matplotlib (extra `plots`) is missing or there is too little data.
    """

    material: Material
    seed: int

    def progress(self, *, ax: Axes | None = None) -> Axes:
        """Draw the best by round with its 90 % interval, all wells, and random search beside it."""
        axes = self._axes(ax)
        from bioal.report.plots import plot_progress  # noqa: PLC0415 -- needs the extra

        with threads_for(len(self.material.evidence)):
            progress = progress_of(self.material, self._draws.progress)
        return plot_progress(progress, self.material.title, axes)

    def remaining(self, *, ax: Axes | None = None) -> Axes:
        """Draw how much better than the best so far the best of all conditions may be."""
        axes = self._axes(ax)
        from bioal.report.plots import plot_remaining  # noqa: PLC0415 -- needs the extra

        with threads_for(len(self.material.evidence)):
            found = outlook_of(self.material, self._draws.ahead)
        if found is None:
            raise UsageError(NOTHING)
        return plot_remaining(found, self.material.unit or self.material.title, axes)

    def parity(self, *, ax: Axes | None = None) -> Axes:
        """Draw each result against what all other conditions predict for it."""
        axes = self._axes(ax)
        from bioal.report.plots import plot_parity  # noqa: PLC0415 -- needs the extra

        with threads_for(len(self.material.evidence)):
            found = parity_of(self.material)
        if found is None:
            raise UsageError(
                "There are too few conditions to leave each out in turn: measure a few more, then draw this."
            )
        return plot_parity(found, self.material.title, axes)

    def predictions(self, *, ax: Axes | None = None) -> Axes:
        """Draw what was predicted before each round against what came back."""
        axes = self._axes(ax)
        from bioal.report.plots import plot_predictions  # noqa: PLC0415 -- needs the extra

        board = scoreboard_of(self.material)
        if board.wells.empty:
            raise UsageError(f"{board.words} The first round is chosen without predictions.")
        return plot_predictions(board.wells, self.material.title, axes)

    def effects(self, factor: str | None = None, *, ax: Axes | None = None) -> Axes:
        """Draw the importance of each factor or, of one factor, the response around the best condition."""
        axes = self._axes(ax)
        from bioal.report.plots_of_factors import plot_curve, plot_importance  # noqa: PLC0415

        if factor is None:
            return plot_importance(self._effects.importance, axes)
        curve = curve_of(self.material, self._number_of(factor))
        heading = self.material.protocol.factor(factor).heading
        return plot_curve(curve, heading, self.material.title, axes)

    def interactions(self, *, ax: Axes | None = None) -> Axes:
        """Draw what each two factors do together beyond their single changes."""
        axes = self._axes(ax)
        from bioal.report.plots_of_factors import plot_interactions  # noqa: PLC0415 -- needs the extra

        return plot_interactions(self._effects.interactions, axes)

    def contour(
        self,
        across: str | None = None,
        down: str | None = None,
        *,
        show: Literal["mean", "sd"] = "mean",
        ax: Axes | None = None,
    ) -> Axes:
        """Draw what is predicted over two factors around the best; the two most important by default.

        Parameters
        ----------
        show
            "mean", or "sd": how unsure the mean is, a map of where measuring would teach.
        """
        if show not in ("mean", "sd"):
            raise UsageError(f"There is no contour of '{show}'; there are: mean, sd.")
        axes = self._axes(ax)
        from bioal.report.plots_of_factors import plot_contour  # noqa: PLC0415 -- needs the extra

        first, second = self._pair(across, down)
        headings = {one.name: one.heading for one in self.material.protocol.factors}
        contour = contour_of(self.material, first, second)
        return plot_contour(contour, headings, self.material.title, axes, show)

    def plate(
        self, round_: int, plate: str | None = None, *, show: Shown = "values", ax: Axes | None = None
    ) -> Axes:
        """Draw a plate of a round: its `conditions`, `readings`, `values` or `residuals`.

        Parameters
        ----------
        plate
            `plate-2` for example; the first one by default.
        """
        if show not in SHOWN:
            raise UsageError(f"There is no plate map of '{show}'; there are: {', '.join(SHOWN)}.")
        found = self._plate(round_, plate)
        axes = self._axes(ax, nothing_yet=show == "conditions")
        from bioal.report.plots_of_plates import plot_plate  # noqa: PLC0415 -- needs the extra

        readout = self.material.protocol.readout
        title = readout.heading if show == "readings" else self.material.title
        return plot_plate(found, show, title, axes)

    @property
    def _draws(self) -> Draws:
        return draws_from(np.random.default_rng(self.seed))

    @cached_property
    def _effects(self) -> Effects:
        with threads_for(len(self.material.evidence)):
            found = effects_of(self.material, self._draws.effects)
        if found is None:
            raise UsageError(NOTHING)
        return found

    def _axes(self, given: Axes | None, *, nothing_yet: bool = False) -> Axes:
        """Return axes to draw into; refuse before any are made."""
        require_matplotlib()
        if not nothing_yet and not self.material.best:
            raise UsageError(NOTHING)
        if given is not None:
            return given
        from matplotlib import pyplot  # noqa: PLC0415 -- so that a notebook shows what is drawn

        _, axes = pyplot.subplots(layout="constrained")
        return axes

    def _number_of(self, factor: str) -> int:
        names = list(self.material.space.names)
        if factor not in names:
            raise UsageError(f"There is no factor '{factor}'; there are: {', '.join(names)}.")
        return names.index(factor)

    def _pair(self, across: str | None, down: str | None) -> tuple[str, str]:
        """Return the two factors of a map: those named, and the most important of the others."""
        named = [one for one in (across, down) if one is not None]
        for one in named:
            self._number_of(one)
        if len(set(named)) < len(named):
            raise UsageError(f"A map needs two different factors, not '{across}' twice.")
        order = named if len(named) == 2 else [*named, *self._effects.importance.index]
        usable = movable(self.material, list(dict.fromkeys(order)))
        still = [one for one in named if one not in usable]
        if still or len(usable) < 2:
            why = ", ".join(still) or "all factors but one"
            raise UsageError(
                f"A map needs two factors that can move around the best condition; not so: {why}."
            )
        return (usable[1], usable[0]) if across is None and down is not None else (usable[0], usable[1])

    def _plate(self, number: int, plate: str | None) -> PlateMap:
        own = [one for one in plate_maps_of(self.material) if one.round == number and one.size]
        names = [one.name.partition(" ")[2] for one in own]
        if not own:
            some = ", ".join(map(str, self.material.rounds)) or "none yet"
            raise UsageError(f"There is no plate of round {number}. Rounds: {some}; vessels have no map.")
        if plate is not None and plate not in names:
            raise UsageError(f"Round {number} has no plate '{plate}'; it has {', '.join(names)}.")
        return own[names.index(plate) if plate is not None else 0]
