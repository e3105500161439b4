"""Moderated variances against simulation and the limits that theory gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from bioal.models.noise import (
    MAX_PRIOR_DEGREES,
    moderated_by_source,
    moderated_variances,
    variance_trend,
)


def _simulated(rows: int, count: int, degrees: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return true variances, scattered as a scaled inverse chi-squared about 4, and sample variances."""
    rng = np.random.default_rng(seed)
    true = 4.0 * degrees / rng.chisquare(degrees, rows)
    return true, true * rng.chisquare(count - 1, rows) / (count - 1)


@pytest.mark.smoke
def test_moderated_variances_are_nearer_the_truth_than_sample_variances() -> None:
    true, sample = _simulated(200, 3, 6.0)
    moderated = moderated_variances(sample, np.full(200, 3), np.full(200, 10.0))
    error, raw = (np.mean(np.log(each / true) ** 2) for each in (moderated, sample))
    assert error < 0.4 * raw


@pytest.mark.parametrize("degrees", [3.0, 8.0, 20.0])
def test_the_strength_of_the_prior_is_recovered(degrees: float) -> None:
    _, sample = _simulated(20_000, 4, degrees)
    trend = variance_trend(sample, np.full(20_000, 3.0), np.ones(20_000))
    assert trend.degrees == pytest.approx(degrees, rel=0.15)
    assert trend.centre[0] == pytest.approx(4.0, rel=0.05)


def test_variances_that_differ_by_chance_alone_are_pooled() -> None:
    rng = np.random.default_rng(0)
    sample = 2.0 * rng.chisquare(2, 2000) / 2
    moderated = moderated_variances(sample, np.full(2000, 3), np.ones(2000))
    assert_allclose(moderated, 2.0, rtol=0.4)


def test_two_equal_duplicates_are_not_certainty() -> None:
    _, sample = _simulated(30, 2, 8.0)
    sample[0] = 0.0
    moderated = moderated_variances(sample, np.full(30, 2), np.full(30, 5.0))
    assert moderated[0] > 0.2 * np.median(moderated)


def test_a_single_replicate_takes_the_variance_of_its_neighbours_on_the_trend() -> None:
    rng = np.random.default_rng(0)
    means = np.exp(rng.uniform(0, 5, 400))
    sample = (0.1 * means) ** 2 * rng.chisquare(3, 400) / 3
    counts = np.full(400, 4)
    sample[0], counts[0] = np.nan, 1
    moderated = moderated_variances(sample, counts, means)
    assert moderated[0] == pytest.approx((0.1 * means[0]) ** 2, rel=0.3)


def test_without_any_replicates_nothing_is_known() -> None:
    assert np.isnan(moderated_variances(np.full(5, np.nan), np.ones(5, int), np.ones(5))).all()


def test_replicates_that_never_differ_say_nothing() -> None:
    assert np.isnan(moderated_variances(np.zeros(5), np.full(5, 3), np.ones(5))).all()


def test_one_replicated_condition_speaks_for_all() -> None:
    variances = np.array([0.5, np.nan, np.nan])
    moderated = moderated_variances(variances, np.array([3, 1, 1]), np.array([1.0, 2.0, 3.0]))
    assert np.isfinite(moderated).all()
    assert (moderated > 0).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(-8, 8))
def test_moderation_does_not_know_units(seed: int, power: float) -> None:
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(1, 30))
    counts, means = rng.integers(1, 5, rows), rng.standard_normal(rows)
    variances = np.where(counts > 1, rng.chisquare(2, rows), np.nan)
    scaled = moderated_variances(variances * 10.0 ** (2 * power), counts, means * 10.0**power)
    assert_allclose(scaled / 10.0 ** (2 * power), moderated_variances(variances, counts, means), rtol=1e-6)


def test_the_strength_is_bounded() -> None:
    trend = variance_trend(np.ones(50), np.full(50, 3.0), np.ones(50))
    assert trend.degrees == MAX_PRIOR_DEGREES


def test_one_source_is_moderated_as_if_there_were_none() -> None:
    rng = np.random.default_rng(3)
    variances, counts = rng.chisquare(2, 40) / 2, np.full(40, 3)
    means = rng.lognormal(0, 1, 40)
    found = moderated_by_source(variances, counts, means, np.zeros(40, np.intp))
    np.testing.assert_array_equal(found, moderated_variances(variances, counts, means))


def test_a_source_that_scatters_three_times_as_much_keeps_its_noise() -> None:
    apart, together = [], []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        sources = np.repeat([0, 1], 20)
        truth = np.array([1.0, 9.0])[sources]
        variances, counts = truth * rng.chisquare(1, 40), np.full(40, 2)
        means = rng.lognormal(2, 0.1, 40)
        for kept, found in (
            (apart, moderated_by_source(variances, counts, means, sources)),
            (together, moderated_variances(variances, counts, means)),
        ):
            kept.append(np.log(found / truth))
    assert np.sqrt(np.mean(np.square(apart))) < 0.7 * np.sqrt(np.mean(np.square(together)))
    assert abs(np.mean(apart)) < 0.4
