"""The ask list: what a person wants measured, or measured again because they distrust it.

It comes first in the next plate, before what the model wants; what does not fit waits for the one after.
A wish is met when a later round holds its condition; replaced or undone rounds meet nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bioal.campaign.bodies import AskBody
from bioal.campaign.carrying import forward
from bioal.campaign.designs import as_dispensed, require_makeable
from bioal.campaign.learning import Knowledge
from bioal.campaign.tables import table_of, written
from bioal.errors import NothingNew, Problem, Refused, UsageError
from bioal.protocol.protocol import Protocol

Key = tuple[str, ...]


def ask_body(
    knowledge: Knowledge, wanted: pd.DataFrame | None, distrusted: Sequence[str], reason: str
) -> AskBody:
    """Return a person's wishes as they are recorded.

    Parameters
    ----------
    wanted
        Conditions to measure, in the factors of the protocol; one that was measured is measured again.
    distrusted
        Ids of measured conditions to measure again.

    Raises
    ------
    Refused
        With every row that cannot be made and every id that cannot be repeated.
    NothingNew
        Where all of it is on the list already.
    """
    protocol = knowledge.state.protocol
    if wanted is None and not distrusted:
        raise UsageError("Ask for what? Name a file with conditions, or measured conditions to distrust.")
    nothing = knowledge.carried.conditions.iloc[:0][list(protocol.space.names)]
    asked = nothing if wanted is None else as_laid_out(protocol, wanted)
    problems = [*_unrepeatable(knowledge, distrusted), *_between_plate_levels(protocol, asked)]
    if problems:
        raise Refused(problems)
    again = list(dict.fromkeys(distrusted))
    waiting = set(keys_of(protocol, waiting_list(knowledge)))
    new = [*keys_of(protocol, asked), *keys_of(protocol, knowledge.carried.among(again))]
    if set(new) <= waiting:
        raise NothingNew("All of this is on the ask list already and comes first in the next plate.")
    return AskBody(
        protocol=protocol.digest,
        conditions=table_of(asked.set_axis(range(1, len(asked) + 1)), "row"),
        again=again,
        reason=written(reason),
        file=written(str(wanted.attrs.get("file", ""))) if wanted is not None else "",
    )


def as_laid_out(protocol: Protocol, conditions: pd.DataFrame) -> pd.DataFrame:
    """Return a person's conditions as they are dispensed; raise Refused with each row that cannot be made."""
    require_makeable(protocol, conditions)
    return as_dispensed(protocol, conditions)[list(protocol.space.names)].reset_index(drop=True)


def waiting_list(knowledge: Knowledge) -> pd.DataFrame:
    """Return the conditions that were asked for and that no later round holds, in today's factors."""
    protocol, protocols = knowledge.state.protocol, [one.protocol for one in knowledge.state.versions]
    names = list(protocol.space.names)
    parts = [knowledge.carried.conditions.iloc[:0][names]]
    for asked in knowledge.state.asked:
        frame, kept = forward(asked.conditions, protocols[asked.version :])
        again = knowledge.carried.among(asked.again)
        wished = pd.concat([frame[np.array(kept, bool)][names], again[names]])
        planned = _planned_since(knowledge, asked.record)
        left = np.array([key not in planned for key in keys_of(protocol, wished)], bool)
        parts.append(wished[left])
    everything = pd.concat([part for part in parts if len(part)] or parts)
    first = ~pd.Series(keys_of(protocol, everything), dtype=object).duplicated().to_numpy(bool)
    return everything[first].reset_index(drop=True)


def makeable_today(knowledge: Knowledge, wished: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the wishes that the protocol in force allows, and a sentence on those that it does not."""
    protocol = knowledge.state.protocol
    kept = np.array([_can_be_made(protocol, wished.iloc[[row]]) for row in range(len(wished))], bool)
    lost = int((~kept).sum())
    said = "1 condition that you asked for is" if lost == 1 else f"{lost} conditions that you asked for are"
    note = f"{said} left out: the protocol in force does not allow it any more."
    return wished[kept].reset_index(drop=True), (note,) if lost else ()


def keys_of(protocol: Protocol, conditions: pd.DataFrame) -> list[Key]:
    """Return what tells conditions apart: the text of each factor's value."""
    rows = conditions[list(protocol.space.names)].astype(object).itertuples(index=False, name=None)
    factors = protocol.factors
    return [tuple(factor.text(value) for factor, value in zip(factors, row, strict=True)) for row in rows]


def _planned_since(knowledge: Knowledge, record: int) -> set[Key]:
    """Return the keys of all conditions that rounds proposed after a record hold, and of the vetoed."""
    state = knowledge.state
    ids = [
        one for proposed in state.rounds.values() if proposed.record > record
        for one in proposed.round.predictions.index
    ]  # fmt: skip
    vetoed = knowledge.space.conditions(knowledge.vetoed)
    return {
        *keys_of(state.protocol, knowledge.carried.among(ids)),
        *keys_of(state.protocol, vetoed),
    }


def _can_be_made(protocol: Protocol, condition: pd.DataFrame) -> bool:
    try:
        require_makeable(protocol, condition)
    except Refused:
        return False
    return True


def _unrepeatable(knowledge: Knowledge, ids: Sequence[str]) -> list[Problem]:
    measured = set(knowledge.observations["condition"])
    return [
        Problem(
            "not-measured",
            f"'{one}'" if one not in knowledge.carried.counts else f"{one}, of which nothing came back",
            "the id of a measured condition, such as R02-C017",
            "Take the id from the run list; what was never measured is asked for by its factors, in a file.",
        )
        for one in ids
        if one not in measured or one not in knowledge.carried.among([one]).index
    ]


def _between_plate_levels(protocol: Protocol, asked: pd.DataFrame) -> list[Problem]:
    """Return what keeps a condition off every plate: a whole plate has one of the levels."""
    shared = [list(protocol.space.names).index(name) for name in protocol.space.plate_factors]
    if not shared or asked.empty:
        return []
    off = np.asarray((protocol.space.codes(asked)[:, shared] < -1).any(axis=1))
    names = ", ".join(protocol.space.plate_factors)
    expected = f"a level of {names}: a whole plate has it"
    remedy = "Use a level of the protocol, or amend it."
    return [
        Problem("off-level", f"row {row + 1} between levels", expected, remedy, place=f"row {row + 1}")
        for row in off.nonzero()[0]
    ]
