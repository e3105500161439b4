"""A round becomes transfers: every well full, every source within its window, every control as it says."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bioal.errors import Refused
from bioal.plates.layout import control_ids, samples_of_round
from bioal.plates.planning import bench_plan
from bioal.plates.rounds import Round, condition_id
from bioal.plates.sourcing import sourced, split
from bioal.plates.transfers import BenchPlan, Transfer
from bioal.protocol.liquids import Device, SourcePlate
from bioal.protocol.protocol import Protocol, protocol_from_toml

TEXT = """
[campaign]
name = "wells"
[readouts.GFP]
unit = "RFU"
[objective]
readout = "GFP"
[liquids]
volume = "20 uL"
device = "echo 525"
filler = "water"
[factors.Mg]
unit = "mM"
low = 0
high = 10
step = 2.5
made = { stock = "500 mM" }
[factors.PEG]
unit = "%"
low = 0
high = 4
step = 0.25
made = { stock = "50 %", viscous = true }
[factors.temperature]
unit = "C"
levels = [25, 30]
per = "plate"
made = "setting"
[fixed]
DNA = { value = 20, unit = "nM", made = { stock = "1 uM" } }
lysate = { made = { fraction = 0.33, addition = 9, device = "hand", contains = { Mg = "3 mM" } } }
[plate]
size = 96
replicates = 2
[[controls]]
role = "reference"
wells = 3
condition = { Mg = 5, PEG = 2 }
[[controls]]
role = "negative"
wells = 2
condition = { Mg = 5, PEG = 2, DNA = 0 }
[[controls]]
role = "blank"
wells = 1
"""


def round_of(protocol: Protocol, count: int, seed: int = 0) -> Round:
    rng = np.random.default_rng(seed)
    conditions = protocol.space.conditions(protocol.space.sample(count, rng))
    plates = None
    if protocol.space.plate_factors:
        conditions = conditions.sort_values(list(protocol.space.plate_factors), ignore_index=True)
        plates = list(conditions.groupby(list(protocol.space.plate_factors), sort=True).ngroup() + 1)
    ids = [condition_id(1, number + 1) for number in range(len(conditions))]
    samples = samples_of_round(1, ids, protocol.controls, protocol.plate, rng, plates=plates)
    conditions.index = pd.Index(ids, name="condition")
    controls = pd.DataFrame(
        [
            {name: control.condition.get(name) for name in protocol.space.names}
            for control in protocol.controls
        ],
        index=pd.Index(control_ids(protocol.controls), name="condition"),
        columns=list(protocol.space.names),
    )
    everything = pd.concat([conditions.astype(object), controls.astype(object)])
    for factor in protocol.factors:
        if conditions[factor.name].dtype == float:
            everything[factor.name] = everything[factor.name].astype(float)
    blank = {"mean": np.nan, "low": np.nan, "high": np.nan, "reason": "start"}
    return Round(1, everything, pd.DataFrame(blank, index=conditions.index), samples, protocol.plate.size)


def plan_of(text: str = TEXT, count: int = 30) -> tuple[Protocol, Round, BenchPlan]:
    protocol = protocol_from_toml(text)
    round_ = round_of(protocol, count)
    plan = bench_plan(protocol, round_)
    assert plan is not None
    return protocol, round_, plan


def delivered(plan: BenchPlan) -> dict[str, dict[str, float]]:
    """Return sample -> stock -> nL, summed over the transfers of all devices."""
    wells: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for run in plan.runs:
        for each in run.transfers:
            wells[each.sample][each.stock] += each.volume
    return wells


def test_the_transfers_bring_what_the_recipes_say_and_fill_every_well():
    _, round_, plan = plan_of()
    wells = delivered(plan)
    assert set(wells) == set(round_.samples.index)
    for sample, row in plan.recipes.iterrows():
        assert dict(wells[sample]) == pytest.approx({name: value for name, value in row.items() if value})
        assert row.sum() == 20_000


def test_concentrations_from_the_transfers_are_those_proposed():
    _, round_, plan = plan_of()
    stocks = {"Mg": 500.0, "PEG": 50.0}
    wells = delivered(plan)
    for sample, condition in round_.samples["condition"].items():
        for name, stock in stocks.items():
            wanted = round_.conditions.loc[condition, name]
            made = wells[sample][name] * stock / 20_000
            assert made == pytest.approx(0.0 if np.isnan(wanted) else wanted, rel=1e-4)


def test_a_negative_has_no_dna_and_a_blank_is_water_alone():
    _, round_, plan = plan_of()
    by_role = {role: list(group.index) for role, group in round_.samples.groupby("role")}
    assert plan.recipes.loc[by_role["negative"], "DNA"].eq(0).all()
    assert plan.recipes.loc[by_role["reference"], "DNA"].eq(400).all()
    assert plan.recipes.loc[by_role["blank"], "water"].eq(20_000).all()


def test_what_the_lysate_brings_is_in_the_totals():
    _, round_, plan = plan_of()
    reference = round_.samples.index[round_.samples["role"] == "reference"][0]
    # 5 mM are added, a third of the well is lysate with 3 mM.
    assert plan.actual.loc[reference, "Mg"] == 5
    assert plan.totals.loc[reference, "Mg"] == pytest.approx(5 + 0.33 * 3, abs=1e-4)


def test_a_viscous_stock_and_another_device_have_runs_of_their_own_and_lysate_is_last():
    _, _, plan = plan_of()
    assert [run.label for run in plan.runs] == ["echo-525", "echo-525-viscous", "hand"]
    assert {each.stock for each in plan.runs[1].transfers} == {"PEG"}
    assert {each.stock for each in plan.runs[-1].transfers} == {"lysate"}


def test_a_later_addition_by_the_same_device_is_a_later_run():
    _, _, plan = plan_of(TEXT.replace('addition = 9, device = "hand"', "addition = 9"))
    assert [run.label for run in plan.runs] == ["echo-525-step-1", "echo-525-viscous", "echo-525-step-9"]


def test_what_is_needed_covers_what_is_used_dead_volumes_and_excess():
    _, _, plan = plan_of()
    for need in plan.needs:
        fills = [each for run in plan.runs for each in run.sources if each.stock == need.stock]
        assert need.prepare >= need.used
        assert sum(each.fill - each.type.dead for each in fills) >= need.used - 1e-6
        assert {each.well for each in fills} == set(need.wells)


def test_a_stock_that_no_source_well_can_hold_is_refused():
    small = TEXT + '[source_plates.drops]\nwells = 96\ndead = "1 uL"\nfull = "5 uL"\n'
    small = small.replace('device = "hand", contains', 'device = "hand", source = "drops", contains')
    protocol = protocol_from_toml(small)
    with pytest.raises(Refused, match=r"6\.6 uL of lysate"):
        bench_plan(protocol, round_of(protocol, 4))


def transfer(stock: str, volume: float) -> Transfer:
    return Transfer(stock, "", "", "", "plate-1", 96, "A1", volume, "R01-S0001", "R01-C001")


@given(st.integers(1, 4000), st.sampled_from([1, 4, 40]))
def test_parts_of_a_transfer_add_up_in_whole_steps_below_the_largest(steps: int, most: int):
    device = Device("d", 2.5, 2.5, 2.5 * most, "echo", SourcePlate("p", 384, 20_000, 65_000))
    parts = [each.volume for each in split(transfer("A", steps * 2.5), device)]
    assert sum(parts) == pytest.approx(steps * 2.5)
    assert all(0 < part <= device.most and (part / 2.5).is_integer() for part in parts)
    assert len(parts) == -(-steps // most)


@given(
    st.lists(st.tuples(st.sampled_from("ABC"), st.integers(1, 400)), min_size=1, max_size=200),
    st.sampled_from([6, 96, 384, 0]),
)
@settings(max_examples=60)
def test_no_source_well_is_taken_below_its_dead_volume_or_filled_above_its_top(
    asked: list[tuple[str, int]], wells: int
):
    source = SourcePlate("p", wells, 2_000, 12_500)
    device = Device("d", 25, 25, 10_000, "echo", source)
    found = sourced([transfer(stock, 25.0 * steps) for stock, steps in asked], device, 0.1, "d")
    fills = {(each.plate, each.well): each for each in found.sources}
    assert len(fills) == len(found.sources)
    left = {place: each.fill for place, each in fills.items()}
    for each in found.transfers:
        left[each.source_plate, each.source_well] -= each.volume
        assert fills[each.source_plate, each.source_well].stock == each.stock
    assert min(left.values()) >= source.dead - 1e-6
    assert max(each.fill for each in found.sources) <= source.full
    assert [(each.stock, each.volume) for each in found.transfers] == [(s, 25.0 * n) for s, n in asked]


def test_what_a_dilution_takes_is_prepared_of_its_stock_and_of_the_filler():
    text = TEXT.replace('stock = "500 mM" }', 'stock = "4000 mM", dilutions = [8] }').replace(
        "low = 0\nhigh = 10\nstep = 2.5", "levels = [2.5, 5, 10]"
    )
    _, _, plan = plan_of(text)
    needs = {need.stock: need for need in plan.needs}
    # All levels are whole steps of 500 mM alone: 4000 mM would make 5 mM a step.
    assert plan.recipes["Mg 1:8"].gt(0).sum() > 0
    diluted = needs["Mg 1:8"]
    assert needs["Mg"].prepare >= diluted.prepare / 8
    assert "with" in diluted.note
    assert "of Mg" in diluted.note
    water = plan_of()[2]
    assert needs["water"].prepare > next(need for need in water.needs if need.stock == "water").used


def _by_hand(text: str) -> str:
    """Return the protocol ten times larger, all by hand."""
    return text.replace('device = "echo 525"', 'device = "hand"').replace('"20 uL"', '"200 uL"')


def test_tips_are_counted_where_liquid_is_touched():
    _, round_, plan = plan_of()
    # The Echo has none; the lysate goes by hand into wells that are wet, a blank gets none.
    lysate = int((round_.samples["role"] != "blank").sum())
    assert plan.tips == lysate
    _, _, by_hand = plan_of(_by_hand(TEXT))
    transfers = [each for run in by_hand.runs for each in run.transfers]
    water = sum(each.stock == "water" for each in transfers)
    assert by_hand.tips == len(transfers) - water + 1


def _premixed(volume: str) -> str:
    """Return the protocol with one mix per condition, and without the factor that is set per plate."""
    before, _, rest = TEXT.partition("[factors.temperature]")
    text = before + rest[rest.index("[fixed]") :]
    return text.replace("replicates = 2", "replicates = 3\npremix = true").replace("20 uL", volume)


def test_a_mix_per_condition_is_spread_over_its_wells_and_makes_what_each_would_hold():
    protocol = protocol_from_toml(_premixed("40 uL"))
    round_ = round_of(protocol, 6)
    plan = bench_plan(protocol, round_)
    mixes: dict[tuple[str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for run in plan.runs:
        for each in run.transfers:
            mixes[each.plate, each.well][each.stock] += each.volume
    taken: dict[tuple[str, str], float] = defaultdict(float)
    for each in plan.spread:
        held = mixes[each.source_plate, each.source_well]
        total = sum(held.values())
        share = {stock: volume * each.volume / total for stock, volume in held.items()}
        row = plan.recipes.loc[each.sample]
        assert share == pytest.approx({stock: volume for stock, volume in row.items() if volume})
        assert each.condition == round_.samples.loc[each.sample, "condition"]
        taken[each.source_plate, each.source_well] += each.volume
    assert {each.sample for each in plan.spread} == set(round_.samples.index)
    # Something of each mix stays in its well.
    assert all(taken[place] < sum(held.values()) for place, held in mixes.items())


def test_a_mix_that_no_well_holds_is_refused():
    protocol = protocol_from_toml(_premixed("1 mL"))
    with pytest.raises(Refused, match="premix = false"):
        bench_plan(protocol, round_of(protocol, 2))
@given(st.integers(1, 30), st.integers(1, 60), st.integers(0, 99), st.integers(1, 2000))
def test_parts_of_a_transfer_are_whole_steps_between_the_least_and_the_most(
    least: int, most: int, beyond: int, count: int
):
    source = SourcePlate("tubes", 0, 0.0, 1e9)
    device = Device("hand", 100.0, 100.0 * least, 100.0 * most + beyond, "hand", source)
    assume(device.splits and count >= least)
    whole = Transfer("A", "", "", "", "plate-1", 96, "A1", 100.0 * count, "R01-S0001", "R01-C001")
    volumes = [part.volume for part in split(whole, device)]
    assert sum(volumes) == pytest.approx(100.0 * count)
    assert all(device.least <= volume <= device.most for volume in volumes)
    assert all(device.whole(volume) for volume in volumes)
