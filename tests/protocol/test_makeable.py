"""What can be made, in words; stocks that make all of it; a condition in a flask."""

from __future__ import annotations

import re
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioal.errors import ProtocolError
from bioal.protocol.liquids import Device, SourcePlate
from bioal.protocol.makeable import makeable
from bioal.protocol.protocol import protocol_from_toml
from bioal.protocol.scaling_up import recipe_lines, substance
from bioal.protocol.suggesting import Wish, suggested_stocks
from bioal.protocol.templates import template_text
from bioal.protocol.wishing import stocks_for

TEXT = """
[campaign]
name = "two"
[readouts.GFP]
unit = "RFU"
[objective]
readout = "GFP"
[liquids]
volume = "10 uL"
device = "echo 525"
filler = "water"
[factors.A]
unit = "mM"
levels = [10, 20, 30, 40, 50, 60]
made = { stock = "100 mM", molar_mass = 200 }
[factors.B]
unit = "g/L"
levels = [1, 2, 3, 4, 5, 6]
made = { stock = "10 g/L" }
[fixed]
temperature = { value = 30, unit = "C", made = "setting" }
"""
ECHO = Device("echo", 25, 25, 1000, "echo", SourcePlate("p", 384, 20e3, 65e3))


def test_the_share_that_fits_and_what_binds_are_counted():
    found = makeable(protocol_from_toml(TEXT))
    # Of 36 combinations those with a + b <= 10 fit: all but (5, 6), (6, 5) and (6, 6).
    assert (found.count.value, found.box) == (33, 36)
    assert found.rules[0].forbids == pytest.approx(3 / 36, abs=0.01)
    said = "\n".join(found.lines())
    assert "33 conditions: 92 % of the 36 combinations" in said
    assert "would take 12 uL, 2 uL too much" in said
    assert "6 levels, 10 to 60 mM: 1 uL to 6 uL of 100 mM (echo 525)" in said


def test_the_published_protocols_fit_as_published():
    borkowski = "\n".join(makeable(protocol_from_toml(template_text("cell_free_borkowski"))).lines())
    assert "there is always 230 nL of water" in borkowski
    assert "all of the 4,194,304 combinations" in borkowski
    txtl = "\n".join(makeable(protocol_from_toml(template_text("txtl_metis"))).lines())
    assert "700 nL too much" in txtl
    assert "amino acids takes the most, 5 uL" in txtl


def test_stocks_are_suggested_for_a_protocol_that_has_none():
    text = re.sub(r"(?m)^made = \{ stock = .*$", "", template_text("cell_free_borkowski"))
    with pytest.raises(ProtocolError, match="NTP"):
        protocol_from_toml(text)
    found = stocks_for(tomllib.loads(text), "b.toml")
    assert found.over == 0
    whole = text
    for each in found.stocks:
        table = f'[factors."{each.name}"]' if f'[factors."{each.name}"]' in text else f"[factors.{each.name}]"
        whole = whole.replace(f"{table}\n", f"{table}\n{each.line()}\n")
    made = protocol_from_toml(whole)
    assert made.space.count().value == 4_194_304
    assert [factor.levels for factor in made.factors] == [
        factor.levels for factor in protocol_from_toml(template_text("cell_free_borkowski")).factors
    ]


def test_a_wide_range_gets_two_stocks_where_one_leaves_no_room():
    wide = Wish("A", "mM", (0.01, 0.1, 1.0, 10.0), ECHO)
    one = suggested_stocks([wide], 30_000, 30_000, 0.02)
    assert len(one.stocks[0].stocks) == 1
    two = suggested_stocks([wide], 10_000, 5_000, 0.02)
    assert len(two.stocks[0].stocks) == 2
    assert two.over == 0


def test_what_cannot_be_made_by_any_stock_is_said():
    odd = Wish("A", "mM", (1.0, 1.3), ECHO, solubility=0.001)
    found = suggested_stocks([odd], 10_000, 9_000, 0.02).stocks[0]
    assert found.stocks == ()
    assert "no stock makes all of its levels" in found.trouble
    assert "0.001 mM dissolve" in found.trouble


def test_a_percentage_above_a_hundred_is_never_suggested():
    found = suggested_stocks([Wish("PEG", "%", (1.0, 2.0, 40.0), ECHO)], 10_000, 1e9, 0.02)
    assert max(found.stocks[0].stocks) <= 100


@given(
    st.lists(st.integers(1, 60), min_size=1, max_size=6, unique=True),
    st.sampled_from([1e-3, 0.5, 7.0]),
    st.floats(2_000, 50_000),
)
@settings(max_examples=60)
def test_suggested_stocks_make_every_level_in_whole_steps(multiples: list[int], unit: float, room: float):
    levels = tuple(unit * each for each in multiples)
    found = suggested_stocks([Wish("A", "mM", levels, ECHO)], 20_000, room, 0.02)
    for level in levels:
        steps = [level * 20_000 / stock / 25 for stock in found.stocks[0].stocks]
        assert any(step > 0.99 and abs(step - round(step)) < 0.005 * step for step in steps)


def test_a_flask_holds_what_the_well_held():
    lines = {line.name: line for line in recipe_lines(protocol_from_toml(TEXT), {"A": 20.0, "B": 3.0}, 50e6)}
    # 20 mM of 200 g/mol in 50 mL are 1 mmol and 200 mg, a fifth of the volume of a 100 mM stock.
    assert (lines["A"].volume, lines["A"].amount, lines["A"].weight) == (10e6, "1 mmol", "200 mg")
    assert (lines["B"].volume, lines["B"].amount, lines["B"].weight) == (15e6, "", "150 mg")
    assert lines["water (up to the volume)"].volume == 25e6
    assert lines["temperature"].words() == "temperature: 30 C"


def test_without_liquids_a_recipe_says_amounts():
    text = TEXT[: TEXT.index("[liquids]")] + '[factors.A]\nunit = "mM"\nlevels = [10, 20]\n'
    lines = recipe_lines(protocol_from_toml(text), {"A": 20.0}, 1e9)
    assert lines[0].words() == "A: 20 mM; 20 mmol"


@given(st.floats(1e-6, 1e6), st.floats(10, 1000), st.floats(1e3, 1e12))
def test_weights_follow_from_amounts(millimolar: float, molar_mass: float, volume: float):
    sizes = {"": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12}

    def value(text: str, unit: str) -> float:
        number, symbol = text.split()
        return float(number) * sizes[symbol.removesuffix(unit)]

    amount, weight = substance(millimolar, "mM", volume, molar_mass)
    expected = millimolar * 1e-3 * volume * 1e-9
    if expected > 1e-9:
        assert value(amount, "mol") == pytest.approx(expected, rel=1e-3)
        assert value(weight, "g") == pytest.approx(expected * molar_mass, rel=1e-3)


def test_a_rest_that_is_too_little_to_dispense_is_not_promised():
    # 5 and 3 of 10 uL leave 2, of which this pipette takes 3 or more.
    text = TEXT.replace("40, 50, 60]", "40, 50]").replace("[1, 2, 3, 4, 5, 6]", "[1, 2, 3]")
    text = text.replace('"water"', '{ name = "water", device = "coarse" }')
    text += '[devices.coarse]\nstep = "25 nL"\nleast = "3 uL"\nmost = "9 uL"\n'
    text += 'format = "hand"\nsource = "vessels"\n'
    said = makeable(protocol_from_toml(text)).room
    assert said.endswith("which leaves 2 uL for water, of which 3 uL or more can be dispensed.")


SALT = '[factors.A]\nunit = "mM"\nlevels = [1, 5, 10]\n'


def test_suggested_stocks_leave_room_for_choices_too():
    text = TEXT[: TEXT.index("[factors.A]")] + SALT
    text += '[factors.plasmid]\noptions = ["a", "b"]\nmade = { volume = "9 uL" }\n'
    found = stocks_for(tomllib.loads(text), "choice.toml")
    assert found.stocks[0].most <= 1000 - 25
    made = found.stocks[0].line()
    protocol = protocol_from_toml(text.replace(SALT, SALT + made + "\n"))
    assert protocol.space.count().value == 6


def test_levels_that_no_soluble_stock_makes_are_not_called_dispensable():
    text = TEXT[: TEXT.index("[factors.A]")] + SALT + 'made = { stock = "1 mM", solubility = "2 mM" }\n'
    found = stocks_for(tomllib.loads(text), "salt.toml")
    assert "no stock makes all of its levels" in found.stocks[0].trouble
    assert found.words() == "No stock makes all levels of A: change the levels, the device or the volume."
