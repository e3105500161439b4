"""Stocks become doses, doses fill wells: checked against published tables, brute force and hand sums."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioal.errors import ProtocolError
from bioal.protocol.protocol import Protocol, protocol_from_toml
from bioal.protocol.units import UnitError, converted, volume_in, volume_words

HEAD = """
[campaign]
name = "wells"
[readouts.GFP]
unit = "RFU"
[objective]
readout = "GFP"
"""
LIQUIDS = """
[liquids]
volume = "20 uL"
device = "echo 525"
filler = "water"
[devices."echo 525"]
step = "100 nL"
least = "100 nL"
"""
# METIS, E. coli TXTL lysate: low, high, unit, stock, and the published nL at low and high.
TXTL = {
    "NTP": (0.78, 3.12, "mM", 156, 100, 400),
    "K-glutamate": (30, 150, "mM", 3000, 200, 1000),
    "Mg-glutamate": (0, 10, "mM", 500, 0, 400),
    "spermidine": (0.1, 1, "mM", 20, 100, 1000),
    "DTT": (0, 3, "mM", 100, 0, 600),
    "amino acids": (0.15, 1.5, "mM", 6, 500, 5000),
    "folinic acid": (0.0136, 0.068, "mM", 2.72, 100, 500),
    "tRNA": (0.04, 0.2, "mg/mL", 8, 100, 500),
    "PEG-8000": (0, 4, "%", 50, 0, 1600),
    "CoA": (0.065, 0.325, "mM", 13, 100, 500),
    "NAD": (0.0875, 0.4375, "mM", 17.5, 100, 500),
    "cAMP": (0.1625, 0.8125, "mM", 32.5, 100, 500),
    "3-PGA": (4, 30, "mM", 800, 100, 700),
}


def protocol(body: str, head: str = HEAD + LIQUIDS) -> Protocol:
    return protocol_from_toml(head + body)


def factor(name: str, lines: str) -> str:
    return f'[factors."{name}"]\n{lines}\n'


def dispensed(name: str, lines: str, made: str) -> str:
    """Return a factor in mM with what its `made` holds."""
    return factor(name, f'unit = "mM"\n{lines}\nmade = {{ {made} }}')


def txtl() -> Protocol:
    fixed = """
[fixed]
HEPES = { value = 50, unit = "mM", made = { stock = "2 M" } }
DNA = { value = 20, unit = "nM", made = { stock = "1 uM" } }
lysate = { made = { fraction = 0.33, addition = 9, device = "hand" } }
"""
    rows = [
        factor(name, f'unit = "{unit}"\nlow = {low}\nhigh = {high}\nmade = {{ stock = "{stock} {unit}" }}')
        for name, (low, high, unit, stock, *_) in TXTL.items()
    ]
    return protocol(fixed + "".join(rows))


def problems(body: str, head: str = HEAD + LIQUIDS) -> dict[str, str]:
    with pytest.raises(ProtocolError) as caught:
        protocol(body, head)
    return {problem.code: str(problem) for problem in caught.value.items}


def test_the_published_volumes_of_txtl_come_out():
    liquids = txtl().liquids
    assert liquids is not None
    for name, (low, high, *_, least, most) in TXTL.items():
        component = liquids.component(name)
        doses = [component.dose(value, "", 20_000.0) for value in (low, 28 if name == "3-PGA" else high)]
        assert [0 if dose is None else dose.volume for dose in doses] == [least, most]


def test_the_largest_3_pga_that_whole_drops_make_is_28():
    made = txtl()
    assert made.factor("3-PGA").levels == (4, 8, 12, 16, 20, 24, 28)
    assert any("30 mM cannot be dispensed" in note and "28 mM" in note for note in made.notes)


def test_a_listed_level_between_drops_is_refused_with_its_neighbours():
    said = problems(factor("3-PGA", 'unit = "mM"\nlevels = [4, 30]\nmade = { stock = "800 mM" }'))
    assert "30 mM" in said["level-undispensable"]
    assert "28 or 32 mM" in said["level-undispensable"]


def test_the_wells_of_txtl_are_full_where_the_largest_levels_come_together():
    made = txtl()
    limit = made.volume_limit
    # 12,500 nL beside lysate, HEPES and DNA; all at most (28 mM of 3-PGA) would take 13,200.
    assert limit.room == 12_500
    assert limit.span == (1500, 13_200)
    assert limit.binds
    # The same as a weighted sum over the levels, written out by hand.
    assert made.space.count().value == 215_538_723_057


def test_recipes_fill_every_well_exactly_and_add_the_lysate_last():
    made = txtl()
    codes = made.space.sample(200, np.random.default_rng(1))
    for row in made.space.conditions(codes).to_dict("records"):
        doses = made.liquids.recipe(row)
        assert sum(dose.volume for dose in doses) == 20_000
        assert doses[-1].stock.name == "lysate"
        given = {dose.component.name: dose.actual for dose in doses}
        assert all(given.get(name, 0.0) == pytest.approx(value, rel=1e-4) for name, value in row.items())


def test_a_control_with_none_of_a_fixed_part_gets_water_instead():
    body = """
[fixed]
DNA = { value = 20, unit = "nM", made = { stock = "1000 nM" } }
[[controls]]
role = "negative"
wells = 1
condition = { Mg = 5, DNA = 0 }
"""
    made = protocol(body + dispensed("Mg", "low = 0\nhigh = 10", 'stock = "500 mM"'))
    control = made.controls[0]
    with_dna = {dose.stock.name: dose.volume for dose in made.liquids.recipe(control.condition)}
    without = {dose.stock.name: dose.volume for dose in made.liquids.recipe(control.condition, control.fixed)}
    assert with_dna == {"water": 19_400, "Mg": 200, "DNA": 400}
    assert without == {"water": 19_800, "Mg": 200}


def test_what_a_lysate_brings_is_added_to_what_is_added():
    body = 'fixed.lysate = { made = { fraction = 0.3, contains = { Mg = "0.01 M" } } }\n'
    made = protocol(dispensed("Mg", "low = 0\nhigh = 10", 'stock = "500 mM"'), HEAD_WITH(body))
    # 0.3 x 10 mM beside 5 mM that are added; alone where nothing is.
    assert made.liquids.totals(made.liquids.recipe({"Mg": 5.0})) == {"Mg": 8.0}
    assert made.liquids.totals(made.liquids.recipe({"Mg": 0.0})) == {"Mg": 3.0}


def HEAD_WITH(line: str) -> str:
    return line + HEAD + LIQUIDS


def test_two_stocks_reach_low_and_high_levels():
    # Flaviolin medium, H3BO3: 0.0004 to 0.04 mM in 1500 uL, 5 uL or more, stocks of 0.12 and 2.4 mM.
    head = HEAD + '[liquids]\nvolume = "1500 uL"\ndevice = "biomek"\nfiller = "water"\n'
    made = protocol(
        dispensed("H3BO3", "levels = [0.0004, 0.004, 0.04]", 'stocks = ["0.12 mM", "2.4 mM"]'),
        head,
    )
    doses = [made.liquids.component("H3BO3").dose(level, "", 1.5e6) for level in (0.0004, 0.004, 0.04)]
    assert [(dose.stock.concentration, dose.volume) for dose in doses] == [
        (0.12, 5_000),
        (0.12, 50_000),
        (2.4, 25_000),
    ]


def test_too_little_water_to_dispense_is_no_condition_but_none_is():
    # 100 uL, water in steps of 1 uL from 5 uL: wells with 1 to 4 uL of water cannot be made, full ones can.
    head = (
        HEAD
        + '[liquids]\nvolume = "100 uL"\ndevice = "robot"\nfiller = { name = "water", device = "coarse" }\n'
        + '[devices.robot]\nstep = "1 uL"\nleast = "1 uL"\n'
        + 'most = "1 mL"\nformat = "hand"\nsource = "tubes"\n'
        + '[devices.coarse]\nstep = "1 uL"\nleast = "5 uL"\n'
        + 'most = "1 mL"\nformat = "hand"\nsource = "tubes"\n'
    )
    grid = 'unit = "mM"\nlow = 44\nhigh = 50\nstep = 1\nmade = { stock = "100 mM" }'
    made = protocol(factor("A", grid) + factor("B", grid), head)
    sums = [a + b for a, b in product(range(44, 51), repeat=2)]
    allowed = sum(total <= 95 or total == 100 for total in sums)
    assert len(np.concatenate(list(made.space.blocks(1000)))) == allowed
    both = made.space.conditions(np.array([[6, 6], [6, 5]]))
    assert made.space.contains(both).tolist() == [True, False]


def test_a_stock_that_depends_on_an_option_gives_the_volume_of_its_own_stock():
    head = HEAD + '[liquids]\nvolume = "1 mL"\ndevice = "hand"\nfiller = "water"\n'
    made = protocol(
        factor("source", 'options = ["Glucose", "Sorbitol", "none"]')
        + factor(
            "carbon",
            'unit = "g/L"\nlevels = [0, 20, 40, 60]\n'
            'made = { stocks = { Glucose = "100 g/L", Sorbitol = "50 g/L" }, by = "source" }',
        )
        + dispensed("salt", "levels = [0, 50]", 'stock = "100 mM"')
        + '[[constraints]]\nfactor = "carbon"\nonly_with = { source = ["Glucose", "Sorbitol"] }\n',
        head,
    )
    rows = made.space.conditions(np.concatenate(list(made.space.blocks(1000))))
    fits = [
        (option, carbon, salt)
        for option, carbon, salt in product(("Glucose", "Sorbitol"), (0, 20, 40, 60), (0, 50))
        if carbon / {"Glucose": 100, "Sorbitol": 50}[option] + salt / 100 <= 1
    ] + [("none", -1, 0), ("none", -1, 50)]
    found = sorted(zip(rows["source"], rows["carbon"].fillna(-1), rows["salt"], strict=True))
    assert found == sorted(fits)
    doses = {
        dose.stock.name: dose.volume
        for dose in made.liquids.recipe({"source": "Sorbitol", "carbon": 20, "salt": 0})
    }
    assert doses == {"water": 600_000, "carbon Sorbitol": 400_000}


def test_each_option_of_a_choice_has_its_own_stock():
    made = protocol(
        factor(
            "plasmid",
            'options = ["pA", "pB", "none"]\n'
            'made = { amount = "10 nM", stocks = { pA = "1 uM", pB = "500 nM" } }',
        )
    )
    volumes = [
        {dose.stock.name: dose.volume for dose in made.liquids.recipe({"plasmid": option})}
        for option in ("pA", "pB", "none")
    ]
    assert volumes == [
        {"water": 19_800, "plasmid pA": 200},
        {"water": 19_600, "plasmid pB": 400},
        {"water": 20_000},
    ]


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (factor("A", 'unit = "mM"\nlevels = [1, 2]'), "not-made", 'made = "setting"'),
        (dispensed("A", 'levels = [1, 2]', 'stock = "5 mg/mL"'), "unit-refused", "mass"),
        (dispensed("A", 'levels = [1, 2]', 'stock = "-5 mM"'), "amount-refused", "-5 mM"),
        (
            dispensed("A", "levels = [1]", 'stock = "800 mM", solubility = "0.5 M"'),
            "stock-insoluble",
            "500 mM",
        ),
        (dispensed("A", "levels = [1]", 'stock = "9 mM", device = "ecko 525"'), "unknown-name", "echo 525"),
        (dispensed("A", 'low = 0.001\nhigh = 0.002', 'stock = "1 M"'), "nothing-dispensable", "5 mM"),
        (dispensed("A", 'levels = [1, 1.001]', 'stock = "20 mM"'), "levels-same-dose", "1 mM"),
        (
            dispensed("A", "levels = [9]", 'stock = "10 mM"') + "[fixed]\nlysate.made.fraction = 0.33",
            "volume-overfull",
            "20 uL",
        ),
        (dispensed("A", "levels = [1]", 'stock = "20 mM", volume = "1 uL"'), "made-how", "stock"),
        (factor("A", 'options = ["x", "y"]\nmade = { stock = "20 mM" }'), "choice-made", "amount"),
        (dispensed("A", "levels = [1]", 'stocks = { x = "20 mM" }, by = "B"'), "stocks-by", "options"),
        (dispensed("A", "levels = [1]", 'stock = "20 mM"') + '[fixed]\nDNA = 5\n', "not-made", "DNA"),
    ],
)  # fmt: skip
def test_what_the_bench_cannot_make_is_refused_in_words(body: str, code: str, words: str):
    said = problems(body)
    assert code in said
    assert words in said[code]


def test_a_stock_without_the_table_of_liquids_is_refused():
    said = problems(dispensed("A", "levels = [1]", 'stock = "20 mM"'), HEAD)
    assert "[liquids]" in said["made-without-liquids"]


def test_a_filler_that_cannot_make_up_the_rest_is_refused():
    head = (
        HEAD
        + '[liquids]\nvolume = "20 uL"\ndevice = "echo 525"\nfiller = { name = "water", device = "hand" }\n'
    )
    said = problems(dispensed("A", "levels = [1]", 'stock = "20 mM"'), head)
    assert "finer device" in said["filler-coarse"]


def test_a_control_that_does_not_fit_is_refused():
    body = dispensed("A", "levels = [1, 9]", 'stock = "10 mM"')
    body += dispensed("B", "levels = [1, 9]", 'stock = "10 mM"')
    body += '[[controls]]\nrole = "reference"\nwells = 1\ncondition = { A = 9, B = 9 }\n'
    assert "20 uL" in problems(body)["control-overfull"]


def test_a_range_with_too_many_doses_is_thinned_to_doses_of_its_own():
    head = HEAD + '[liquids]\nvolume = "10.5 uL"\ndevice = "echo 550"\nfiller = "water"\n'
    made = protocol(dispensed("A", "low = 0.15\nhigh = 1.5", 'stock = "6 mM"'), head)
    levels = np.array(made.factor("A").levels)
    assert len(levels) == 21
    drops = levels / 6 * 10_500 / 2.5
    assert np.allclose(drops, np.round(drops), atol=0.05)
    assert any("946 doses" in note for note in made.notes)


@given(
    st.lists(st.tuples(st.integers(1, 4000), st.integers(1, 40), st.integers(1, 6)), min_size=1, max_size=4),
    st.sampled_from(["echo 525", "echo 550", "hand", "tecan"]),
)
@settings(max_examples=40, deadline=None)
def test_every_condition_of_a_space_with_stocks_can_be_made(rows: list[tuple[int, int, int]], device: str):
    head = HEAD + f'[liquids]\nvolume = "20 uL"\ndevice = "{device}"\nfiller = "water"\n'
    body = ""
    for number, (stock, high, count) in enumerate(rows):
        lines = f'unit = "mM"\nlow = 0\nhigh = {high}\ncount = {count + 1}\nmade = {{ stock = "{stock} mM" }}'
        body += factor(f"F{number}", lines)
    made = protocol(body, head)
    rng = np.random.default_rng(0)
    for row in made.space.conditions(made.space.sample(20, rng)).to_dict("records"):
        doses = made.liquids.recipe(row)
        assert sum(dose.volume for dose in doses) == pytest.approx(20_000, abs=1e-6)
        assert all(dose.component.device.whole(dose.volume) for dose in doses)
        given_ = {dose.component.name: dose.actual for dose in doses}
        assert all(given_.get(name, 0.0) == pytest.approx(value, rel=1e-4) for name, value in row.items())


@given(st.floats(1e-3, 1e6), st.sampled_from(["M", "mM", "uM", "nM", "\u00b5M", "mol/L", "umol/mL"]))
def test_conversions_there_and_back_change_nothing(value: float, unit: str):
    assert converted(converted(value, "mM", unit), unit, "mM") == pytest.approx(value, rel=1e-12)


def test_units_of_different_kinds_do_not_mix():
    for unit, to in (("mM", "mg/mL"), ("%", "g/L"), ("x", "mM"), ("U/mL", "mM"), ("RFU", "mM")):
        with pytest.raises(UnitError):
            converted(1.0, unit, to)
    with pytest.raises(UnitError, match="no volume"):
        volume_in("5 mM")


@given(st.integers(1, 10**9))
def test_volumes_in_words_are_read_back(tenths: int):
    volume = tenths / 10
    assert volume_in(volume_words(volume)) == pytest.approx(volume, rel=1e-5)


def test_an_intermediate_dilution_makes_doses_that_a_hand_cannot_take_from_the_stock():
    head = HEAD + '[liquids]\nvolume = "20 uL"\ndevice = "hand"\nfiller = "water"\n'
    body = 'unit = "mM"\nlevels = [0.5, 5, 50]\nmade = { stock = "1000 mM"%s }'
    with pytest.raises(ProtocolError, match=r"0\.5 mM"):
        protocol(factor("A", body % ""), head)
    made = protocol(factor("A", body % ", dilutions = [10, 100]"), head)
    doses = [made.liquids.component("A").dose(level, "", 20_000) for level in (0.5, 5, 50)]
    assert [(dose.stock.name, dose.volume) for dose in doses] == [
        ("A 1:100", 1_000),
        ("A 1:10", 1_000),
        ("A", 1_000),
    ]


def test_hands_get_no_more_volumes_of_a_stock_than_they_asked_for():
    head = HEAD + '[liquids]\nvolume = "20 uL"\ndevice = "hand"\nfiller = "water"\nvolumes_per_stock = 4\n'
    made = protocol(factor("A", 'unit = "mM"\nlow = 10\nhigh = 100\nmade = { stock = "1000 mM" }'), head)
    assert made.factor("A").levels == (25, 50, 75, 100)
    said = problems(factor("A", 'unit = "mM"\nlevels = [10, 20, 30, 40, 50]\nmade = { stock = "1 M" }'), head)
    assert "at most 4 levels" in said["volumes-per-stock"]
