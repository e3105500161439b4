"""A series over time as one value, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioal.measurements.cells import Cell
from bioal.measurements.series import read_problem, reduced, time_read
from bioal.protocol.protocol import protocol_from_toml
from bioal.protocol.reads import Read, clock, read_in, seconds_in

HOURS = np.array([0.0, 1.0, 2.0, 4.0])
TIMES = tuple(3600 * HOURS)


def cells(*values: object) -> tuple[Cell, ...]:
    kinds = {float: "number", str: "text", type(None): "blank"}
    return tuple(Cell(value, kinds[type(value)], "f", "", f"B{at}") for at, value in enumerate(values))


NUMBERS = st.integers(-500, 500).map(lambda number: number / 64)


@given(NUMBERS, NUMBERS)
def test_the_slope_of_a_line_is_its_slope_and_its_area_that_of_a_trapezium(slope, intercept):
    line = cells(*(float(value) for value in intercept + slope * HOURS))
    assert reduced(line, TIMES, read_in("slope")).value == pytest.approx(slope, abs=1e-9)
    window = reduced(line, TIMES, read_in("area 1 h to 4 h")).value
    assert window == pytest.approx(3 * intercept + slope * (16 - 1) / 2, abs=1e-9)


def test_slopes_are_those_of_least_squares():
    values = [0.5, 1.0, 4.0, 2.0]
    found = reduced(cells(*values), TIMES, read_in("slope 1 h to 4 h"))
    assert found.value == pytest.approx(np.polyfit(HOURS[1:], values[1:], 1)[0])
    assert found.address == "B1:B3"


@pytest.mark.parametrize(
    ("how", "value"), [("first", 1.0), ("last", 2.0), ("max", 4.0), ("at 2 h", 4.0), ("119 min", 4.0)]
)
def test_a_cell_of_the_series_is_taken_as_it_is(how, value):
    assert reduced(cells(1.0, 3.0, 4.0, 2.0), TIMES, read_in(how)).value == value


def test_the_largest_is_over_the_range_where_one_is_and_skips_what_was_missed():
    assert reduced(cells(1.0, "OVRFLW", 9.0, None), TIMES, read_in("max")).value == "OVRFLW"
    assert reduced(cells(1.0, "MISSED", 9.0, "<0.1"), TIMES, read_in("max")).value == 9.0
    assert reduced(cells("<0.1", "<0.1", None, "<0.1"), TIMES, read_in("max")).value == "<0.1"
    assert reduced(cells(1.0, "smudge", 9.0, None), TIMES, read_in("max")).value == "smudge"


@pytest.mark.parametrize("how", ["slope", "area 1 h to 4 h"])
@pytest.mark.parametrize("word", ["OVRFLW", "MISSED", None])
def test_a_slope_over_what_is_no_number_says_so_and_is_no_status(how, word):
    found = reduced(cells(1.0, 2.0, word, 3.0), TIMES, read_in(how))
    assert (found.kind, found.address) == ("text", "B2")
    assert "within the" in str(found.value)


def test_a_well_without_a_value_stays_blank_in_every_reading():
    for how in ("first", "last", "max", "at 1 h", "slope", "area"):
        assert reduced(cells(None, None, None, None), TIMES, read_in(how)).kind == "blank"


@pytest.mark.parametrize("how", ["at 5 h", "slope 3 h to 5 h", "area 10 h to 11 h"])
def test_a_time_that_was_not_read_is_refused(how):
    assert read_problem(TIMES, read_in(how))


def test_what_was_taken_is_said_with_its_time():
    assert time_read(TIMES, read_in("last")) == "last, at 4:00:00"
    assert time_read(TIMES, read_in("slope 50 min to 3 h")) == "slope from 1:00:00 to 2:00:00, per hour"


@given(st.integers(0, 10**7))
def test_a_clock_reads_back(seconds):
    assert seconds_in(clock(seconds)) == seconds


@pytest.mark.parametrize("text", ["", "12", "12:30", "soon", "5 parsecs", "slope 3 h to 1 h", "1 h soon"])
def test_what_names_no_reading_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        read_in(text)


@given(st.sampled_from(["slope", "area"]), st.integers(0, 10**5), st.integers(1, 10**5))
def test_a_way_to_read_reads_back_as_it_is_written(kind, start, length):
    read = Read(kind, float(start), float(start + length))
    assert read_in(str(read)) == read


PROTOCOL = """
[campaign]
name = "Growth"
[readouts.OD]
read = "{read}"
[objective]
readout = "OD"
[factors.Mg]
levels = [1, 2]
"""


def test_the_protocol_says_how_a_series_is_read():
    assert protocol_from_toml(PROTOCOL.format(read="at 6 h")).readout.read == "at 6:00:00"
    from bioal.errors import ProtocolError

    with pytest.raises(ProtocolError, match=r"readouts.OD.read: found 'middle'.*one of: last, first, max"):
        protocol_from_toml(PROTOCOL.format(read="middle"))
