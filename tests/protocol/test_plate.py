"""The table [plate]: which wells or vessels a round may use, and what is refused there."""

from __future__ import annotations

import pytest

from bioal.errors import ProtocolError
from bioal.protocol.amend import amendment
from bioal.protocol.plate import PlateSetup
from bioal.protocol.protocol import protocol_from_toml

SIMPLE = """
[campaign]
name = "Plates"
[readouts.GFP]
[objective]
readout = "GFP"
[factors.Mg]
levels = [1, 2, 3]
[plate]
{plate}
[[controls]]
role = "blank"
wells = 2
"""


def plate_of(plate: str) -> PlateSetup:
    return protocol_from_toml(SIMPLE.format(plate=plate)).plate


def problems_of(plate: str, more: str = "") -> dict[str, str]:
    with pytest.raises(ProtocolError) as refused:
        protocol_from_toml(SIMPLE.format(plate=plate) + more)
    return {problem.place: str(problem) for problem in refused.value.items}


def test_an_edge_that_stays_empty_leaves_the_inner_wells() -> None:
    setup = plate_of('size = 96\nedge = "empty"')
    assert (setup.room, setup.places[0], setup.places[-1]) == (60, "B2", "G11")
    assert setup.words() == "60 of 96 wells (edge empty)"


def test_areas_and_wells_that_are_skipped_are_not_there() -> None:
    setup = plate_of('size = 384\nskip = ["A1", "P24:P20", "a01"]')
    assert setup.room == 384 - 6
    assert {"A1", "P20", "P24"}.isdisjoint(setup.places)
    assert setup.words() == "378 of 384 wells (A1, P24:P20, a01 empty)"


def test_every_second_row_and_column_of_384_wells_are_those_of_a_96_well_plate() -> None:
    setup = plate_of("size = 384\nevery = 2")
    assert setup.room == 96
    assert setup.places[:9] == ("A1", "C1", "E1", "G1", "I1", "K1", "M1", "O1", "A3")
    assert plate_of("size = 384\nevery = { rows = 2 }").room == 192


def test_wells_are_filled_along_the_rows_where_the_protocol_says_so() -> None:
    assert plate_of('size = 6\norder = "rows"').places == ("A1", "A2", "A3", "B1", "B2", "B3")
    assert plate_of("size = 6").places == ("A1", "B1", "A2", "B2", "A3", "B3")


def test_vessels_have_names_or_are_as_many_as_needed() -> None:
    named = plate_of('size = "none"\nvessels = ["flask 1", "flask 2", "flask 3"]')
    assert (named.size, named.room, named.in_vessels) == (0, 3, True)
    assert plate_of('size = "none"').room is None


WRONG = {
    "an odd size": ('size = "nine"', "plate.size", 'expected a number of wells, or "none" for vessels'),
    "a well the plate has not": ('size = 24\nskip = ["A1", "E1"]', "plate.skip[2]", "as A1 or A1:A12"),
    "nothing left": ('size = 6\nskip = ["A1:B3"]', "plate.skip", "none of 6 wells left"),
    "an edge that is all of the plate": ('size = 6\nedge = "empty"', "plate.skip", "none of 6 wells left"),
    "a step beyond the plate": (
        "size = 24\nevery = { rows = 5 }",
        "plate.every.rows",
        "at most 4 rows of a plate of 24",
    ),
    "no step": ("size = 24\nevery = 0", "plate.every.rows", "greater than or equal to 1"),
    "controls in all usable wells": (
        'size = 24\nedge = "empty"\nreplicates = 7',
        "plate.size",
        "at most 8 of 24 wells (edge empty)",
    ),
    "vessels on a plate": ('size = 24\nvessels = ["tube"]', "plate.vessels", "none with plates"),
    "a grid of vessels": ('size = "none"\nedge = "empty"', "plate.edge", "vessels have no grid"),
    "one vessel twice": (
        'size = "none"\nvessels = ["a", "b", "c", "A"]',
        "plate.vessels[4]",
        "names that differ",
    ),
    "too few vessels": (
        'size = "none"\nvessels = ["a", "b"]',
        "plate.vessels",
        "2 control vessels and 1 replicates",
    ),
    "an operator without a name": (
        'size = 24\noperators = ["Ana", " "]',
        "plate.operators[2]",
        "names that differ",
    ),
    "a mix spread over vessels": ('size = "none"\npremix = true', "plate.premix", "premix = false"),
    "a layout of no kind": ('size = 24\nlayout = "by hands"', "plate.layout", "Did you mean 'by hand'?"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_each_fault_of_the_plate_is_refused_at_its_place(wrong: str) -> None:
    plate, place, words = WRONG[wrong]
    assert words in problems_of(plate)[place]


def test_a_factor_of_whole_plates_does_not_go_with_vessels() -> None:
    more = '[factors.temperature]\nlevels = [25, 30]\nper = "plate"\n'
    found = problems_of('size = "none"', more)
    assert "each vessel has a setting of its own" in found["factors.temperature.per"]


def test_columns_that_vessels_and_operators_need_are_free_elsewhere() -> None:
    factor = '[factors.operator]\noptions = ["a", "b"]\n'
    found = problems_of('size = 24\noperators = ["Ana"]', factor)
    assert "written by bioal itself" in found["factors.operator"]
    assert protocol_from_toml(SIMPLE.format(plate="size = 24") + factor).space.names == ("Mg", "operator")


def test_an_amendment_tells_what_changed_on_the_plate() -> None:
    old, new = (
        protocol_from_toml(SIMPLE.format(plate=plate))
        for plate in ("size = 96", 'size = 96\nedge = "empty"\norder = "rows"\noperators = ["Ana", "Ben"]')
    )
    assert amendment(old, new).changes == (
        "Plate: 96 wells with 1 of each condition before, 60 of 96 wells (edge empty) with 1 of each "
        "condition, filled by rows, made by Ana, Ben now.",
    )
