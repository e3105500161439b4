"""The JSON schema of a protocol file, against a validator that is not ours."""

from __future__ import annotations

import copy
import tomllib
from typing import Any

import pytest

from bioal import ProtocolError, protocol_from_toml
from bioal.protocol.document import TABLES
from bioal.protocol.schema import protocol_schema
from bioal.protocol.templates import starting_text, template_text, templates

jsonschema = pytest.importorskip("jsonschema", reason="the test extra has it")

NAMES = [one.name for one in templates()]


@pytest.fixture(scope="module")
def validator() -> Any:
    jsonschema.Draft202012Validator.check_schema(protocol_schema())
    return jsonschema.Draft202012Validator(protocol_schema())


@pytest.mark.parametrize("name", NAMES)
def test_every_ready_protocol_keeps_the_schema(validator, name):
    assert [error.message for error in validator.iter_errors(tomllib.loads(template_text(name)))] == []


def test_the_starting_text_keeps_it_too(validator):
    assert validator.is_valid(tomllib.loads(starting_text("buffer")))


EVERY_TABLE = """
[campaign]
name = "Buffer"
[readouts.GFP]
unit = "RFU"
[readouts.growth]
outcomes = ["none", "some"]
works = "some"
[objective]
readout = "GFP"
[factors.Mg]
unit = "mM"
low = 1
high = 8
made = { stock = "100 mM" }
[fixed]
HEPES = { value = 50, unit = "mM", made = { stock = "1 M" } }
[liquids]
volume = "20 uL"
device = "hand"
filler = "water"
[devices.hand]
step = "0.1 uL"
[source_plates.tubes]
wells = 0
[[constraints]]
sum = { Mg = 1 }
at_most = 7
[plate]
size = 96
[[controls]]
role = "reference"
wells = 2
condition = { Mg = 4 }
[stopping]
wells = 480
rounds = 5
gain = "below noise"
stable = 2
[costs]
currency = "EUR"
well = 0.2
[prices.Mg]
price = 35
per = "1 mL"
tiers = [{ above = "10 mL", price = 20 }]
[proposal]
strategy = "0.7 margin + 0.3 random"
model = "gp"
"""


def test_a_protocol_with_every_table_keeps_it_too(validator):
    given = tomllib.loads(EVERY_TABLE)
    assert set(given) == set(TABLES)
    assert [error.message for error in validator.iter_errors(given)] == []


@pytest.mark.parametrize("table", ["stopping", "costs", "proposal", "prices"])
def test_a_key_that_a_table_has_not_is_underlined(validator, table):
    given = tomllib.loads(EVERY_TABLE)
    given[table]["misspelt"] = 3
    assert not validator.is_valid(given)


WRONG = {
    "a key that no factor has": lambda text: text["factors"]["Mg"].update(hihg=3),
    "a table that there is not": lambda text: text.update(factor={}),
    "text for a number": lambda text: text["factors"]["Mg"].update(low="1"),
    "another word": lambda text: text["objective"].update(direction="upwards"),
    "a key that no choice has": lambda text: text["factors"]["plasmid"].update(levels=[1]),
    "a key that no constraint has": lambda text: text["constraints"][0].update(at_mots=3),
    "no readout": lambda text: text.pop("readouts"),
    "fewer than one replicate": lambda text: text["plate"].update(replicates=0),
    "a misspelt key of made": lambda text: text["factors"]["Mg"].update(made={"stok": "1 M"}),
}
SOUND = """
[campaign]
name = "Buffer"
[readouts.GFP]
[objective]
readout = "GFP"
[factors.Mg]
low = 1
high = 3
step = 1
[factors.plasmid]
options = ["pA", "pB"]
[[constraints]]
sum = { Mg = 1 }
at_most = 3
[plate]
size = 96
"""


@pytest.mark.parametrize("what", WRONG)
def test_what_the_schema_refuses_bioal_refuses_too(validator, what):
    import tomlkit

    text = tomllib.loads(SOUND)
    assert validator.is_valid(text)
    protocol_from_toml(SOUND)
    wrong = copy.deepcopy(text)
    WRONG[what](wrong)
    assert not validator.is_valid(wrong)
    with pytest.raises(ProtocolError):
        protocol_from_toml(tomlkit.dumps(wrong))
