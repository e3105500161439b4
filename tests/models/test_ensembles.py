from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import ExtraTreeRegressor

from bioal.errors import UsageError
from bioal.evidence import Evidence, Floats, evidence_of
from bioal.models.bags import bagged, member_of
from bioal.models.ensembles import PathEnsemble, Recipe, fit_ensemble
from bioal.models.learners import RECIPES
from bioal.models.pooling import offsets, pooled, too_little, untied
from bioal.models.spread import FLOOR, Residuals, _loss, fitted_spread

SMALL = Recipe("small forest", ExtraTreeRegressor(), 24)


def ridge_of(points: Floats) -> Floats:
    return np.sin(4 * points[:, 0]) + 2 * points[:, 1]


def measured(count: int = 60, noise: float = 0.0, seed: int = 0, width: int = 3) -> Evidence:
    rng = np.random.default_rng(seed)
    points = rng.random((count, width))
    return evidence_of(points, ridge_of(points) + noise * rng.standard_normal(count))


def with_plates(evidence: Evidence, plates: Floats | list[int]) -> Evidence:
    return replace(evidence, plates=np.asarray(plates, np.intp))


def fitted(evidence: Evidence, recipe: Recipe = SMALL, seed: int = 1) -> PathEnsemble:
    return fit_ensemble(evidence, recipe, np.random.default_rng(seed))


@pytest.fixture
def elsewhere() -> Floats:
    points = np.random.default_rng(9).random((50, 3))
    assert points.shape == (50, 3)
    return points


@pytest.mark.smoke
@pytest.mark.parametrize("name", ["forest", "extra trees"])
def test_trees_learn_the_function_better_than_its_mean(name, elsewhere):
    posterior = fitted(measured(120), RECIPES[name])
    errors = posterior.mean(elsewhere) - ridge_of(elsewhere)
    assert np.sqrt(np.mean(errors**2)) < 0.5 * ridge_of(elsewhere).std()


def test_boosting_learns_the_function_better_than_its_mean(elsewhere):
    posterior = fitted(measured(80), replace(RECIPES["boosting"], members=6))
    errors = posterior.mean(elsewhere) - ridge_of(elsewhere)
    assert np.sqrt(np.mean(errors**2)) < 0.5 * ridge_of(elsewhere).std()


def test_the_mean_is_that_of_what_scikit_learn_says_each_member_predicts(elsewhere):
    posterior = fitted(measured())
    said = np.mean([member.predict(elsewhere) for member in posterior.bag.members], axis=0)
    np.testing.assert_allclose(
        posterior.mean(elsewhere), posterior.scale.centre + posterior.scale.spread * said, rtol=1e-12
    )


def test_mean_and_mean_sd_agree_across_blocks():
    posterior = fitted(measured(), Recipe("pair", ExtraTreeRegressor(), 5))
    many = np.random.default_rng(2).random((9000, 3))
    np.testing.assert_allclose(posterior.mean(many), posterior.mean_sd(many)[0], rtol=1e-12)


@pytest.mark.parametrize("count", [24, 20_000])
def test_paths_have_the_mean_and_covariance_that_the_posterior_states(count, elsewhere):
    posterior = fitted(measured())
    paths = posterior.paths(elsewhere, count, np.random.default_rng(3))
    assert paths.shape == (50, count)
    stated = posterior.covariance(elsewhere, elsewhere)
    tolerance = 1e-10 if count == 24 else 0.05
    np.testing.assert_allclose(np.cov(paths, bias=True), stated, atol=tolerance * np.diag(stated).max())
    np.testing.assert_allclose(np.diag(stated), posterior.mean_sd(elsewhere)[1] ** 2, rtol=1e-9, atol=1e-12)


def test_a_path_is_a_function_so_equal_points_have_equal_values():
    posterior = fitted(measured(noise=0.5))
    twice = np.repeat([[0.2, 0.4, 0.6]], 2, axis=0)
    paths = posterior.paths(twice, 300, np.random.default_rng(0))
    np.testing.assert_allclose(paths[0], paths[1], rtol=1e-12)


def test_no_path_and_no_point_is_answered_with_empty_arrays():
    posterior = fitted(measured())
    assert posterior.paths(np.empty((0, 3)), 5, np.random.default_rng(0)).shape == (0, 5)
    assert posterior.paths(np.zeros((4, 3)), 0, np.random.default_rng(0)).shape == (4, 0)


def test_spread_and_noise_are_recovered_from_simulated_residuals():
    rng = np.random.default_rng(5)
    spreads, counts = rng.gamma(2, 0.1, 20_000), rng.integers(1, 5, 20_000).astype(float)
    errors = rng.standard_normal(20_000) * np.sqrt(0.5 * spreads + 0.04 / counts)
    found = fitted_spread(Residuals(errors, spreads, np.full(20_000, np.nan), counts))
    assert found.scale == pytest.approx(0.5, rel=0.05)
    assert found.noise == pytest.approx(0.04, rel=0.1)


def test_the_gradient_of_the_spread_agrees_with_finite_differences():
    rng = np.random.default_rng(6)
    known = np.where(rng.random(30) < 0.5, np.nan, 0.02)
    residuals = Residuals(rng.normal(size=30), rng.random(30), known, np.full(30, 2.0), within=0.7, freedom=9)
    at = np.array([0.3, -2.0])
    numeric = approx_fprime(at, lambda logs: _loss(logs, residuals)[0], 1e-7)
    np.testing.assert_allclose(_loss(at, residuals)[1], numeric, rtol=1e-4)


def test_noise_stays_above_its_floor_when_everything_is_explained():
    quiet = Residuals(np.zeros(50), np.full(50, 1e-9), np.full(50, np.nan), np.ones(50))
    assert fitted_spread(quiet).noise >= FLOOR


def test_replicates_tell_the_noise_of_a_noisy_readout():
    rng = np.random.default_rng(7)
    points = np.repeat(rng.random((100, 3)), 3, axis=0)
    evidence = evidence_of(points, ridge_of(points) + 0.4 * rng.standard_normal(300))
    pure_error = np.sqrt(evidence.values.reshape(100, 3).var(axis=1, ddof=1).mean())
    assert fitted(evidence, RECIPES["extra trees"]).noise_sd == pytest.approx(pure_error, rel=0.1)


def test_known_variances_are_the_noise_where_all_are_known():
    evidence = measured(40, noise=0.1)
    evidence = replace(evidence, variances=np.full(40, 0.005), counts=np.full(40, 2))
    assert fitted(evidence).noise_sd == pytest.approx(0.1)


def test_a_precise_condition_is_drawn_more_often_than_a_vague_one():
    evidence = replace(measured(40), variances=np.repeat([1e-4, 2.0], 20))
    seen = fitted(evidence, replace(SMALL, members=200)).bag.seen.mean(axis=1)
    precise = pooled(evidence).variances < 1
    assert seen[precise].min() > seen[~precise].max() + 0.5


@settings(max_examples=8, deadline=None)
@given(st.integers(-12, 12), st.floats(-3, 3))
def test_another_unit_of_the_readout_gives_the_same_belief_in_that_unit(power, shift):
    evidence, points = measured(20), np.random.default_rng(1).random((10, 3))
    unit = 10.0**power
    other = replace(evidence, values=unit * (evidence.values + shift))
    here, there = fitted(evidence).mean_sd(points), fitted(other).mean_sd(points)
    np.testing.assert_allclose(there[0], unit * (here[0] + shift), rtol=1e-6, atol=1e-6 * unit)
    np.testing.assert_allclose(there[1], unit * here[1], rtol=1e-5, atol=1e-7 * unit)


def test_the_order_of_the_rows_changes_nothing(elsewhere):
    evidence = measured(30)
    shuffled = evidence.rows(np.random.default_rng(4).permutation(30))
    np.testing.assert_allclose(fitted(shuffled).mean(elsewhere), fitted(evidence).mean(elsewhere), rtol=1e-9)


def test_the_same_seed_gives_the_same_posterior_and_another_seed_another(elsewhere):
    first, again, other = (fitted(measured(), seed=seed).mean(elsewhere) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_points_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="Points must be finite"):
        fitted(measured()).mean(np.array([[0.1, np.nan, 0.3]]))


@pytest.mark.parametrize(
    "regressor", [KNeighborsRegressor(3), make_pipeline(StandardScaler(), Ridge()), Ridge()]
)
def test_any_regressor_becomes_paths(regressor, elsewhere):
    posterior = fitted(measured(80), Recipe("own", regressor, 12))
    mean, sd = posterior.mean_sd(elsewhere)
    assert np.corrcoef(mean, ridge_of(elsewhere))[0, 1] > 0.7
    assert (sd > 0).all()


def test_a_regressor_is_not_changed_by_being_bagged():
    mine = ExtraTreeRegressor(random_state=3)
    fitted(measured(), Recipe("mine", mine, 3))
    assert mine.random_state == 3
    assert not hasattr(mine, "tree_")


def test_seeds_reach_the_regressor_inside_a_pipeline():
    make = member_of(make_pipeline(StandardScaler(), ExtraTreeRegressor()))
    rng = np.random.default_rng(0)
    seeds = {make(rng).get_params()["extratreeregressor__random_state"] for _ in range(5)}
    assert len(seeds) == 5


class Undefined(Ridge):  # type: ignore[misc]
    def predict(self, points):
        return np.full(len(points), np.nan)


def test_a_regressor_that_predicts_nan_is_refused_by_name():
    with pytest.raises(UsageError, match="Undefined predicts values that are not finite"):
        fitted(measured(), Recipe("Undefined", Undefined(), 4))


def test_too_few_or_equal_conditions_are_refused_with_the_reason():
    with pytest.raises(ValueError, match="3 conditions are measured and resampling needs 6"):
        fitted(measured(3))
    with pytest.raises(ValueError, match="all values are equal"):
        fitted(evidence_of(np.random.default_rng(0).random((20, 2)), np.full(20, 4.2)))
    assert too_little(measured(0)).startswith("0 conditions")
    assert too_little(measured(20)) == ""


def test_bounds_are_used_as_values_and_that_is_said():
    evidence = measured(20)
    upper = np.where(np.arange(20) < 3, evidence.values, np.inf)
    assert "3 readings below a limit or over the range" in " ".join(
        fitted(replace(evidence, upper=upper)).notes
    )


def test_a_member_that_has_not_seen_a_condition_has_seen_none_of_its_replicates():
    evidence = measured(12)
    repeated = evidence.rows(np.repeat(np.arange(12), 4))
    assert fitted(repeated).bag.seen.shape == (12, 24)


def test_members_are_trained_on_what_their_bag_holds():
    points = np.arange(10.0)[:, None] / 10
    bag = bagged(
        member_of(ExtraTreeRegressor()), points, points[:, 0], np.full(10, 0.1), 30, np.random.default_rng(0)
    )
    predictions = bag.predictions(points)
    # A fully grown tree gives back what it has seen, to single precision of the thresholds.
    np.testing.assert_allclose(predictions[bag.seen], np.tile(points, 30)[bag.seen], atol=1e-6)
    assert not np.allclose(predictions[~bag.seen], np.tile(points, 30)[~bag.seen])


def test_equal_conditions_are_pooled_by_their_precision():
    points = np.array([[0.1], [0.5], [0.1]])
    evidence = replace(evidence_of(points, np.array([1.0, 5.0, 4.0])), variances=np.array([1.0, 1.0, 2.0]))
    known = pooled(evidence)
    np.testing.assert_allclose(known.values, [2.0, 5.0])  # (1/1 + 4/2) / (1/1 + 1/2)
    np.testing.assert_allclose(known.variances, [2 / 3, 1.0])
    np.testing.assert_allclose(known.counts, [2, 1])
    assert (known.within, known.freedom) == (0.0, 0)


def test_replicates_of_unknown_variance_leave_their_sum_of_squares():
    evidence = evidence_of(np.array([[0.1], [0.1], [0.1], [0.9]]), np.array([1.0, 2.0, 3.0, 7.0]))
    known = pooled(evidence)
    assert known.within == pytest.approx(2.0)
    assert known.freedom == 2
    assert np.isnan(known.variances).all()


def test_a_plate_offset_is_told_by_conditions_on_both_plates():
    points = np.random.default_rng(0).random((30, 2))
    twice = np.vstack([points, points])
    values = np.concatenate([ridge_of(points), ridge_of(points) + 3.0])
    off = offsets(with_plates(evidence_of(twice, values), [0] * 30 + [1] * 30))
    assert off[-1] - off[0] == pytest.approx(3.0, rel=0.05)


def test_a_plate_of_better_conditions_is_not_taken_for_a_better_plate():
    evidence = measured(40)
    best_last = np.argsort(evidence.values)
    plates = with_plates(evidence.rows(best_last), [0] * 20 + [1] * 20)
    np.testing.assert_array_equal(offsets(plates), 0.0)
    assert untied(plates)
    assert any("whether such a plate reads high" in note for note in fitted(plates).notes)


def test_conditions_on_both_plates_tie_them():
    evidence = measured(20)
    bridged = with_plates(evidence.rows(np.r_[:20, :2]), [0] * 20 + [1, 1])
    assert not untied(bridged)
    assert fitted(bridged).notes == ()
    assert not untied(evidence)


def test_a_reference_on_every_plate_ties_plates_that_share_nothing_else():
    evidence = measured(21)
    with_reference = with_plates(evidence.rows(np.r_[:11, 0, 11:21]), [0] * 11 + [1] * 11)
    assert not untied(with_reference)
    assert not any("plate reads high" in note for note in fitted(with_reference).notes)


def test_a_plate_that_shares_nothing_is_named_though_others_are_tied():
    evidence = measured(20)
    plates = with_plates(evidence.rows(np.r_[:10, :2, 10:20]), [0] * 10 + [1] * 2 + [2] * 10)
    assert untied(plates)
    in_a_chain = with_plates(evidence.rows(np.r_[:10, 0, 10:15, 14, 15:20]), [0] * 10 + [1] * 6 + [2] * 6)
    assert not untied(in_a_chain)


def test_a_reference_in_many_wells_tells_the_offset_of_its_plate():
    points = np.vstack([[0.5, 0.5], np.random.default_rng(0).random((8, 2))])
    rows = np.r_[0, 1:5, 0, 5:9]
    plain = evidence_of(points[rows], np.repeat([1.0, 4.0], 5))
    counts = np.array([8, 1, 1, 1, 1, 8, 1, 1, 1, 1])
    off = offsets(with_plates(replace(plain, counts=counts), [0] * 5 + [1] * 5))
    # Offsets with the variance of a replicate: a difference of 8 wells from 8 is shrunk by 8 / (8 + 1).
    assert off[-1] - off[0] == pytest.approx(3.0 * 8 / 9)
