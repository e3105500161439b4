"""What the records add up to: protocol versions, rounds as they stand, readings that count.

The state is a pure replay. Each kind of record has one rule that turns a state into the next; a record that
was undone is left out, as if it had never happened.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
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
    Request,
    ResultsBody,
    SkipBody,
    UndoBody,
    VetoBody,
)
from bioal.campaign.ids import highest
from bioal.campaign.past import Past, past_of
from bioal.campaign.records import Record
from bioal.errors import Problem, Refused
from bioal.measurements.outcomes import failed_samples
from bioal.measurements.readings import completed, latest
from bioal.plates.rounds import SAMPLE_COLUMNS, Round
from bioal.protocol.confirming import beside_reference
from bioal.protocol.protocol import Protocol
from bioal.protocol.reading import read_protocol

ALL_SAMPLE_COLUMNS = ("round", *SAMPLE_COLUMNS)


@dataclass(frozen=True)
class Version:
    """A version of the protocol, the number of its record, and what it changed."""

    record: int
    protocol: Protocol
    text: str
    changes: tuple[str, ...]


@dataclass(frozen=True)
class Proposed:
    """A round as it stands.

    `round` is as planned, vetoes included, and `head` the digest of the record that planned it last;
    `conditions` and `samples` are what the bench added, and `made` names the condition that a planned
    sample really was.
    """

    record: int
    head: str
    round: Round
    request: Request
    version: int
    notes: tuple[str, ...]
    conditions: pd.DataFrame
    samples: pd.DataFrame
    made: Mapping[str, str] = field(default_factory=dict)
    vetoed: tuple[tuple[str, str], ...] = ()
    details: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def every_condition(self) -> pd.DataFrame:
        """Return the conditions of the round, planned and made at the bench."""
        return (
            pd.concat([self.round.conditions, self.conditions])
            if len(self.conditions)
            else self.round.conditions
        )

    @property
    def as_made(self) -> pd.DataFrame:
        """Return every sample of the round with the condition that it really was."""
        planned = self.round.samples
        made = planned.assign(condition=[self.made.get(str(s), c) for s, c in planned["condition"].items()])
        return pd.concat([made, self.samples]) if len(self.samples) else made


@dataclass(frozen=True)
class Asked:
    """What a person wants in the next plate: new conditions, and ids of measured ones to repeat."""

    record: int
    version: int
    conditions: pd.DataFrame
    again: tuple[str, ...]


@dataclass(frozen=True)
class Skipped:
    """Conditions that are predicted and not measured, and what is predicted of them, row by row."""

    version: int
    conditions: pd.DataFrame
    predictions: pd.DataFrame


@dataclass(frozen=True)
class State:
    """A campaign after its latest record.

    `returned` holds the readings of each record as it came, `failed` what an instrument could not make.
    """

    id: str
    name: str
    records: tuple[Record, ...]
    undone: frozenset[int]
    versions: tuple[Version, ...]
    rounds: Mapping[int, Proposed] = field(default_factory=lambda: MappingProxyType({}))
    returned: tuple[pd.DataFrame, ...] = ()
    excluded: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    vetoed: tuple[pd.DataFrame, ...] = ()
    failed: frozenset[str] = frozenset()
    history: tuple[Past, ...] = ()
    asked: tuple[Asked, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    @property
    def head(self) -> str:
        """Return the digest of the latest record."""
        return self.records[-1].sha256

    @property
    def protocol(self) -> Protocol:
        """Return the protocol in force."""
        return self.versions[-1].protocol

    @property
    def protocol_texts(self) -> tuple[str, ...]:
        """Return every version of the protocol that was ever recorded, those undone too, as text."""
        bodies = (record.body for record in self.records)
        found = (one.protocol if isinstance(one, CampaignBody) else one for one in bodies)
        return tuple(one.text for one in found if isinstance(one, ProtocolBody))

    @cached_property
    def readings(self) -> pd.DataFrame:
        """Return the latest reading of each sample and readout by each reader."""
        if not self.returned:
            return tables.no_readings()
        return latest(completed(pd.concat(self.returned, ignore_index=True))).reset_index(drop=True)

    @cached_property
    def samples(self) -> pd.DataFrame:
        """Return every sample of every round as it was made: index sample id, `ALL_SAMPLE_COLUMNS`."""
        parts = [one.as_made.assign(round=number) for number, one in self.rounds.items()]
        empty = pd.DataFrame({name: pd.Series(dtype=object) for name in ALL_SAMPLE_COLUMNS})
        return pd.concat(parts)[list(ALL_SAMPLE_COLUMNS)] if parts else empty

    @cached_property
    def answered(self) -> frozenset[str]:
        """Return the samples for which all of the objective came back, or that are known to have failed."""
        failed = frozenset().union(*(failed_samples(self.readings, one) for one in self.protocol.working))
        typed = [one.name for one in self.protocol.readouts if one.name in self.protocol.readout.measured]
        each = self.readings.drop_duplicates(["sample", "readout"])
        came = each.loc[each["readout"].isin(typed), "sample"].value_counts()
        return failed | frozenset(map(str, came.index[came == len(typed)]))

    def laid_out(self, number: int) -> Protocol:
        """Return the protocol of a round as it was laid out with: a confirmation has more wells."""
        proposed = self.rounds[number]
        protocol, wells = self.versions[proposed.version].protocol, proposed.request.confirm
        return protocol if wells is None else beside_reference(protocol, wells)

    def merged(self, number: int) -> bool:
        """Return whether anything of a round came back: readings, or what was really dispensed."""
        seen = self.samples.index[self.samples["round"] == number]
        made = bool(self.rounds[number].made) if number in self.rounds else False
        return made or bool((seen.isin(self.readings["sample"]) | seen.isin(list(self.failed))).any())

    def outstanding(self, number: int) -> tuple[str, ...]:
        """Return the samples of a round that did not fail and whose objective's readout has not come back."""
        known = self.answered | self.failed
        return tuple(str(s) for s in self.rounds[number].as_made.index if s not in known)

    def pending(self, number: int) -> tuple[str, ...]:
        """Return the proposed conditions of a round of which nothing has come back, but something may."""
        made = self.rounds[number].as_made
        waited = made.loc[~made.index.isin(list(self.failed))]
        seen = set(made["condition"]) - set(waited["condition"])
        seen |= set(made.loc[made.index.isin(self.answered), "condition"])
        kept = set(made["condition"])
        return tuple(
            str(c) for c in self.rounds[number].round.predictions.index if c in kept and c not in seen
        )

    @property
    def open_round(self) -> int | None:
        """Return the latest round if some of its conditions are pending."""
        latest = max(self.rounds, default=None)
        return latest if latest is not None and self.pending(latest) else None

    def issued(self, number: int, letter: str) -> int:
        """Return the highest number that an id of a round ever had, in undone or replaced records too."""
        return highest((record.body for record in self.records), number, letter)


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
        rounds[int(text)] = _with_bench(one, bench, state.versions[one.version].protocol)
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
    one = state.rounds[body.round]
    protocol = state.versions[one.version].protocol
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
