"""Each format against a file written out by hand from the documented form."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from bioal.plates.transfers import DeviceRun
from bioal.plates.worklists import (
    bench_files,
    biomek_csv,
    echo_csv,
    epmotion_csv,
    hamilton_csv,
    opentrons_csv,
    tecan_gwl,
)
from bioal.protocol.liquids import SourcePlate

Runs = Callable[..., DeviceRun]
Rows = Sequence[tuple[Any, ...]]
PP = SourcePlate("384PP", 384, 20e3, 65e3)

# brsynth/icfree-ml, instructor: nL, unpadded wells, no index.
ECHO = '''\
Source Plate Name,Source Plate Type,Source Well,Destination Plate Name,Destination Well,Transfer Volume,Sample ID
echo-source-2,384PP,A2,plate-1,A1,500,water
echo-source-2,384PP,A2,plate-1,A1,27.5,water
echo-source-2,384PP,A10,plate-1,AF48,2.5,"Mg, ""low"""
echo-source-2,384PP,B1,plate-1,B2,25,'=NTP
echo-source-2,384PP,A2,plate-2,A1,1000,water
echo-source-10,384PP,A1,plate-1,A1,25,lysate
'''  # noqa: E501

# Opentrons protocol library, Cherrypicking: height 1 mm, slots, uL.
OPENTRONS = """\
Source Labware,Source Slot,Source Well,Source Aspiration Height Above Bottom (in mm),Dest Labware,Dest Slot,Dest Well,Volume (in ul)
opentrons_24_tuberack_nest_2ml_snapcap,1,A1,1,corning_96_wellplate_360ul_flat,2,A1,30.00
opentrons_24_tuberack_nest_2ml_snapcap,1,A1,1,corning_96_wellplate_360ul_flat,2,B1,12.50
opentrons_24_tuberack_nest_2ml_snapcap,1,A2,1,corning_96_wellplate_360ul_flat,2,A1,2.50
opentrons_24_tuberack_nest_2ml_snapcap,1,A2,1,corning_96_wellplate_360ul_flat,2,B1,30.00
"""  # noqa: E501

# Freedom EVOware: in a rack of four rows A2 is position 5, in a plate of eight rows B1 is 2.
TECAN = """\
C;my-tecan: volumes in uL
C;water
A;stocks;;;1;;30.00;;;;
D;plate-1;;;1;;30.00;;;;
W;
A;stocks;;;1;;12.50;;;;
D;plate-1;;;2;;12.50;;;;
W;
C;NTP, 25 mM
A;stocks;;;5;;2.50;;;;
D;plate-1;;;1;;2.50;;;;
W;
A;stocks;;;5;;30.00;;;;
D;plate-1;;;2;;30.00;;;;
W;
"""

HAMILTON = """\
Source Plate Name,Source Well,Destination Plate Name,Destination Well,Transfer Volume
stocks,A1,plate-1,A1,30.00
stocks,A1,plate-1,B1,12.50
stocks,A2,plate-1,A1,2.50
stocks,A2,plate-1,B1,30.00
"""

BIOMEK = """\
Source Position,Source Well,Destination Position,Destination Well,Transfer Volume [uL]
stocks,A1,plate-1,A1,30.00
stocks,A1,plate-1,B1,12.50
stocks,A2,plate-1,A1,2.50
stocks,A2,plate-1,B1,30.00
"""

# Tools by volume: up to 50 uL TS_50 (1), up to 300 TS_300 (2), up to 1000 TS_1000 (3).
EPMOTION = """\
Source Rack,Source Well,Destination Rack,Destination Well,Transfer Volume,Tool
# Source rack 1: stocks
# Destination rack 1: plate-1
# Destination rack 2: plate-2
1,A1,1,A1,50.00,1
1,A1,2,A1,50.10,2
1,A1,1,B1,1000.00,3
1,A2,1,A1,2.50,1
"""


def crlf(text: str) -> str:
    return text.replace("\n", "\r\n")


def test_an_echo_list_reads_as_its_software_wants_it(a_run: Runs) -> None:
    rows = [
        ("lysate", "echo-source-10", "A1", "plate-1", "A1", 25.0),
        ("water", "echo-source-2", "A2", "plate-2", "A1", 1000.0),
        ("=NTP", "echo-source-2", "B1", "plate-1", "B2", 25.0),
        ('Mg, "low"', "echo-source-2", "A10", "plate-1", "AF48", 2.5),
        ("water", "echo-source-2", "A2", "plate-1", "A1", 500.0),
        ("water", "echo-source-2", "A2", "plate-1", "A1", 27.5),
        ("water", "echo-source-2", "A2", "plate-1", "C1", 0.0),
    ]
    run = a_run("echo", rows, type_=PP, size=1536, step=2.5, least=2.5, most=1000.0)
    assert echo_csv(run) == crlf(ECHO)


@pytest.mark.parametrize(
    ("form", "written", "expected"),
    [
        ("opentrons", opentrons_csv, OPENTRONS),
        ("tecan", tecan_gwl, TECAN),
        ("hamilton", hamilton_csv, HAMILTON),
        ("biomek", biomek_csv, BIOMEK),
    ],
)
def test_a_worklist_is_the_documented_one(
    form: str, written: Callable[[DeviceRun], str], expected: str, a_run: Runs, tubes: Rows
) -> None:
    assert written(a_run(form, tubes)) == crlf(expected)


def test_an_epmotion_list_numbers_racks_and_tools_and_groups_tools_within_a_stock(a_run: Runs) -> None:
    rows = [
        ("water", "stocks", "water", "plate-1", "B1", 1e6),
        ("water", "stocks", "water", "plate-1", "A1", 50e3),
        ("water", "stocks", "water", "plate-2", "A1", 50.1e3),
        ("NTP", "stocks", "NTP", "plate-1", "A1", 2500.0),
    ]
    assert epmotion_csv(a_run("epmotion", rows, most=1e6)) == (crlf(EPMOTION),)


def test_the_files_of_each_device_have_the_names_and_encodings_it_needs(a_run: Runs, tubes: Rows) -> None:
    def names(form: str) -> list[tuple[str, str]]:
        return [(each.name, each.encoding) for each in bench_files(a_run(form, tubes), round_number=3)]

    deck = "utf-8-sig"
    assert names("hand") == []
    assert names("tecan") == [("my-tecan.gwl", "latin-1"), ("my-tecan-deck.csv", deck)]
    assert names("biomek") == [("my-biomek.csv", "utf-8"), ("my-biomek-deck.csv", deck)]
    assert names("opentrons") == [
        ("my-opentrons.csv", "utf-8"),
        ("my-opentrons.py", "utf-8"),
        ("my-opentrons-deck.csv", deck),
    ]


def test_more_than_500_epmotion_transfers_are_several_files_each_with_its_heading(a_run: Runs) -> None:
    rows = [("water", "stocks", "water", "plate-1", "A1", 1000.0)] * 1001
    files = bench_files(a_run("epmotion", rows), round_number=1)[:-1]
    assert [each.name for each in files] == [f"my-epmotion-{k}.csv" for k in (1, 2, 3)]
    lengths = [sum(line[0].isdecimal() for line in each.text.splitlines()) for each in files]
    assert lengths == [500, 500, 1]
    assert all(each.text.startswith("Source Rack,") for each in files)


def test_the_deck_says_which_tube_stands_where_and_what_to_fill_in(a_run: Runs, tubes: Rows) -> None:
    deck = bench_files(a_run("opentrons", tubes), round_number=1)[-1].text
    assert deck == crlf(
        """\
Place,Labware,Plate,Well,Holds,Fill in (uL)
slot 1,opentrons_24_tuberack_nest_2ml_snapcap,stocks,A1,water,65.00
slot 1,opentrons_24_tuberack_nest_2ml_snapcap,stocks,A2,"NTP, 25 mM",65.00
slot 2,corning_96_wellplate_360ul_flat,plate-1,,samples,
"""
    )


def test_destination_vessels_stand_in_racks_and_the_deck_names_them(a_run: Runs) -> None:
    rows = [("water", "stocks", "water", "vessels", f"tube {k}", 1000.0) for k in range(1, 27)]
    run = a_run("hamilton", rows, size=0)
    lines = hamilton_csv(run).splitlines()
    assert lines[24:26] == ["stocks,A1,vessels,D6,1.00", "stocks,A1,vessels-2,A1,1.00"]
    assert ",24 wells,vessels,D6,tube 24," in bench_files(run, round_number=1)[-1].text


def test_an_ot2_protocol_is_python_and_says_what_it_needs(a_run: Runs, tubes: Rows) -> None:
    script = bench_files(a_run("opentrons", tubes), round_number=3)[1].text
    values = {
        ast.unparse(node.targets[0]): ast.literal_eval(node.value)
        for node in ast.parse(script).body
        if isinstance(node, ast.Assign)
    }
    assert values["metadata"]["protocolName"] == "bioal, round 3: my-opentrons"
    assert values["requirements"] == {"robotType": "OT-2", "apiLevel": "2.15"}
    ntp = [(1, "A2", 2, "A1", 2.5, "NTP, 25 mM"), (1, "A2", 2, "B1", 30, "NTP, 25 mM")]
    assert values["TRANSFERS"][2:] == ntp
    assert values["PIPETTES"] == {
        "p20_single_gen2": ("left", "opentrons_96_tiprack_20ul", [3]),
        "p300_single_gen2": ("right", "opentrons_96_tiprack_300ul", [4]),
    }
