"""Outcomes on their way from readings to models: what a campaign knows of them, as arrays and in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from bioal.campaign.carrying import Carried
from bioal.campaign.state import State
from bioal.evidence import Floats
from bioal.measurements.outcomes import (
    disagreeing,
    failed_samples,
    judged_outcomes,
    outcome_observations,
)
from bioal.models.chances import Interval
from bioal.models.outcomes import OutcomeEvidence
from bioal.protocol.objective import Readout
from bioal.protocol.outcomes import Outcomes
from bioal.protocol.space import Space
from bioal.strategies.failing import Works

CHANCE = "chance of "  # how columns of chances in percent begin
_WORKS = Outcomes(("fails", "works"), wanted=("works",))  # of a number that may fail


@dataclass(frozen=True)
class Seen:
    """The outcomes of one readout: how many wells of which condition had which, and as arrays."""

    readout: Readout
    table: pd.DataFrame
    evidence: OutcomeEvidence
    notes: tuple[str, ...] = ()  # of those who judged it

    @property
    def outcomes(self) -> Outcomes:
        """Return which outcomes there are, and which are wanted."""
        return self.readout.outcomes or _WORKS

    @property
    def success(self) -> str:
        """Return what it is called where the condition works: `growth weak or strong`, `titre works`."""
        return f"{self.readout.name} {self.outcomes.wish}"

    @property
    def words(self) -> tuple[str, ...]:
        """Return what a person should know of them."""
        return (*disagreeing(self.table, self.outcomes), *self.notes)


def seen_outcomes(state: State, carried: Carried, space: Space, readout: Readout) -> Seen:
    """Return the outcomes of a readout; of a number that may fail, whether it did."""
    counting = [str(one) for one, counts in carried.counts.items() if counts]
    table = outcome_observations(
        state.readings,
        carried.samples,
        readout,
        conditions=counting,
        excluded=state.excluded,
        premixed=carried.samples.index[carried.samples["premixed"].astype(bool)],
    )
    # One row for each condition and outcome: outcomes know no plates.
    pooled = table.groupby(["condition", "code"], sort=False)["wells"].sum().reset_index()
    outcomes = readout.outcomes or _WORKS
    evidence = OutcomeEvidence(
        points=space.encode(carried.conditions.loc[list(pooled["condition"])]),
        codes=pooled["code"].to_numpy(np.intp),
        weights=pooled["wells"].to_numpy(float),
        classes=len(outcomes.names),
        ordered=outcomes.ordered,
        groups=space.groups,
        categorical=space.categorical,
    )
    return Seen(readout, table, evidence, judged_outcomes(state.readings, readout).notes)


def failed_by_outcome(state: State) -> frozenset[str]:
    """Return the samples of which an outcome says that they did not work."""
    found = (failed_samples(state.readings, readout) for readout in state.protocol.working)
    return frozenset().union(*found)


def working_outcomes(state: State, carried: Carried, space: Space) -> tuple[Seen, ...]:
    """Return the outcomes that say whether a condition works; those of a yield that may fail too."""
    readouts = [*state.protocol.working]
    readouts += [state.protocol.readout] if state.protocol.readout.may_fail else []
    return tuple(seen_outcomes(state, carried, space, readout) for readout in readouts)


def works_of(seen: tuple[Seen, ...], model: str) -> tuple[Works, ...]:
    """Return what the engine learns from them; nothing where nothing came back."""
    told = (one for one in seen if len(one.evidence))
    return tuple(Works(one.evidence, one.outcomes.codes, model or "auto") for one in told)


def chance_columns(name: str, found: Interval) -> dict[str, Floats]:
    """Return the columns of an outcome's chance in percent and the ends of its 90 % interval."""
    ends = {"": found.mean, " low": found.low, " high": found.high}
    return {f"{CHANCE}{name}{end}": values for end, values in ends.items()}
