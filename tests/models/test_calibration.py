"""Held-out results say how far a mixture errs; its sds, paths and covariance follow, its noise does not."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy.optimize import brentq

from bioal.evidence import Evidence, Floats, evidence_of
from bioal.models.calibration import BOUNDS, PRIOR_COUNT, calibration_factor
from bioal.models.mixture import Mixture, Part, fit_mixture

NEVER = -1e9  # log density of a mishap that cannot be


def _factor(errors: Floats, variance: float = 1.0, noise: float = 0.0, anywhere: float = NEVER) -> float:
    ones = np.ones(len(errors))
    return calibration_factor(errors, variance * ones, noise * ones, anywhere * ones)


@pytest.mark.parametrize("truth", [0.6, 1.0, 1.7])
def test_the_factor_that_errors_were_drawn_with_is_found_beside_noise(truth):
    rng = np.random.default_rng(0)
    variances = rng.uniform(0.2, 3.0, 4000)
    errors = truth * np.sqrt(variances) * rng.standard_normal(4000) + 0.5 * rng.standard_normal(4000)
    found = calibration_factor(errors, variances, np.full(4000, 0.25), np.full(4000, -9.0))
    assert found == pytest.approx(truth, rel=0.04)


@pytest.mark.parametrize("count", [3, 30, 300])
def test_few_results_move_the_factor_little_as_the_normal_equation_says(count):
    errors = np.full(count, 1.6)
    # The slope of -n log f - S / (2 f^2) - k (log f)^2 is 0 at the most probable factor.
    expected = brentq(lambda f: -count + count * 1.6**2 / f**2 - 2 * PRIOR_COUNT * np.log(f), 0.5, 2.0)
    assert _factor(errors) == pytest.approx(expected, rel=0.005)


def test_the_factor_is_1_where_nothing_was_held_out_or_noise_hides_the_function():
    assert _factor(np.empty(0)) == pytest.approx(1.0)
    rng = np.random.default_rng(0)
    assert _factor(rng.standard_normal(200), variance=1e-4, noise=1.0) == pytest.approx(1.0, abs=0.01)


def test_the_factor_keeps_within_its_bounds_and_one_mishap_does_not_move_it():
    rng = np.random.default_rng(0)
    errors = rng.standard_normal(100)
    assert _factor(9 * errors) == pytest.approx(BOUNDS[1])
    assert _factor(0.01 * errors) == pytest.approx(BOUNDS[0])
    with_one = _factor(np.append(errors, 40.0), anywhere=-4.0)
    assert with_one == pytest.approx(_factor(errors, anywhere=-4.0), rel=0.01)


@dataclass(frozen=True)
class Level:
    """A belief about one number at every point, `sd` wide."""

    sd: float
    height: float = 0.0
    noise_sd: float = 0.5
    notes: tuple[str, ...] = ()

    def mean(self, points: Floats) -> Floats:
        return np.full(len(points), self.height)

    def mean_sd(self, points: Floats) -> tuple[Floats, Floats]:
        return self.mean(points), np.full(len(points), self.sd)

    def paths(self, points: Floats, count: int, rng: np.random.Generator) -> Floats:
        return self.mean(points)[:, None] + self.sd * rng.standard_normal(count)

    def covariance(self, points: Floats, others: Floats) -> Floats:
        return np.full((len(points), len(others)), self.sd**2)


def test_a_stretched_mixture_keeps_mean_and_noise_and_stretches_sd_covariance_and_paths_alike():
    plain = Mixture((Level(0.5), Level(0.2, height=2.0)), np.array([0.7, 0.3]))
    wide, points = replace(plain, stretch=1.5), np.zeros((2, 1))
    drawn = wide.paths(points, 100_000, np.random.default_rng(0))
    mean, sd = wide.mean_sd(points)
    assert mean == pytest.approx(plain.mean(points))
    assert wide.noise_sd == plain.noise_sd
    assert sd == pytest.approx(1.5 * plain.mean_sd(points)[1])
    assert wide.covariance(points, points) == pytest.approx(np.full((2, 2), sd[0] ** 2))
    assert drawn.mean(axis=1) == pytest.approx(mean, abs=0.01)
    assert np.cov(drawn) == pytest.approx(np.full((2, 2), sd[0] ** 2), rel=0.02)


def _results(sd: float, count: int = 400) -> Evidence:
    rng = np.random.default_rng(1)
    values = sd * rng.standard_normal(count) + 0.5 * rng.standard_normal(count)
    return evidence_of(rng.random((count, 1)), values)


def _mixed(level: Level, evidence: Evidence) -> Mixture:
    part = Part("level", lambda seen, rng: level, 1.0, lambda whole, seen, keep, rng: level)
    return fit_mixture(evidence, [part], np.random.default_rng(0))


@pytest.mark.parametrize(("believed", "words"), [(0.7, "widened by"), (1.0, ""), (1.8, "narrowed by")])
def test_intervals_of_an_overconfident_and_of_a_timid_model_hold_ninety_per_cent_afterwards(believed, words):
    mixed, fresh = _mixed(Level(believed), _results(1.0)), _results(1.0, 4000)
    total = np.hypot(mixed.mean_sd(fresh.points)[1], mixed.noise_sd)
    # The prior, worth a tenth of these results, holds a little of the narrowing back.
    assert 0.88 < np.mean(np.abs(fresh.values) < 1.645 * total) < 0.93
    told = [note for note in mixed.notes if "intervals are" in note]
    assert len(told) == bool(words)
    assert all(words in note for note in told)
    assert mixed.noise_sd == 0.5


def test_bounds_say_nothing_about_the_width_of_intervals():
    evidence = _results(1.0, 40)
    below = np.arange(40) < 10
    bounded = replace(
        evidence, values=np.where(below, 50.0, evidence.values), upper=np.where(below, 50.0, np.inf)
    )
    assert 0.8 < _mixed(Level(1.0), bounded).stretch < 1.25
