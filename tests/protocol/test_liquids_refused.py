"""What a bench would make wrongly, or a program would trip over, is refused in words."""

from __future__ import annotations

import numpy as np
import pytest

from bioal.errors import ProtocolError
from bioal.protocol.protocol import Protocol, protocol_from_toml

HEAD = """
[campaign]
name = "wells"
[readouts.GFP]
unit = "RFU"
[objective]
readout = "GFP"
"""
ECHO = '[liquids]\nvolume = "10 uL"\ndevice = "echo 525"\nfiller = "water"\n'


def protocol(body: str, liquids: str = ECHO) -> Protocol:
    return protocol_from_toml(HEAD + liquids + body)


def problems(body: str, liquids: str = ECHO) -> dict[str, str]:
    with pytest.raises(ProtocolError) as caught:
        protocol(body, liquids)
    return {problem.code: str(problem) for problem in caught.value.items}


def dispensed(name: str, lines: str, made: str) -> str:
    return f'[factors."{name}"]\nunit = "mM"\n{lines}\nmade = {{ {made} }}\n'


@pytest.mark.parametrize("volume", ["0 uL", "1e400 uL", "1e999999999 L", "-1 uL"])
def test_a_well_holds_something_and_no_more_than_there_is(volume: str):
    liquids = ECHO.replace("10 uL", volume)
    assert (
        "liquids.volume"
        in problems(dispensed("A", "levels = [1]", 'stock = "20 mM"'), liquids)["wrong-value"]
    )


@pytest.mark.parametrize("stock", ["1e400 mM", "1e400 M", "1e-300 mM"])
def test_a_stock_has_a_concentration_that_somebody_can_make(stock: str):
    said = problems(dispensed("A", "levels = [1]", f'stock = "{stock}"'))
    assert "beyond anything that is pipetted" in said["unit-refused"]


def test_a_bioreactor_has_as_round_levels_as_a_well():
    body = dispensed("A", "low = 1\nhigh = 10\ncount = 10", 'stock = "100 mM"')
    made = protocol(body, ECHO.replace("echo 525", "hand").replace("10 uL", "200 L"))
    assert made.factors[0].levels == (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)


def test_a_device_that_cannot_split_what_it_cannot_take_at_once_is_refused():
    body = dispensed("A", "levels = [1]", 'stock = "20 mM"') + '[devices."echo 525"]\nleast = "600 nL"\n'
    assert "half the largest" in problems(body)["profile-unsplittable"]


FEEDING = """
[factors.feed]
options = ["yes", "no"]
made = "setting"
[[constraints]]
only_with = { feed = "yes" }
factor = "%s"
"""


def makeable(made: Protocol) -> int:
    """Return how many conditions of a space fill their wells exactly; all of it, or it fails."""
    assert made.liquids is not None
    conditions = made.space.conditions(np.unique(made.space.sample(1000, np.random.default_rng(0)), axis=0))
    for row in conditions.astype(object).where(conditions.notna(), None).to_dict("records"):
        doses = made.liquids.recipe({str(name): value for name, value in row.items()})
        assert sum(dose.volume for dose in doses) == made.liquids.volume
    return len(conditions)


def test_what_does_not_choose_a_stock_leaves_no_more_room_than_there_is():
    body = FEEDING % "kind" + '[[constraints]]\nonly_with = { feed = "yes" }\nfactor = "carbon"\n'
    body += '[factors.kind]\noptions = ["glucose", "glycerol"]\n'
    stocks = 'stocks = { glucose = "100 mM", glycerol = "50 mM" }, by = "kind"'
    body += dispensed("carbon", "levels = [10, 20]", stocks)
    body += dispensed("A", "levels = [1, 60]", 'stock = "100 mM"')
    body += dispensed("B", "levels = [1, 60]", 'stock = "100 mM"')
    # Without carbon, three of four mixes of A and B fit; with it, one below 60 at most and both others.
    by_hand = 3 + sum(
        a + b + carbon / stock * 100 <= 100
        for a in (1, 60) for b in (1, 60) for carbon in (10, 20) for stock in (100, 50)
    )  # fmt: skip
    assert makeable(protocol(body)) == by_hand


def test_two_that_never_come_together_may_fill_more_than_half_a_well_each():
    body = FEEDING % "A" + '[[constraints]]\nonly_with = { feed = "no" }\nfactor = "B"\n'
    body += dispensed("A", "levels = [60, 80]", 'stock = "100 mM"')
    body += dispensed("B", "levels = [60, 80]", 'stock = "100 mM"')
    assert makeable(protocol(body)) == 4


CHOICE = '[factors.k]\noptions = ["a", "b"]\n'


def test_an_option_without_a_stock_is_not_left_out_in_silence():
    body = CHOICE + dispensed("A", "levels = [1]", 'stocks = { a = "20 mM" }, by = "k"')
    assert "no stock for 'b'" in problems(body)["option-without-stock"]


def test_an_option_with_which_a_factor_never_comes_needs_no_stock():
    body = CHOICE + dispensed("A", "levels = [1]", 'stocks = { a = "20 mM" }, by = "k"')
    made = protocol(body + '[[constraints]]\nfactor = "A"\nonly_with = { k = "a" }\n')
    assert makeable(made) == 2


@pytest.mark.parametrize(
    "made", ['stocks = { a = "20 mM", b = "20 mM" }, amount = "1 mM"', 'volume = "1 uL"']
)
def test_dilutions_are_refused_where_none_would_be_made(made: str):
    body = '[factors.k]\noptions = ["a", "b"]\nmade = { ' + made + ", dilutions = [10] }\n"
    assert "dilutions" in problems(body)["made-how"]


FIXED = """
[fixed]
DNA = { value = 5, unit = "nM", made = { stock = "100 nM" } }
lysate = { made = { fraction = 0.33 } }
dye = { made = { volume = "400 nL" } }
[[controls]]
role = "negative"
wells = 1
condition = { A = 1, %s }
"""


@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        ("DNA = 0.1", "level-undispensable", "0.25 nM"),
        ("DNA = -1", "control-fixed", "from zero up"),
        ('DNA = "none"', "control-fixed", "from zero up"),
        ("lysate = 0.1", "volume-undispensable", "25 nL"),
        ("lysate = -3", "control-fixed", "from zero up"),
        ("dye = 2", "control-fixed", "0, for none of it"),
        ('dye = "200 nL"', "control-fixed", "0, for none of it"),
    ],
)
def test_a_control_holds_what_it_says_or_is_refused(changed: str, code: str, words: str):
    said = problems(dispensed("A", "levels = [1]", 'stock = "20 mM"') + FIXED % changed)
    assert words in said[code]
    assert "controls[1].condition." in said[code]


@pytest.mark.parametrize(
    ("changed", "volumes"),
    [("DNA = 2.5", (250, 3300, 400)), ("lysate = 16.3", (500, 1625, 400)), ("dye = 0", (500, 3300, 0))],
)
def test_a_control_may_hold_less_of_a_fixed_part_in_whole_steps(changed: str, volumes: tuple[int, ...]):
    made = protocol(dispensed("A", "levels = [1]", 'stock = "20 mM"') + FIXED % changed)
    assert made.liquids is not None
    control = made.controls[0]
    doses = made.liquids.recipe(control.condition, control.fixed)
    found = {dose.component.name: dose.volume for dose in doses}
    assert tuple(found.get(name, 0) for name in ("DNA", "lysate", "dye")) == volumes
    assert sum(found.values()) == 10_000


def test_a_control_has_to_fit_whatever_its_plate_holds():
    body = '[factors.k]\noptions = ["a", "b"]\nper = "plate"\n'
    body += 'made = { stocks = { a = "100 mM", b = "10 mM" }, amount = "5 mM" }\n'
    body += dispensed("A", "levels = [1, 6]", 'stock = "10 mM"')
    body += '[[controls]]\nrole = "reference"\nwells = 1\ncondition = { A = 6 }\n'
    assert "11000 nL" in problems(body)["control-overfull"]


def test_the_filler_is_none_of_the_other_stocks():
    body = dispensed("water", "levels = [1]", 'stock = "20 mM"')
    assert "of factor water and of filler water" in problems(body)["stock-twice"]
