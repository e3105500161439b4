"""What is not measured because it is predicted surely enough is wrong as seldom as was asked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from bioal.strategies.sparing import THRESHOLDS, bound_of_rest, fewest, spared, upper_bound

SETS = 1000


@given(wrong=st.integers(0, 60), more=st.integers(1, 60), doubt=st.floats(0.001, 0.3))
def test_the_bound_is_the_exact_one_of_another_library(wrong, more, doubt):
    exact = binomtest(wrong, wrong + more, alternative="less").proportion_ci(1 - doubt, method="exact")
    assert upper_bound(wrong, wrong + more, doubt) == pytest.approx(exact.high, rel=1e-9)


@pytest.mark.parametrize("excess", [1.02, 1.5])
@pytest.mark.parametrize("checks", [60, 150])
def test_more_errors_than_allowed_are_spared_in_one_case_of_twenty_at_most(excess, checks):
    """The worst confidence there is: at every threshold a little more is wrong than is allowed."""
    rng, error, size = np.random.default_rng(checks), 0.1, 600
    exceeded = 0
    for _ in range(SETS):
        confidence = rng.uniform(0.5, 1.0, size)
        wrong = rng.random(size) < error * excess
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
    needed = fewest(0.1)
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


def test_the_few_that_are_left_bear_what_the_checked_ones_did_not_show():
    assert bound_of_rest(0, 100, 10, 0.01) > bound_of_rest(0, 100, 10_000, 0.01)
