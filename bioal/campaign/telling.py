"""What a campaign tells a report: everything it knows at one moment, and where the report lies."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bioal.campaign.files import replace, writing
from bioal.campaign.learning import Knowledge
from bioal.campaign.standing import latest_model
from bioal.measurements.rereadings import one_reading_each
from bioal.report.findings import Findings, Tell, findings_of
from bioal.report.material import Material
from bioal.report.page import page

REPORTS = "reports"
_SEED = 7  # the same campaign, the same report


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
    )


def told(knowledge: Knowledge, tell: Tell) -> Findings:
    """Return the numbers of a report; equal knowledge gives equal numbers."""
    tell("learning from the results", 0.0)
    return findings_of(material_of(knowledge), np.random.default_rng(_SEED), tell)


def write_report(knowledge: Knowledge, folder: Path, tell: Tell) -> Path:
    """Write the report of the latest round and return its path."""
    found = told(knowledge, tell)
    tell("drawing", 0.9)
    path = folder / REPORTS / f"round-{found.round:02d}.html"
    text = page(found)
    with writing(path.parent):
        path.parent.mkdir(exist_ok=True)
        replace(path, text.encode("utf-8"))
    return path
