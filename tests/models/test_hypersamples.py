"""Draws of hyper-parameters against the posterior on a grid, and what a mixture of them promises."""

from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose

from bioal.evidence import evidence_of
from bioal.models import hyperparameters, hypersamples
from bioal.models.gaussian_process import GaussianProcess, fit_gaussian_process
from bioal.models.hyperparameters import Search, most_probable, prior_for
from bioal.models.hypersamples import peak_at, plausible
from bioal.models.likelihood import log_posterior
from bioal.models.priors import GPSettings
from bioal.models.scaling import scale_of, standardised


def _few(rows: int = 6) -> tuple[np.ndarray, np.ndarray]:
    points = np.random.default_rng(0).random((rows, 1))
    return points, np.sin(5 * points[:, 0]) + 0.1 * np.random.default_rng(1).standard_normal(rows)


def test_draws_have_the_mean_and_sd_of_the_posterior_on_a_grid() -> None:
    evidence = evidence_of(*_few())
    settings = GPSettings(members=100)
    data = standardised(evidence, scale_of(evidence)[0])
    search = Search(prior_for(data, settings), settings, np.random.default_rng(0))
    peak = peak_at(most_probable(data, search), data, search)
    draws = np.array(plausible(peak, 100, data, search))
    assert draws.shape == (100, 3)

    axes = [
        np.linspace(mean - 4 * sd, mean + 4 * sd, 17)
        for mean, sd in zip(search.prior.mean, search.prior.sd, strict=True)
    ]
    grid = np.array(np.meshgrid(*axes)).reshape(3, -1).T
    density = np.array([log_posterior(at, data, search.prior, settings.mean_variance)[0] for at in grid])
    weights = np.exp(density - density.max())
    weights /= weights.sum()
    mean = weights @ grid
    sd = np.sqrt(weights @ (grid - mean) ** 2)
    assert_allclose(draws.mean(axis=0), mean, atol=0.3 * sd.max())
    assert_allclose(draws.std(axis=0), sd, rtol=0.3)
    cell = np.prod([axis[1] - axis[0] for axis in axes])
    assert_allclose(
        peak.log_evidence, density.max() + np.log(np.exp(density - density.max()).sum() * cell), atol=0.3
    )


def test_with_hundreds_of_observations_a_step_along_the_axes_is_as_good_a_draw(monkeypatch) -> None:
    rng, settings = np.random.default_rng(0), GPSettings()
    points = rng.random((hyperparameters.MANY, 5))
    values = np.sin(5 * points[:, 0]) + points[:, 1] ** 2 + 0.3 * rng.standard_normal(len(points))
    evidence = evidence_of(points, values)
    data = standardised(evidence, scale_of(evidence)[0])
    search = Search(prior_for(data, settings), settings, np.random.default_rng(1))
    peak = peak_at(most_probable(data, search), data, search)
    quick = np.array(plausible(peak, 400, data, search))
    monkeypatch.setattr(hypersamples, "MANY", np.inf)
    exact = np.array(plausible(peak, 100, data, search))
    assert_allclose((quick.mean(axis=0) - exact.mean(axis=0)) / exact.std(axis=0), 0.0, atol=0.6)
    assert_allclose(quick.std(axis=0), exact.std(axis=0), rtol=0.4)


def test_with_many_observations_one_draw_is_enough() -> None:
    points = np.random.default_rng(0).random((400, 2))
    posterior = fit_gaussian_process(evidence_of(points, points[:, 0] ** 2), np.random.default_rng(0))
    assert len(posterior.members) == 1


def _mixture() -> GaussianProcess:
    posterior = fit_gaussian_process(evidence_of(*_few(8)), np.random.default_rng(0))
    assert len(posterior.members) == 8
    return posterior


def test_sd_and_covariance_of_a_mixture_agree_with_its_paths() -> None:
    posterior, asked = _mixture(), np.linspace(0, 1, 6)[:, None]
    mean, sd = posterior.mean_sd(asked)
    assert_allclose(sd**2, np.diag(posterior.covariance(asked, asked)), rtol=1e-6)
    assert_allclose(
        posterior.covariance(asked, asked[:2]), posterior.covariance(asked, asked)[:, :2], atol=1e-9
    )
    drawn = posterior.paths(asked, 80_000, np.random.default_rng(1))
    assert_allclose(drawn.mean(axis=1), mean, atol=0.02)
    assert_allclose(np.cov(drawn), posterior.covariance(asked, asked), atol=0.02)


def test_any_number_of_paths_can_be_asked_for() -> None:
    posterior, asked = _mixture(), np.linspace(0, 1, 3)[:, None]
    for count in (0, 1, 5, 17):
        assert posterior.paths(asked, count, np.random.default_rng(0)).shape == (3, count)


def test_a_mixture_is_less_sure_than_its_most_probable_member() -> None:
    evidence = evidence_of(*_few(5))
    asked = np.linspace(0, 1, 50)[:, None]
    alone = fit_gaussian_process(evidence, np.random.default_rng(0), settings=GPSettings(members=1))
    several = fit_gaussian_process(evidence, np.random.default_rng(0))
    assert several.mean_sd(asked)[1].mean() > alone.mean_sd(asked)[1].mean()
