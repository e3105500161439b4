"""Where a campaign stands, in the few numbers a person asks for, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from bioal.campaign.confirming import confirmed
from bioal.campaign.learning import Knowledge
from bioal.campaign.options import USUAL_MODEL, models_for
from bioal.campaign.outcomes import CHANCE
from bioal.campaign.state import State
from bioal.campaign.workbooks import (
    edited_protocol,
    lost_words,
    lost_workbook,
    path_of_workbook,
    protocol_problem,
)
from bioal.evidence import Floats
from bioal.measurements.observations import OWN
from bioal.report.confirmed import Confirmed

LIKELY = 0.5
UNMET = "No condition so far probably meets what is required; the best that is shown is the likeliest to."


@dataclass(frozen=True)
class RoundStatus:
    """A round in numbers; `pending` are conditions, `outstanding` samples that are waited for.

    `workbook` is the path of its workbook within the campaign's folder, "" where it is not there.
    """

    number: int
    conditions: int
    plates: int
    samples: int
    returned: int
    excluded: int
    outstanding: int
    pending: int
    workbook: str
    confirmation: bool = False


@dataclass(frozen=True)
class Best:
    """The measured condition with the best posterior mean; `low` to `high` is its 90 % interval.

    `wish` says which outcomes are wanted, where the mean is their chance in percent; `chances` are those of
    each outcome, or that the condition works, with the ends of their 90 % intervals.
    """

    condition: str
    factors: Mapping[str, str]
    readout: str
    unit: str
    mean: float
    low: float
    high: float
    samples: int
    wish: str = ""
    chances: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Status:
    """Where a campaign stands; `next` is the command to give, `stopped` the stopping rules that fired.

    `conditions_measured` counts those that were proposed; a reference is none.
    `confirmed` is what the latest confirmation says; nothing else is a fold over the reference to be quoted.
    """

    name: str
    objective: str
    rounds: tuple[RoundStatus, ...]
    conditions_measured: int
    best: Best | None
    notes: tuple[str, ...]
    next: str
    confirmed: Confirmed | None = None
    stopped: tuple[str, ...] = ()


def status_of(knowledge: Knowledge, folder: Path) -> Status:
    """Return where the campaign stands."""
    state = knowledge.state
    problem, lost = protocol_problem(folder, state), lost_workbook(folder, state)
    notes = [str(problem)] if problem is not None else []
    notes += [lost_words(lost)] if lost is not None else []
    best, said = best_of(knowledge)
    notes += spared_words(len(knowledge.spared))
    latest = max((number for number in state.rounds if state.merged(number)), default=None)
    return Status(
        name=state.name,
        objective=state.protocol.objective.name,
        rounds=tuple(_round_status(state, number, folder) for number in sorted(state.rounds)),
        conditions_measured=len(set(_own(knowledge)["condition"]) & _proposed(knowledge)),
        best=best,
        notes=(*notes, *knowledge.noticed, *knowledge.drift(latest), *said),
        next=next_command(state, folder),
        confirmed=confirmed(knowledge),
    )


def spared_words(count: int) -> list[str]:
    """Return a sentence on the conditions that are predicted and not measured; nothing without any."""
    said = "1 condition is" if count == 1 else f"{count:,} conditions are"
    return [f"{said} predicted surely enough not to be measured ('bioal skip')."] if count else []


def _own(knowledge: Knowledge) -> pd.DataFrame:
    """Return the observations of this campaign, without those of old data."""
    return knowledge.observations[knowledge.observations["source"] == OWN]


def best_of(knowledge: Knowledge) -> tuple[Best | None, tuple[str, ...]]:
    """Return the best measured condition by posterior mean, and what the model noticed; None without data."""
    state, seen = knowledge.state, knowledge.observations
    tried = seen[seen["condition"].isin(_proposed(knowledge))]
    conditions = knowledge.carried.among(tried["condition"].tolist())
    if conditions.empty:
        return None, ()
    model = latest_model(state)
    mean, low, high = knowledge.interval(knowledge.space.encode(conditions), model)
    at, unmet = _best_at(knowledge, knowledge.space.encode(conditions), mean)
    name, readout = str(conditions.index[at]), state.protocol.readout
    factors = {
        factor.heading: factor.text(conditions.loc[name, factor.name]) for factor in state.protocol.factors
    }
    count = int(tried.loc[tried["condition"] == name, "count"].sum())
    found = Best(
        name,
        factors,
        readout.name,
        readout.evaluated_unit,
        float(mean[at]),
        float(low[at]),
        float(high[at]),
        count,
        state.protocol.objective.wish,
        _chances(knowledge, conditions.loc[[name]], model),
    )
    return found, (*unmet, *knowledge.named(knowledge.posterior(model).notes))


def _chances(
    knowledge: Knowledge, conditions: pd.DataFrame, model: str
) -> dict[str, tuple[float, float, float]]:
    """Return the chances of one condition, by what they are chances of."""
    row = knowledge.predicted(conditions, model).iloc[0]
    names = [name for name in row.index if str(name).startswith(CHANCE) and f"{name} low" in row.index]
    ends = ("", " low", " high")
    found = {}
    for name in map(str, names):
        mean, low, high = (float(row[f"{name}{end}"]) for end in ends)
        found[name.removeprefix(CHANCE)] = mean, low, high
    return found


def _best_at(knowledge: Knowledge, points: Floats, mean: Floats) -> tuple[int, tuple[str, ...]]:
    """Return which condition is the best of those that probably meet what is required."""
    chance = knowledge.chance(points)
    met = chance >= LIKELY
    if met.any():
        worth = knowledge.state.protocol.objective.score(mean)
        return int(np.argmax(np.where(met, worth, -np.inf))), ()
    # Where none does, the likeliest to is the best that there is.
    return int(np.argmax(chance)), (UNMET,)


def in_one_line(state: State, folder: Path) -> str:
    """Return a campaign's name, folder, rounds and measured wells, for the prompt of a notebook."""
    rounds, wells = len(state.rounds), len(state.answered)
    return (
        f"<Campaign '{state.name}' in {folder.absolute()}: {rounds} round{'s' * (rounds != 1)}, "
        f"{wells} well{'s' * (wells != 1)} measured>"
    )


def latest_model(state: State) -> str:
    """Return the model that the latest round was proposed with, "auto" where it has no name."""
    latest = max(state.rounds, default=None)
    model = "auto" if latest is None else state.rounds[latest].request.model
    return model if model in models_for(state.protocol) else USUAL_MODEL


def _proposed(knowledge: Knowledge) -> frozenset[str]:
    samples = knowledge.carried.samples
    return frozenset(samples.loc[samples["role"].isin(("sample", "carried over")), "condition"])


def _round_status(state: State, number: int, folder: Path) -> RoundStatus:
    samples = state.rounds[number].as_made
    path = path_of_workbook(folder, number)
    return RoundStatus(
        number=number,
        conditions=len(state.rounds[number].round.predictions),
        plates=samples["plate"].nunique(),
        samples=len(samples),
        returned=int(samples.index.isin(list(state.answered)).sum()),
        excluded=sum(str(sample) in state.excluded for sample in samples.index),
        outstanding=len(state.outstanding(number)),
        pending=len(state.pending(number)),
        workbook=path.relative_to(folder).as_posix() if path.exists() else "",
        confirmation=state.rounds[number].request.confirm is not None,
    )


def next_command(state: State, folder: Path) -> str:
    """Return the command that brings the campaign on."""
    if edited_protocol(folder, state) is not None:
        return "bioal amend protocol.toml"
    if lost_workbook(folder, state) is not None:
        return "bioal propose"
    waiting = [number for number in state.rounds if state.pending(number)]
    if waiting:
        return f"bioal merge {path_of_workbook(Path(), min(waiting)).as_posix()}"
    return "bioal propose"
