"""Which record may be undone: one that nothing recorded later rests on."""

from __future__ import annotations

from typing import NoReturn

from bioal.campaign.bodies import (
    AskBody,
    Body,
    ExclusionBody,
    HistoryBody,
    ProposalBody,
    ProtocolBody,
    ResultsBody,
    SkipBody,
    VetoBody,
)
from bioal.campaign.records import Record
from bioal.campaign.state import State
from bioal.errors import NothingNew, Problem, Refused


def undoable(state: State, number: int | None) -> Record:
    """Return the record of this number, or the latest that can be undone; raise Refused otherwise."""
    if number is None:
        return _latest(state)
    if not 1 <= number <= len(state.records):
        _refuse(
            number, "no such record", f"a number from 1 to {len(state.records)}", "See 'bioal undo --list'."
        )
    record = state.records[number - 1]
    if number in state.undone:
        raise NothingNew(f"Record {number} is undone already.")
    obstacle = _obstacle(state, record)
    if obstacle:
        _refuse(number, obstacle, "a record that nothing rests on", "Undo what came later first.")
    return record


def _latest(state: State) -> Record:
    for record in reversed(state.records):
        if record.number not in state.undone and not _obstacle(state, record):
            return record
    raise NothingNew("There is nothing to undo.")


def _obstacle(state: State, record: Record) -> str:
    """Return why a record cannot be undone, "" where it can."""
    body = record.body
    if isinstance(body, ResultsBody | ExclusionBody | HistoryBody | AskBody | SkipBody):
        return ""
    if isinstance(body, VetoBody | ProposalBody):
        return _obstacle_of_round(state, body.round, record)
    if isinstance(body, ProtocolBody):
        resting = _standing(state, ProposalBody, ProtocolBody, HistoryBody, AskBody, SkipBody)
        later = [one for one in resting if one.number > record.number]
        return f"record {later[0].number} ({later[0].kind}) rests on it" if later else ""
    return "the campaign's beginning" if record.number == 1 else "an undo: repeat the step instead"


def _obstacle_of_round(state: State, number: int, record: Record) -> str:
    if state.merged(number):
        return f"results of round {number} have been merged"
    later = [one for one in _standing(state, ProposalBody, VetoBody) if one.number > record.number]
    return f"record {later[0].number} ({later[0].kind}) rests on it" if later else ""


def _standing(state: State, *kinds: type[Body]) -> list[Record]:
    return [one for one in state.records if isinstance(one.body, kinds) and one.number not in state.undone]


def _refuse(number: int, found: str, expected: str, remedy: str) -> NoReturn:
    raise Refused(Problem("cannot-undo", found, expected, remedy, place=f"record {number}"))
