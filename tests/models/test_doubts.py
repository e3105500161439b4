"""One well that went wrong does little harm, and what a laboratory looks for is not taken for one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from bioal.evidence import Evidence, Floats, evidence_of
from bioal.models import doubts as doubting
from bioal.models.doubts import doubts
from bioal.models.fitting import fit
from bioal.models.gaussian_process import GaussianProcess, fit_gaussian_process

ASKED = np.random.default_rng(99).random((200, 3))
SPOILED = 11


def _truth(points: Floats) -> Floats:
    return 3.0 + np.sin(4 * points[:, 0]) + points[:, 1]


def _wells(count: int = 40, seed: int = 0) -> Evidence:
    rng = np.random.default_rng(seed)
    points = rng.random((count, 3))
    return evidence_of(points, _truth(points) + 0.1 * rng.standard_normal(count))


def _with(evidence: Evidence, row: int, value: float) -> Evidence:
    values = evidence.values.copy()
    values[row] = value
    return replace(evidence, values=values)


def _fit(evidence: Evidence) -> GaussianProcess:
    return fit_gaussian_process(evidence, np.random.default_rng(0))


def _shift(first: GaussianProcess, second: GaussianProcess) -> float:
    """Return how far predictions moved on average, in sds of the first."""
    mean, sd = first.mean_sd(ASKED)
    return float(np.mean(np.abs(second.mean(ASKED) - mean) / sd))


@settings(deadline=None)
@given(st.floats(0, 30), st.floats(0.01, 100))
def test_the_odds_are_those_of_a_normal_and_one_ten_times_as_wide(score, sd):
    errors = np.array([0.0] * 20 + [score * sd])
    added = doubts(errors, np.full(21, sd**2), np.ones(21, bool))[-1]
    share, wide = doubting.MISHAPS, doubting.WIDE
    log_odds = np.log(share / (1 - share)) + norm.logpdf(score, 0, wide) - norm.logpdf(score)
    expected = min(np.exp(min(log_odds, 100)), doubting.FARTHEST) if score > doubting.STRANGE else 0.0
    assert added / sd**2 == pytest.approx(expected, rel=1e-6)


def test_where_a_tenth_of_all_is_strange_none_is_doubted():
    errors = np.array([6.0] * 3 + [0.5] * 20)
    assert not doubts(errors, np.ones(23), np.ones(23, bool)).any()
    assert (doubts(errors[1:], np.ones(22), np.ones(22, bool)) > 0).sum() == 2


@pytest.mark.parametrize("factor", [10.0, 0.1])
@pytest.mark.parametrize("seed", range(3))
def test_one_well_ten_times_off_moves_predictions_by_less_than_a_third_of_their_sd(factor, seed):
    clean = _wells(seed=seed)
    spoiled = _fit(_with(clean, SPOILED, factor * clean.values[SPOILED]))
    assert _shift(_fit(clean), spoiled) < 1 / 3
    told = [note for note in spoiled.notes if f"Observation {SPOILED + 1} " in note]
    assert len(told) == 1
    assert "little weight" in told[0]


def test_without_the_doubt_that_well_would_move_them_by_more_than_an_sd(monkeypatch):
    clean = _wells()
    monkeypatch.setattr(doubting, "STRANGE", np.inf)
    assert _shift(_fit(clean), _fit(_with(clean, SPOILED, 10 * clean.values[SPOILED]))) > 1


def test_two_wells_that_went_wrong_are_both_found_though_each_hides_the_other():
    shifts = []
    for seed in range(5):
        clean = _wells(seed=seed)
        spoiled = _fit(_with(_with(clean, 3, 40.0), SPOILED, 33.0))
        assert sum("little weight" in note for note in spoiled.notes) == 2
        shifts.append(_shift(_fit(clean), spoiled))
    assert np.mean(shifts) < 1 / 3


def test_a_value_a_billion_times_the_spread_of_all_others_harms_as_little():
    clean = _wells()
    near = replace(clean, values=clean.values + 1e6)
    spoiled = _fit(_with(near, SPOILED, 1e9))
    assert _shift(_fit(near), spoiled) < 1 / 3
    assert any("little weight" in note for note in spoiled.notes)


@pytest.mark.parametrize("seed", range(5))
def test_wells_without_mishaps_are_fitted_to_the_last_digit_as_if_nobody_had_looked(monkeypatch, seed):
    looked = _fit(_wells(seed=seed)).mean(ASKED)
    monkeypatch.setattr(doubting, "STRANGE", np.inf)
    assert (looked == _fit(_wells(seed=seed)).mean(ASKED)).all()


def _with_a_peak(wells: int, counts: int = 1) -> Evidence:
    """Return wells with one far better condition, measured in so many wells of so many replicates each."""
    usual, peak = _wells(), np.full((wells, 3), 0.5)
    both = evidence_of(np.vstack([usual.points, peak]), np.append(usual.values, 9.0 + 0.1 * np.arange(wells)))
    return replace(both, counts=np.append(usual.counts, np.full(wells, counts)))


@pytest.mark.parametrize(("wells", "counts"), [(2, 1), (1, 2)])
def test_a_peak_that_two_wells_show_counts_in_full(wells, counts):
    posterior = _fit(_with_a_peak(wells, counts))
    assert posterior.mean(np.full((1, 3), 0.5))[0] > 7.5
    assert not any("little weight" in note for note in posterior.notes)


def test_a_peak_in_one_well_counts_once_a_second_well_agrees_and_is_told_until_then():
    lone = _fit(_with_a_peak(1))
    assert lone.mean(np.full((1, 3), 0.5))[0] < 5
    assert any("will count in full once a second well agrees" in note for note in lone.notes)


def test_a_condition_that_is_doubted_is_known_no_better_than_if_it_had_not_been_measured():
    there = np.full((1, 3), 0.5)
    lone, without = (_fit(one).mean_sd(there)[1][0] for one in (_with_a_peak(1), _wells()))
    assert lone > 0.8 * without


def test_a_mean_of_replicates_that_nothing_foretells_is_named_and_counts():
    posterior = _fit(_with_a_peak(1, counts=4))
    assert any("as a mean of replicates it counts in full" in note for note in posterior.notes)


@pytest.mark.parametrize("model", ["extra trees", "forest", "mixture"])
def test_trees_are_not_led_astray_by_one_well_either(model):
    clean = _wells(60)
    spoiled = _with(clean, SPOILED, 10 * clean.values[SPOILED])
    usual, misled = (fit(one, model, np.random.default_rng(0)) for one in (clean, spoiled))
    apart = misled.mean(ASKED) - usual.mean(ASKED)
    assert np.sqrt(np.mean(apart**2)) < 0.15 * np.std(_truth(ASKED))
    assert misled.noise_sd < 3 * usual.noise_sd
    named = f"bservation {SPOILED + 1} ({10 * clean.values[SPOILED]:.4g})"
    assert any("little weight" in note and named in note for note in misled.notes)
    assert not any("little weight" in note for note in usual.notes)
