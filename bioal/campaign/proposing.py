"""How a round comes about: the arithmetic of wells, conditions, ids, wells, and a last look at all of it.

Nothing here touches a file or a record; the same knowledge and the same options give the same round.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from bioal.acquisition.streaming import Progress, silent
from bioal.campaign.asking import keys_of
from bioal.campaign.benchwork import benchwork
from bioal.campaign.choosing import Chosen, as_asked, next_best
from bioal.campaign.designs import plates_of_design
from bioal.campaign.filling import chosen_with_asked
from bioal.campaign.learning import Knowledge
from bioal.campaign.options import Options, resolved
from bioal.campaign.scatter import replicate_noise, spread_of
from bioal.campaign.spending import (
    budget_of,
    budget_of_change,
    cost_of_round,
    repriced,
    require_affordable,
    wells_used,
    within_budget,
)
from bioal.campaign.state import State
from bioal.campaign.tables import round_with
from bioal.errors import BioalError, Problem, Refused
from bioal.plates.counting import (
    WellCount,
    conditions_for_vessels,
    conditions_for_wells,
    vessels_needed,
    wells_needed,
)
from bioal.plates.layout import control_ids, samples_of_round
from bioal.plates.remarks import layout_notes
from bioal.plates.rounds import Round, condition_id, sample_id
from bioal.plates.sequence import order_of_few_changes
from bioal.protocol.confirming import beside_reference
from bioal.protocol.factors import Numeric
from bioal.protocol.protocol import Protocol


def counted(protocol: Protocol, options: Options) -> WellCount:
    """Return the wells that the options ask for."""
    protocol = protocol_of_layout(protocol, options)
    setup, controls = protocol.plate, protocol.controls
    if options.exactly is not None:
        return arithmetic(protocol, len(options.exactly), plates_of_design(protocol, options.exactly))
    if options.conditions is not None:
        return arithmetic(protocol, options.conditions, None)
    if setup.in_vessels:
        return conditions_for_vessels(options.wells, setup.replicates, controls, setup.room)
    wells, usable = options.wells if options.wells is not None else len(setup.places), setup.room
    return conditions_for_wells(
        wells, setup.replicates, controls, setup.size, whole=_whole(protocol), usable=usable
    )


def limited(state: State, options: Options) -> Options:
    """Return options that ask for a full plate as ones that keep to the wells that the protocol allows.

    Raises
    ------
    Refused
        When a number was asked for that goes beyond.
    """
    rules = state.protocol.stopping
    if rules is None or rules.wells is None:
        return options
    left, wanted = rules.wells - wells_used(state), counted(state.protocol, options).used
    if wanted <= left:
        return options
    if options.conditions is None and options.wells is None and options.exactly is None:
        return replace(options, wells=max(left, 1))
    remedy = "Ask for fewer, raise stopping.wells with 'bioal amend', or go on anyway with --go-on."
    found, expected = f"a round of {wanted} wells", f"at most {left}, what is left of {rules.wells}"
    raise Refused(Problem("over-wells", found, expected, remedy))


def protocol_of_layout(protocol: Protocol, options: Options) -> Protocol:
    """Return the protocol that a round is laid out with: a confirmation has more wells of each condition."""
    return protocol if options.confirm is None else beside_reference(protocol, options.confirm)


def arithmetic(protocol: Protocol, conditions: int, plates: tuple[int, ...] | None) -> WellCount:
    """Return the wells of so many conditions, on the plates they must stay on."""
    setup, controls = protocol.plate, protocol.controls
    if setup.in_vessels:
        return vessels_needed(conditions, setup.replicates, controls, setup.room)
    count = wells_needed(
        conditions, setup.replicates, controls, setup.size, whole=_whole(protocol), usable=setup.room
    )
    return replace(count, plates=max(plates)) if plates else count


def _whole(protocol: Protocol) -> bool:
    """Return whether all replicates of a condition have to stay on one plate."""
    return bool(protocol.space.plate_factors) or protocol.plate.together


def drafted(
    knowledge: Knowledge,
    options: Options,
    number: int,
    progress: Progress = silent,
    *,
    go_on: bool = False,
) -> tuple[Round, tuple[str, ...]]:
    """Return the round that the options ask for, and what a person should read about it."""
    protocol = protocol_of_layout(knowledge.state.protocol, options)
    options = resolved(options, protocol).at(number)
    choosing, placing = np.random.default_rng([options.seed, number]).spawn(2)
    if options.exactly is not None:
        reason = "asked" if options.confirm is None else "repeat"
        chosen = as_asked(knowledge, options.exactly, protocol, reason)
    else:
        count = counted(protocol, options).conditions
        chosen = chosen_with_asked(knowledge, options, count, choosing, progress)
        if protocol.plate.layout == "by hand":
            chosen = chosen.in_order(order_of_few_changes(chosen.conditions, protocol.factors))
    if chosen.conditions.empty:
        raise Refused(_nothing_left())
    ids, known = ids_of(knowledge, chosen.conditions, number)
    # What a campaign comes to is confirmed when it has stopped.
    budget = budget_of(knowledge.state, beyond=go_on or options.confirm is not None)
    chosen = chosen.with_ids(ids)
    if options.exactly is None:
        trying = np.random.default_rng([options.seed, number, len(chosen.conditions)])
        lay = partial(_placed, knowledge, protocol, known=known, number=number, rng=trying)
        chosen = within_budget(protocol, chosen, budget, lay)
    return laid_out(knowledge, protocol, chosen, known, number, placing, budget=budget)


def laid_out(
    knowledge: Knowledge,
    protocol: Protocol,
    chosen: Chosen,
    known: frozenset[str],
    number: int,
    rng: np.random.Generator,
    *,
    budget: float,
) -> tuple[Round, tuple[str, ...]]:
    """Return chosen conditions, indexed by their ids, in their wells, and what a person should know of it.

    `protocol` is the one to lay out with; `known` are ids that earlier rounds gave; the round may cost up to
    `budget`.

    Raises
    ------
    Refused
        Where a device cannot do it, or it costs more than the protocol allows.
    """
    round_ = _placed(knowledge, protocol, chosen, known=known, number=number, rng=rng)
    require_sound(round_, protocol)
    # What the devices cannot do is refused before anything is recorded.
    benchwork(protocol, round_)
    require_affordable(protocol, round_, budget)
    cost = cost_of_round(protocol, round_)
    priced = () if cost is None else (cost.words(),)
    return round_, (*chosen.notes, *remarks_on_layout(knowledge, round_), *priced)


def _placed(
    knowledge: Knowledge,
    protocol: Protocol,
    chosen: Chosen,
    *,
    known: frozenset[str],
    number: int,
    rng: np.random.Generator,
) -> Round:
    """Return chosen conditions, indexed by their ids, in their wells."""
    ids = [str(one) for one in chosen.conditions.index]
    roles = ["carried over" if one in known else "sample" for one in ids]
    placed = samples_of_round(
        number, ids, protocol.controls, protocol.plate, rng, plates=chosen.plates, roles=roles
    )
    conditions = _with_controls(chosen.conditions, protocol)
    samples = _numbered(placed, number, knowledge.state.issued(number, "S"))
    return Round(number, conditions, chosen.predictions, samples, protocol.plate.size)


def remarks_on_layout(knowledge: Knowledge, round_: Round) -> tuple[str, ...]:
    """Return what a person should know of where the wells of a round are."""
    noise, spread = replicate_noise(knowledge), spread_of(round_.predictions)
    protocol = knowledge.state.protocol
    words = protocol.readout.outcomes is not None
    return layout_notes(round_, protocol.plate, noise=noise, spread=spread, words=words)


def replacement(
    knowledge: Knowledge, number: int, condition: str
) -> tuple[tuple[pd.DataFrame, pd.DataFrame], list[str]]:
    """Return the condition that takes a vetoed one's wells with its prediction, and the notes of its round.

    Raises
    ------
    Refused
        Where no condition is left, the devices cannot make the round with it, or it costs too much with it.
    """
    chosen = next_best(knowledge, number, condition)
    ids, _ = ids_of(knowledge, chosen.conditions, number)
    labelled = chosen.with_ids(ids)
    taking = labelled.conditions, labelled.predictions
    proposed, protocol = knowledge.state.rounds[number], knowledge.state.protocol
    changed = round_with(proposed.round, condition, *taking)
    # What the devices cannot do is refused before anything is recorded.
    benchwork(protocol, changed)
    require_affordable(protocol, changed, budget_of_change(knowledge.state, number))
    return taking, repriced(protocol, proposed.notes, proposed.round, changed)


def _nothing_left() -> Problem:
    remedy = "Widen the protocol with 'bioal amend', give other candidates, or allow repeats."
    return Problem(
        "none-left", "no condition that is not measured, pending or vetoed", "at least one", remedy
    )


def ids_of(knowledge: Knowledge, conditions: pd.DataFrame, number: int) -> tuple[list[str], frozenset[str]]:
    """Return an id for each condition, and which of them had one already."""
    protocol = knowledge.state.protocol
    kept = knowledge.carried.among([one for one in knowledge.carried.conditions.index if one[:1] == "R"])
    keys = {key: str(one) for one, key in zip(kept.index, keys_of(protocol, kept), strict=True)}
    ids, fresh = [], knowledge.state.issued(number, "C")
    for key in keys_of(protocol, conditions):
        fresh += key not in keys
        ids.append(keys.get(key) or condition_id(number, fresh))
    return ids, frozenset(keys.values())


def _with_controls(conditions: pd.DataFrame, protocol: Protocol) -> pd.DataFrame:
    index = pd.Index([*conditions.index, *control_ids(protocol.controls)], name="condition", dtype=object)
    columns = {}
    for factor in protocol.factors:
        numeric = isinstance(factor, Numeric)
        blank = np.nan if numeric else None
        values = [
            *conditions[factor.name],
            *(one.condition.get(factor.name, blank) for one in protocol.controls),
        ]
        columns[factor.name] = pd.Series(values, index=index, dtype=float if numeric else object)
    return pd.DataFrame(columns, index=index)


def _numbered(samples: pd.DataFrame, number: int, issued: int) -> pd.DataFrame:
    """Return samples whose ids no earlier record of this round gave away."""
    ids = [sample_id(number, issued + at + 1) for at in range(len(samples))]
    return samples.set_axis(pd.Index(ids, name="sample", dtype=object))


def require_sound(round_: Round, protocol: Protocol) -> None:
    """Raise BioalError unless the round keeps every rule: a fault of bioal must not reach the bench.

    What a person asked for may lie between levels, and was looked at before.
    """
    samples, faults = round_.samples, []
    allowed = set(protocol.plate.places) or set(samples["well"])
    if samples.duplicated(["plate", "well"]).any() or not set(samples["well"]) <= allowed:
        faults.append("two samples in one well, or a well that stays empty")
    counts = samples["condition"].value_counts()
    if not (counts.reindex(round_.predictions.index) == protocol.plate.replicates).all():
        faults.append("a condition without its replicates")
    plates = samples["plate"].nunique()
    wanted = {
        one: control.wells * plates
        for one, control in zip(_controls(protocol), protocol.controls, strict=True)
    }
    if any(counts.get(one, 0) != wells_of for one, wells_of in wanted.items()):
        faults.append("a plate without its controls")
    chosen = round_.proposed[(round_.predictions["reason"] != "asked").to_numpy()]
    if len(chosen) and not protocol.space.contains(chosen).all():
        faults.append("a condition that breaks a constraint")
    if faults or _mixed(round_, protocol):
        said = "; ".join([*faults, *(["a plate with two settings"] if _mixed(round_, protocol) else [])])
        raise BioalError(f"This proposal would have had {said}. Nothing was recorded; please report it.")


def _controls(protocol: Protocol) -> tuple[str, ...]:
    return control_ids(protocol.controls)


def _mixed(round_: Round, protocol: Protocol) -> bool:
    shared = list(protocol.space.plate_factors)
    placed = round_.samples[round_.samples["condition"].isin(round_.predictions.index)]
    settings = round_.conditions.loc[placed["condition"], shared].assign(plate=placed["plate"].to_numpy())
    return bool(shared) and bool(settings.drop_duplicates()["plate"].duplicated().any())
