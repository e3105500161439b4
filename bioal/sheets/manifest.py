"""The hidden page of a workbook: its campaign and round, and a digest of every sample as planned.

Keys and values are text. A sample's digest covers its id and the levels of its condition as they are written,
so that an id that slipped by a row no longer fits the condition beside it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from openpyxl.worksheet.worksheet import Worksheet

from bioal.plates.rounds import Round
from bioal.protocol.protocol import Protocol
from bioal.sheets.names import KEY_PROTOCOL, KEY_ROUND, KEY_SAMPLE, KEY_SCHEMA, SCHEMA
from bioal.sheets.style import cell_at, write_text

DIGITS = 16


def sample_digest(sample: str, condition: Mapping[str, object], protocol: Protocol) -> str:
    """Return the digest of a sample's id and its condition's levels, in the protocol's order of factors."""
    levels = [[factor.name, factor.text(condition[factor.name])] for factor in protocol.factors]
    written = json.dumps([sample, levels], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(written.encode("ascii")).hexdigest()[:DIGITS]


def manifest_of(protocol: Protocol, round_: Round, given: Mapping[str, str]) -> dict[str, str]:
    """Return all keys and values of the hidden page: those given, bioal's own, and one for each sample.

    What is given (the campaign's id and name, the head record) wins where keys agree.
    """
    conditions = {
        condition: {str(name): value for name, value in row.items()}
        for condition, row in round_.conditions.to_dict("index").items()
    }
    digests = {
        KEY_SAMPLE + str(sample): sample_digest(str(sample), conditions[condition], protocol)
        for sample, condition in round_.samples["condition"].items()
    }
    own = {KEY_SCHEMA: SCHEMA, KEY_ROUND: str(round_.number), KEY_PROTOCOL: protocol.digest}
    return {**own, **given, **digests}


def write_manifest(sheet: Worksheet, manifest: Mapping[str, str]) -> None:
    """Write keys and values in two columns from the first row."""
    for row, (key, value) in enumerate(manifest.items(), start=1):
        write_text(cell_at(sheet, row, 1), key)
        write_text(cell_at(sheet, row, 2), value)
    sheet.column_dimensions["A"].width = 22
    sheet.column_dimensions["B"].width = 70
    sheet.protection.sheet = True
    sheet.sheet_state = "hidden"
