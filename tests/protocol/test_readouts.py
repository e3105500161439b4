"""How a readout is normalised, as the protocol file says it: what is needed, what is unclear."""

from __future__ import annotations

import pytest

from bioal.errors import ProtocolError
from bioal.protocol.amend import amendment
from bioal.protocol.protocol import protocol_from_toml

START = """
[campaign]
name = "Yields"
[objective]
readout = "GFP"
[factors.Mg]
unit = "mM"
levels = [1, 2, 3]
[plate]
size = 96
"""


def text(readout: str, *controls: str) -> str:
    parts = [f"[readouts.GFP]\n{readout}\n"]
    for control in controls:
        role, _, name = control.partition(" ")
        condition = "condition = { Mg = 2 }\n" if role != "blank" else ""
        parts.append(f'[[controls]]\nrole = "{role}"\nwells = 2\nname = "{name}"\n{condition}')
    return START + "\n".join(parts)


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("how", "controls", "pooled"),
    [
        ('normalise = "controls"', ("negative a", "reference b"), True),
        ('normalise = "controls"\npool = false', ("negative a", "reference b"), False),
        ('normalise = "blank"', ("blank w",), True),
        ('normalise = "reference"', ("reference b",), False),
        ('normalise = "reference"\npool = true', ("reference b",), True),
        ('normalise = "none"', (), False),
    ],
)
def test_each_way_to_normalise_says_whether_plates_go_together(how, controls, pooled):
    assert protocol_from_toml(text(how, *controls)).readout.pooled is pooled


@pytest.mark.parametrize(
    ("how", "controls", "said"),
    [
        ('normalise = "controls"', ("reference b",), "found no control with role negative"),
        ('normalise = "controls"', ("negative a",), "found no control with role reference"),
        ('normalise = "blank"', (), "found no control with role blank"),
        (
            'normalise = "controls"',
            ("negative a", "reference b", "reference c"),
            'found 2 controls with role reference; expected one of them, named: reference = "..."',
        ),
        (
            'normalise = "controls"\nreference = "d"',
            ("negative a", "reference b", "reference c"),
            "found the reference control 'd'; expected one of b, c",
        ),
    ],
)
def test_a_control_that_is_lacking_or_unclear_is_asked_for(how, controls, said):
    with pytest.raises(ProtocolError) as refused:
        protocol_from_toml(text(how, *controls))
    assert said in str(refused.value)


def test_a_named_control_is_the_one_that_is_meant():
    how = 'normalise = "controls"\nreference = "c"'
    readout = protocol_from_toml(text(how, "negative a", "reference b", "reference c")).readout
    assert (readout.named("reference"), readout.named("negative")) == ("c", "")


def test_another_normalisation_is_a_change_in_words():
    old = protocol_from_toml(text('normalise = "none"', "negative a", "reference b"))
    new = protocol_from_toml(text('normalise = "controls"\npool = false', "negative a", "reference b"))
    (change,) = amendment(old, new).changes
    assert "from negative to reference, plate by plate" in change
