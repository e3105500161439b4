"""A person's hand in an open proposal: conditions taken out of it, others put in, the rest kept with its ids.

The round is laid out anew in the plates that it has; what was taken out may be proposed again later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bioal.campaign.asking import as_laid_out, keys_of
from bioal.campaign.between import between_levels
from bioal.campaign.bodies import Edits, Request
from bioal.campaign.choosing import Chosen, asked_for
from bioal.campaign.designs import at_row, plates_of_design
from bioal.campaign.exclusions import samples_meant
from bioal.campaign.learning import Knowledge, without_round
from bioal.campaign.options import Options
from bioal.campaign.proposals import require_own_protocol, require_unmerged
from bioal.campaign.proposing import arithmetic, ids_of, laid_out, remarks_on_layout
from bioal.campaign.spending import budget_of_change, cost_of_round
from bioal.campaign.state import Proposed, State
from bioal.errors import Problem, Refused, UsageError
from bioal.plates.rounds import Round
from bioal.protocol.protocol import Protocol


@dataclass(frozen=True)
class Edited:
    """An open round as a person changed it, what they should know of it, and what they changed."""

    round: Round
    notes: tuple[str, ...]
    edits: Edits


def edited(state: State, drop: Sequence[str], add: pd.DataFrame | None) -> Edited:
    """Return the open round with conditions dropped and added.

    Parameters
    ----------
    drop
        Ids of conditions or samples, or phrases such as `plate-1 A1:C6`: conditions with a well among
        those named leave with all their wells.
    add
        Conditions that come in.

    Raises
    ------
    Refused
        When a result of the round was merged, a phrase means nothing, a row cannot be made or is in the round
        already, nothing would be left, or more would come in than the round's plates hold.
    UsageError
        When no round is open.
    """
    number = _editable(state)
    proposed, protocol = state.rounds[number], state.laid_out(number)
    leaving = _leaving(state, number, drop)
    kept = [str(one) for one in proposed.round.predictions.index if one not in leaving]
    knowledge = Knowledge(without_round(state, number))
    coming, known = _coming(knowledge, proposed, kept, add, number)
    _require_room(protocol, proposed.round, len(kept) + len(coming.conditions))
    names = list(protocol.space.names)
    conditions = pd.concat([proposed.round.conditions.loc[kept, names], coming.conditions])
    predictions = pd.concat(
        [part for part in (proposed.round.predictions.loc[kept], coming.predictions) if len(part)]
    )
    chosen = Chosen(conditions, predictions, plates_of_design(protocol, conditions), ())
    rng = np.random.default_rng([proposed.request.seed, number, state.records[-1].number])
    budget = budget_of_change(state, number)
    round_, fresh = laid_out(knowledge, protocol, chosen, known, number, rng, budget=budget)
    came = [str(one) for one in coming.conditions.index]
    edits = Edits(dropped={one: _words(protocol, proposed, one) for one in sorted(leaving)}, added=came)
    cost = cost_of_round(protocol, proposed.round)
    gone = (*remarks_on_layout(knowledge, proposed.round), "" if cost is None else cost.words())
    kept_notes = [note for note in proposed.notes if note not in gone]
    between = between_levels(protocol, coming.conditions)
    said = (*dict.fromkeys((*kept_notes, *fresh, *between)), _said(edits))
    return Edited(round_, said, edits)


def means_the_open_round(state: State, options: Options, request: Request, drop: Sequence[str]) -> bool:
    """Return whether what is dropped and added is meant for the open round, and not for a new one.

    Raises
    ------
    UsageError
        When conditions are dropped and something else is asked that an open round does not change by.
    """
    alone = options.conditions is None and options.wells is None
    alone = alone and options.candidates is None and options.exactly is None
    if drop and not alone:
        raise UsageError("To drop conditions of the open round, use --drop and --add alone.")
    opened = state.open_round
    again = opened is not None and state.rounds[opened].request == request
    return bool(drop) or (options.added is not None and opened is not None and alone and not again)


def _editable(state: State) -> int:
    number = state.open_round
    if number is None:
        raise UsageError("No round is open: there is nothing to drop.")
    require_unmerged(state, number, "change")
    require_own_protocol(state, number)
    return number


def _leaving(state: State, number: int, drop: Sequence[str]) -> frozenset[str]:
    """Return the ids of the proposed conditions that the phrases name."""
    samples = state.samples[state.samples["round"] == number]
    sizes = {number: state.rounds[number].round.size}
    named = [sample for phrase in drop for sample in samples_meant(phrase, samples, sizes)]
    conditions = {str(one) for one in samples.loc[named, "condition"]}
    leaving = conditions & set(map(str, state.rounds[number].round.predictions.index))
    if conditions and not leaving:
        found, expected = "wells with controls only", "wells or ids of proposed conditions"
        raise Refused(Problem("nothing-dropped", found, expected, "Take the ids from the run list."))
    return frozenset(leaving)


def _coming(
    knowledge: Knowledge, proposed: Proposed, kept: Sequence[str], add: pd.DataFrame | None, number: int
) -> tuple[Chosen, frozenset[str]]:
    """Return the conditions that come in, indexed by id, and the ids that earlier rounds gave."""
    protocol = knowledge.state.protocol
    nothing = proposed.round.conditions.iloc[:0][list(protocol.space.names)]
    rows = nothing if add is None else as_laid_out(protocol, add)
    here = dict(zip(keys_of(protocol, proposed.round.conditions.loc[list(kept)]), kept, strict=True))
    doubled = [(row, here[key]) for row, key in enumerate(keys_of(protocol, rows)) if key in here]
    if doubled and add is not None:
        raise Refused([_in_already(add, row, one) for row, one in doubled])
    ids, known = ids_of(knowledge, rows, number)
    return asked_for(knowledge, rows).with_ids(ids), known


def _require_room(protocol: Protocol, round_: Round, count: int) -> None:
    if not count:
        remedy = "Keep some, add others, or take the whole proposal back with 'bioal undo'."
        raise Refused(Problem("nothing-left", "a round without conditions", "at least one", remedy))
    most = len(round_.plates)
    if not round_.in_vessels and arithmetic(protocol, count, None).plates > most:
        room = max(n for n in range(count) if arithmetic(protocol, max(n, 1), None).plates <= most)
        held = "its plate" if most == 1 else f"its {most} plates"
        remedy = f"Drop {count - room} more, or ask for the rest with 'bioal ask'."
        expected = f"at most {room}, which {held} can hold"
        raise Refused(Problem("plate-full", f"{count} conditions", expected, remedy))


def _in_already(add: pd.DataFrame, row: int, condition: str) -> Problem:
    found = f"the condition of {condition}, which the round holds already"
    expected = "conditions that are not in the round"
    return Problem("condition-repeated", found, expected, "Remove the row.", **at_row(add, row))


def _words(protocol: Protocol, proposed: Proposed, condition: str) -> str:
    row = proposed.round.conditions.loc[condition]
    return ", ".join(f"{factor.heading}: {factor.text(row[factor.name])}" for factor in protocol.factors)


def _said(edits: Edits) -> str:
    parts = [
        f"{verb} {', '.join(ids)}"
        for verb, ids in (("dropped", list(edits.dropped)), ("added", edits.added))
        if ids
    ]
    return f"You changed this proposal: {' and '.join(parts)}."
