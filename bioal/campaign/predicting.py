"""The skip list: conditions that are predicted so surely that they need not be measured.

How right the predictions are is seen from *checks*: conditions that a round drew by lot from all that were
allowed. A check that fails, or misses a requirement, was predicted wrongly. No check teaches the model that
predicts here. What is spared is marked as predicted; it is no observation, and nothing learns from it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import pandas as pd

from bioal.acquisition.rows import rows_among
from bioal.campaign.bodies import SkipBody
from bioal.campaign.carrying import forward
from bioal.campaign.learning import INTERVAL, Knowledge
from bioal.campaign.standing import latest_model
from bioal.campaign.state import State
from bioal.campaign.tables import table_of
from bioal.engine import FEWEST
from bioal.errors import Problem, Refused, UsageError
from bioal.evidence import Bools, Floats
from bioal.models.chances import PERCENT, Chances
from bioal.plates.rounds import CHECK, PREDICTION_COLUMNS
from bioal.report.words import counted
from bioal.strategies.sparing import THRESHOLDS, Spared, confidence_within, fewest, spared

PREDICTED = "predicted"
MOST = 100_000  # conditions that are predicted one by one
CONFIDENCE = "sure [%]"


@dataclass(frozen=True)
class SkipList:
    """Conditions that need not be measured, and what that rests on.

    Parameters
    ----------
    conditions
        One row each: factors, `mean`, `low`, `high` of the readout (of outcomes: of the chance of a wanted
        one in percent), for outcomes the `outcome`, `sure [%]`, and `status`, which is "predicted".
    found
        The threshold, the checks it rests on, and the bound.
    error
        The share of wrong predictions that is allowed.
    left
        How many conditions were looked at: all that are allowed and not measured.
    """

    conditions: pd.DataFrame
    found: Spared
    error: float
    tolerance: float | None
    left: int
    model: str

    def words(self) -> str:
        """Return what was found, in a few sentences."""
        found = self.found
        checks = counted(found.checked, "check")
        sure = f"at least {100 * (found.threshold or min(THRESHOLDS)):g} % sure"
        seen = f"of {checks} whose predictions were {sure}, {found.wrong} came out otherwise"
        if found.threshold is None:
            needed = f"{fewest(self.error, self.left + found.checked)} such checks, all as predicted,"
            return (
                f"Nothing is skipped: {seen}. To skip with {100 * self.error:g} % wrong at most, {needed} are"
                " needed at least: bioal propose --checks N."
            )
        return (
            f"{len(self.conditions):,} of {self.left:,} conditions need not be measured: their predictions"
            f" are {sure}, and {seen}. At most {100 * found.bound:.1f} % of them are wrong (95 % sure)."
        )


def skip_list(knowledge: Knowledge, error: float, tolerance: float | None) -> SkipList:
    """Return the conditions that need not be measured.

    Parameters
    ----------
    error
        The share of wrong predictions that is allowed among them.
    tolerance
        How far a measurement may be from its prediction, in the readout's unit; None of outcomes.

    Raises
    ------
    UsageError
        When the error is no share, or a tolerance is missing or makes no sense.
    Refused
        When too little was measured, or there are too many conditions.
    """
    _require_sense(knowledge, error, tolerance)
    model = latest_model(knowledge.state)
    checks = _checks(knowledge)
    learnt = _without(knowledge, checks)
    _require_learnt(learnt)
    space = knowledge.space
    codes = space.block(0, space.places)
    codes = codes[~rows_among(codes, knowledge.settled)]
    left = space.conditions(codes)
    told = _told(learnt, left, tolerance, model)
    seen = _told(learnt, knowledge.carried.among(checks), tolerance, model)
    wrong = _wrong(knowledge, seen, tolerance)
    found = spared(_sure(seen), wrong, _sure(told), error=error)
    table = told.iloc[found.rows].reset_index(drop=True).assign(status=PREDICTED)
    return SkipList(table, found, error, tolerance, len(left), model)


def predicted_only(knowledge: Knowledge) -> pd.DataFrame:
    """Return what was recorded as predicted and was not measured since, in today's factors."""
    space = knowledge.space
    parts = [space.conditions(knowledge.spared[:0]).assign(mean=0.0, low=0.0, high=0.0, status="")]
    protocols = [version.protocol for version in knowledge.state.versions]
    for one in knowledge.state.skipped:
        conditions, kept = forward(one.conditions, protocols[one.version :])
        values = {name: one.predictions[name] for name in ("mean", "low", "high")}
        table = conditions[list(space.names)].assign(**values)
        table = table[np.array(kept, bool)].assign(status=PREDICTED)
        parts.append(table[~rows_among(space.codes(table), knowledge.settled)])
    return pd.concat(parts[-1:] if len(parts) > 1 else parts).reset_index(drop=True)


def skip_body(state: State, found: SkipList) -> SkipBody:
    """Return a skip list as it is recorded."""
    names = list(state.protocol.space.names)
    predictions = found.conditions.assign(reason=PREDICTED)[list(PREDICTION_COLUMNS)]
    return SkipBody(
        protocol=state.protocol.digest,
        conditions=table_of(found.conditions[names], "row"),
        predictions=table_of(predictions, "row"),
        error=found.error,
        tolerance=found.tolerance,
        threshold=found.found.threshold or 1.0,
        checked=found.found.checked,
        wrong=found.found.wrong,
        model=found.model,
    )


def _checks(knowledge: Knowledge) -> list[str]:
    """Return the measured conditions that were drawn by lot from what is allowed today."""
    state, today = knowledge.state, knowledge.state.protocol
    drawn: list[str] = []
    for number, one in state.rounds.items():
        then = state.protocol_of(number)
        # What was drawn from other conditions says nothing of those that are allowed now.
        if (then.factors, then.constraints) == (today.factors, today.constraints):
            predictions = one.round.predictions
            drawn += map(str, predictions.index[predictions["reason"] == CHECK])
    told = _told_of(knowledge)
    return [one for one in dict.fromkeys(drawn) if one in told]


def _told_of(knowledge: Knowledge) -> frozenset[str]:
    """Return the conditions with an answer: a value, a failure, or a requirement that is missed.

    A check that fails is no missing one: without it, those left would be judged by those that work.
    """
    failures = [one.table["condition"] for one in knowledge.working]
    missed = [met.index[~met] for met in _met(knowledge)]
    return frozenset(chain(knowledge.observations["condition"], *failures, *missed))


def _met(knowledge: Knowledge) -> tuple[pd.Series[bool], ...]:
    """Return, for each requirement, which of the conditions that were read meet it; indexed by their ids."""
    found = []
    for readout, observed in knowledge.required_observations:
        if readout.require is not None:
            means = observed.groupby("condition")["mean"].mean()
            met = readout.require.margin(means.to_numpy(float)) >= 0
            found.append(pd.Series(met, means.index))
    return tuple(found)


def _without(knowledge: Knowledge, checks: list[str]) -> Knowledge:
    """Return what was known if no check had been measured."""
    samples = knowledge.carried.samples
    held = samples.index[samples["condition"].isin(checks)]
    returned = (one[~one["sample"].isin(held)] for one in knowledge.state.returned)
    return Knowledge(replace(knowledge.state, returned=tuple(one for one in returned if len(one))))


def _told(learnt: Knowledge, conditions: pd.DataFrame, tolerance: float | None, model: str) -> pd.DataFrame:
    """Return conditions with what is predicted of them, and how surely."""
    points = learnt.space.encode(conditions)
    posterior = learnt.posterior(model)
    if isinstance(posterior, Chances) and learnt.outcomes is not None:
        chances = posterior.outcomes.predict_proba(points)
        names = np.array(learnt.outcomes.outcomes.names, dtype=object)
        found = posterior.interval(points)
        mean, low, high = found.mean, found.low, found.high
        sure, extra = chances.max(axis=1), {"outcome": names[chances.argmax(axis=1)]}
    else:
        mean, sd = posterior.mean_sd(points)
        low, high, extra = mean - INTERVAL * sd, mean + INTERVAL * sd, {}
        scatter = posterior.noise_sd**2 / learnt.state.protocol.plate.replicates
        sure = confidence_within(np.sqrt(sd**2 + scatter), tolerance or 0.0)
    # What is listed as predicted is a condition that works, too.
    sure = sure * learnt.chance(points)
    table = conditions[list(learnt.space.names)].assign(mean=mean, low=low, high=high, **extra)
    return table.assign(**{CONFIDENCE: PERCENT * sure})


def _sure(table: pd.DataFrame) -> Floats:
    return table[CONFIDENCE].to_numpy(float) / PERCENT


def _wrong(knowledge: Knowledge, seen: pd.DataFrame, tolerance: float | None) -> Bools:
    """Return which checks came out otherwise than predicted, (n,).

    Those did that failed in half of their wells or more, and those that miss a requirement or were not read
    for it.
    """
    wrong = _off(knowledge, seen, tolerance)
    for one in knowledge.working:
        works = one.table[one.table["code"].isin(one.outcomes.codes)]
        wells = [table.groupby("condition")["wells"].sum() for table in (works, one.table)]
        working, every = (each.reindex(seen.index, fill_value=0.0).to_numpy(float) for each in wells)
        wrong = wrong | (2 * working <= every)
    for met in _met(knowledge):
        wrong = wrong | ~met.reindex(seen.index, fill_value=False).to_numpy(bool)
    return wrong


def _off(knowledge: Knowledge, seen: pd.DataFrame, tolerance: float | None) -> Bools:
    """Return which checks have another objective than predicted, (n,): where wells are split, they do."""
    if knowledge.outcomes is None:
        observed = knowledge.observations
        means = observed.groupby("condition")["mean"].mean().reindex(seen.index).to_numpy(float)
        return np.asarray(~(np.abs(means - seen["mean"].to_numpy(float)) <= (tolerance or 0.0)))
    wells = knowledge.outcomes.table.groupby(["condition", "code"])["wells"].sum().unstack(fill_value=0)
    names = knowledge.outcomes.outcomes.names
    wells = wells.reindex(index=seen.index, columns=range(len(names)), fill_value=0.0)
    codes = [names.index(one) for one in seen["outcome"]]
    counts = wells.to_numpy(float)
    predicted = counts[np.arange(len(codes)), codes]
    return np.asarray(~(2 * predicted > counts.sum(axis=1)), bool)


def _require_sense(knowledge: Knowledge, error: float, tolerance: float | None) -> None:
    if not 0 < error < 1:
        raise UsageError(f"The share that may be wrong is between 0 and 1, not {error:g}.")
    words, readout = knowledge.outcomes is not None, knowledge.state.protocol.readout
    if words and tolerance is not None:
        raise UsageError(f"{readout.name} is a word: it is right or wrong, there is no tolerance.")
    if not words and (tolerance is None or not tolerance > 0):
        unit = f" in {readout.evaluated_unit}" if readout.evaluated_unit else ""
        raise UsageError(f"Say how far {readout.name} may be from its prediction{unit}: --tolerance.")
    if knowledge.space.places > MOST:
        found = f"a protocol with {knowledge.space.places:,} places"
        remedy = "Take factors or levels out with 'bioal amend'."
        raise Refused(Problem("too-many", found, f"at most {MOST:,}, predicted one by one", remedy))


def _require_learnt(learnt: Knowledge) -> None:
    seen = learnt.observations["condition"].nunique()
    if seen < FEWEST:
        remedy = "Measure conditions besides the checks: no check teaches what predicts here."
        raise Refused(Problem("too-little", f"{seen} conditions measured", f"{FEWEST} or more", remedy))
