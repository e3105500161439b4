"""How each kind of record changes what is known of a campaign.

The state is a pure replay. Each kind of record has one rule that turns a state into the next; a record that
was undone is left out, as if it had never happened.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import cast

import pandas as pd

from bioal.campaign import tables
from bioal.campaign.bodies import (
    AskBody,
    Bench,
    Body,
    CampaignBody,
    ExclusionBody,
    HistoryBody,
    ProposalBody,
    ProtocolBody,
    ResultsBody,
    SkipBody,
    UndoBody,
    VetoBody,
)
from bioal.campaign.past import past_of
from bioal.campaign.records import Record
from bioal.campaign.state import Asked, Proposed, Skipped, State, Version
from bioal.errors import Problem, Refused
from bioal.plates.rounds import Round
from bioal.protocol.protocol import Protocol
from bioal.protocol.reading import read_protocol


def replay(records: Iterable[Record]) -> State:
    """Return the state that records add up to; the first is the campaign's beginning."""
    everything = tuple(records)
    undone = frozenset(record.body.record for record in everything if isinstance(record.body, UndoBody))
    beginning = cast(CampaignBody, everything[0].body)
    state = State(
        beginning.id, beginning.name, everything, undone, (_version(everything[0], beginning.protocol),)
    )
    for record in everything[1:]:
        if record.number not in undone:
            state = _RULES[type(record.body)](state, record)
    return state


def extended(state: State, record: Record) -> State:
    """Return the state after one more record."""
    if isinstance(record.body, UndoBody):
        return replay((*state.records, record))
    return replace(_RULES[type(record.body)](state, record), records=(*state.records, record))


@lru_cache(maxsize=32)
def _protocol(text: str, profiles: str) -> Protocol:
    return read_protocol(text, "protocol.toml", json.loads(profiles))


def _version(record: Record, body: ProtocolBody) -> Version:
    protocol = _protocol(body.text, json.dumps(body.profiles, sort_keys=True))
    return Version(record.number, protocol, body.text, tuple(body.changes))


def _amended(state: State, record: Record) -> State:
    body = cast(ProtocolBody, record.body)
    return replace(state, versions=(*state.versions, _version(record, body)))


def _proposed(state: State, record: Record) -> State:
    body = cast(ProposalBody, record.body)
    version = _version_of(state, body.protocol)
    protocol = state.versions[version].protocol
    conditions = tables.conditions_from(body.conditions, protocol)
    predictions = tables.predictions_from(body.predictions)
    samples = tables.samples_from(body.samples)
    made = Round(body.round, conditions, predictions, samples, body.size)
    new = Proposed(
        record.number,
        record.sha256,
        made,
        body.request,
        version,
        tuple(body.notes),
        conditions.iloc[:0],
        samples.iloc[:0],
    )
    return replace(state, rounds=MappingProxyType({**state.rounds, body.round: new}))


def _version_of(state: State, digest: str) -> int:
    return next(at for at, one in reversed(list(enumerate(state.versions))) if one.protocol.digest == digest)


def _remembered(state: State, record: Record) -> State:
    body = cast(HistoryBody, record.body)
    version = _version_of(state, body.protocol)
    past = past_of(body, record.number, version, state.versions[version].protocol)
    fresh = tables.readings_from(body.readings, record.number)
    return replace(state, history=(*state.history, past), returned=(*state.returned, fresh))


def _returned(state: State, record: Record) -> State:
    body = cast(ResultsBody, record.body)
    rounds = dict(state.rounds)
    for text, bench in body.bench.items():
        one = rounds[int(text)]
        rounds[int(text)] = _with_bench(one, bench, state.protocol_of(int(text)))
    for text, details in body.details.items():
        one = rounds[int(text)]
        known = {plate: {**one.details.get(plate, {}), **said} for plate, said in details.items()}
        rounds[int(text)] = replace(one, details={**one.details, **known})
    fresh = tables.readings_from(body.readings, record.number)
    # an empty table has no types of its own, and would lend its columns' to the others
    returned = (*state.returned, fresh) if len(fresh) else state.returned
    failing = {**state.excluded, **body.failed}
    excluded = MappingProxyType({sample: why for sample, why in failing.items() if why})
    failed = {sample for sample in (*state.failed, *body.failed) if body.failed.get(sample) != ""}
    return replace(
        state,
        rounds=MappingProxyType(rounds),
        returned=returned,
        excluded=excluded,
        failed=frozenset(failed),
    )


def _with_bench(one: Proposed, bench: Bench, protocol: Protocol) -> Proposed:
    conditions = tables.conditions_from(bench.conditions, protocol)
    samples = tables.samples_from(bench.samples)
    return replace(
        one,
        conditions=pd.concat([one.conditions, conditions]) if len(one.conditions) else conditions,
        samples=pd.concat([one.samples, samples]) if len(one.samples) else samples,
        made={**one.made, **bench.made},
    )


def _excluded(state: State, record: Record) -> State:
    body = cast(ExclusionBody, record.body)
    fresh = dict.fromkeys(body.samples, body.reason)
    return replace(state, excluded=MappingProxyType({**state.excluded, **fresh}))


def _vetoed(state: State, record: Record) -> State:
    body = cast(VetoBody, record.body)
    one, protocol = state.rounds[body.round], state.protocol_of(body.round)
    conditions = tables.conditions_from(body.conditions, protocol)
    predictions = tables.predictions_from(body.predictions)
    changed = tables.round_with(one.round, body.condition, conditions, predictions)
    vetoed = (*one.vetoed, (body.condition, body.reason))
    notes = one.notes if body.notes is None else tuple(body.notes)
    new = replace(one, head=record.sha256, round=changed, vetoed=vetoed, notes=notes)
    refused = one.round.conditions.loc[[body.condition]]
    return replace(
        state,
        rounds=MappingProxyType({**state.rounds, body.round: new}),
        vetoed=(*state.vetoed, refused.assign(version=one.version)),
    )


def _wished(state: State, record: Record) -> State:
    body = cast(AskBody, record.body)
    version = _version_of(state, body.protocol)
    conditions = tables.conditions_from(body.conditions, state.versions[version].protocol)
    new = Asked(record.number, version, conditions, tuple(body.again))
    return replace(state, asked=(*state.asked, new))


def _skipped(state: State, record: Record) -> State:
    body = cast(SkipBody, record.body)
    version = _version_of(state, body.protocol)
    conditions = tables.conditions_from(body.conditions, state.versions[version].protocol)
    # What is predicted with later knowledge takes the place of what was predicted before.
    return replace(
        state, skipped=(Skipped(version, conditions, tables.predictions_from(body.predictions)),)
    )


def _refuse_beginning(state: State, record: Record) -> State:
    problem = Problem(
        "record-misplaced",
        f"record {record.number}, another campaign's beginning",
        "one beginning",
        f"Restore the records of {state.name} from a backup.",
    )
    raise Refused(problem)


_RULES: Mapping[type[Body], Callable[[State, Record], State]] = {
    CampaignBody: _refuse_beginning,
    ProtocolBody: _amended,
    ProposalBody: _proposed,
    ResultsBody: _returned,
    ExclusionBody: _excluded,
    VetoBody: _vetoed,
    HistoryBody: _remembered,
    AskBody: _wished,
    SkipBody: _skipped,
    UndoBody: lambda state, _: state,
}
