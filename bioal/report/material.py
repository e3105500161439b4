"""What a report is made from: everything that a campaign knows, handed over by whoever remembers it.

The words of DESIGN.md hold. The *best* is the condition with the best posterior mean among those that were
measured; every interval is the central 90 % of the posterior, of the noise-free readout.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from bioal.evidence import Bools, Evidence, Floats, Ints
from bioal.measurements.observations import sample_values
from bioal.models.posterior import Posterior
from bioal.plates.costing import with_costs
from bioal.plates.rounds import Round
from bioal.protocol.protocol import Protocol
from bioal.protocol.space import Space
from bioal.report.believing import interval_of
from bioal.report.confirmed import Confirmed

TRIED = ("sample", "carried over")  # roles of wells whose conditions were proposed


@dataclass(frozen=True)
class Belief:
    """Posterior mean and 90 % interval of a condition, and the round in which it was first measured."""

    mean: float
    low: float
    high: float
    first: int

    @property
    def reach(self) -> float:
        """Return half the width of the interval."""
        return (self.high - self.low) / 2


@dataclass(frozen=True)
class Material:
    """A campaign at one moment, in today's factors.

    Parameters
    ----------
    space
        The protocol's space, its encoding wide enough for the past.
    conditions
        Every condition: index condition id, columns factor names.
    samples
        Index sample id; columns round, condition, plate (unique: "R02 plate-1"), well, role, replicate.
    readings
        The latest reading of each sample and readout.
    excluded
        Sample id -> why it does not count.
    observations, evidence
        What is known of each condition on each plate, as a table and as arrays, row by row the same.
    rounds
        By number, as planned.
    posterior
        Fitted to the evidence; None where nothing was measured.
    pending
        Conditions proposed and not measured.
    notes
        What the model and the observations remark, in words.
    confirmed
        What the latest confirmation says, None where there is none.
    """

    name: str
    protocol: Protocol
    space: Space
    conditions: pd.DataFrame
    samples: pd.DataFrame
    readings: pd.DataFrame
    observations: pd.DataFrame
    evidence: Evidence
    rounds: Mapping[int, Round]
    posterior: Posterior | None
    excluded: Mapping[str, str] = field(default_factory=dict)
    pending: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    confirmed: Confirmed | None = None

    @property
    def unit(self) -> str:
        """Return the unit of the readout after normalisation."""
        return self.protocol.readout.evaluated_unit

    @property
    def of_words(self) -> bool:
        """Return whether the readout is a word, so that what is believed of it are chances in percent."""
        return self.protocol.readout.outcomes is not None

    @property
    def title(self) -> str:
        """Return what an axis of the readout is called."""
        name = self.protocol.readout.name
        return f"{name} [{self.unit}]" if self.unit else name

    @cached_property
    def values(self) -> pd.DataFrame:
        """Return the normalised value of each sample that counts: condition, plate, role, value, side."""
        conditions = with_costs(self.protocol, self.conditions)
        args = (self.readings, self.samples, conditions, self.protocol.readout, self.excluded)
        return sample_values(*args)

    @cached_property
    def round_of_plate(self) -> Mapping[str, int]:
        """Return the round of each plate."""
        plates = self.samples.drop_duplicates("plate")
        return {str(p): int(n) for p, n in zip(plates["plate"], plates["round"], strict=True)}

    @cached_property
    def rounds_observed(self) -> Ints:
        """Return the round of each observation, (n,); 0 for history."""
        return np.array([self.round_of_plate.get(str(p), 0) for p in self.observations["plate"]], np.intp)

    @cached_property
    def tried(self) -> Bools:
        """Return which observations are of conditions that were proposed, not of controls alone, (n,)."""
        tried = set(self.samples.loc[self.samples["role"].isin(TRIED), "condition"])
        return np.array([one in tried for one in self.observations["condition"]], bool)

    @cached_property
    def known(self) -> pd.DataFrame:
        """Return each measured, proposed condition once, with what is believed of it today.

        Index condition id; columns mean, low, high, sd, score (utility of the mean), first (round).
        """
        seen = self.observations.assign(first=self.rounds_observed)[self.tried]
        first = seen.groupby("condition", sort=False)["first"].min()
        if self.posterior is None or first.empty:
            return pd.DataFrame(columns=["mean", "low", "high", "sd", "score", "first"], dtype=float)
        points = self.points(first.index)
        _, sd = self.posterior.mean_sd(points)
        found = interval_of(self.posterior, points)
        table = pd.DataFrame({"mean": found.mean, "low": found.low, "high": found.high})
        score = self.protocol.objective.score(found.mean)
        return table.assign(sd=sd, score=score, first=first.to_numpy()).set_index(first.index)

    @property
    def best(self) -> str:
        """Return the id of the best condition; "" where nothing was measured."""
        return self.best_until()

    def best_until(self, number: int | None = None) -> str:
        """Return the id of the best condition of those first measured by a round; "" where there is none."""
        score = self.known["score"] if number is None else self.known["score"][self.known["first"] <= number]
        return str(score.idxmax()) if len(score) else ""

    def belief(self, condition: str) -> Belief:
        """Return what is believed of a measured condition."""
        at = self.known.index.get_loc(condition)
        mean, low, high, first = self.known[["mean", "low", "high", "first"]].to_numpy(float)[at].tolist()
        return Belief(mean, low, high, int(first))

    def points(self, ids: pd.Index[str] | list[str]) -> Floats:
        """Return the points of conditions."""
        return self.space.encode(self.conditions.loc[list(ids)])

    def text(self, condition: str) -> str:
        """Return a condition in words: "Mg 6 mM, K 40 mM, plasmid pB"."""
        row = self.conditions.loc[condition]
        parts = [(each.name, each.text(row[each.name]), each.unit) for each in self.protocol.factors]
        return ", ".join(f"{name} {value} {unit}".strip() for name, value, unit in parts if value)
