"""Standard curves against closed forms, scipy's regression and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import linregress

from bioal.measurements.standards import CurveError, fitted_curve
from bioal.protocol.objective import Standard

LINE = Standard("Peak area")
X = np.repeat([0.5, 1.0, 2.0, 5.0, 10.0], 2)


def logistic(x, a=0.05, b=1.3, c=4.0, d=2.4):
    return d + (a - d) / (1 + (x / c) ** b)


def test_a_straight_line_is_that_of_another_library():
    y = 3 + 2 * X + np.random.default_rng(1).normal(0, 0.1, len(X))
    curve, other = fitted_curve(LINE, X, y), linregress(X, y)
    assert curve.parameters == pytest.approx([other.intercept, other.slope])
    assert np.sqrt(curve.covariance[1, 1]) == pytest.approx(other.stderr)
    assert np.sqrt(curve.covariance[0, 0]) == pytest.approx(other.intercept_stderr)


def test_the_error_of_a_concentration_is_the_textbooks():
    y = 3 + 2 * X + np.random.default_rng(2).normal(0, 0.3, len(X))
    curve = fitted_curve(LINE, X, y)
    a, b = curve.parameters
    s = np.sqrt(np.sum((y - a - b * X) ** 2) / (len(X) - 2))
    for y0 in (5.0, 12.0, 22.0):
        # Miller 1991, equation for one reading of the unknown.
        inner = 1 + 1 / len(X) + (y0 - y.mean()) ** 2 / (b**2 * np.sum((X - X.mean()) ** 2))
        assert curve.error(curve.concentration(y0)) == pytest.approx(s / abs(b) * np.sqrt(inner), rel=1e-6)


@given(st.integers(-50, 50), st.integers(1, 50), st.sampled_from(["none", "1/x", "1/x2"]))
def test_exact_standards_give_back_every_concentration(intercept, slope, weights):
    y = intercept + slope * X
    curve = fitted_curve(Standard("area", "linear", weights), X, y)
    assert [curve.concentration(value) for value in y] == pytest.approx(list(X))
    assert curve.rises


@pytest.mark.parametrize("weights", ["none", "1/x", "1/x2"])
def test_a_logistic_through_exact_standards_gives_back_every_concentration(weights):
    x = np.array([0.0, 0.1, 0.5, 1.0, 3.0, 10.0, 30.0, 100.0])
    for falling in (False, True):
        y = logistic(x, 2.4, 1.3, 4.0, 0.05) if falling else logistic(x)
        curve = fitted_curve(Standard("OD", "4pl", weights), x, y)
        assert curve.rises is not falling
        assert [curve.concentration(value) for value in y[1:]] == pytest.approx(list(x[1:]), rel=1e-4)
        assert (curve.low, curve.high) == (0.1, 100.0)


def test_beyond_the_plateaus_of_a_logistic_there_is_nothing_to_read_off():
    x = np.array([0.1, 0.5, 1.0, 3.0, 10.0, 30.0])
    curve = fitted_curve(Standard("OD", "4pl"), x, logistic(x))
    assert curve.concentration(0.01) == 0.0
    assert curve.concentration(2.9) == np.inf


@pytest.mark.parametrize("standard", [Standard("y", "linear", "1/x2"), Standard("y", "4pl", "none")])
def test_the_stated_error_is_the_spread_of_repeated_experiments(standard):
    rng = np.random.default_rng(5)
    x = np.repeat([0.3, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0], 3)
    unknown, found, stated = 5.0, [], []
    for _ in range(300):
        every = np.append(x, unknown)
        is_line = standard.curve == "linear"
        truth, sd = (2 + 3 * every, 0.05 * every) if is_line else (logistic(every), 0.02)
        signal = truth + sd * rng.normal(size=len(every))
        curve = fitted_curve(standard, x, signal[:-1])
        found.append(curve.concentration(signal[-1]))
        stated.append(curve.error(found[-1]))
    assert np.median(stated) == pytest.approx(np.std(found), rel=0.15)
    assert np.mean(found) == pytest.approx(unknown, rel=0.02)


@pytest.mark.parametrize(
    ("standard", "x", "y", "words"),
    [
        (LINE, [1, 1, 2, 2], [1, 1, 2, 2], "2 different concentrations; a linear curve needs 3"),
        (Standard("y", "4pl"), [1, 2, 3, 4], [1, 2, 3, 4], "a 4pl curve needs 5"),
        (LINE, [1, 2, 3, 4, 5], [7, 3, 8, 2, 7], "do not depend on the concentration"),
        (LINE, [1, 2, 3, 4], [5, 5, 5, 5], "do not depend on the concentration"),
    ],
)
def test_standards_that_make_no_curve_say_why(standard, x, y, words):
    with pytest.raises(CurveError, match=words):
        fitted_curve(standard, np.array(x, float), np.array(y, float))
