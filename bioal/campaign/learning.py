"""From what came back to what a model learns from: readings, observations, evidence, posterior.

Everything is put together here and computed elsewhere: `measurements` averages and normalises, `models`
moderates the variances and fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType

import numpy as np
import pandas as pd

from bioal.acquisition.candidates import Codes
from bioal.acquisition.rows import rows_among
from bioal.campaign.carrying import Carried, carried_over, forward
from bioal.campaign.naming import named
from bioal.campaign.outcomes import (
    Seen,
    chance_columns,
    failed_by_outcome,
    seen_outcomes,
    working_outcomes,
    works_of,
)
from bioal.campaign.settings import untied_in_words
from bioal.campaign.state import State
from bioal.evidence import Evidence, Floats
from bioal.measurements.drift import reference_drift
from bioal.measurements.observations import OWN, evidence, observations
from bioal.models.chances import PERCENT, Chances, wanted_chances
from bioal.models.fitting import fit
from bioal.models.noise import moderated_by_source
from bioal.models.outcome_fitting import fit_outcomes
from bioal.models.pooling import UNTIED
from bioal.models.posterior import Posterior
from bioal.models.requiring import Demand, Required
from bioal.plates.costing import with_costs
from bioal.protocol.objective import NEEDED, Readout
from bioal.protocol.space import Space
from bioal.strategies.failing import Works

INTERVAL = 1.6448536269514722  # standard normal quantile of 95 %: both ends of a 90 % interval
_NONE: Mapping[str, str] = MappingProxyType({})
_NOBODY = pd.Series(dtype=object)
_MODEL_SEED = 20  # status and predictions look the same each time


@dataclass(frozen=True)
class Knowledge:
    """All that a campaign knows at one moment, in today's factors."""

    state: State
    _fitted: dict[str, Posterior] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def carried(self) -> Carried:
        """Return all conditions and samples in today's factors."""
        return carried_over(self.state)

    @cached_property
    def space(self) -> Space:
        """Return the protocol's space, its encoding widened to hold every condition of the past."""
        everything = list(self.carried.counts)
        return self.state.protocol.space.spanning(self.carried.among(everything))

    @cached_property
    def observations(self) -> pd.DataFrame:
        """Return what is known of each condition on each plate, its variance moderated by the others."""
        # What a condition yields shows only in wells in which it works.
        failed = dict.fromkeys(failed_by_outcome(self.state), "")
        return self._observed(self.state.protocol.readout, failed)

    def _observed(self, readout: Readout, failed: Mapping[str, str] = _NONE) -> pd.DataFrame:
        carried = self.carried
        raw = observations(
            self.state.readings,
            carried.samples,
            with_costs(self.state.protocol, carried.conditions),
            readout,
            {**self.state.excluded, **failed},
            premixed=carried.samples.index[carried.samples["premixed"].astype(bool)],
            gains=noted(self.state, "Gain"),
        )
        counts = np.array([carried.counts[one] for one in raw["condition"]], bool)
        teaching = raw[counts].reset_index(drop=True)
        teaching.attrs.update(raw.attrs)
        return teaching if readout.outcomes is not None else moderated(teaching)

    @cached_property
    def evidence(self) -> Evidence:
        """Return the observations as arrays."""
        return evidence(self.observations, self.carried.conditions, self.space)

    @cached_property
    def required_observations(self) -> tuple[tuple[Readout, pd.DataFrame], ...]:
        """Return the readouts with a requirement, each with what is known of it."""
        return tuple((readout, self._observed(readout)) for readout in self.state.protocol.required)

    @cached_property
    def outcomes(self) -> Seen | None:
        """Return the outcomes of the objective; None where it is a number."""
        readout = self.state.protocol.readout
        if readout.outcomes is None:
            return None
        return seen_outcomes(self.state, self.carried, self.space, readout)

    @cached_property
    def working(self) -> tuple[Seen, ...]:
        """Return the outcomes that say whether a condition works."""
        return working_outcomes(self.state, self.carried, self.space)

    @property
    def works(self) -> tuple[Works, ...]:
        """Return what the engine learns from them."""
        return works_of(self.working, self.state.protocol.proposal.outcome_model)

    @property
    def _words_seen(self) -> tuple[str, ...]:
        seen = (*self.working, *(() if self.outcomes is None else (self.outcomes,)))
        return tuple(word for one in seen for word in one.words)

    @property
    def noticed(self) -> tuple[str, ...]:
        """Return what was noticed on the way from readings to observations, each sentence once."""
        tables = [self.observations, *(table for _, table in self.required_observations)]
        notes = [note for table in tables for note in table.attrs.get("notes", ())]
        return tuple(dict.fromkeys([*notes, *self._words_seen]))

    @cached_property
    def required(self) -> tuple[Required, ...]:
        """Return the observations of each readout with a requirement, in the order of the protocol."""
        found = []
        for readout, observed in self.required_observations:
            if readout.require is not None and len(observed):
                known = evidence(observed, self.carried.conditions, self.space)
                side = 1 if readout.require.sign == ">=" else -1
                found.append(Required(known, readout.require.limit, side))
        return tuple(found)

    def chance(self, points: Floats) -> Floats:
        """Return the probability that conditions work and meet all requirements, (n,); 1 without any."""
        chance = np.ones(len(points))
        for one in self.work_chances:
            chance = chance * one.mean(points) / PERCENT
        for demand in self.required:
            posterior = fit(demand.evidence, "gp", np.random.default_rng(_MODEL_SEED))
            chance = chance * Demand(posterior, demand.limit, demand.side).chance(points)
        return chance

    @cached_property
    def work_chances(self) -> tuple[Chances, ...]:
        """Return the chances in percent that a condition works, one belief for each of `works`."""
        rng = np.random.default_rng(_MODEL_SEED)
        fitted = ((one, fit_outcomes(one.evidence, one.model, rng)) for one in self.works)
        return tuple(wanted_chances(model, one.codes, one.evidence.points) for one, model in fitted)

    @cached_property
    def taken(self) -> Codes:
        """Return the codes of every condition that is not to be proposed, on today's levels."""
        return np.concatenate([self.settled, self.spared])

    @cached_property
    def settled(self) -> Codes:
        """Return the codes of every condition that is measured, pending or vetoed, on today's levels."""
        # What another source measured, long ago or elsewhere, may be proposed here.
        own = self.observations["source"] == OWN
        failed = [one.table["condition"] for one in self.working]
        ids = [*self.observations.loc[own, "condition"], *pd.concat([*failed, _NOBODY]), *self.pending]
        measured = self.space.codes(self.carried.among(ids))
        allowed = measured[self.space.feasible(measured)]
        return np.concatenate([allowed, self.vetoed])

    @cached_property
    def spared(self) -> Codes:
        """Return the codes of the conditions that are predicted and were not measured since."""
        protocols = [version.protocol for version in self.state.versions]
        codes: list[Codes] = [np.empty((0, len(self.space.factors)), np.int16)]
        for one in self.state.skipped:
            conditions, kept = forward(one.conditions, protocols[one.version :])
            codes.append(self.space.codes(conditions[kept]))
        everything = np.concatenate(codes)
        everything = everything[self.space.feasible(everything)]
        return everything[~rows_among(everything, self.settled)]

    @cached_property
    def vetoed(self) -> Codes:
        """Return the codes of every condition that a person did not want, on today's levels."""
        protocols = [version.protocol for version in self.state.versions]
        codes: list[Codes] = [np.empty((0, len(self.space.factors)), np.int16)]
        for frame in self.state.vetoed:
            own = frame.drop(columns="version")
            conditions, kept = forward(own, protocols[int(frame["version"].iloc[0]) :])
            codes.append(self.space.codes(conditions[kept]))
        everything = np.concatenate(codes)
        return everything[self.space.feasible(everything)]

    @cached_property
    def pending(self) -> tuple[str, ...]:
        """Return the ids of all conditions that were proposed and of which nothing has come back."""
        return tuple(dict.fromkeys(one for number in self.state.rounds for one in self.state.pending(number)))

    def posterior(self, model: object = "auto") -> Posterior:
        """Return the fitted model; equal knowledge gives an equal one."""
        key = repr(model)
        if key not in self._fitted:
            self._fitted[key] = self._fit(model, np.random.default_rng(_MODEL_SEED))
        return self._fitted[key]

    def _fit(self, model: object, rng: np.random.Generator) -> Posterior:
        if self.outcomes is None:
            return fit(self.evidence, model, rng)
        known, codes = self.outcomes.evidence, self.outcomes.outcomes.codes
        return wanted_chances(fit_outcomes(known, model, rng), codes, known.points)

    def drift(self, number: int | None) -> tuple[str, ...]:
        """Return how the reference of a round moved since the one before; nothing where it is as it was."""
        if number is None:
            return ()
        details = {
            f"R{each:02d} {plate}": said
            for each, one in self.state.rounds.items()
            for plate, said in one.details.items()
        }
        state, samples = self.state, self.carried.samples
        return reference_drift(
            state.readings,
            samples,
            with_costs(state.protocol, self.carried.conditions),
            state.protocol.readout,
            number,
            excluded=state.excluded,
            details=details,
        )

    def named(self, notes: Iterable[str]) -> tuple[str, ...]:
        """Return a model's remarks on the evidence in the words of the campaign.

        Values relative to their plate's reference wells tie plates, whatever else these share.
        """
        seen = self.observations
        if "reference" in NEEDED[self.state.protocol.readout.normalise]:
            notes = [note for note in notes if note != UNTIED]
        places = [f"{one} on {plate}" for one, plate in zip(seen["condition"], seen["plate"], strict=True)]
        notes = untied_in_words(notes, self.evidence, self.space)
        return named(notes, self.space.names, places)

    def interval(self, points: Floats, model: object = "auto") -> tuple[Floats, Floats, Floats]:
        """Return posterior means at points and the ends of their 90 % intervals, (n,); NaN without data."""
        if not len(self.observations):
            nothing = np.full(len(points), np.nan)
            return nothing, nothing, nothing
        posterior = self.posterior(model)
        if isinstance(posterior, Chances):
            found = posterior.interval(points)
            return found.mean, found.low, found.high
        mean, sd = posterior.mean_sd(points)
        return mean, mean - INTERVAL * sd, mean + INTERVAL * sd

    def predicted(self, conditions: pd.DataFrame, model: object) -> pd.DataFrame:
        """Return conditions with the posterior mean of the readout, `low` and `high` of its 90 % interval."""
        points = self.space.encode(conditions)
        mean, low, high = self.interval(points, model)
        table = conditions.assign(mean=mean, low=low, high=high)
        return table.assign(**self._chances(points, model))

    def _chances(self, points: Floats, model: object) -> dict[str, Floats]:
        """Return the chance of each outcome with its 90 % interval, or that conditions work; in percent."""
        columns: dict[str, Floats] = {}
        if self.outcomes is not None and len(self.observations):
            posterior = self.posterior(model)
            assert isinstance(posterior, Chances)
            for name, found in zip(self.outcomes.outcomes.names, posterior.each(points), strict=True):
                columns |= chance_columns(name, found)
        told = [one for one in self.working if len(one.evidence)]
        for one, belief in zip(told, self.work_chances, strict=True):
            columns |= chance_columns(one.success, belief.interval(points))
        return columns


def moderated(raw: pd.DataFrame) -> pd.DataFrame:
    """Return observations with the variances of their means moderated; as they are where nothing is known."""
    if not len(raw):
        return raw
    counts, noise = raw["count"].to_numpy(np.intp), raw["noise"].to_numpy(float)
    # Old data scatter in their own way, as every operator and lab does.
    named = raw["by"].astype(object).fillna("") + "/" + raw["source"].astype(str)
    sources = np.asarray(pd.factorize(named)[0], np.intp)
    single = moderated_by_source(
        raw["variance"].to_numpy(float) * counts / noise, counts, raw["mean"].to_numpy(float), sources
    )
    replicated = single * noise / np.maximum(counts, 1)
    # Where no replicates tell it, the signals of a standard curve do.
    least, curve = raw["least"].to_numpy(float), raw["curve"].to_numpy(float)
    signals = np.where(least > 0, least, np.nan)
    return raw.assign(variance=np.fmax(replicated, signals) + curve)


def noted(state: State, field_: str) -> dict[str, str]:
    """Return what people noted of each plate in a field of its details; plates are unique in the campaign."""
    return {
        f"R{number:02d} {plate}": said[field_]
        for number, one in state.rounds.items()
        for plate, said in one.details.items()
        if field_ in said
    }


def without_round(state: State, number: int) -> State:
    """Return the state as if a round had never been proposed; nothing of it may have been merged."""
    return replace(state, rounds={n: one for n, one in state.rounds.items() if n != number})
