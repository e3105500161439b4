"""What is known: predictions, where the campaign stands, figures and reports."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pandas as pd

from bioal.acquisition.streaming import Progress, silent
from bioal.campaign.characterising import Informative, informative
from bioal.campaign.given import Source, conditions_of, listed_of
from bioal.campaign.opened import Opened
from bioal.campaign.predicting import SkipList, predicted_only, skip_body, skip_list
from bioal.campaign.showing import status_card
from bioal.campaign.standing import Status, latest_model, status_of
from bioal.campaign.stopping import fired, with_stopping
from bioal.campaign.telling import Telling, write_figures_of, write_page, write_workbook
from bioal.errors import NothingNew
from bioal.report.plotting import Plots
from bioal.report.summary import Summary, summary_of


class Viewing(Opened):
    """The calls of a campaign that say what is known."""

    def _repr_html_(self) -> str:
        return status_card(self.status())

    def predict(self, conditions: Source) -> pd.DataFrame:
        """Return conditions with the posterior mean of the readout and the ends of its 90 % interval."""
        table = conditions_of(conditions, self.protocol)
        self._refresh()
        return self._knowledge.predicted(table, latest_model(self.state))

    @property
    def predicted(self) -> pd.DataFrame:
        """Return the conditions that are predicted and not measured; they are no observations."""
        return predicted_only(self._knowledge)

    def informative(self, conditions: int = 20, *, candidates: Source | None = None) -> Informative:
        """Return the conditions that best predict all others: what to measure first in a new lysate.

        Parameters
        ----------
        candidates
            A table or file of conditions to choose from; by default those measured that can be made today.
        """
        listed = listed_of(candidates, self.protocol)
        self._refresh()
        return informative(self._knowledge, conditions, listed)

    def skip(self, error: float = 0.1, tolerance: float | None = None, *, record: bool = False) -> SkipList:
        """Return the conditions that need not be measured: they are predicted surely enough.

        Parameters
        ----------
        error
            The share of wrong predictions that is allowed among them, but for one case in twenty.
        tolerance
            How far a measurement may be from its prediction, in the readout's unit; None of outcomes.
        record
            Whether to record them as predicted: they are no longer proposed. `undo` takes it back.

        Raises
        ------
        Refused
            When too little was measured, or there are too many conditions.
        NothingNew
            When they are to be recorded and there are none.
        """
        self._refresh()
        if not record:
            return skip_list(self._knowledge, error, tolerance)
        with self._changing():
            found = skip_list(self._knowledge, error, tolerance)
            if found.conditions.empty:
                raise NothingNew(found.words())
            self._record(skip_body(self.state, found))
        return found

    def status(self) -> Status:
        """Return where the campaign stands and what to do next."""
        self._refresh()
        return with_stopping(status_of(self._knowledge, self.folder), fired(self._knowledge))

    @property
    def plot(self) -> Plots:
        """Return the figures for notebooks: `plot.progress()`, `.plate(2)`, `.contour("Mg", "K")`, ..."""
        return self._telling.plots

    def summary(self) -> Summary:
        """Return what is believed today: the best conditions, their intervals, how far to trust it."""
        return summary_of(self._telling.material)

    def report(self, progress: Progress = silent) -> Path:
        """Write the figures of the latest round as one HTML file and return its path."""
        return write_page(self._telling, self.folder, progress)

    def report_workbook(self, progress: Progress = silent) -> Path:
        """Write the same figures as native charts in `reports/report.xlsx` and return its path."""
        return write_workbook(self._telling, self.folder, progress)

    def report_figures(
        self, kind: Literal["png", "svg"] = "png", progress: Progress = silent
    ) -> tuple[Path, ...]:
        """Write each figure of the report as a file (extra `plots`) and return their paths."""
        return write_figures_of(self._telling, self.folder, kind, progress)

    @property
    def _telling(self) -> Telling:
        self._refresh()
        if self._told.knowledge is not self._knowledge:
            self._told = Telling(self._knowledge)
        return self._told
