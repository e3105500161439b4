"""What a bench would make wrongly, or a program would trip over, is refused in words."""

from __future__ import annotations

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
