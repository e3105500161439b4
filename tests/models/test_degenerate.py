"""Evidence that breaks other libraries: an honest posterior and a sentence for each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from bioal.evidence import Evidence, evidence_of
from bioal.models.gaussian_process import GaussianProcess, fit_gaussian_process

RNG = np.random.default_rng(7)
POINTS = RNG.random((20, 3))
VALUES = np.sin(4 * POINTS[:, 0]) + POINTS[:, 1] + 0.05 * RNG.standard_normal(20)
ASKED = np.random.default_rng(8).random((30, 3))


def _fit(evidence: Evidence) -> GaussianProcess:
    return fit_gaussian_process(evidence, np.random.default_rng(0))


def _says(posterior: GaussianProcess, words: str) -> bool:
    return any(words in note for note in posterior.notes)


def test_no_observation_gives_the_prior_and_says_so() -> None:
    posterior = _fit(evidence_of(np.empty((0, 3)), np.empty(0)))
    mean, sd = posterior.mean_sd(ASKED)
    assert (mean == 0).all()
    assert (sd >= 1).all()
    assert posterior.paths(ASKED, 4, np.random.default_rng(0)).shape == (30, 4)
    assert _says(posterior, "Nothing has been measured yet")


def test_one_observation_leaves_the_prior_spread_and_says_so() -> None:
    posterior = _fit(evidence_of(POINTS[:1], np.array([50.0])))
    mean, sd = posterior.mean_sd(ASKED)
    assert_allclose(mean, 50.0)
    assert sd.max() > 2.0
    assert _says(posterior, "one observation only")


def test_constant_values_take_their_spread_from_the_replicates() -> None:
    constant = evidence_of(POINTS, np.full(20, 3.2))
    noisy = replace(constant, variances=np.full(20, 0.25), counts=np.full(20, 4))
    posterior = _fit(noisy)
    mean, sd = posterior.mean_sd(ASKED)
    assert_allclose(mean, 3.2)
    assert 0.1 < sd.max() < 3.0
    assert posterior.noise_sd >= 1.0
    assert _says(posterior, "All 20 values are equal (3.2)")
    assert _says(posterior, "spread of its replicates")


def test_constant_values_without_replicates_assume_a_spread_and_say_so() -> None:
    posterior = _fit(evidence_of(POINTS, np.full(20, 3.2)))
    assert 0.01 < posterior.mean_sd(ASKED)[1].max() < 1.0
    assert _says(posterior, "10 % of the value is assumed")


def test_values_that_are_all_zero_have_a_posterior() -> None:
    mean, sd = _fit(evidence_of(POINTS, np.zeros(20))).mean_sd(ASKED)
    assert (mean == 0).all()
    assert (sd > 0).all()


def test_duplicates_that_disagree_are_noise() -> None:
    points = np.repeat(POINTS[:6], 2, axis=0)
    values = np.repeat(VALUES[:6], 2) + np.tile([0.4, -0.4], 6)
    posterior = _fit(evidence_of(points, values))
    assert posterior.noise_sd > 0.25
    assert posterior.mean_sd(ASKED)[1].max() < 3.0


def test_near_duplicates_are_no_obstacle() -> None:
    points = np.vstack([POINTS, POINTS + 1e-12])
    mean, sd = _fit(evidence_of(points, np.tile(VALUES, 2))).mean_sd(ASKED)
    reference = _fit(evidence_of(POINTS, VALUES)).mean(ASKED)
    assert_allclose(mean, reference, atol=0.3)
    assert np.isfinite(sd).all()


@pytest.mark.parametrize("factor", [1e-150, 1e-12, 1e12, 1e150])
def test_tiny_and_huge_units_give_the_same_posterior(factor: float) -> None:
    mean, sd = _fit(evidence_of(POINTS, VALUES)).mean_sd(ASKED)
    scaled_mean, scaled_sd = _fit(evidence_of(POINTS, VALUES * factor)).mean_sd(ASKED)
    assert_allclose(scaled_mean / factor, mean, rtol=1e-6)
    assert_allclose(scaled_sd / factor, sd, rtol=1e-6)


def test_lost_digits_are_told() -> None:
    posterior = _fit(evidence_of(POINTS, VALUES + 1e15))
    assert np.isfinite(posterior.mean(ASKED)).all()
    assert _says(posterior, "digits were lost")


def test_a_thousandfold_outlier_is_named() -> None:
    values = VALUES.copy()
    values[4] = 1000.0
    posterior = _fit(evidence_of(POINTS, values))
    assert np.isfinite(posterior.mean_sd(ASKED)[1]).all()
    assert _says(posterior, "Observation 5 (1000)")


def test_one_well_that_went_wrong_is_named() -> None:
    points = np.random.default_rng(0).random((60, 2))
    values = np.sin(4 * points[:, 0]) + points[:, 1] + 0.02 * np.random.default_rng(1).standard_normal(60)
    values[17] -= 1.5
    assert _says(_fit(evidence_of(points, values)), "Observation 18 ")


def test_good_wells_are_not_named() -> None:
    assert not _fit(evidence_of(POINTS, VALUES)).notes


def test_a_factor_that_never_moved_changes_nothing_where_it_stands_and_is_named() -> None:
    still = np.hstack([POINTS, np.full((20, 1), 0.4)])
    posterior = _fit(evidence_of(still, VALUES))
    plain = _fit(evidence_of(POINTS, VALUES))
    for ours, theirs in zip(
        posterior.mean_sd(np.hstack([ASKED, np.full((30, 1), 0.4)])), plain.mean_sd(ASKED), strict=True
    ):
        assert_allclose(ours, theirs, rtol=1e-4)
    assert _says(posterior, "Factor 4 had the same value in all observations")


def test_an_untried_value_of_a_still_factor_is_less_certain() -> None:
    still = np.hstack([POINTS, np.full((20, 1), 0.0)])
    posterior = _fit(evidence_of(still, VALUES))
    known, unknown = (posterior.mean_sd(np.hstack([ASKED, np.full((30, 1), at)]))[1] for at in (0.0, 1.0))
    assert (unknown > known).all()


@pytest.mark.parametrize("rows", [10, 40])
def test_thirty_factors_of_pure_noise_are_seen_as_noise(rows: int) -> None:
    rng = np.random.default_rng(3)
    posterior = _fit(evidence_of(rng.random((rows, 30)), rng.standard_normal(rows)))
    mean, sd = posterior.mean_sd(rng.random((500, 30)))
    fresh = np.abs(rng.standard_normal(500) - mean) / np.hypot(sd, posterior.noise_sd)
    assert np.abs(mean).max() < 2.0
    assert np.mean(fresh < 1.645) > 0.8
    assert _says(posterior, "do not yet predict")


@st.composite
def _tables(draw: st.DrawFn) -> Evidence:
    rows, width = draw(st.integers(0, 40)), draw(st.integers(1, 12))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    points = np.round(rng.random((rows, width)), draw(st.integers(0, 6)))
    if rows and draw(st.booleans()):
        points = points[rng.integers(0, max(rows // 2, 1), rows)]
    values = np.round(rng.standard_normal(rows), draw(st.integers(0, 12))) * 10.0 ** draw(
        st.integers(-12, 12)
    )
    evidence = evidence_of(points, values + draw(st.sampled_from([0.0, 1.0, 1e6])))
    if rows and draw(st.booleans()):
        limit = float(np.median(evidence.values))
        below = evidence.values < limit
        evidence = replace(evidence, upper=np.where(below, limit, np.inf))
    return replace(
        evidence, plates=rng.integers(0, draw(st.integers(1, 4)), rows), counts=rng.integers(1, 4, rows)
    )


@settings(max_examples=60, deadline=None)
@given(_tables())
def test_no_table_breaks_the_fit(evidence: Evidence) -> None:
    posterior = _fit(evidence)
    asked = np.random.default_rng(0).random((20, evidence.points.shape[1]))
    mean, sd = posterior.mean_sd(asked)
    paths = posterior.paths(asked, 3, np.random.default_rng(0))
    assert np.isfinite(mean).all()
    assert np.isfinite(sd).all()
    assert (sd >= 0).all()
    assert np.isfinite(paths).all()
    assert posterior.noise_sd > 0
