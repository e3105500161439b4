"""What a record can hold: one body for each kind of thing that happens to a campaign.

Names and shapes are promised: a record is read for ever. A later version may add a field with a default.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType
from typing import Annotated

import pandas as pd
from pydantic import BaseModel, ConfigDict, PlainValidator

Plain = str | int | float | bool | None


class Body(BaseModel):
    """What every body shares: nothing unknown, nothing converted, nothing changed afterwards."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


def _plain_rows(rows: object) -> list[list[Plain]]:
    # A hundred full plates hold a million cells: a union of types, tried for each, would take seconds.
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise ValueError("a list of lists is needed")
    kinds = {kind for row in rows for kind in map(type, row)}
    strange = [kind.__name__ for kind in kinds if not issubclass(kind, str | int | float | NoneType)]
    if strange:
        raise ValueError(f"text, numbers, true, false and null are allowed, not {', '.join(sorted(strange))}")
    return rows


class Table(Body):
    """A table as it is written down: the first column is the index, None is what a cell lacks."""

    columns: list[str]
    rows: Annotated[list[list[Plain]], PlainValidator(_plain_rows)]

    def frame(self, *, numeric: tuple[str, ...] = ()) -> pd.DataFrame:
        """Return the table as a DataFrame indexed by its first column, `numeric` columns as float."""
        index, *columns = self.columns
        cells = {name: [row[at] for row in self.rows] for at, name in enumerate(self.columns)}
        labels = pd.Index(cells[index], name=index, dtype=object)
        series = {
            name: pd.Series(cells[name], index=labels, dtype=float if name in numeric else object)
            for name in columns
        }
        return pd.DataFrame(series, index=labels, columns=pd.Index(columns, dtype=object))


class ProtocolBody(Body):
    """A version of the protocol: its text as written, and what it changed in the version before.

    `profiles` are the instruments that its doses rest on, as they were known when it was recorded.
    """

    text: str
    digest: str
    changes: list[str] = []
    profiles: dict[str, dict[str, dict[str, str | int | float]]] = {}


class CampaignBody(Body):
    """The beginning: an id that no other campaign has, a name, the first protocol."""

    id: str
    name: str
    protocol: ProtocolBody


class Request(Body):
    """What was asked of a proposal; two equal requests ask for the same round.

    `confirm` is the number of wells of each condition of a confirmation, None of any other round.
    """

    conditions: int
    seed: int
    model: str
    acquisition: str
    repeats: bool
    candidates: Table | None = None
    exactly: Table | None = None
    added: Table | None = None
    per_cost: bool = False
    checks: int = 0
    at_least: list[str] = []
    confirm: int | None = None


class Edits(Body):
    """What a person changed of a proposal: conditions taken out, in words, and ids of those put in."""

    dropped: dict[str, str] = {}
    added: list[str] = []


class ProposalBody(Body):
    """A round: conditions, what was predicted of them, and each sample in its well."""

    round: int
    request: Request
    protocol: str
    size: int
    conditions: Table
    predictions: Table
    samples: Table
    notes: list[str] = []
    edits: Edits | None = None


class Source(Body):
    """The file that results came from; digests are empty for a table handed over in memory."""

    file: str
    sha256: str
    content: str


class Correction(Body):
    """A reading that took the place of an earlier one, both as they were read."""

    sample: str
    readout: str
    old: str
    new: str


class Bench(Body):
    """What was made otherwise than planned in a round.

    `conditions` are new conditions, `samples` new samples in their wells; `made` names, for a planned
    sample, the condition that it really was.
    """

    conditions: Table
    samples: Table
    made: dict[str, str]


class ResultsBody(Body):
    """What came back: readings, never normalised; what was made otherwise, by round; what was skipped.

    `failed` are samples that an instrument could not make, and why: they do not count. "" takes that back.
    `orientation` is how a person said that plates were read, by round, plate and readout; the readings are
    those put back so.
    """

    source: Source
    readings: Table
    corrections: list[Correction] = []
    bench: dict[str, Bench] = {}
    details: dict[str, dict[str, dict[str, str]]] = {}
    notes: dict[str, str] = {}
    accepted: list[str] = []
    skipped: list[str] = []
    failed: dict[str, str] = {}
    orientation: dict[str, dict[str, dict[str, str]]] = {}


class ExclusionBody(Body):
    """Samples that no longer count, and why."""

    where: str
    samples: list[str]
    reason: str


class VetoBody(Body):
    """A proposed condition that will not be made, and the one that takes its wells.

    `notes` are those of the round from then on; None leaves them as they are.
    """

    round: int
    condition: str
    reason: str
    conditions: Table
    predictions: Table
    notes: list[str] | None = None


class HistoryBody(Body):
    """Old data of one source: what its rows were, what was read, and how its columns were understood.

    Ids begin with `H` and the number of the source. `protocol` is the digest of the version whose factors the
    conditions have; `left_out` names each row that was not used, and why.
    """

    number: int
    name: str
    source: Source
    protocol: str
    mapping: Table
    conditions: Table
    samples: Table
    readings: Table
    left_out: dict[str, str] = {}


class AskBody(Body):
    """What a person wants in the next plate: new conditions, and ids of measured ones that they distrust.

    `protocol` is the digest of the version whose factors the conditions have.
    """

    protocol: str
    conditions: Table
    again: list[str] = []
    reason: str = ""
    file: str = ""


class SkipBody(Body):
    """Conditions that are not measured because they are predicted surely enough; no readings.

    `protocol` is the digest of the version whose factors the conditions have; `error` is the share that may
    be wrong, `checked` and `wrong` what it rests on.
    """

    protocol: str
    conditions: Table
    predictions: Table
    error: float
    tolerance: float | None = None
    threshold: float
    checked: int
    wrong: int
    model: str


class UndoBody(Body):
    """The number of a record that no longer counts, and why."""

    record: int
    reason: str


BODIES: Mapping[str, type[Body]] = {
    "campaign": CampaignBody,
    "protocol": ProtocolBody,
    "proposal": ProposalBody,
    "results": ResultsBody,
    "exclusion": ExclusionBody,
    "veto": VetoBody,
    "history": HistoryBody,
    "ask": AskBody,
    "skip": SkipBody,
    "undo": UndoBody,
}
KINDS: Mapping[type[Body], str] = {body: kind for kind, body in BODIES.items()}
