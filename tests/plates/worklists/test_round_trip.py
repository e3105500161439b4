"""Whatever is written comes back: any transfers on a device's grid, through every format."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioal.plates.transfers import DeviceRun
from bioal.plates.wells import wells_of_plate
from bioal.plates.worklists import (
    Moved,
    biomek_csv,
    echo_csv,
    epmotion_csv,
    hamilton_csv,
    moved,
    on_racks,
    opentrons_csv,
    plates_on_deck,
    read_biomek,
    read_echo,
    read_epmotion,
    read_hamilton,
    read_opentrons,
    read_tecan,
    tecan_gwl,
    tecan_sizes,
)
from bioal.plates.worklists.racks import source_plates
from bioal.plates.worklists.tables import csv_text, guarded, unguarded
from bioal.plates.worklists.volumes import MICROLITRES, NANOLITRES
from bioal.protocol.liquids import SourcePlate

Runs = Callable[..., DeviceRun]
Rows = Sequence[tuple[Any, ...]]
DEEP = SourcePlate("deep", 96, 50e3, 2e6)
PP = SourcePlate("384PP", 384, 20e3, 65e3)
FLASKS = SourcePlate("flasks", 0, 1e6, 50e6)

ROBOTS: dict[str, Callable[[DeviceRun], tuple[Moved, ...]]] = {
    "opentrons": lambda run: read_opentrons(opentrons_csv(run), plates_on_deck(run)),
    "tecan": lambda run: read_tecan(tecan_gwl(run), tecan_sizes(run)),
    "hamilton": lambda run: read_hamilton(hamilton_csv(run)),
    "biomek": lambda run: read_biomek(biomek_csv(run)),
    "epmotion": lambda run: sum((read_epmotion(text) for text in epmotion_csv(run)), ()),
}

# What people call stocks, commas, quotes, signs and accents included.
NAMES = st.text(
    st.characters(categories=("L", "N", "P", "S", "Zs"), exclude_characters="\xa0"), min_size=1, max_size=12
).map(lambda text: text.strip() or "x")
STEPS = st.integers(1, 400)


def wells(size: int) -> st.SearchStrategy[str]:
    return st.sampled_from(wells_of_plate(size))


@st.composite
def rows_of_vessels(draw: st.DrawFn) -> Rows:
    """Draw transfers of 1 to 40 uL from up to 60 vessels: more than a rack has."""
    names = draw(st.lists(NAMES, min_size=1, max_size=60, unique=True))
    picked = draw(st.lists(st.sampled_from(names), max_size=20))
    return [
        (name, "stocks", name, f"plate-{draw(st.integers(1, 3))}", draw(wells(96)), 900 + draw(STEPS) * 100.0)
        for name in [*names, *picked]
    ]


@st.composite
def rows_of_wells(draw: st.DrawFn, size: int, step: float, least: float) -> Rows:
    """Draw transfers from plates with wells into plates with wells."""
    count = draw(st.integers(1, 30))
    return [
        (
            draw(NAMES),
            f"source-{draw(st.integers(1, 12))}",
            draw(wells(size)),
            f"plate-{draw(st.integers(1, 12))}",
            draw(wells(1536)),
            least - step + draw(STEPS) * step,
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize("form", sorted(ROBOTS))
@settings(max_examples=40, deadline=None)
@given(rows=rows_of_vessels())
def test_transfers_from_vessels_come_back_from_positions_of_racks(form: str, rows: Rows, a_run: Runs) -> None:
    run = a_run(form, rows)
    assert sorted(ROBOTS[form](run)) == sorted(moved(on_racks(run).transfers))


@pytest.mark.parametrize("form", ["tecan", "hamilton", "biomek", "epmotion"])
@settings(max_examples=40, deadline=None)
@given(rows=rows_of_wells(96, 100.0, 1000.0))
def test_transfers_between_plates_come_back(form: str, rows: Rows, a_run: Runs) -> None:
    run = a_run(form, rows, type_=DEEP, size=1536)
    found = ROBOTS[form](run)
    assert sorted(found) == sorted(moved(run.transfers))
    assert form == "epmotion" or found == moved(run.transfers)


@pytest.mark.parametrize("drop", [2.5, 25.0])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_an_echo_list_gives_back_the_transfers(drop: float, data: st.DataObject, a_run: Runs) -> None:
    rows = data.draw(rows_of_wells(384, drop, drop))
    run = a_run("echo", rows, type_=PP, size=1536, step=drop, least=drop, most=1e4)
    text = echo_csv(run)
    assert sorted(read_echo(text)) == sorted(moved(run.transfers))
    ids = [row["Sample ID"] for row in csv.DictReader(io.StringIO(text))]
    assert sorted(map(unguarded, ids)) == sorted(each.stock for each in run.transfers)
    assert not any(name[0] in "=+-@" for name in ids)


@settings(max_examples=40, deadline=None)
@given(rows=rows_of_vessels())
def test_racks_hold_each_vessel_once_and_standing_there_they_stay(rows: Rows, a_run: Runs) -> None:
    run = a_run("tecan", rows)
    stands = on_racks(run)
    spots = {(each.source_plate, each.source_well): each.stock for each in stands.transfers}
    assert len(spots) == len({each.stock for each in run.transfers}) == len(stands.sources)
    assert {(each.plate, each.well): each.stock for each in stands.sources} == spots
    assert all(each.wells == 24 for each in source_plates(stands).values())
    assert on_racks(stands) == stands


def test_flasks_stand_in_racks_of_six_beside_tubes_of_the_same_name(a_run: Runs) -> None:
    rows = [("water", "stocks", "water", "plate-1", "A1", 1000.0)]
    rows += [(f"medium {k}", "stocks", f"medium {k}", "plate-1", "A1", 1000.0) for k in range(7)]
    tubes, flasks = a_run("tecan", rows[:1]), a_run("tecan", rows[1:], type_=FLASKS)
    both = DeviceRun("x", tubes.device, tubes.transfers + flasks.transfers, tubes.sources + flasks.sources)
    stands = on_racks(both)
    assert [(each.source_plate, each.source_well) for each in stands.transfers] == [
        ("stocks", "A1"),
        *(("stocks-2", well) for well in wells_of_plate(6)),
        ("stocks-3", "A1"),
    ]
    assert tecan_sizes(both) == {"stocks": 24, "stocks-2": 6, "stocks-3": 6, "plate-1": 96}


@pytest.mark.parametrize("form", sorted(ROBOTS))
def test_what_a_robot_does_by_its_worklist_is_what_the_run_says(
    form: str, a_run: Runs, handler: ModuleType, tubes: Rows
) -> None:
    run = a_run(form, tubes)
    contents = handler.execute(
        ROBOTS[form](run),
        sources=handler.filled(on_racks(run).sources),
        destinations={"plate-1": handler.Destination(96, 100e3)},
        limits=handler.limits_of(run.device),
    )
    assert contents == {
        ("plate-1", "A1"): {"water": 30000, "NTP, 25 mM": 2500},
        ("plate-1", "B1"): {"water": 12500, "NTP, 25 mM": pytest.approx(30000)},
    }


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_an_echo_fills_each_well_with_what_the_run_says(
    data: st.DataObject, a_run: Runs, handler: ModuleType
) -> None:
    wells_and_steps = st.tuples(wells(384), wells(96), st.integers(1, 20))
    drawn = data.draw(st.lists(wells_and_steps, min_size=1, max_size=80))
    rows = [(f"in {source}", "s", source, "p", well, steps * 25.0) for source, well, steps in drawn]
    run = a_run("echo", rows, type_=PP, step=25.0, least=25.0, most=500.0)
    contents = handler.execute(
        read_echo(echo_csv(run)),
        sources=handler.filled(run.sources),
        destinations={"p": handler.Destination(96, 50e3)},
        limits=handler.limits_of(run.device),
    )
    for (_, well), held in contents.items():
        wanted = [each for each in run.transfers if each.well == well]
        assert held == {
            stock: sum(each.volume for each in wanted if each.stock == stock)
            for stock in {each.stock for each in wanted}
        }
    assert {well for _, well in contents} == {well for _, well, _ in drawn}


@given(st.integers(1, 10**8))
def test_whole_grains_are_written_exactly_with_fixed_decimals(count: int) -> None:
    text = MICROLITRES.text(count * 10.0)
    assert text == f"{count // 100}.{count % 100:02d}"
    assert MICROLITRES.nanolitres(text) == count * 10.0
    assert NANOLITRES.nanolitres(NANOLITRES.text(count / 10)) == count / 10


@given(st.integers(0, 10**6), st.floats(0.01, 9.99))
def test_what_lies_between_is_never_rounded(count: int, off: float) -> None:
    with pytest.raises(ValueError, match="cannot be written in uL with 2 decimals"):
        MICROLITRES.text(count * 10 + off)


@given(st.text())
def test_no_cell_begins_like_a_formula_and_each_comes_back(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert guarded(text)[:1] not in tuple("=+-@\t\r＝＋－＠")


@pytest.mark.parametrize("name", ["=HYPERLINK(A1)", "+ control", "-80 stock", "@SUM(A1)", "\t=1", "＝1+1"])
def test_a_name_that_looks_like_a_formula_gets_an_apostrophe(name: str) -> None:
    assert csv_text(("Holds",), [(name,)]).splitlines()[1].strip('"') == "'" + name
