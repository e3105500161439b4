"""What is not measured because it is predicted surely enough is wrong as seldom as was asked for."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from bioal.strategies.sparing import THRESHOLDS, bound_of_rest, fewest, spared

SETS = 1000


def chance_of_so_few(wrong: int, checked: int, left: int, bad: int) -> Fraction:
    """Return the probability that so many or fewer of all bad ones are among the checked, counted out."""
    total = checked + left
    ways = sum(comb(bad, k) * comb(total - bad, checked - k) for k in range(wrong + 1))
    return Fraction(ways, comb(total, checked))


@settings(max_examples=60, deadline=None)
@given(wrong=st.integers(0, 8), more=st.integers(0, 40), left=st.integers(1, 60), doubt=st.floats(0.002, 0.3))
def test_the_bound_is_what_counting_out_gives(wrong, more, left, doubt):
    checked = wrong + more
    bound = bound_of_rest(wrong, checked, left, doubt)
    bad = wrong + round(bound * left)
    assert chance_of_so_few(wrong, checked, left, bad) > doubt * 0.999999
    if bound < 1:
        assert chance_of_so_few(wrong, checked, left, bad + 1) < doubt * 1.000001


@pytest.mark.parametrize(("wrong", "checked"), [(0, 50), (3, 80), (12, 60)])
def test_with_many_left_it_is_the_exact_one_of_another_library(wrong, checked):
    exact = binomtest(wrong, checked, alternative="less").proportion_ci(0.99, method="exact")
    assert bound_of_rest(wrong, checked, 1_000_000, 0.01) == pytest.approx(exact.high, rel=1e-3)


@pytest.mark.parametrize("checks", [60, 150])
def test_more_errors_than_allowed_are_spared_in_one_case_of_twenty_at_most(checks):
    """The worst confidence there is: at every threshold a little more is wrong than is allowed."""
    rng, error, size = np.random.default_rng(checks), 0.1, 600
    exceeded = 0
    for _ in range(SETS):
        confidence = rng.uniform(0.5, 1.0, size)
        wrong = rng.random(size) < error * 1.02
        found = spared(confidence[:checks], wrong[:checks], confidence[checks:], error=error)
        exceeded += bool(len(found.rows)) and wrong[checks:][found.rows].mean() > error
    # 5 % and three standard errors of a count
    assert exceeded <= 0.05 * SETS + 3 * np.sqrt(0.05 * 0.95 * SETS)


def test_an_honest_model_spares_much_once_there_are_enough_checks():
    rng, shares = np.random.default_rng(0), []
    for checks in (20, 100, 300):
        confidence = rng.beta(20, 0.5, 2000)
        wrong = rng.random(2000) > confidence
        found = spared(confidence[:checks], wrong[:checks], confidence[checks:], error=0.1)
        shares.append(len(found.rows) / (2000 - checks))
    assert shares[0] == 0.0
    assert 0.2 < shares[1] <= shares[2]


def test_with_too_few_checks_nothing_is_spared_however_right_they_were():
    needed = fewest(0.1, 100_000)
    sure, many = np.ones(needed), np.ones(100_000)
    right = np.zeros(needed, bool)
    assert not len(spared(sure[1:], right[1:], many, error=0.1).rows)
    assert len(spared(sure, right, many, error=0.1).rows) == 100_000
    assert spared(sure[:0], right[:0], many, error=0.1).threshold is None


def test_nothing_below_the_threshold_is_spared_and_errors_raise_it():
    rng = np.random.default_rng(4)
    checked = rng.uniform(0.5, 1, 400)
    found = spared(checked, checked < 0.85, rng.uniform(0.5, 1, 500), error=0.1)
    assert found.threshold in THRESHOLDS
    assert found.threshold >= 0.8
    assert found.bound <= 0.1


@pytest.mark.parametrize(("error", "candidates"), [(0.1, 100), (0.2, 57), (0.3, 1000), (0.02, 40)])
def test_the_fewest_checks_are_the_first_number_that_is_enough(error, candidates):
    enough = (n for n in range(1, candidates) if bound_of_rest(0, n, candidates - n, 0.01) <= error)
    assert fewest(error, candidates) == next(enough, candidates)
