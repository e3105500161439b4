"""Old data of another time or place: recorded once, as a source of its own beside the campaign's rounds.

A source has a number; its conditions are `H01-C001`, its samples `H01-S0001`, its plates `H01 <their batch>`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from bioal.campaign.bodies import HistoryBody, Source, Table
from bioal.campaign.past import HISTORY
from bioal.campaign.state import State
from bioal.campaign.tables import plain, table_of, written
from bioal.errors import NothingNew, Problem, Refused
from bioal.measurements.history import History, HistoryMap, Used, history_of
from bioal.measurements.readings import readings_table, without_unsaid
from bioal.plates.rounds import SAMPLE_COLUMNS
from bioal.protocol.protocol import Protocol
from bioal.sheets.history import OldTable, read_mapping, read_old_table


@dataclass(frozen=True)
class OldData:
    """A table read under a mapping: what is used and left out, before anything is recorded."""

    table: OldTable
    mapping: HistoryMap
    found: History
    digest: str


def old_data(protocol: Protocol, path: Path, mapping: Path, sheet: str | None) -> OldData:
    """Return what a table says under a mapping sheet.

    Raises
    ------
    Refused
        Where either cannot be read, or the mapping does not fit the table or the protocol.
    """
    table, read = read_old_table(path, sheet), read_mapping(mapping, protocol)
    found = history_of(table.table, read, protocol)
    if found.problems:
        raise Refused([replace(one, file=one.file or mapping.name) for one in found.problems])
    return OldData(table, read, found, hashlib.sha256(path.read_bytes()).hexdigest())


def history_body(state: State, old: OldData) -> HistoryBody:
    """Return the record of old data.

    Raises
    ------
    NothingNew
        Where they are recorded already.
    Refused
        Where the same file is recorded under another mapping, or no row of it can be used.
    """
    if not old.found.used:
        remedy = "Look at the reasons: 'bioal history FILE --mapping MAPPING' lists each row."
        raise Refused(_problem(old, "history-empty", "no row that can be used", "at least one", remedy))
    mapping = _mapping_table(old.mapping)
    for past in state.history:
        if past.source == old.digest and past.mapping == mapping:
            raise NothingNew(f"{old.table.file} is recorded already, as source H{past.number:02d}.")
        if past.source == old.digest:
            found = f"a file that is recorded as source H{past.number:02d}, its columns understood otherwise"
            remedy = f"Undo that first: bioal undo {past.record}."
            raise Refused(_problem(old, "history-again", found, "a file once", remedy))
    number = 1 + sum(isinstance(record.body, HistoryBody) for record in state.records)
    return _body(number, old, state.protocol, mapping)


def _problem(old: OldData, code: str, found: str, expected: str, remedy: str) -> Problem:
    return Problem(code, found, expected, remedy, file=old.table.file)


def _body(number: int, old: OldData, protocol: Protocol, mapping: Table) -> HistoryBody:
    used = old.found.used
    keys = [tuple(factor.text(row.condition[factor.name]) for factor in protocol.factors) for row in used]
    ids = {key: f"H{number:02d}-C{at:03d}" for at, key in enumerate(dict.fromkeys(keys), start=1)}
    rows = {ids[key]: row.condition for key, row in zip(keys, used, strict=True)}
    names = list(protocol.space.names)
    conditions = pd.DataFrame.from_dict(rows, orient="index", columns=names, dtype=object)
    samples = [f"H{number:02d}-S{at:04d}" for at in range(1, len(used) + 1)]
    readings = [
        replace(reading, sample=sample)
        for sample, row in zip(samples, used, strict=True)
        for reading in row.readings
    ]
    table = readings_table(readings)
    return HistoryBody(
        number=number,
        name=written(old.mapping.source),
        source=Source(file=written(old.table.file), sha256=old.digest, content=""),
        protocol=protocol.digest,
        mapping=mapping,
        conditions=table_of(conditions, "condition"),
        samples=table_of(_samples(used, [ids[key] for key in keys], samples), "sample"),
        readings=table_of(without_unsaid(table).set_axis(range(1, len(table) + 1)), "reading"),
        left_out={written(row): written(why) for row, why in old.found.left_out.items()},
    )


def _samples(used: Sequence[Used], conditions: Sequence[str], samples: Sequence[str]) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "condition": list(conditions),
            "plate": [row.plate for row in used],
            "well": [row.row for row in used],
            "role": [HISTORY] * len(used),
        },
        index=list(samples),
        dtype=object,
    )
    replicate = frame.groupby("condition", sort=False).cumcount() + 1
    return frame.assign(replicate=replicate)[list(SAMPLE_COLUMNS)]


def _mapping_table(mapping: HistoryMap) -> Table:
    rows = [
        [name, one.theirs, one.unit, None if one.blank is None else plain(one.blank.value)]
        for name, one in sorted(mapping.columns.items())
    ]
    rows += [["plate", mapping.plate, "", None], ["source", mapping.source, "", None]]
    return Table(columns=["ours", "theirs", "unit", "blank"], rows=rows)
