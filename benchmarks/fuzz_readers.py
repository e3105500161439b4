"""Every reader of files that come from outside, each with honest contents for a fuzzer to begin with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import openpyxl

from benchmarks.fuzz_workbooks import NEXT, grids_of, said, workbook
from bioal.campaign.campaign import Campaign
from bioal.campaign.pointer import POINTER, pointer_in
from bioal.campaign.records import decoded
from bioal.campaign.reporting import reported
from bioal.errors import Refused
from bioal.plates.worklists.echo import read_echo
from bioal.plates.worklists.epmotion import read_epmotion
from bioal.plates.worklists.tecan import read_tecan
from bioal.protocol.protocol import protocol_from_file, protocol_from_toml
from bioal.protocol.reads import read_in
from bioal.protocol.templates import starting_text
from bioal.sheets.filling import fill_in
from bioal.sheets.history import read_mapping, read_old_table, write_mapping
from bioal.sheets.protocol_returned import protocol_from_path
from bioal.sheets.protocol_workbook import write_protocol_workbook
from bioal.sheets.readers.choosing import Asked
from bioal.sheets.readers.pages import found_in
from bioal.sheets.readers.plates import read_plate
from bioal.sheets.returned import text_of
from bioal.sheets.tables import read_conditions

LIQUIDS = """
[campaign]
name = "Fuzz"

[readouts.GFP]
unit = "RFU"

[objective]
readout = "GFP"
direction = "maximize"

[liquids]
volume = "20 uL"
device = "echo 525"
filler = "water"

[factors.Mg]
unit = "mM"
levels = [2.5, 5]
made = { stock = "500 mM" }

[plate]
size = 96
replicates = 2
"""


GRID = ("\t1\t2\t3\t4\n" + "".join(f"{row}\t1.5\t2\tOVRFLW\t<0.5\n" for row in "ABCDEFGH")).encode()
LIST = b"Well,Value\nA1,1.5\nA2,2\nB1,OVRFLW\n"

CHANNELS = 3
FILLED_IN = ("Run list", "Paste sheet", "Plate details", "Added conditions", "_bioal")

Read = Callable[[Path], object]


@dataclass(frozen=True)
class Reader:
    """How a file is read, the name that it has, and honest contents; `grids` where these make a workbook."""

    file: str
    read: Read
    seeds: tuple[bytes, ...]
    grids: bool = False

    def content(self, given: bytes) -> bytes:
        """Return what is in the file."""
        return workbook(given) if self.grids else given


def readers(place: Path, exports: Path) -> dict[str, Reader]:
    """Return every reader by its name.

    Parameters
    ----------
    place
        An empty folder.
    exports
        A folder with files that instruments wrote, which may be missing.
    """
    campaign = Campaign.new(place / "c", protocol_from_toml(starting_text("fuzz")))
    campaign.propose(3)
    return {**_returned(campaign, exports), **_protocols(place, campaign), **_others(place, campaign)}


def _returned(campaign: Campaign, exports: Path) -> Mapping[str, Reader]:
    book = campaign.folder / "rounds" / "round-01.xlsx"
    samples = map(str, campaign.rounds[1].samples.index)
    fill_in(book, campaign.protocol.readout.heading, dict.fromkeys(samples, 5.5))
    rows = openpyxl.load_workbook(book)["Run list"].iter_rows(values_only=True)
    runs = "\n".join(NEXT.join(map(said, row)) for row in rows).encode()
    files = sorted(exports.iterdir()) if exports.is_dir() else []
    texts = tuple(path.read_bytes() for path in files if path.suffix in (".csv", ".txt"))
    books = tuple(grids_of(path) for path in files if path.suffix == ".xlsx")

    def plate(path: Path) -> object:
        """Return what is found of each channel that a refusal offers."""
        round_, readouts = campaign.rounds[1], campaign.protocol.readouts
        for name in {offer.name for offer in found_in(path).offers[:CHANNELS]}:
            with suppress(Refused):
                asked = Asked("plate-1", read_in("last"), name, readouts[0].name)
                read_plate(path, asked, round_, readouts)
        return read_plate(path, Asked("plate-1"), round_, readouts)

    def area(path: Path) -> object:
        return campaign.check(path, plate="round-01/plate-1", range_="A1:E9")

    commas = runs.replace(b"\t", b";").replace(b".", b",")
    return {
        "run list": Reader("r.csv", campaign.check, (runs, commas)),
        "round's workbook": Reader("r.xlsx", campaign.check, (grids_of(book, FILLED_IN),), True),
        "plate": Reader("p.csv", plate, (GRID, LIST, *texts)),
        "plate in a workbook": Reader("p.xlsx", plate, (b"\fSheet1\n" + GRID, *books), True),
        "named cells": Reader("n.csv", area, (GRID,)),
    }


def _protocols(place: Path, campaign: Campaign) -> Mapping[str, Reader]:
    write_protocol_workbook(place / "protocol.xlsx", campaign.protocol)
    old = place / "old.csv"
    old.write_text("Mg;GFP;day\n4;12,5;a\n2;8;b\n", encoding="utf-8")
    write_mapping(place / "mapping.xlsx", campaign.protocol, read_old_table(old))
    honest = (grids_of(place / "protocol.xlsx"),)
    mapping = (grids_of(place / "mapping.xlsx"),)
    rows = campaign.rounds[1].conditions.rename(
        columns={f.name: f.heading for f in campaign.protocol.factors}
    )
    tables = (rows.to_csv(index=False).encode(), rows.to_csv(index=False, sep=";", decimal=",").encode())
    return {
        "protocol": Reader("p.toml", protocol_from_file, (starting_text().encode(), LIQUIDS.encode())),
        "protocol's workbook": Reader("q.xlsx", protocol_from_path, honest, True),
        "old table": Reader("o.csv", read_old_table, (old.read_bytes(), *tables)),
        "mapping sheet": Reader("m.xlsx", lambda path: read_mapping(path, campaign.protocol), mapping, True),
        "conditions": Reader("c.csv", lambda path: read_conditions(path, campaign.protocol), tables),
    }


def _others(place: Path, campaign: Campaign) -> Mapping[str, Reader]:
    piped = Campaign.new(place / "piped", protocol_from_toml(LIQUIDS))
    piped.propose(2)
    records = tuple(path.read_bytes() for path in sorted((campaign.folder / "records").glob("*.json")))
    lists = tuple(path.read_bytes() for path in sorted((piped.folder / "rounds" / "round-01").glob("*.csv")))

    def worklists(path: Path) -> object:
        text = text_of(path)
        with suppress(Refused):
            read_epmotion(text)
        with suppress(Refused):
            read_tecan(text, {})
        return read_echo(text)

    return {
        "transfer report": Reader("e.csv", lambda path: reported(piped.state, path, None), _reports(lists)),
        "record": Reader("r.json", lambda path: decoded(path.read_bytes(), path.name), records),
        "pointer": Reader(
            POINTER, lambda path: pointer_in(path.parent), (b'url = "sqlite:////x.db"\ncampaign = "c0"\n',)
        ),
        "worklists": Reader("w.csv", worklists, lists),
    }


def _reports(lists: Sequence[bytes]) -> tuple[bytes, ...]:
    """Return what an Echo would say of its worklists: all went well, and the first transfer failed."""
    text = next(one.decode("utf-8-sig") for one in lists if b"Transfer Volume" in one)
    head, *rows = text.splitlines()
    volume = head.split(",").index("Transfer Volume")
    done = [f"{row},{row.split(',')[volume]}," for row in rows]
    head += ",Actual Volume,Transfer Status"
    fine = "\n".join(["Run ID,1", "[DETAILS]", head, *done, "", "Instrument Name,E1"])
    failed = ["[EXCEPTIONS]", head, f"{rows[0]},0,MM0202007: no fluid", "[DETAILS]", head, *done[1:]]
    return fine.encode(), "\n".join(failed).encode()
