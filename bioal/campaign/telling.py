"""What a campaign tells a report: everything it knows at one moment, and where the report lies."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np

from bioal.campaign.confirming import confirmed
from bioal.campaign.figure_pages import figure_pages
from bioal.campaign.files import replace, writing
from bioal.campaign.learning import Knowledge
from bioal.campaign.standing import latest_model
from bioal.measurements.rereadings import one_reading_each
from bioal.report.findings import Findings, Tell, findings_of, silent
from bioal.report.material import Material
from bioal.report.page import page
from bioal.report.plotting import Plots, require_matplotlib
from bioal.sheets.report_workbook import write_figures

REPORTS, WORKBOOK = "reports", "report.xlsx"
SEED = 7  # the same campaign, the same report


def material_of(knowledge: Knowledge) -> Material:
    """Return what a report is made from."""
    state, carried = knowledge.state, knowledge.carried
    seen = knowledge.observations
    posterior = knowledge.posterior(latest_model(state)) if len(seen) else None
    said = () if posterior is None else knowledge.named(posterior.notes)
    return Material(
        name=state.name,
        protocol=state.protocol,
        space=knowledge.space,
        conditions=carried.conditions,
        samples=carried.samples,
        readings=one_reading_each(state.readings, carried.samples)[0],
        observations=seen,
        evidence=knowledge.evidence,
        rounds={number: proposed.round for number, proposed in sorted(state.rounds.items())},
        posterior=posterior,
        excluded=state.excluded,
        pending=knowledge.pending,
        notes=(*seen.attrs.get("notes", ()), *said),
        confirmed=confirmed(knowledge),
    )


@dataclass
class Telling:
    """What one state of knowledge tells: numbers are computed once, whoever asks for them."""

    knowledge: Knowledge
    _found: Findings | None = None

    @cached_property
    def material(self) -> Material:
        """Return what everything is made from."""
        return material_of(self.knowledge)

    @cached_property
    def plots(self) -> Plots:
        """Return the figures for notebooks."""
        return Plots(self.material, SEED)

    def findings(self, tell: Tell = silent) -> Findings:
        """Return the numbers of a report; equal knowledge gives equal numbers."""
        if self._found is None:
            tell("learning from the results", 0.0)
            self._found = findings_of(self.material, np.random.default_rng(SEED), tell)
        return self._found


def write_page(telling: Telling, folder: Path, tell: Tell) -> Path:
    """Write the report of the latest round and return its path."""
    found = telling.findings(tell)
    tell("drawing", 0.9)
    path = path_of_page(folder, found.round)
    text = page(found)
    with writing(path.parent):
        path.parent.mkdir(exist_ok=True)
        replace(path, text.encode("utf-8"))
    return path


def write_workbook(telling: Telling, folder: Path, tell: Tell) -> Path:
    """Write the figures of the latest round as a workbook beside the report and return its path."""
    found = telling.findings(tell)
    tell("filling the workbook", 0.95)
    path = folder / REPORTS / WORKBOOK
    with writing(path.parent):
        path.parent.mkdir(exist_ok=True)
    write_figures(path, f"{found.material.name}, round {found.round}", figure_pages(found))
    return path


def write_figures_of(
    telling: Telling, folder: Path, kind: Literal["png", "svg"], tell: Tell
) -> tuple[Path, ...]:
    """Write every figure as a file of its own into a folder beside the report and return their paths.

    Raises
    ------
    UsageError
        Where matplotlib (extra `plots`) is missing.
    """
    require_matplotlib()
    from bioal.report.pictures import pictures  # noqa: PLC0415 -- needs the extra

    found, paths = telling.findings(tell), []
    within = path_of_page(folder, found.round).with_suffix("")
    with writing(within):
        within.mkdir(parents=True, exist_ok=True)
        for name, content in pictures(found, kind):
            tell(f"drawing {name}", 0.95)
            paths.append(within / f"{name}.{kind}")
            replace(paths[-1], content)
    return tuple(paths)


def path_of_page(folder: Path, number: int) -> Path:
    """Return where the report of a round lies.

    >>> path_of_page(Path("c"), 3).as_posix()
    'c/reports/round-03.html'
    """
    return folder / REPORTS / f"round-{number:02d}.html"
