"""What is known of a campaign: protocol versions, rounds as they stand, readings that count.

It holds what the records add up to; `bioal.campaign.replaying` says how each of them changes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

import pandas as pd

from bioal.campaign import tables
from bioal.campaign.bodies import CampaignBody, ProtocolBody, Request
from bioal.campaign.ids import highest
from bioal.campaign.past import Past
from bioal.campaign.records import Record
from bioal.measurements.outcomes import failed_samples
from bioal.measurements.readings import completed, latest
from bioal.plates.rounds import SAMPLE_COLUMNS, Round
from bioal.protocol.confirming import beside_reference
from bioal.protocol.protocol import Protocol

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

    def protocol_of(self, number: int) -> Protocol:
        """Return the protocol that was in force when a round was proposed."""
        return self.versions[self.rounds[number].version].protocol

    def laid_out(self, number: int) -> Protocol:
        """Return the protocol of a round as it was laid out with: a confirmation has more wells."""
        protocol, wells = self.protocol_of(number), self.rounds[number].request.confirm
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
