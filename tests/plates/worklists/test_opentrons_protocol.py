"""An OT-2 protocol moves what it should, with clean tips, and never runs what somebody typed."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioal.errors import Refused
from bioal.plates.transfers import DeviceRun
from bioal.plates.worklists import moved, on_racks, opentrons_protocol
from bioal.plates.worklists.opentrons import opentrons_deck
from bioal.plates.worklists.opentrons_protocol import tips_used
from bioal.protocol.liquids import SourcePlate

Runs = Callable[..., DeviceRun]
Rows = Sequence[tuple[Any, ...]]

VOLUMES = st.integers(10, 3000).map(lambda tenths: tenths * 100.0)
ROWS = st.lists(
    st.tuples(st.sampled_from(["water", "NTP", "DNA", "Mg"]), st.sampled_from(["A1", "B1", "H12"]), VOLUMES),
    min_size=1,
    max_size=30,
)


def performed(run: DeviceRun, robot: ModuleType, *, wells_empty: bool, before: tuple[str, ...] = ()) -> Any:
    """Return a stand-in for an OT-2 on which the run's protocol has been run."""
    script = opentrons_protocol(run, round_number=1, wells_empty=wells_empty)
    space: dict[str, Any] = {}
    exec(compile(script, "protocol.py", "exec"), space)
    slots = {each.plate: each.slot for each in opentrons_deck(run)}
    stocks = {(slots[each.plate], each.well): each.stock for each in on_racks(run).sources}
    done = robot.Robot(stocks, before)
    space["run"](done)
    assert not any(pipette.holds_tip for pipette in done.pipettes.values())
    return done


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, wells_empty=st.booleans())
def test_it_moves_what_the_run_says_with_clean_tips(
    rows: Rows, wells_empty: bool, a_run: Runs, opentrons: ModuleType
) -> None:
    run = a_run("opentrons", [(stock, "stocks", stock, "plate-1", well, nl) for stock, well, nl in rows])
    before = () if wells_empty else ("what the Echo put there",)
    robot = performed(run, opentrons, wells_empty=wells_empty, before=before)
    assert robot.moves == [(*each[:4], each.volume / 1000) for each in moved(on_racks(run).transfers)]
    used = {name: pipette.used for name, pipette in robot.pipettes.items()}
    assert used == {name: n for name, n in tips_used(run.transfers, wells_empty=wells_empty).items() if n}


def test_one_tip_brings_a_stock_to_all_empty_wells_and_a_new_one_goes_into_each_full_well(
    a_run: Runs, opentrons: ModuleType
) -> None:
    wells = [f"{row}{column}" for row in "ABCDEFGH" for column in range(1, 13)]
    rows = [("water", "stocks", "water", "plate-1", well, 10e3) for well in wells]
    rows += [("NTP", "stocks", "NTP", "plate-1", well, 2e3) for well in wells]
    robot = performed(a_run("opentrons", rows), opentrons, wells_empty=True)
    assert robot.pipettes["p20_single_gen2"].used == 1 + 96


def test_the_robot_waits_for_new_tips_when_all_racks_are_used(a_run: Runs, opentrons: ModuleType) -> None:
    rows = [("water", "stocks", "water", f"plate-{k % 9}", "A1", 1000.0) for k in range(200)]
    robot = performed(a_run("opentrons", rows), opentrons, wells_empty=False)
    assert robot.pauses == ["Put full tip racks into the slots 11, then resume."] * 2
    assert robot.pipettes["p20_single_gen2"].used == 200


HOSTILE = [
    "'); __import__('os').system('touch executed') #",
    '"""\nimport os\n"""',
    "$labware ${name} $$",
    "\\'; open('executed', 'w') #",
    "line\u2028separator \u202e reversed",
    "{run} %s \x00",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_stays_a_name(
    name: str, a_run: Runs, opentrons: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = a_run("opentrons", [(name, name, name, name + " plate", "A1", 1000.0)])
    script = opentrons_protocol(run, round_number=1)
    tree = ast.parse(script)
    simple = a_run("opentrons", [("a", "a", "a", "b", "A1", 1e3)])
    plain = ast.parse(opentrons_protocol(simple, round_number=1))
    assert [type(node) for node in ast.walk(tree)] == [type(node) for node in ast.walk(plain)]
    robot = performed(run, opentrons, wells_empty=False)
    assert robot.slots[2].label == name + " plate"
    assert not list(tmp_path.iterdir())


def test_more_plates_than_slots_are_refused_with_the_number_of_slots(a_run: Runs) -> None:
    rows = [("water", "stocks", "water", f"plate-{k}", "A1", 1000.0) for k in range(11)]
    with pytest.raises(Refused, match=r"12 plates and racks with 1 kinds of tips.*11 slots beside the trash"):
        opentrons_protocol(a_run("opentrons", rows), round_number=1)
    assert opentrons_protocol(a_run("opentrons", rows[:9]), round_number=1)


def test_a_plate_without_labware_is_refused(a_run: Runs) -> None:
    rows = [("water", "stocks", "water", "plate-1", "A1", 1000.0)]
    with pytest.raises(Refused, match="for which Opentrons has no labware"):
        opentrons_protocol(a_run("opentrons", rows, size=1536), round_number=1)


def test_a_source_plate_with_a_load_name_keeps_it(a_run: Runs) -> None:
    mine = SourcePlate("axygen_96_wellplate_500ul", 96, 20e3, 500e3)
    rows = [("water", "s-1", "A1", "plate-1", "A1", 1000.0)]
    deck = opentrons_deck(a_run("opentrons", rows, type_=mine))
    assert deck[0] == (1, "axygen_96_wellplate_500ul", "s-1")


def test_volumes_beyond_both_pipettes_are_refused_with_what_to_set(a_run: Runs) -> None:
    rows = [("water", "stocks", "water", "plate-1", "A1", volume) for volume in (500.0, 400e3, 1000.0)]
    with pytest.raises(Refused) as caught:
        opentrons_protocol(a_run("opentrons", rows), round_number=1)
    assert [item.remedy for item in caught.value.items] == ['Set least = "1 uL".', 'Set most = "300 uL".']


def test_tubes_stand_in_a_rack_and_not_in_a_plate(a_run: Runs) -> None:
    rack = SourcePlate("24 tubes", 24, 50e3, 1.4e6)
    run = a_run("opentrons", [("A", "tubes-1", "A1", "plate-1", "B2", 5000.0)], type_=rack)
    assert opentrons_deck(run)[0].labware == "opentrons_24_tuberack_nest_2ml_snapcap"
