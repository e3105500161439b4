"""`bioal recipe`: what a well holds, in any volume."""

from __future__ import annotations

from pathlib import Path

import pytest

TEXT = """
[campaign]
name = "flask"
[readouts.GFP]
unit = "RFU"
[objective]
readout = "GFP"
[liquids]
volume = "10 uL"
device = "echo 525"
filler = "water"
[factors.Mg]
unit = "mM"
levels = [1, 2, 3, 40]
made = { stock = "100 mM" }
[fixed]
lysate = { made = { fraction = 0.33 } }
[plate]
size = 96
[[controls]]
role = "blank"
wells = 1
[[controls]]
role = "reference"
wells = 1
condition = { Mg = 40 }
"""


@pytest.fixture
def begun(typed):
    Path("flask.toml").write_text(TEXT, encoding="utf-8")
    assert typed("new flask --protocol flask.toml").code == 0
    Path("own.csv").write_text("Mg [mM]\n40\n2\n", encoding="utf-8")
    assert typed("propose --exactly own.csv --campaign flask").code == 0
    return typed


def test_a_blank_is_made_of_the_filler_alone_as_on_the_plate(begun):
    parts = begun("recipe blank-1 --campaign flask --json").json["result"]["parts"]
    assert [(part["stock"], part["volume"]) for part in parts] == [("water", 10_000)]


@pytest.mark.parametrize("volume", ["0 mL", "'-5 mL'", "much"])
def test_nothing_to_fill_is_no_volume(begun, volume: str):
    assert begun(f"recipe reference-1 --volume={volume} --campaign flask").code == 3


def test_what_todays_stocks_cannot_make_is_said(begun):
    Path("weak.toml").write_text(
        TEXT.replace('"100 mM"', '"50 mM"').replace("3, 40]", "3]").replace("Mg = 40", "Mg = 3"),
        encoding="utf-8",
    )
    assert begun("amend weak.toml --campaign flask").code == 0
    said = begun("recipe R01-C001 --campaign flask")
    assert said.code == 3
    assert "cannot be made with the stocks of today's protocol" in said.err
