"""A campaign played against the virtual cell-free laboratory, and what it is compared with.

Each round is proposed, its workbook filled in by the laboratory, merged; in the end the laboratory says how
good the condition found really is, what a space-filling design with the same wells finds, and what the best
of all conditions would be.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from bioal.campaign.campaign import Campaign
from bioal.campaign.standing import Best
from bioal.engine import Settings, choose
from bioal.lab import CellFreeLab
from bioal.plates.columns import SAMPLE
from bioal.plates.rounds import Round
from bioal.protocol.protocol import Protocol
from bioal.sheets.filling import fill_in

Tell = Callable[[str], None]
BLOCK = 50_000


@dataclass(frozen=True)
class Outcome:
    """What a played campaign came to.

    Parameters
    ----------
    best
        The condition found, as the campaign sees it.
    truth, filling_truth, possible
        What the laboratory knows, relative to its reference: of the condition found, of the one that a
        space-filling design finds, of the best of all `size` conditions.
    files
        What a person should open.
    """

    folder: Path
    rounds: int
    wells: int
    best: Best
    truth: float
    filling_truth: float
    possible: float
    size: int
    files: tuple[Path, ...]


def play(folder: Path, *, rounds: int, seed: int, tell: Tell) -> Outcome:
    """Return what a campaign of so many plates finds in the virtual laboratory."""
    lab = CellFreeLab()
    measuring, comparing = np.random.default_rng([seed, rounds]).spawn(2)
    campaign = Campaign.new(folder, lab.protocol)
    workbooks = tuple(_played(campaign, lab, measuring, seed, tell) for _ in range(rounds))
    best = _best(campaign)
    tell("A space-filling design, for comparison")
    conditions = sum(len(round_.predictions) for round_ in campaign.rounds.values())
    filling = _space_filling(lab, conditions, seed, comparing)
    tell("The best of all conditions")
    possible = max(float(lab.truth(block).max()) for block in _blocks(lab))
    return Outcome(
        folder=folder,
        rounds=rounds,
        wells=sum(len(round_.samples) for round_ in campaign.rounds.values()),
        best=best,
        truth=float(lab.truth(campaign.conditions.loc[[best.condition]])[0]),
        filling_truth=filling,
        possible=possible,
        size=lab.protocol.space.count().value,
        files=(workbooks[-1], folder / "protocol.toml"),
    )


def _played(campaign: Campaign, lab: CellFreeLab, rng: np.random.Generator, seed: int, tell: Tell) -> Path:
    """Play one round and return its workbook, filled in."""
    number = len(campaign.rounds) + 1
    tell(f"Round {number}: choosing conditions")
    proposal = campaign.propose(seed=seed)
    tell(f"Round {number}: in the laboratory")
    readings = lab.measure(proposal.round, rng)
    fill_in(proposal.workbook, str(readings.name), {str(sample): value for sample, value in readings.items()})
    tell(f"Round {number}: reading the workbook")
    campaign.merge(proposal.workbook)
    return proposal.workbook


def _space_filling(lab: CellFreeLab, conditions: int, seed: int, rng: np.random.Generator) -> float:
    """Return the truth of what the same model finds in a space-filling design with as many wells."""
    space = lab.protocol.space
    none = np.empty((0, len(space.factors)), np.int16)
    design = choose(
        None, space, Settings(conditions), np.random.default_rng(seed), taken=none, pending=space.points(none)
    )
    with tempfile.TemporaryDirectory() as scratch:
        campaign = Campaign.new(Path(scratch) / "space-filling", lab.protocol)
        proposal = campaign.propose(exactly=space.conditions(design.codes))
        campaign.merge(_as_table(proposal.round, lab.measure(proposal.round, rng), lab.protocol))
        found = _best(campaign).condition
        return float(lab.truth(campaign.conditions.loc[[found]])[0])


def _as_table(round_: Round, readings: pd.Series[float], protocol: Protocol) -> pd.DataFrame:
    """Return readings as a table of the run list's columns."""
    conditions = round_.conditions.loc[round_.samples["condition"]].set_axis(round_.samples.index)
    columns = {factor.heading: conditions[factor.name] for factor in protocol.factors}
    columns[protocol.readout.heading] = readings
    return pd.DataFrame(columns).rename_axis(SAMPLE).reset_index()


def _best(campaign: Campaign) -> Best:
    best = campaign.status().best
    assert best is not None, "every sample of the virtual laboratory is measured"
    return best


def _blocks(lab: CellFreeLab) -> list[pd.DataFrame]:
    space = lab.protocol.space
    return [space.conditions(codes) for codes in space.blocks(BLOCK)]
