from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize
from scipy.stats import norm

from bioal.evidence import Evidence, Floats, evidence_of
from bioal.models.mixture import (
    Mixture,
    Part,
    fit_mixture,
    folds,
    held_out,
    log_density,
    stacked_weights,
)
from bioal.models.shares import largest_remainder

shares_of = arrays(float, st.integers(1, 6), elements=st.floats(0.01, 1))


@dataclass(frozen=True)
class Line:
    """A belief whose every path is the line `height + slope x`, moved up or down by sd."""

    height: float
    slope: float
    sd: float
    noise_sd: float = 0.1
    notes: tuple[str, ...] = ()

    def mean(self, points: Floats) -> Floats:
        return self.height + self.slope * points[:, 0]

    def mean_sd(self, points: Floats) -> tuple[Floats, Floats]:
        return self.mean(points), np.full(len(points), self.sd)

    def paths(self, points: Floats, count: int, rng: np.random.Generator) -> Floats:
        return self.mean(points)[:, None] + self.sd * rng.standard_normal(count)

    def covariance(self, points: Floats, others: Floats) -> Floats:
        return np.full((len(points), len(others)), self.sd**2)


def part_of(line: Line, prior: float = 0.5, name: str = "line") -> Part:
    return Part(name, lambda evidence, rng: line, prior, lambda whole, evidence, keep, rng: line)


def on_a_line(count: int) -> Evidence:
    points = np.linspace(0, 1, count)[:, None]
    return evidence_of(points, 2 * points[:, 0])


@pytest.fixture
def two() -> Mixture:
    return Mixture((Line(0, 1, 0.5, 0.3), Line(2, -1, 0.2, 0.4)), np.array([0.7, 0.3]))


@given(shares_of, st.integers(0, 2000))
def test_shares_sum_to_the_count_and_stay_within_one_of_the_exact_share(weights, count):
    shares = largest_remainder(weights, count)
    assert shares.sum() == count
    assert (np.abs(shares - weights / weights.sum() * count) < 1 + 1e-9).all()


@given(st.integers(1, 40), st.integers(1, 4), st.integers(0, 10))
def test_equal_conditions_share_a_fold_and_folds_are_even(conditions, replicates, seed):
    points = np.tile(np.arange(conditions, dtype=float)[:, None], (replicates, 1))
    which = folds(evidence_of(points, points[:, 0]), 5, np.random.default_rng(seed))
    for condition in range(conditions):
        assert len(set(which[points[:, 0] == condition])) == 1
    sizes = np.bincount(which[:conditions], minlength=5)
    assert sizes.max() - sizes.min() <= 1


@pytest.mark.smoke
def test_stacking_finds_the_optimum_that_a_general_optimiser_finds():
    rng = np.random.default_rng(0)
    densities, prior = rng.normal(size=(60, 3)), np.array([0.5, 0.3, 0.2])

    def loss(logits):
        weights = np.exp(logits) / np.exp(logits).sum()
        return -np.log(np.exp(densities) @ weights).sum() - 10 * prior @ np.log(weights)

    best = minimize(loss, np.zeros(3), tol=1e-12).x
    np.testing.assert_allclose(
        stacked_weights(densities, prior, 10.0), np.exp(best) / np.exp(best).sum(), atol=1e-4
    )


def test_without_observations_the_prior_weights_stand():
    prior = np.array([0.8, 0.2])
    np.testing.assert_allclose(stacked_weights(np.empty((0, 2)), prior), prior)


def test_densities_too_small_for_floating_point_still_give_weights():
    weights = stacked_weights(np.array([[-1e5, -2e5]] * 20), np.array([0.5, 0.5]))
    assert weights.sum() == pytest.approx(1)
    assert weights[0] > 0.8


def test_the_better_model_gets_the_weight_and_more_of_it_with_more_wells():
    right, wrong = part_of(Line(0, 2, 0.1)), part_of(Line(5, 0, 0.1))
    weights = [fit_mixture(on_a_line(n), [right, wrong], np.random.default_rng(0)).weights for n in (5, 200)]
    assert 0.5 < weights[0][0] < weights[1][0]
    assert weights[1][0] > 0.95


def test_the_log_density_is_scipys_with_noise_and_count():
    evidence = replace(
        on_a_line(4), variances=np.array([np.nan, 0.25, np.nan, 0.5]), counts=np.array([1, 2, 4, 1])
    )
    line = Line(1, 0, 0.5, noise_sd=0.2)
    total = np.sqrt(0.25 + np.array([0.04, 0.25, 0.01, 0.5]))
    np.testing.assert_allclose(log_density(line, evidence), norm.logpdf(evidence.values, 1, total))


def test_a_bound_counts_with_the_probability_beyond_it():
    evidence = on_a_line(3)
    evidence = replace(
        evidence, upper=np.array([0.5, np.inf, np.inf]), lower=np.array([-np.inf, 0.2, -np.inf])
    )
    total = np.hypot(0.5, 0.2)
    expected = [norm.logcdf(0.5, 1, total), norm.logsf(0.2, 1, total), norm.logpdf(2, 1, total)]
    np.testing.assert_allclose(log_density(Line(1, 0, 0.5, noise_sd=0.2), evidence), expected)


def test_every_held_out_observation_is_unseen_by_the_model_that_judges_it():
    evidence = on_a_line(23)

    def spying(seen, rng):
        spied.append(set(seen.values))
        return Line(0, 2, 0.1)

    spied: list[set[float]] = []
    densities = held_out(evidence, [spying], np.random.default_rng(0))
    assert densities.shape == (23, 1)
    left_out = [set(evidence.values) - seen for seen in spied]
    assert sum(map(len, left_out)) == 23
    assert set().union(*left_out) == set(evidence.values)


def test_one_mishap_does_not_settle_the_weights():
    evidence = on_a_line(60)
    evidence.values[30] = 50.0
    narrow, wide = part_of(Line(0, 2, 0.05, noise_sd=0.05)), part_of(Line(0, 2, 3.0, noise_sd=3.0))
    weights = fit_mixture(evidence, [narrow, wide], np.random.default_rng(0)).weights
    assert weights[0] > 0.9


def test_a_variance_of_nothing_makes_no_infinite_density():
    evidence = replace(on_a_line(3), variances=np.zeros(3))
    assert np.isfinite(log_density(Line(0, 2, 0.0, noise_sd=0.1), evidence)).all()


def test_folds_stop_when_enough_was_held_out():
    densities = held_out(on_a_line(1000), [lambda seen, rng: Line(0, 2, 0.1)], np.random.default_rng(0))
    assert len(densities) == 400


def test_mean_and_variance_follow_the_law_of_total_variance(two):
    point = np.array([[0.25]])
    mean, sd = two.mean_sd(point)
    draws = two.paths(point, 200_000, np.random.default_rng(0))
    assert mean[0] == pytest.approx(0.7 * 0.25 + 0.3 * 1.75)
    assert draws.mean() == pytest.approx(mean[0], abs=0.01)
    assert draws.std() == pytest.approx(sd[0], rel=0.01)
    np.testing.assert_allclose(two.mean(point), mean)


def test_the_covariance_holds_what_separates_the_parts(two):
    points = np.array([[0.0], [0.4], [1.0]])
    covariance = two.covariance(points, points)
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), two.mean_sd(points)[1])
    draws = two.paths(points, 200_000, np.random.default_rng(1))
    np.testing.assert_allclose(np.cov(draws), covariance, atol=0.01)


def test_paths_come_from_each_part_by_its_share_in_mixed_order(two):
    two = Mixture((Line(0, 0, 0.0), Line(9, 0, 0.0)), two.weights)
    paths = two.paths(np.zeros((1, 1)), 10, np.random.default_rng(0))[0]
    assert sorted(paths) == [0.0] * 7 + [9.0] * 3
    assert list(paths) != sorted(paths)
    assert two.paths(np.zeros((2, 1)), 0, np.random.default_rng(0)).shape == (2, 0)


def test_the_noise_of_a_mixture_is_that_of_its_parts(two):
    assert two.noise_sd == pytest.approx(np.sqrt(0.7 * 0.09 + 0.3 * 0.16))


def test_a_note_that_several_models_make_is_said_once():
    lines = [replace(Line(0, 2, 0.1), notes=("Well A1 is odd.",)) for _ in range(2)]
    parts = [part_of(line, name=name) for line, name in zip(lines, ["forest", "line"], strict=True)]
    notes = fit_mixture(on_a_line(10), parts, np.random.default_rng(0)).notes
    assert notes[0] == "Well A1 is odd."
    assert [note.partition(": ")[2] for note in notes[1:]] == ["forest 50 %, line 50 %."]


def test_the_weights_do_not_depend_on_the_unit_with_bounds_either():
    rng = np.random.default_rng(0)
    points = rng.random((60, 1))
    values = 2 * points[:, 0] + 0.1 * rng.standard_normal(60)
    bounded = replace(evidence_of(points, values), upper=np.where(values < 0.8, 0.8, np.inf))
    found = []
    for unit in (1e-9, 1.0, 1e9):
        scaled = replace(bounded, values=unit * bounded.values, upper=unit * bounded.upper)
        parts = [part_of(Line(0, 2 * unit, 0.1 * unit, 0.1 * unit), name="good")]
        parts.append(part_of(Line(unit, 0, 0.5 * unit, 0.1 * unit), name="bad"))
        found.append(fit_mixture(scaled, parts, np.random.default_rng(0)).weights)
    assert found[0] == pytest.approx(found[1], abs=1e-6)
    assert found[2] == pytest.approx(found[1], abs=1e-6)
    assert found[1][0] > 0.7
