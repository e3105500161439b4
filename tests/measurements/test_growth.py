"""Growth rates against closed forms and simulated cultures whose rate is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioal.measurements.cells import Cell
from bioal.measurements.growth import CLEAR, NO_GROWTH, blank_of
from bioal.measurements.series import read_problem, reduced, time_read
from bioal.protocol.reads import read_in

HOURS = np.arange(0, 12.01, 0.25)
TIMES = tuple(3600 * HOURS)


def cells(values):
    return tuple(Cell(float(value), "number", "f", "", f"B{at}") for at, value in enumerate(values))


@pytest.mark.smoke
@given(st.floats(0.05, 2.0), st.floats(1e-3, 0.1))
@settings(deadline=None)
def test_an_exponential_grows_at_its_rate_in_every_window(rate, start):
    culture = cells(start * np.exp(rate * HOURS))
    for words in ("growth", "growth over 2 h", "growth 1 h to 3 h", "growth 0 h to 12 h"):
        assert reduced(culture, TIMES, read_in(words)).value == pytest.approx(rate, rel=1e-6)


def test_a_window_is_the_least_squares_line_of_the_logarithm():
    values = 0.05 + 0.4 / (1 + np.exp(4 - HOURS))
    inside = (HOURS >= 2) & (HOURS <= 5)
    expected = np.polyfit(HOURS[inside], np.log(values[inside]), 1)[0]
    assert reduced(cells(values), TIMES, read_in("growth 2 h to 5 h")).value == pytest.approx(expected)


def test_the_steepest_of_five_readings_in_a_row():
    values = 0.05 + 0.4 / (1 + np.exp(4 - HOURS))
    windows = [slice(at, at + 5) for at in range(len(HOURS) - 4)]
    slopes = [np.polyfit(HOURS[window], np.log(values[window]), 1)[0] for window in windows]
    assert reduced(cells(values), TIMES, read_in("growth")).value == pytest.approx(max(slopes))


def blanks(rng, level=0.08, noise=0.0005):
    return {well: cells(level + noise * rng.standard_normal(len(HOURS))) for well in ("A1", "A2", "A3")}


def test_a_blank_is_taken_off_before_the_logarithm():
    rng = np.random.default_rng(0)
    rates, with_blank, without = np.array([0.3, 0.5, 0.8]), [], []
    blank = blank_of(blanks(rng))
    assert blank is not None
    assert blank.limit == pytest.approx(CLEAR * 0.0005, rel=0.2)
    for rate in rates:
        values = 0.08 + 1.0 / (1 + 200 * np.exp(-rate * HOURS)) + 0.0005 * rng.standard_normal(len(HOURS))
        with_blank.append(reduced(cells(values), TIMES, read_in("growth over 3 h"), blank).value)
        without.append(reduced(cells(values), TIMES, read_in("growth over 3 h")).value)
    assert np.array(with_blank) == pytest.approx(rates, rel=0.1)
    assert np.max(np.array(without) / rates) < 0.85


def test_a_culture_that_never_clears_the_blank_has_not_grown():
    rng = np.random.default_rng(1)
    blank = blank_of(blanks(rng))
    idle = cells(0.08 + 0.001 * rng.standard_normal(len(HOURS)))
    for words in ("growth", "growth over 2 h", "growth 1 h to 3 h"):
        found = reduced(idle, TIMES, read_in(words), blank)
        assert found.value == 0.0
        assert found.raw == NO_GROWTH


def test_saturated_readings_lie_outside_the_steepest_and_are_named_within_a_window():
    values = list(cells(0.01 * np.exp(0.5 * HOURS)))
    values[40:] = [Cell("OVRFLW", "text", "f", "", f"B{at}") for at in range(40, len(values))]
    assert reduced(values, TIMES, read_in("growth")).value == pytest.approx(0.5)
    found = reduced(values, TIMES, read_in("growth 8 h to 12 h"))
    assert (found.kind, found.value) == ("text", "OVRFLW within the growth")


@pytest.mark.parametrize("words", ["growth", "growth over 2 h"])
def test_a_reader_that_overflows_has_not_seen_no_growth(words):
    over = tuple(Cell("OVRFLW", "text", "f", "", f"B{at}") for at in range(len(HOURS)))
    assert reduced(over, TIMES, read_in(words)).value == "OVRFLW within the growth"
    late = cells(np.zeros(6)) + over[6:]
    assert reduced(late, TIMES, read_in(words)).value == "OVRFLW within the growth"


def test_blanks_are_no_growth_only_where_readings_are_left_to_say_so():
    empty = tuple(Cell(None, "blank", "f", "", f"B{at}") for at in range(len(HOURS)))
    few = cells(np.zeros(3)) + empty[3:]
    assert reduced(few, TIMES, read_in("growth")).value == "a blank cell within the growth"
    read = cells(np.zeros(len(HOURS) - 1)) + empty[-1:]
    assert reduced(read, TIMES, read_in("growth")).value == 0.0


def test_what_too_few_readings_cannot_say():
    few = (0.0, 900.0, 1800.0)
    assert read_problem(few, read_in("growth")) == "fewer than 5 readings for growth"
    assert "fewer than 3 readings" in read_problem(few, read_in("growth over 2 h"))
    assert "fewer than 2 readings" in read_problem(few, read_in("growth 1 h to 2 h"))
    assert read_problem(few, read_in("growth over 30 min")) == ""
    assert time_read(TIMES, read_in("growth")) == "growth, the steepest over 5 readings in a row, per hour"


def test_a_blank_that_was_not_read_at_some_time_is_none():
    gap = list(cells(np.full(4, 0.1)))
    gap[2] = Cell(None, "blank")
    assert blank_of({"A1": gap}) is None
    assert blank_of({}) is None
