"""Whatever bytes come in, a reader reads them or refuses them in words: no other error leaves it.

Rubbish, and honest files with bytes changed, cut out, repeated or exchanged, for every reader of files.
Longer by hand: BIOAL_FUZZ=50 pytest -q tests/test_fuzzing.py
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bioal.campaign.campaign import Campaign
from bioal.campaign.pointer import POINTER, pointer_in
from bioal.campaign.records import decoded
from bioal.errors import BioalError
from bioal.plates.worklists.echo_report import read_transfer_report
from bioal.protocol.protocol import protocol_from_file, protocol_from_toml
from bioal.protocol.templates import starting_text
from bioal.sheets.filling import fill_in
from bioal.sheets.protocol_returned import protocol_from_path
from bioal.sheets.protocol_workbook import write_protocol_workbook
from bioal.sheets.returned import text_of
from bioal.sheets.tables import read_conditions

REPORT = b"""Run ID,1
[EXCEPTIONS]
Date Time Point,Source Plate Name,Source Well,Destination Plate Name,Destination Well,Transfer Volume,Actual Volume,Transfer Status
2026-01-01,R01-s,A1,R01-plate-1,B1,25,0,MM0202007: no fluid
[DETAILS]
Date Time Point,Source Plate Name,Source Well,Destination Plate Name,Destination Well,Transfer Volume,Actual Volume,Transfer Status
2026-01-01,R01-s,A2,R01-plate-1,B2,25,25,

Instrument Name,E1
"""  # noqa: E501
TABLE = "Sample;Condition;Mg-glutamate [mM];GFP [RFU]\nR01-S0001;R01-C001;8,5;1021,75\n".encode("utf-16")

LONGER = int(os.environ.get("BIOAL_FUZZ", "1"))

Read = Callable[[Path], object]


class Reads(dict[str, tuple[str, bytes, Read]]):
    """For each reader, the name of its file, an honest content, and how it reads."""

    def __repr__(self) -> str:
        return f"Reads of {len(self)} readers"  # a failure is said without whole workbooks


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a campaign in it whose open round is filled in, and a protocol as a workbook."""
    folder = tmp_path_factory.mktemp("fuzz")
    campaign = Campaign.new(folder / "c", protocol_from_toml(starting_text("fuzz")))
    proposal = campaign.propose(3)
    samples = campaign.rounds[1].samples.index
    fill_in(proposal.workbook, f"{campaign.protocol.readout.heading}", dict.fromkeys(map(str, samples), 5.5))
    write_protocol_workbook(folder / "honest.xlsx", campaign.protocol)
    return folder


def report_in(path: Path) -> object:
    return read_transfer_report(text_of(path), path.name)


@pytest.fixture(scope="session")
def reads(place: Path) -> Reads:
    campaign = Campaign.open(place / "c")
    protocol = campaign.protocol
    book = (place / "c" / "rounds" / "round-01.xlsx").read_bytes()
    record = (place / "c" / "records" / "000002.json").read_bytes()
    pointer = b'url = "sqlite:////x.db"\ncampaign = "c0ffee"\n'
    return Reads({
        "a round's workbook": ("b.xlsx", book, campaign.check),
        "a table of results": ("t.csv", TABLE, campaign.check),
        "a table of conditions": ("c.csv", TABLE, lambda path: read_conditions(path, protocol)),
        "a protocol": ("p.toml", starting_text().encode(), protocol_from_file),
        "a protocol's workbook": ("q.xlsx", (place / "honest.xlsx").read_bytes(), protocol_from_path),
        "a transfer report": ("e.csv", REPORT, report_in),
        "a record": ("r.json", record, lambda path: decoded(path.read_bytes(), path.name)),
        "a pointer to a database": (POINTER, pointer, lambda path: pointer_in(path.parent)),
    })


READERS = (
    "a round's workbook",
    "a table of results",
    "a table of conditions",
    "a protocol",
    "a protocol's workbook",
    "a transfer report",
    "a record",
    "a pointer to a database",
)
PIECES = st.sampled_from(
    [b"", b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\xe2\x88\x92", b"1e999", b"nan", b"9" * 400, b"\n\n"]
    + [bytes([sign]) for sign in b"\"'[{=,;-<&\r\t"]
)


# Where (a share of the whole), over how many bytes, and what comes there; None: the same bytes twice.
CHANGES = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 40), st.one_of(st.none(), PIECES, st.binary(max_size=12))),
    min_size=1,
    max_size=4,
)


def changed(honest: bytes, changes: list[tuple[float, int, bytes | None]]) -> bytes:
    """Return an honest content in which stretches are cut out, repeated, or replaced by something else."""
    content = bytearray(honest)
    for share, length, piece in changes:
        start = int(share * len(content))
        gone = bytes(content[start : start + length])
        content[start : start + length] = gone + gone if piece is None else piece
    return bytes(content)


def read_or_refused(read: Read, path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        read(path)
    except BioalError as error:
        said = str(error)
    else:
        return
    assert said
    assert "\x1b" not in said


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=40 * LONGER, deadline=None, suppress_health_check=list(HealthCheck))
@given(changes=CHANGES)
def test_an_honest_file_that_was_changed_is_read_or_refused(place, reads, name, changes):
    file, honest, read = reads[name]
    read_or_refused(read, place / file, changed(honest, changes))


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=20 * LONGER, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=st.one_of(st.binary(max_size=300), st.text(max_size=200).map(str.encode)))
def test_rubbish_is_read_or_refused(place, reads, name, content):
    file, _, read = reads[name]
    read_or_refused(read, place / file, content)


def test_every_reader_reads_its_honest_file(place, reads):
    found: dict[str, Any] = {}
    for name in READERS[:1] + READERS[3:7]:
        file, honest, read = reads[name]
        (place / file).write_bytes(honest)
        found[name] = read(place / file)
    assert found["a round's workbook"].problems == ()
    assert len(found["a transfer report"].rows) == 2
