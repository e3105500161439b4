"""What a fit promises: it learns, it is calibrated, and units, order and names change nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from sklearn.gaussian_process.kernels import Matern

from bioal.evidence import Evidence, evidence_of
from bioal.models.diagnostics import leave_one_out
from bioal.models.gaussian_process import GaussianProcess, fit_gaussian_process
from bioal.models.hyperparameters import SUBSET
from bioal.models.priors import GPSettings


def _fit(evidence: Evidence, seed: int = 0) -> GaussianProcess:
    return fit_gaussian_process(evidence, np.random.default_rng(seed))


def _evidence(rows: int = 40, seed: int = 0) -> Evidence:
    """Return measurements of a function of two numeric factors of three and a choice of three."""
    rng = np.random.default_rng(seed)
    option = rng.integers(0, 3, rows)
    points = np.hstack([rng.random((rows, 3)), np.eye(3)[option]])
    values = np.sin(4 * points[:, 0]) + points[:, 1] + 0.5 * (option == 1) + 0.1 * rng.standard_normal(rows)
    groups, categorical = np.array([0, 1, 2, 3, 3, 3]), np.arange(6) > 2
    return evidence_of(points, values, groups=groups, categorical=categorical)


ASKED = _evidence(50, seed=9).points


@pytest.mark.smoke
def test_the_fit_learns_a_function_its_noise_and_which_numeric_factor_is_idle() -> None:
    posterior = _fit(_evidence(80))
    truth = np.sin(4 * ASKED[:, 0]) + ASKED[:, 1] + 0.5 * ASKED[:, 4]
    assert np.sqrt(np.mean((posterior.mean(ASKED) - truth) ** 2)) < 0.12
    assert 0.05 < posterior.noise_sd < 0.15
    assert posterior.members[0].kernel.lengthscales[:3].argmax() == 2


@settings(max_examples=15, deadline=None)
@given(st.floats(-12, 12), st.floats(-1e3, 1e3))
def test_a_change_of_unit_changes_predictions_by_that_unit(power: float, shift: float) -> None:
    evidence, factor = _evidence(), 10.0**power
    moved = replace(evidence, values=factor * (evidence.values + shift))
    mean, sd = _fit(evidence).mean_sd(ASKED)
    moved_mean, moved_sd = _fit(moved).mean_sd(ASKED)
    assert_allclose(moved_mean / factor - shift, mean, atol=1e-6 * (1 + abs(shift)))
    assert_allclose(moved_sd / factor, sd, rtol=1e-4)


@pytest.mark.parametrize("rows", [40, SUBSET + 20])
def test_the_order_of_observations_changes_nothing(rows: int) -> None:
    evidence = _evidence(rows)
    shuffled = evidence.rows(np.random.default_rng(1).permutation(rows))
    for ours, theirs in zip(_fit(evidence).mean_sd(ASKED), _fit(shuffled).mean_sd(ASKED), strict=True):
        assert_allclose(ours, theirs, rtol=1e-5)


def test_the_order_of_factors_and_the_names_of_options_change_nothing() -> None:
    evidence = _evidence()
    order = np.array([5, 3, 4, 2, 0, 1])
    moved = replace(
        evidence,
        points=evidence.points[:, order],
        groups=np.array([0, 0, 0, 1, 2, 3]),
        categorical=evidence.categorical[order],
    )
    for ours, theirs in zip(_fit(evidence).mean_sd(ASKED), _fit(moved).mean_sd(ASKED[:, order]), strict=True):
        assert_allclose(ours, theirs, rtol=1e-5)


def test_the_same_seed_gives_the_same_posterior() -> None:
    evidence = _evidence(SUBSET + 20)
    assert (_fit(evidence, 3).mean(ASKED) == _fit(evidence, 3).mean(ASKED)).all()


def test_ninety_per_cent_intervals_hold_ninety_per_cent_on_draws_of_a_gaussian_process() -> None:
    rng = np.random.default_rng(0)
    hits, looked = 0.0, 0
    for _ in range(25):
        points = rng.random((70, 3))
        joint = Matern([0.4, 0.8, 2.0], nu=2.5)(points) + 0.02 * np.eye(70)
        values = 30 + 7 * rng.multivariate_normal(np.zeros(70), joint)
        posterior = _fit(evidence_of(points[:30], values[:30]))
        mean, sd = posterior.mean_sd(points[30:])
        total = np.hypot(sd, posterior.noise_sd)
        hits += float(np.sum(np.abs(values[30:] - mean) < 1.645 * total))
        looked += 40
    assert 0.85 <= hits / looked <= 0.95


def test_counts_weigh_observations() -> None:
    points = np.repeat([[0.0], [1.0]], 6, axis=0)
    values = np.tile([1.0, -1.0, 0.5, -0.5, 1.2, -1.2], 2) + np.repeat([0.0, 4.0], 6)
    counts = np.repeat([1, 20], 6)
    posterior = _fit(replace(evidence_of(points, values), counts=counts))
    _, sd = posterior.mean_sd(np.array([[0.0], [1.0]]))
    assert sd[1] < 0.6 * sd[0]


def test_known_variances_are_believed() -> None:
    rng = np.random.default_rng(0)
    points = rng.random((30, 1))
    values = np.sin(6 * points[:, 0]) + np.where(points[:, 0] < 0.5, 0.5, 0.01) * rng.standard_normal(30)
    variances = np.where(points[:, 0] < 0.5, 0.25, 1e-4)
    _, sd = _fit(replace(evidence_of(points, values), variances=variances)).mean_sd(
        np.array([[0.25], [0.75]])
    )
    assert sd[0] > 3 * sd[1]


def test_equal_duplicates_are_not_certainty() -> None:
    points = np.repeat(np.random.default_rng(0).random((10, 2)), 2, axis=0)
    evidence = evidence_of(points, np.repeat(np.arange(10.0), 2))
    posterior = _fit(evidence)
    assert posterior.noise_sd > 0
    assert (posterior.mean_sd(points)[1] > 0).all()


def _plated(seed: int = 0) -> tuple[Evidence, np.ndarray]:
    rng = np.random.default_rng(seed)
    points = rng.random((60, 2))
    truth = np.sin(4 * points[:, 0]) + points[:, 1]
    plates = np.repeat(np.arange(4), 15)
    lift = np.array([0.0, 2.0, -2.0, 1.0])
    values = truth + lift[plates] + 0.05 * rng.standard_normal(60)
    return replace(evidence_of(points, values), plates=plates), truth


def test_plates_that_read_high_or_low_do_not_bend_the_function() -> None:
    evidence, truth = _plated()
    blind = replace(evidence, plates=np.zeros(60, np.intp))
    errors = []
    for each in (evidence, blind):
        mean = _fit(each).mean(evidence.points)
        # How high all plates read on average is not knowable; the shape of the function is.
        errors.append(np.std(mean - truth))
    assert errors[0] < 0.15
    assert errors[0] < 0.3 * errors[1]


def test_an_old_source_teaches_the_shape_but_not_the_level() -> None:
    rng = np.random.default_rng(0)
    points = rng.random((50, 2))
    truth = np.sin(4 * points[:, 0]) + points[:, 1]
    sources = (np.arange(50) >= 10).astype(np.intp)
    values = truth + 3.0 * sources + 0.05 * rng.standard_normal(50)
    posterior = _fit(replace(evidence_of(points, values), sources=sources))
    assert np.sqrt(np.mean((posterior.mean(points) - truth) ** 2)) < 0.15


def test_a_noisy_source_does_not_make_this_campaign_noisy() -> None:
    rng = np.random.default_rng(0)
    points = rng.random((80, 1))
    sources = (np.arange(80) >= 40).astype(np.intp)
    noise = np.where(sources, 0.8, 0.03) * rng.standard_normal(80)
    posterior = _fit(replace(evidence_of(points, np.sin(6 * points[:, 0]) + noise), sources=sources))
    assert posterior.noise_sd < 0.1


def test_leaving_one_out_in_closed_form_is_conditioning_on_the_others() -> None:
    rng = np.random.default_rng(0)
    points = rng.random((12, 2))
    evidence = evidence_of(points, rng.standard_normal(12))
    posterior = fit_gaussian_process(evidence, rng, settings=GPSettings(members=1))
    left = leave_one_out(posterior.members, posterior.scale)
    covariance = posterior.members[0].lower @ posterior.members[0].lower.T
    values = posterior.scale.standardised(left.values)
    for row in range(12):
        others = np.arange(12) != row
        gain = np.linalg.solve(covariance[np.ix_(others, others)], covariance[others, row])
        mean = posterior.scale.centre + posterior.scale.spread * gain @ values[others]
        sd = posterior.scale.spread * np.sqrt(covariance[row, row] - gain @ covariance[others, row])
        assert_allclose([left.means[row], left.sds[row]], [mean, sd], rtol=1e-7)


def test_left_out_predictions_know_their_score_and_coverage() -> None:
    posterior = _fit(_evidence(60))
    left = leave_one_out(posterior.members, posterior.scale)
    expected = -0.5 * left.scores**2 - np.log(left.sds * np.sqrt(2 * np.pi))
    assert left.log_score == pytest.approx(expected.mean())
    assert left.coverage(0.9) == np.mean(np.abs(left.scores) < 1.6448536269514722)
    assert left.explained > 0.8
