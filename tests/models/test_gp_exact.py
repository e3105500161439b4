"""The Gaussian process's algebra, against scikit-learn, finite differences and refitting."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import approx_fprime
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern

from bioal.evidence import evidence_of
from bioal.models.conditioned import conditioned
from bioal.models.gaussian_process import BLOCK, SCREEN_ROWS, GaussianProcess
from bioal.models.kernels import Kernel, matern, squared_distances
from bioal.models.likelihood import Standardised, cholesky, log_posterior
from bioal.models.priors import GPSettings, Structure, prior_of
from bioal.models.scaling import Scale, scale_of, standardised
from bioal.models.single import matern_sums

LENGTHSCALES = np.array([0.3, 0.8, 2.0, 5.0])
VARIANCE, NOISE, CONSTANT = 1.7, 0.03, 0.4


def _measured(count: int = 25, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    points = rng.random((count, 4))
    return points, np.sin(5 * points[:, 0]) + points[:, 1] + 0.1 * rng.standard_normal(count)


def _raw(points: np.ndarray, values: np.ndarray) -> GaussianProcess:
    evidence = evidence_of(points, values)
    logs = np.log([*LENGTHSCALES, VARIANCE, NOISE])
    scale = Scale(0.0, 1.0)
    return GaussianProcess((conditioned(standardised(evidence, scale), logs, CONSTANT),), scale)


def _reference(points: np.ndarray, values: np.ndarray) -> GaussianProcessRegressor:
    kernel = ConstantKernel(VARIANCE) * Matern(LENGTHSCALES, nu=2.5) + ConstantKernel(CONSTANT)
    return GaussianProcessRegressor(kernel, alpha=NOISE, optimizer=None).fit(points, values)


@pytest.mark.smoke
def test_the_raw_posterior_is_that_of_scikit_learn() -> None:
    points, values = _measured()
    asked = np.random.default_rng(1).random((40, 4))
    ours, theirs = _raw(points, values), _reference(points, values)
    mean, sd = ours.mean_sd(asked)
    their_mean, their_covariance = theirs.predict(asked, return_cov=True)
    assert_allclose(mean, their_mean, rtol=1e-8)
    assert_allclose(ours.mean(asked), their_mean, rtol=1e-8)
    assert_allclose(sd, np.sqrt(np.diag(their_covariance)), rtol=1e-8)
    assert_allclose(ours.covariance(asked, asked), their_covariance, atol=1e-8)
    assert_allclose(ours.covariance(asked, asked[:7]), their_covariance[:, :7], atol=1e-8)


def test_screening_in_single_precision_agrees_to_four_digits() -> None:
    points, values = _measured()
    asked = np.random.default_rng(1).random((SCREEN_ROWS + 1, 4))
    ours = _raw(points, values)
    assert_allclose(ours.mean(asked)[:BLOCK], ours.mean(asked[:BLOCK]), atol=1e-4)


def test_paths_have_the_posterior_mean_and_covariance() -> None:
    points, values = _measured(8)
    asked = np.random.default_rng(1).random((5, 4))
    ours = _raw(points, values)
    drawn = ours.paths(asked, 200_000, np.random.default_rng(2))
    assert_allclose(drawn.mean(axis=1), ours.mean(asked), atol=0.01)
    assert_allclose(np.cov(drawn), ours.covariance(asked, asked), atol=0.02)


def test_paths_agree_at_a_point_asked_twice() -> None:
    points, values = _measured(8)
    asked = np.repeat(np.random.default_rng(1).random((1, 4)), 2, axis=0)
    drawn = _raw(points, values).paths(asked, 100, np.random.default_rng(2))
    assert_allclose(drawn[0], drawn[1], atol=1e-3)


def test_matern_is_that_of_scikit_learn() -> None:
    points = np.random.default_rng(0).random((20, 4))
    ours = matern(squared_distances(points / LENGTHSCALES, points / LENGTHSCALES))
    assert_allclose(ours, Matern(LENGTHSCALES, nu=2.5)(points), atol=1e-12)


@pytest.mark.parametrize("centres", [1, 30, 3000])
def test_sums_in_single_precision_are_those_of_scikit_learn(centres: int) -> None:
    rng = np.random.default_rng(0)
    points, others = rng.normal(5.0, 1.0, (700, 4)), rng.normal(5.0, 1.0, (centres, 4))
    points[:10] = others[0]
    weights = rng.normal(size=centres)
    expected = Matern(nu=2.5)(points, others) @ weights
    assert_allclose(matern_sums(points, others, weights), expected, atol=1e-5 * np.abs(weights).sum())


def test_two_options_of_a_choice_are_one_apart_however_many_there_are() -> None:
    options = np.eye(6)
    kernel = Kernel(np.zeros(6, np.intp), np.ones(6, bool), np.array([1.0]))
    expected = np.where(np.eye(6, dtype=bool), 1.0, matern(np.array([1.0]))[0])
    assert_allclose(kernel.between(options, options), expected, atol=1e-12)


def _mixed(seed: int) -> Standardised:
    rng = np.random.default_rng(seed)
    rows = 14
    points = np.hstack([rng.random((rows, 2)), np.eye(3)[rng.integers(0, 3, rows)]])
    sources = rng.integers(0, 2, rows)
    plates = rng.integers(0, 3, rows)
    shares = (sources[:, None] == np.arange(2)) / rng.integers(1, 4, rows)[:, None]
    offsets = tuple((labels[:, None] == labels).astype(float) for labels in (sources, plates))
    return Standardised(
        points=points,
        values=rng.standard_normal(rows),
        known=0.1 * rng.random(rows),
        shares=shares,
        groups=np.array([0, 1, 2, 2, 2]),
        categorical=np.array([False, False, True, True, True]),
        offsets=offsets,
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.sampled_from(GPSettings().structures))
def test_gradients_are_those_of_finite_differences(seed: int, structure: Structure) -> None:
    data = replace(_mixed(seed), structure=structure)
    prior = prior_of(GPSettings(), factors=3, sources=2, offsets=2, effects=structure.effects)
    logs = prior.mean + np.random.default_rng(seed).normal(0, 0.5, len(prior.mean))
    _, gradient = log_posterior(logs, data, prior, 0.7)
    numeric = approx_fprime(logs, lambda at: log_posterior(at, data, prior, 0.7)[0], 1e-6)
    assert_allclose(gradient, numeric, atol=2e-4, rtol=1e-4)


def test_the_log_likelihood_is_that_of_scikit_learn() -> None:
    points, values = _measured()
    data = standardised(evidence_of(points, values), Scale(0.0, 1.0))
    prior = prior_of(GPSettings(), factors=4, sources=1, offsets=0)
    logs = np.log([*LENGTHSCALES, VARIANCE, NOISE])
    ours, _ = log_posterior(logs, data, prior, CONSTANT)
    theirs = _reference(points, values).log_marginal_likelihood_value_
    assert_allclose(ours - prior.log_density(logs), theirs, rtol=1e-9)


def test_a_singular_covariance_is_factored_with_a_jitter_that_is_told() -> None:
    points = np.repeat(np.random.default_rng(0).random((5, 2)), 2, axis=0)
    kernel = Kernel(np.arange(2), np.zeros(2, bool), np.ones(2))
    lower, jitter = cholesky(kernel.between(points, points))
    assert jitter > 0
    assert_allclose(lower @ lower.T, kernel.between(points, points), atol=2 * jitter)


def test_what_is_no_covariance_is_refused() -> None:
    with pytest.raises(ValueError, match="indefinite even with jitter"):
        cholesky(-np.eye(3))


def test_values_lose_their_mean_and_gain_a_cautious_spread() -> None:
    values = np.array([1.0, 2.0, 3.0, 4.0])
    scale, notes = scale_of(evidence_of(np.zeros((4, 1)), values))
    assert not notes
    assert scale.centre == 2.5
    assert scale.spread == pytest.approx(np.std(values, ddof=1) * np.sqrt(5 / 3))
