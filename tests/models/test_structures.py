"""Kinds of functions: what each expects, and that the values decide which is believed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import multivariate_normal
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern
from sklearn.linear_model import Ridge

from bioal.evidence import Evidence, evidence_of
from bioal.models import structures
from bioal.models.censoring import bounds_of
from bioal.models.conditioned import Conditioned, conditioned
from bioal.models.effects import main_effects
from bioal.models.gaussian_process import fit_gaussian_process, of_some
from bioal.models.hyperparameters import MANY
from bioal.models.kernels import Kernel
from bioal.models.priors import CONCAVE, MAIN_EFFECTS, TOGETHER, GPSettings, Normal
from bioal.models.scaling import Scale, moving_factors, scale_of, standardised
from bioal.models.structures import Fitted, fitted_structures, shares_of


def _points(rows: int, factors: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((rows, factors))


def _structures(evidence: Evidence) -> list[Fitted]:
    scale = scale_of(evidence)[0]
    data, bounds = standardised(evidence, scale), bounds_of(evidence, scale)
    moving = moving_factors(evidence)
    return fitted_structures(data, bounds, moving, GPSettings(), np.random.default_rng(0))


def _believed(evidence: Evidence) -> dict[object, int]:
    found = _structures(evidence)
    shares = shares_of(found, 100)
    return {one.data.structure: share for one, share in zip(found, shares, strict=True)}


def test_a_sum_of_main_effects_is_believed_to_be_one() -> None:
    points = _points(30, 6)
    values = points @ np.array([3.0, -2.0, 1.0, 2.0, -1.0, 0.5])
    assert _believed(evidence_of(points, values))[TOGETHER] < 20


@pytest.mark.parametrize("seed", range(3))
def test_readings_below_a_limit_do_not_change_which_kind_of_function_is_believed(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.random((24, 3))
    values = points @ np.array([3.0, -2.0, 1.0]) + 0.1 * rng.standard_normal(24)
    limit = np.sort(values)[8]
    below = values <= limit
    bounded = replace(evidence_of(points, np.maximum(values, limit)), upper=np.where(below, limit, np.inf))
    assert bounded.censored.sum() == 9
    assert _believed(evidence_of(points, values))[TOGETHER] < 20
    assert _believed(bounded)[TOGETHER] < 20


def test_factors_that_only_act_together_are_believed_to() -> None:
    points = _points(60, 2)
    values = np.sin(6 * points[:, 0]) * np.cos(6 * points[:, 1])
    believed = _believed(evidence_of(points, values))
    assert believed[TOGETHER] > 40


def test_a_response_to_the_logarithm_of_doses_is_seen_through_a_root() -> None:
    points = np.array([0.0, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0])[np.random.default_rng(0).integers(0, 7, (40, 4))]
    values = np.log(points + 0.02) @ np.array([1.0, -1.0, 0.5, 2.0])
    believed = _believed(evidence_of(points, values))
    assert believed[CONCAVE] > 80


def _names(options: int, factors: int, doses: int, rows: int) -> Evidence:
    rng = np.random.default_rng(options)
    codes = rng.integers(0, options, (rows, factors))
    columns = [np.eye(options)[codes[:, factor]] for factor in range(factors)]
    groups = np.append(np.repeat(np.arange(factors), options), factors + np.arange(doses))
    points = np.hstack([*columns, rng.random((rows, doses))])
    values = rng.standard_normal((options, options))[codes[:, 0], codes[:, -1]]
    return evidence_of(points, values, groups=groups, categorical=groups < factors)


def test_where_most_factors_are_choices_main_effects_stand_in_every_function() -> None:
    assert set(_believed(_names(3, factors=2, doses=1, rows=12))) == {MAIN_EFFECTS}
    assert set(_believed(_names(3, factors=1, doses=1, rows=12))) == {TOGETHER, MAIN_EFFECTS, CONCAVE}


def test_a_choice_that_never_moved_does_not_say_what_kind_of_function_is_expected() -> None:
    evidence = _names(3, factors=2, doses=1, rows=12)
    points = evidence.points.copy()
    points[:, evidence.groups == 1] = [1.0, 0.0, 0.0]
    assert set(_believed(replace(evidence, points=points))) == {TOGETHER, MAIN_EFFECTS, CONCAVE}


def test_options_that_only_act_together_are_learnt_beside_main_effects() -> None:
    evidence = _names(4, factors=2, doses=0, rows=60)
    posterior = fit_gaussian_process(evidence, np.random.default_rng(0))
    left = evidence.values - posterior.mean(evidence.points)
    additive = Ridge(alpha=1e-6).fit(evidence.points, evidence.values)
    assert np.std(left) < 0.1 * np.std(evidence.values - additive.predict(evidence.points))


@pytest.mark.parametrize("additive", [True, False])
def test_of_hundreds_of_observations_a_part_leaves_out_only_what_all_do_not_believe(
    additive: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    points = rng.random((MANY, 4))
    values = ((points - 0.4) ** 2).sum(axis=1) if additive else np.sin(8 * points[:, 0]) * points[:, 1]
    evidence = evidence_of(points, values + 0.05 * rng.standard_normal(MANY))
    quick = _believed(evidence)
    monkeypatch.setattr(structures, "OPEN", np.inf)
    full = _believed(evidence)
    assert len(quick) < len(full) == 3
    for structure, share in full.items():
        assert quick.get(structure, 0) == pytest.approx(share, abs=1)


def test_main_effects_alone_predict_as_ridge_regression_on_their_features() -> None:
    points = np.hstack([_points(12, 2), np.eye(3)[np.random.default_rng(1).integers(0, 3, 12)]])
    groups, categorical = np.array([0, 1, 2, 2, 2]), np.array([False, False, True, True, True])
    values = np.random.default_rng(2).standard_normal(12)
    evidence = evidence_of(points, values, groups=groups, categorical=categorical)
    data = replace(standardised(evidence, Scale(0.0, 1.0)), structure=MAIN_EFFECTS)
    noise, effects = 0.3, 0.7
    # A function of all factors of next to no variance leaves the main effects.
    belief: Conditioned = conditioned(data, np.log([1.0, 1.0, 1.0, 1e-12, effects, noise]), 0.0)
    asked = np.hstack([_points(5, 2, 3), np.eye(3)[[0, 1, 2, 0, 1]]])
    centre = main_effects(points, categorical).mean(axis=0)
    ridge = Ridge(alpha=noise / effects, fit_intercept=False)
    ridge.fit(main_effects(points, categorical) - centre, values)
    expected = ridge.predict(main_effects(asked, categorical) - centre)
    assert_allclose(belief.mean(asked), expected, atol=1e-8)
    assert_allclose(belief.screened(asked), expected, atol=1e-4)


def test_the_prior_variance_at_a_point_is_the_kernels_diagonal() -> None:
    points, groups, categorical = _points(7, 3), np.arange(3), np.zeros(3, bool)
    kernel = Kernel(groups, categorical, np.ones(3), 1.3, 0.2, 0.5, concave=True)
    assert_allclose(kernel.diagonal(points), np.diag(kernel.between(points, points)))


@pytest.mark.parametrize("tied", [0, 2, 4])
def test_the_prior_of_tied_logarithms_is_a_multivariate_normal(tied: int) -> None:
    prior = Normal(np.array([0.1, -0.2, 0.3, 1.0]), np.array([0.4, 0.4, 0.4, 1.5]), tied, 0.7)
    common = 0.7 * (np.arange(4) < tied)
    covariance = np.diag(prior.own**2) + np.outer(common, common)
    at = np.array([0.5, 0.5, -1.0, 2.0])
    assert_allclose(prior.log_density(at), multivariate_normal(prior.mean, covariance).logpdf(at))
    assert_allclose(prior.sd, np.sqrt(np.diag(covariance)))
    assert_allclose(prior.slope(at), -np.linalg.solve(covariance, at - prior.mean))


def test_points_outside_the_factors_range_are_predicted_too() -> None:
    points = _points(20, 2)
    posterior = fit_gaussian_process(evidence_of(points, points.sum(axis=1)), np.random.default_rng(0))
    mean, sd = posterior.mean_sd(np.array([[-0.5, 0.2], [1.8, 1.2]]))
    assert np.isfinite(mean).all()
    assert (sd > 0).all()


def test_a_process_given_some_of_its_observations_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    points = rng.random((30, 2))
    evidence = evidence_of(points, np.sin(4 * points[:, 0]) + 0.1 * rng.standard_normal(30))
    settings = GPSettings(structures=(TOGETHER,), members=1)
    whole = fit_gaussian_process(evidence, np.random.default_rng(0), settings=settings)
    keep = rng.random(30) < 0.7
    member, scale = whole.members[0], whole.scale
    kernel = ConstantKernel(member.kernel.variance) * Matern(member.kernel.lengthscales, nu=2.5)
    kernel += ConstantKernel(settings.mean_variance)
    theirs = GaussianProcessRegressor(kernel, alpha=member.noise, optimizer=None)
    theirs.fit(points[keep], scale.standardised(evidence.values[keep]))
    ours = of_some(whole, evidence, keep)
    expected = scale.centre + scale.spread * theirs.predict(points)
    assert_allclose(ours.mean(points), expected, rtol=1e-6)


def test_a_fold_that_loses_a_source_keeps_what_each_hyper_parameter_means() -> None:
    rng = np.random.default_rng(1)
    points = rng.random((40, 2))
    sources = np.repeat([0, 1], [30, 10])
    evidence = replace(
        evidence_of(points, points.sum(axis=1) + 2.0 * sources + 0.05 * rng.standard_normal(40)),
        sources=sources,
    )
    whole = fit_gaussian_process(evidence, np.random.default_rng(0))
    own = of_some(whole, evidence, sources == 0)
    assert_allclose(own.mean(points), points.sum(axis=1), atol=0.2)
    assert own.noise_sd == pytest.approx(whole.noise_sd)


def test_the_only_value_that_differs_is_not_doubted() -> None:
    points = _points(20, 2)
    values = np.zeros(20)
    values[7] = 5.0
    posterior = fit_gaussian_process(evidence_of(points, values), np.random.default_rng(0))
    assert not posterior.doubted.any()
