from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioal.protocol.factors import Choice, FactorValueError, Numeric
from bioal.protocol.levels import fits, grid, rounded, stepped

MG = Numeric("Mg-glutamate", "mM", (0.4, 1.2, 2, 4))
AWKWARD = Choice("plasmid", ("TRUE", "NA", "1.10", "007", "MARCH1", "2024-05-06", "1E5", "3%", "5-6"))

levels = st.lists(
    st.floats(-1e6, 1e6).map(lambda value: round(value, 3)), min_size=1, max_size=8, unique=True
).map(tuple)
positive = st.lists(st.floats(1e-6, 1e6).map(rounded), min_size=1, max_size=8, unique=True).map(tuple)


@pytest.mark.smoke
def test_a_level_is_found_by_what_was_typed_for_it():
    assert [MG.code(value) for value in (0.4, "1.2", 2, 4.0, None)] == [0, 1, 2, 3, -1]


def test_a_value_between_levels_or_nothing_at_all_is_no_level():
    assert [MG.code(value) for value in (0.0, 1.0, 3.0, 5.0)] == [None] * 4


@pytest.mark.parametrize(
    ("typed", "level", "meant"),
    [
        (0.392, 0.392156862745, True),
        (0.3922, 0.392156862745, True),
        (0.39215, 0.39216, True),
        (0.7843, 0.78431, True),
        (2.125000000000015, 2.125, True),
        (0.4, 0.392156862745, True),
        (0.39, 0.4, False),
        (105, 105.04, True),
        (1.5, 1.5075, True),
        (1, 1.2, False),
        (0, 0.4, False),
        (0.4, 0, False),
        (-2, 2, False),
    ],
)
def test_a_number_fits_a_level_at_the_precision_at_which_it_was_typed(typed, level, meant):
    assert fits(rounded(typed), level) is meant


def test_a_rounded_value_that_fits_two_levels_means_neither():
    factor = Numeric("CK", "mM", (0.391, 0.392, 0.5))
    assert factor.code(0.39) is None
    assert not factor.same(0.391, 0.39)
    assert Numeric("CK", "mM", (0.392, 0.5)).same(0.392, 0.39)


def test_another_level_is_never_the_planned_one():
    assert not MG.same(2.0, 4.0)
    assert not MG.same(2.0, None)
    assert MG.same(None, "")


def test_a_planned_value_of_an_earlier_protocol_is_still_recognised():
    assert MG.same(3.14159, 3.1416)
    assert not MG.same(3.9, 4.0)


@given(levels)
def test_every_level_is_its_own_code_and_survives_being_written(values):
    factor = Numeric("x", "mM", values)
    assert [factor.code(factor.text(level)) for level in factor.levels] == list(range(factor.size))


@given(levels)
def test_decoding_an_encoded_level_gives_the_level(values):
    factor = Numeric("x", "mM", values)
    assert factor.decode(factor.encode(factor.levels)) == list(range(factor.size))


@given(positive)
def test_decoding_gives_the_level_on_a_log_scale_too(values):
    factor = Numeric("x", "mM", (0.0, *values), "log")
    assert factor.decode(factor.encode(factor.levels)) == list(range(factor.size))


def test_a_log_scale_spreads_by_ratio_and_puts_zero_one_step_below():
    factor = Numeric("L-Arg", "mM", (0, 0.02, 0.2, 2, 20), "log")
    np.testing.assert_allclose(factor.encode(factor.levels)[:, 0], [0, 0.25, 0.5, 0.75, 1])


def test_values_off_the_levels_encode_by_the_span():
    np.testing.assert_allclose(MG.encode([0.4, 4.0, 7.6, None])[:, 0], [0, 1, 2, 0.5])
    wider = MG.spanning([7.6, 0.4])
    np.testing.assert_allclose(wider.encode([0.4, 4.0, 7.6])[:, 0], [0, 0.5, 1])
    assert wider.levels == MG.levels


def test_a_frozen_factor_lies_in_the_middle():
    assert Numeric("x", "mM", (3.0,)).encode([3.0])[0, 0] == 0.5


@pytest.mark.parametrize(
    "value", ["about 4", "4 mM", "4,5", True, float("inf"), dt.datetime(2024, 4, 1), None, "nan"]
)
def test_what_is_no_number_is_refused_in_words(value):
    with pytest.raises(FactorValueError, match="expected a number"):
        MG.parsed(value)


def test_a_decimal_comma_is_named_and_not_guessed():
    with pytest.raises(FactorValueError, match=r"Write 4\.5 with a decimal point"):
        MG.parsed("4,5")


def test_numbers_come_back_whether_on_the_levels_or_not():
    assert [MG.parsed(value) for value in (1, 99.5, " 1.2 ", "−2", "1e-3", np.float32(0.5))] == [
        1,
        99.5,
        1.2,
        -2,
        1e-3,
        0.5,
    ]


@pytest.mark.parametrize(
    ("returned", "option"),
    [
        (True, "TRUE"),
        ("true", "TRUE"),
        ("NA", "NA"),
        (1.1, "1.10"),
        (7, "007"),
        (dt.datetime(2024, 3, 1), "MARCH1"),
        (dt.date(2024, 5, 6), None),  # 2024-05-06 and 5-6 both become this date
        (100000.0, "1E5"),
        (0.03, "3%"),
        ("3%", "3%"),
    ],
)
def test_options_that_a_spreadsheet_changes_are_recognised_or_refused(returned, option):
    if option is None:
        with pytest.raises(FactorValueError, match="one of"):
            AWKWARD.parsed(returned)
    else:
        assert AWKWARD.parsed(returned) == option
        assert AWKWARD.same(option, returned)


@given(st.sampled_from(AWKWARD.options))
def test_an_option_read_back_as_text_is_itself(option):
    assert AWKWARD.parsed(AWKWARD.text(option)) == option


def test_a_misspelt_option_gets_a_suggestion():
    with pytest.raises(FactorValueError, match="Did you mean 'pTAC'"):
        Choice("plasmid", ("pTAC", "pDC")).parsed("pTAK")


def test_two_kinds_of_micro_sign_are_one():
    assert Choice("buffer", ("10 \u00b5M", "20 \u00b5M")).parsed("10 \u03bcM") == "10 \u00b5M"


def test_a_choice_has_a_column_per_option_and_an_ordered_one_a_single_column():
    plain, ordered = Choice("p", ("a", "b", "c")), Choice("p", ("low", "mid", "high"), ordered=True)
    assert plain.encode(["b", None]).tolist() == [[0, 1, 0], [0, 0, 0]]
    assert ordered.encode(["low", "mid", "high", None])[:, 0].tolist() == [0, 0.5, 1, 0.5]
    assert ordered.decode(ordered.encode(ordered.options)) == [0, 1, 2]


def test_an_option_of_the_past_is_encoded_but_never_decoded():
    factor = Choice("p", ("a", "b")).spanning(["old", "a", None])
    assert factor.known == ("old",)
    assert factor.encode(["old"]).tolist() == [[0, 0, 1]]
    assert factor.code("old") is None
    with pytest.raises(ValueError, match="none of the options"):
        factor.encode(["unheard of"])


def test_headings_bear_the_unit():
    assert (MG.heading, AWKWARD.heading) == ("Mg-glutamate [mM]", "plasmid")


def test_steps_and_grids_reach_both_ends_with_few_digits():
    assert stepped(0.78, 3.12, 0.78) == (0.78, 1.56, 2.34, 3.12)
    log = grid(0.1, 10, "log")
    assert (len(log), log[0], log[-1]) == (25, 0.1, 10)
    assert all(rounded(level, 3) == level for level in log)
    np.testing.assert_allclose(np.diff(np.log(log)), np.log(100) / 24, rtol=0.06)
    assert grid(0, 1, "linear") == tuple(rounded(i / 20) for i in range(21))


@given(st.floats(1e-6, 1e6), st.floats(1.0001, 1e4), st.sampled_from(["linear", "log"]))
def test_a_grid_always_has_different_rising_levels(low, ratio, scale):
    levels = grid(rounded(low), rounded(low * ratio), scale)
    assert list(levels) == sorted(set(levels))
    assert (levels[0], levels[-1]) == (rounded(low), rounded(rounded(low * ratio)))


@pytest.mark.parametrize("bad", [(), (1.0, 1.0), (float("nan"),)])
def test_a_numeric_factor_without_sound_levels_cannot_be_built(bad):
    with pytest.raises(ValueError, match="different, finite levels"):
        Numeric("x", "mM", bad)


def test_unsound_choices_and_log_scales_cannot_be_built():
    with pytest.raises(ValueError, match="different options"):
        Choice("p", ("a", "a"))
    with pytest.raises(ValueError, match="no place in the order"):
        Choice("p", ("a", "b"), ordered=True, known=("c",))
    with pytest.raises(ValueError, match="below zero"):
        Numeric("x", "mM", (-1, 1), "log")


def test_the_nearest_level_is_that_of_the_scale():
    assert Numeric("x", "mM", (1, 100)).nearest([20, 60, None]) == [0, 1, -1]
    assert Numeric("x", "mM", (1, 100), "log").nearest([9, 11]) == [0, 1]
    with pytest.raises(ValueError, match="none of the options"):
        Choice("p", ("a", "b")).nearest(["a", "c"])


@pytest.mark.parametrize(
    ("date", "option"),
    [
        (dt.date(2024, 3, 2), "2-Mar"),
        (dt.date(2024, 3, 2), "2 March 2024"),
        (dt.date(2023, 12, 1), "DEC2023"),
        (dt.date(2024, 9, 2), "SEPT2"),
        (dt.date(2024, 4, 3), "3.4.24"),
        (dt.datetime(2024, 4, 3), "4/3"),
    ],
)
def test_names_that_excel_takes_for_dates_are_known_again(date, option):
    assert Choice("strain", (option, "wild type")).parsed(date) == option
