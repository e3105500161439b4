"""A source of old data as it stands in a campaign: conditions, samples and readings that only teach."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from bioal.campaign import tables
from bioal.campaign.bodies import HistoryBody, Table
from bioal.protocol.protocol import Protocol

HISTORY = "history"  # the role of its samples


@dataclass(frozen=True)
class Past:
    """Old data of one source; `version` is the position of the protocol whose factors the conditions have.

    `source` is the digest of the file, `mapping` how its columns were understood.
    """

    record: int
    number: int
    name: str
    version: int
    source: str
    mapping: Table
    conditions: pd.DataFrame
    samples: pd.DataFrame

    @property
    def placed(self) -> pd.DataFrame:
        """Return the samples with plates that are unique in the campaign."""
        own = self.samples["plate"].astype(object).map(lambda plate: f"H{self.number:02d} {plate}".strip())
        return self.samples.assign(plate=own)


def past_of(body: HistoryBody, record: int, version: int, protocol: Protocol) -> Past:
    """Return the source that a record holds."""
    return Past(
        record,
        body.number,
        body.name,
        version,
        body.source.sha256,
        body.mapping,
        tables.conditions_from(body.conditions, protocol),
        tables.samples_from(body.samples),
    )
