"""Which conditions a round holds: the engine's choice, a person's own design, the next best after a veto."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from bioal.acquisition.candidates import Candidates, Codes
from bioal.acquisition.rows import rows_among
from bioal.acquisition.streaming import Progress, silent
from bioal.campaign.between import between_levels
from bioal.campaign.designs import as_dispensed, codes_of_candidates, plates_of_design, require_makeable
from bioal.campaign.learning import INTERVAL, Knowledge
from bioal.campaign.options import Options, options_of, resolved
from bioal.engine import Batch, Settings, choose
from bioal.errors import Problem, Refused
from bioal.evidence import Bools, Evidence, Floats, Ints
from bioal.models.chances import Chances
from bioal.models.outcomes import OutcomeEvidence
from bioal.plates.costing import cost_of_conditions
from bioal.plates.counting import conditions_by_plate
from bioal.plates.rounds import PREDICTION_COLUMNS
from bioal.protocol.protocol import Protocol
from bioal.protocol.space import Restricted, Space
from bioal.strategies.wording import USUAL


@dataclass(frozen=True)
class Chosen:
    """Conditions and their predictions, row by row; `plates` (from 1) where each must stay on one."""

    conditions: pd.DataFrame
    predictions: pd.DataFrame
    plates: tuple[int, ...] | None
    notes: tuple[str, ...]

    def in_order(self, order: Ints) -> Chosen:
        """Return the same in another order."""
        conditions, predictions = (
            frame.iloc[order].reset_index(drop=True) for frame in (self.conditions, self.predictions)
        )
        plates = None if self.plates is None else tuple(self.plates[at] for at in order)
        return Chosen(conditions, predictions, plates, self.notes)

    def first(self, count: int) -> Chosen:
        """Return the first so many."""
        plates = None if self.plates is None else self.plates[:count]
        return Chosen(self.conditions.iloc[:count], self.predictions.iloc[:count], plates, self.notes)

    def with_ids(self, ids: list[str]) -> Chosen:
        """Return the same with the ids of its conditions as index."""
        index = pd.Index(ids, name="condition", dtype=object)
        return replace(
            self, conditions=self.conditions.set_axis(index), predictions=self.predictions.set_axis(index)
        )


def chosen_with_carried(
    knowledge: Knowledge,
    options: Options,
    count: int,
    rng: np.random.Generator,
    progress: Progress = silent,
) -> Chosen:
    """Return the best so far, as many as the protocol carries over, and what the engine wants besides."""
    kept = _carried_over(knowledge, options, min(knowledge.state.protocol.plate.carry_over, count - 1))
    new = best(knowledge, options, count - len(kept.conditions), rng, progress)
    if kept.conditions.empty:
        return replace(new, notes=(*new.notes, *kept.notes))
    both = [pd.concat([getattr(one, name) for one in (kept, new)], ignore_index=True) for name in FRAMES]
    doubled = both[0].duplicated().to_numpy()  # where repeats may be proposed, the engine may want them too
    frames = [frame[~doubled].reset_index(drop=True) for frame in both]
    return Chosen(frames[0], frames[1], None, new.notes)


FRAMES = ("conditions", "predictions")


def _carried_over(knowledge: Knowledge, options: Options, count: int) -> Chosen:
    """Return the measured conditions with the best posterior means that may be proposed today."""
    space, protocol = knowledge.space, knowledge.state.protocol
    samples = knowledge.carried.samples
    tried = samples.loc[samples["role"].isin(("sample", "carried over")), "condition"]
    seen = knowledge.observations["condition"]
    conditions = knowledge.carried.among(list(seen[seen.isin(set(tried))]))
    conditions = conditions[protocol.space.contains(conditions)] if len(conditions) else conditions
    if options.beside is not None and len(conditions):
        conditions = conditions[~rows_among(space.codes(conditions), space.codes(options.beside))]
    if len(conditions):
        codes = _among_candidates(space.codes(conditions), _candidates(knowledge, options))
        conditions = conditions[rows_among(space.codes(conditions), codes)]
    if count < 1 or conditions.empty or space.plate_factors:
        held = f"a plate has its own {', '.join(space.plate_factors)}"
        said = (f"No condition is carried over: {held}.",) if count > 0 and space.plate_factors else ()
        empty = pd.DataFrame(columns=list(PREDICTION_COLUMNS))
        return Chosen(conditions.iloc[:0], empty, None, said)
    model = resolved(options, protocol).model
    mean, low, high = knowledge.interval(space.encode(conditions), model)
    order = np.argsort(-protocol.objective.score(mean), kind="stable")[:count]
    words = np.repeat("repeat", len(order)).astype(object)
    columns = (mean[order], low[order], high[order], words)
    predictions = pd.DataFrame(dict(zip(PREDICTION_COLUMNS, columns, strict=True)))
    return Chosen(conditions.iloc[order].reset_index(drop=True), predictions, None, ())


def best(
    knowledge: Knowledge,
    options: Options,
    count: int,
    rng: np.random.Generator,
    progress: Progress = silent,
) -> Chosen:
    """Return the conditions that the engine wants measured next."""
    protocol, space = knowledge.state.protocol, knowledge.space
    candidates = _candidates(knowledge, options)
    shared = bool(space.plate_factors)
    setup = protocol.plate
    plates = (
        conditions_by_plate(count, setup.replicates, protocol.controls, setup.size, usable=setup.room)
        if shared
        else None
    )
    batch = _batch(knowledge, options, candidates, count=count, plates=plates, rng=rng, progress=progress)
    conditions = space.conditions(batch.codes)
    used = [int(one) + 1 for one in np.unique(batch.plate, return_inverse=True)[1]]
    return Chosen(
        conditions, _predicted(batch), tuple(used) if shared else None, knowledge.named(batch.notes)
    )


def as_asked(knowledge: Knowledge, design: pd.DataFrame, protocol: Protocol, reason: str) -> Chosen:
    """Return given conditions as a round, predicted where there is enough to predict from."""
    require_makeable(protocol, design)
    conditions = as_dispensed(protocol, design)[list(protocol.space.names)].reset_index(drop=True)
    notes = between_levels(protocol, conditions) if reason == "asked" else ()
    return replace(asked_for(knowledge, conditions, reason), notes=notes)


def asked_for(knowledge: Knowledge, conditions: pd.DataFrame, reason: str = "asked") -> Chosen:
    """Return conditions that a person wants, which can be made, with what is predicted of them."""
    mean, low, high = knowledge.interval(knowledge.space.encode(conditions))
    words = np.repeat(reason, len(conditions)).astype(object)
    predictions = pd.DataFrame(dict(zip(PREDICTION_COLUMNS, (mean, low, high, words), strict=True)))
    return Chosen(conditions, predictions, plates_of_design(knowledge.state.protocol, conditions), ())


def next_best(knowledge: Knowledge, number: int, condition: str) -> Chosen:
    """Return the best condition for the wells of one of a round's, on the same per-plate setting."""
    proposed, space = knowledge.state.rounds[number], knowledge.space
    protocol = knowledge.state.protocol
    options = resolved(options_of(proposed.request, protocol), protocol).at(number)
    setting = space.settings(space.codes(proposed.round.conditions.loc[[condition]]))
    same = Kept(_candidates(knowledge, options), partial(of_setting, space=space, setting=int(setting[0])))
    rng = np.random.default_rng([options.seed, number, len(proposed.vetoed) + 1])
    batch = _batch(knowledge, options, same, count=1, plates=None, rng=rng, leaving=condition)
    if not len(batch):
        found = "no other condition that may be proposed"
        remedy = "Leave the wells empty and set their status to 'missing', or widen the protocol."
        raise Refused(Problem("none-left", found, f"one in place of {condition}", remedy))
    return Chosen(space.conditions(batch.codes), _predicted(batch), None, knowledge.named(batch.notes))


def _batch(  # noqa: PLR0913  what a person asks for, each thing by name
    knowledge: Knowledge,
    options: Options,
    candidates: Candidates,
    *,
    count: int,
    plates: tuple[int, ...] | None,
    rng: np.random.Generator,
    leaving: str = "",
    progress: Progress = silent,
) -> Batch:
    objective = knowledge.state.protocol.objective
    pending = knowledge.carried.among([one for one in knowledge.pending if one != leaving])
    asked = resolved(options, knowledge.state.protocol)
    wanted = USUAL if asked.acquisition is None else asked.acquisition
    settings = Settings(count, asked.model, wanted, objective.score, options.repeats, plates)
    cost = partial(_cost_of_codes, protocol=knowledge.state.protocol) if options.per_cost else None
    settings = replace(settings, required=knowledge.required, works=knowledge.works, cost=cost)
    evidence: Evidence | OutcomeEvidence | None = knowledge.evidence if len(knowledge.observations) else None
    if knowledge.outcomes is not None:
        settings = replace(settings, wanted=knowledge.outcomes.outcomes.codes)
        evidence = knowledge.outcomes.evidence if len(knowledge.outcomes.evidence) else None
    # What may be repeated is taken too, so it has to be a candidate: not vetoed, on the list, of the setting.
    taken = _among_candidates(knowledge.taken, candidates) if options.repeats else knowledge.taken
    points = knowledge.space.encode(pending)
    if options.beside is not None and len(options.beside):
        taken = np.concatenate([taken, knowledge.space.codes(options.beside)])
        points = np.vstack([points, knowledge.space.encode(options.beside)])
    return choose(evidence, candidates, settings, rng, taken=taken, pending=points, progress=progress)


def _candidates(knowledge: Knowledge, options: Options) -> Candidates:
    space = knowledge.space
    listed = options.candidates
    candidates = (
        space if listed is None else space.restricted(codes_of_candidates(knowledge.state.protocol, listed))
    )
    vetoed = knowledge.vetoed
    kept = Kept(candidates, partial(_not_among, others=vetoed)) if len(vetoed) else candidates
    return kept if options.keep is None else Kept(kept, options.keep)


def _cost_of_codes(codes: Codes, protocol: Protocol) -> Floats:
    cost = cost_of_conditions(protocol, protocol.space.conditions(codes))
    if not (cost > 0).all():
        # Nothing is worth infinitely much because it is free.
        cost = np.maximum(cost, cost[cost > 0].min(initial=np.inf))
        cost[~np.isfinite(cost)] = 1.0
    return cost


def _among_candidates(codes: Codes, candidates: Candidates) -> Codes:
    """Return the rows that are candidates."""
    if isinstance(candidates, Kept):
        kept: Codes = codes[candidates.keep(codes)]
        return _among_candidates(kept, candidates.candidates)
    return codes[rows_among(codes, candidates.listed)] if isinstance(candidates, Restricted) else codes


def _not_among(codes: Codes, others: Codes) -> Bools:
    return ~rows_among(codes, others)


def of_setting(codes: Codes, space: Space, setting: int) -> Bools:
    """Return which codes have a combination of per-plate factors, (m,)."""
    return np.asarray(space.settings(codes) == setting)


def _predicted(batch: Batch) -> pd.DataFrame:
    low, high = batch.mean - INTERVAL * batch.sd, batch.mean + INTERVAL * batch.sd
    if isinstance(batch.model, Chances):
        found = batch.model.interval(batch.points)
        low, high = found.low, found.high
    columns = (batch.mean, low, high, np.array(batch.reasons, object))
    return pd.DataFrame(dict(zip(PREDICTION_COLUMNS, columns, strict=True)))


@dataclass(frozen=True)
class Kept:
    """Those candidates that a rule keeps: the settings of a plate, all but the vetoed.

    The rule is a named function, so that it can be sent to another process.
    """

    candidates: Candidates
    keep: Callable[[Codes], Bools]

    @property
    def selected(self) -> bool:
        """Return whether those that the rule is applied to were selected."""
        return self.candidates.selected

    @property
    def size(self) -> float:
        """Return how many there are at most."""
        return self.candidates.size

    @property
    def places(self) -> int:
        """Return how long the list is that `block` cuts."""
        return self.candidates.places

    def block(self, start: int, stop: int) -> Codes:
        """Return those kept at these places."""
        block = self.candidates.block(start, stop)
        return block[self.keep(block)]

    def sample(self, count: int, rng: np.random.Generator) -> Codes:
        """Draw up to `count` of them; twice as many are drawn until enough are kept or none are left."""
        asked = count
        while True:
            drawn = self.candidates.sample(asked, rng)
            kept = drawn[self.keep(drawn)]
            if len(kept) >= count or len(drawn) < asked or asked > 64 * count + 4096:
                return kept[:count]
            asked *= 2

    def neighbours(self, codes: Codes) -> Codes:
        """Return the neighbours that are kept."""
        near = self.candidates.neighbours(codes)
        return near[self.keep(near)]

    def crosses(self, codes: Codes, count: int, rng: np.random.Generator) -> Codes:
        """Return the crosses that are kept."""
        mixed = self.candidates.crosses(codes, count, rng)
        return mixed[self.keep(mixed)]

    def points(self, codes: Codes) -> Floats:
        """Return the points of these codes."""
        return self.candidates.points(codes)

    def settings(self, codes: Codes) -> Ints:
        """Return the per-plate settings of these codes."""
        return self.candidates.settings(codes)
