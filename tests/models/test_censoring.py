"""Bounds as evidence: expectation propagation against quadrature and sampling."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.stats import norm, truncnorm

from bioal.evidence import Evidence, evidence_of
from bioal.models.censoring import Bounds, Sites, sites_of, truncated_moments
from bioal.models.gaussian_process import fit_gaussian_process
from bioal.models.priors import TOGETHER, GPSettings


def _moments(
    covariance: np.ndarray, values: np.ndarray, sites: Sites, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return posterior mean and covariance of readings that are measured exactly or through sites."""
    seen = np.where(rows, 0.0, values)
    noise = np.full(len(values), 1e-10)
    seen[rows], noise[rows] = sites.values, sites.variances
    gain = covariance @ np.linalg.inv(covariance + np.diag(noise))
    return gain @ seen, covariance - gain @ covariance


@pytest.mark.parametrize(
    ("lower", "upper"), [(-np.inf, 0.3), (0.3, np.inf), (-0.2, 0.9), (2.0, 3.0), (-9.0, -8.0)]
)
def test_truncated_moments_are_those_of_scipy(lower: float, upper: float) -> None:
    mean, variance = truncated_moments(
        np.array([0.1]), np.array([0.49]), np.array([lower]), np.array([upper])
    )
    reference = truncnorm((lower - 0.1) / 0.7, (upper - 0.1) / 0.7, 0.1, 0.7)
    assert_allclose(mean, reference.mean(), rtol=1e-7)
    assert_allclose(variance, reference.var(), rtol=1e-5)


@pytest.mark.parametrize("bound", [-30.0, -300.0])
def test_a_bound_far_from_the_belief_keeps_its_moments(bound: float) -> None:
    mean, variance = truncated_moments(np.zeros(1), np.ones(1), np.array([-np.inf]), np.array([bound]))
    # Asymptotics of the normal tail: the excess over the bound is exponential with rate |bound|.
    assert_allclose(mean, bound - 1 / abs(bound), rtol=1e-4)
    assert 0 < variance[0] < 1.1 / bound**2


@pytest.mark.parametrize("upper", [-2.0, 0.0, 1.5])
def test_one_bound_gives_the_moments_of_numerical_integration(upper: float) -> None:
    covariance, rows = np.array([[1.3]]), np.array([True])
    sites = sites_of(covariance, np.zeros(1), Bounds(np.array([-np.inf]), np.array([upper])))
    mean, variance = _moments(covariance, np.zeros(1), sites, rows)
    belief = norm(0, np.sqrt(1.3))
    mass = quad(belief.pdf, -12, upper)[0]
    expected = quad(lambda value: value * belief.pdf(value), -12, upper)[0] / mass
    square = quad(lambda value: value**2 * belief.pdf(value), -12, upper)[0] / mass
    assert_allclose(mean[0], expected, rtol=1e-6)
    assert_allclose(variance[0, 0], square - expected**2, rtol=1e-6)


def test_several_bounds_agree_with_brute_force_sampling() -> None:
    at = np.linspace(0, 1, 5)
    covariance = np.exp(-0.5 * ((at[:, None] - at) / 0.4) ** 2) + 0.05 * np.eye(5)
    values = np.array([0.5, 0.0, 0.0, 0.0, -0.3])
    lower, upper = np.full(5, -np.inf), np.full(5, np.inf)
    upper[1], lower[2], upper[3] = 0.2, 0.0, 0.4
    bounds = Bounds(lower, upper)
    mean, spread = _moments(covariance, values, sites_of(covariance, values, bounds), bounds.rows)

    rows = bounds.rows
    gain = covariance[np.ix_(rows, ~rows)] @ np.linalg.inv(covariance[np.ix_(~rows, ~rows)])
    centre = gain @ values[~rows]
    given = covariance[np.ix_(rows, rows)] - gain @ covariance[np.ix_(~rows, rows)]
    drawn = np.random.default_rng(0).multivariate_normal(centre, given, 400_000)
    kept = drawn[((drawn > lower[rows]) & (drawn < upper[rows])).all(axis=1)]
    assert len(kept) > 10_000
    assert_allclose(mean[rows], kept.mean(axis=0), atol=0.01)
    assert_allclose(np.diag(spread)[rows], kept.var(axis=0), rtol=0.05)


def _limited(limit: float) -> tuple[Evidence, Evidence]:
    rng = np.random.default_rng(0)
    points = rng.random((60, 3))
    values = _truth(points) + 0.2 * rng.standard_normal(60)
    below = values < limit
    everything = evidence_of(points, np.maximum(values, limit))
    return replace(everything, upper=np.where(below, limit, np.inf)), everything.rows(~below)


def _truth(points: np.ndarray) -> np.ndarray:
    return 5 * np.sin(4 * points[:, 0]) + 3 * points[:, 1]


def test_a_reading_below_the_limit_teaches_more_than_one_left_out() -> None:
    bounded, without = _limited(1.5)
    assert bounded.censored.sum() == 20
    asked = np.random.default_rng(1).random((300, 3))
    low = _truth(asked) < 1.5
    # Main effects would guess the low end from the trend of the rest, bounds or not.
    together = GPSettings(structures=(TOGETHER,))
    beliefs = [
        fit_gaussian_process(each, np.random.default_rng(0), settings=together) for each in (bounded, without)
    ]
    errors = [np.sqrt(np.mean((belief.mean(asked) - _truth(asked))[low] ** 2)) for belief in beliefs]
    assert errors[0] < 0.5 * errors[1]


def test_a_round_of_bounds_alone_still_gives_a_posterior_and_says_so() -> None:
    points = np.random.default_rng(0).random((12, 3))
    bounded = replace(evidence_of(points, np.full(12, 5.0)), upper=np.full(12, 5.0))
    posterior = fit_gaussian_process(bounded, np.random.default_rng(0))
    mean, sd = posterior.mean_sd(points)
    assert np.isfinite(mean).all()
    assert (sd > 0).all()
    assert (mean < 5.0).all()
    assert any("Every result is below limit or over range" in note for note in posterior.notes)


def test_bounds_on_both_sides_pull_the_function_apart() -> None:
    points = np.linspace(0, 1, 12)[:, None]
    values = np.clip(10 * (points[:, 0] - 0.5), -2, 2)
    both = replace(
        evidence_of(points, values),
        lower=np.where(values == 2, 2.0, -np.inf),
        upper=np.where(values == -2, -2.0, np.inf),
    )
    mean = fit_gaussian_process(both, np.random.default_rng(0)).mean(np.array([[0.0], [1.0]]))
    assert mean[0] < -2.2
    assert mean[1] > 2.2
