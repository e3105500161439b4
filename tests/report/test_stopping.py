"""Stop or go on: remaining gain and the worth of a plate, against order statistics and simulation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from bioal.acquisition.tasks import identity
from bioal.protocol.factors import Numeric
from bioal.protocol.space import Space
from bioal.report.findings import advice_of, remaining_in_words
from bioal.report.stopping import TRUSTED, Doubt, Ground, Outlook, expected_rise, outlook, usual_doubt


def ground(posterior, levels: int = 40, utility=identity) -> Ground:
    space = Space((Numeric("x", "", tuple(range(levels))),))
    codes = np.array([[0]], np.int16)
    return Ground(posterior, utility, space, space.points(codes), codes, posterior.noise_sd, TRUSTED)


def test_the_remaining_gain_of_independent_values_is_that_of_their_maximum(independent):
    # 39 independent standard normals beside the best so far, whose value is as uncertain.
    found = outlook(ground(independent(lambda x: np.zeros(len(x)))), 4, np.random.default_rng(0))
    drawn = np.random.default_rng(1).standard_normal((40, 20_000))
    truth = drawn.max(axis=0) - drawn[0]
    assert found.whole
    assert found.gains.mean() == pytest.approx(truth.mean(), rel=0.06)
    assert found.interval[1] == pytest.approx(np.quantile(truth, 0.95), rel=0.08)
    assert found.gains.min() >= 0


def test_where_everything_is_known_nothing_or_exactly_the_difference_is_left(certain):
    top = outlook(ground(certain(lambda x: -x[:, 0], offset=3.0)), 4, np.random.default_rng(0))
    assert top.gains.max() == pytest.approx(0)
    assert top.plate == pytest.approx(0, abs=1e-9)
    rising = outlook(ground(certain(lambda x: 2 * x[:, 0])), 4, np.random.default_rng(0))
    assert rising.interval == pytest.approx((2.0, 2.0))
    assert rising.plate == pytest.approx(2.0)


def test_the_worth_of_one_well_is_the_knowledge_gradient_in_closed_form(independent):
    # The known condition keeps its mean 0. One well of sd 1 and noise 0.5: its mean moves by
    # s = 1 / sqrt(1.25), and E max(0, s z) = s phi(0).
    posterior = independent(lambda x: np.zeros(len(x)), noise_sd=0.5)
    one = ground(posterior)
    rises = [expected_rise(one, np.array([[0.5]]), 0.5, np.random.default_rng(seed)) for seed in range(40)]
    assert np.mean(rises) == pytest.approx(norm.pdf(0) / np.sqrt(1.25), rel=0.05)


def test_noise_makes_a_plate_worth_less_and_nothing_is_worth_nothing(independent):
    one, plate = ground(independent(lambda x: np.zeros(len(x)))), np.linspace(0.1, 1, 5)[:, None]
    worth = [expected_rise(one, plate, noise, np.random.default_rng(0)) for noise in (0.0, 0.5, 5.0)]
    assert worth == sorted(worth, reverse=True)
    assert expected_rise(one, plate[:0], 0.5, np.random.default_rng(0)) == 0


def test_a_target_is_a_distance_that_can_shrink_to_nothing(certain):
    near = ground(certain(lambda x: 10 * x[:, 0]), utility=lambda y: -np.abs(y - 5))
    found = outlook(near, 4, np.random.default_rng(0))
    # The best so far has 0, five from the target; the level nearest to it, 0.5 of 39 steps, misses by 5/39.
    assert found.gains.max() == pytest.approx(5 - 10 * 0.5 / 39)


def test_the_simulated_remaining_gain_lies_in_its_interval_as_often_as_stated(independent):
    # The posterior is right by construction: truths are drawn from it.
    posterior = independent(lambda x: np.sin(5 * x[:, 0]))
    low, high = outlook(ground(posterior), 4, np.random.default_rng(0)).interval
    drawn = posterior.paths(np.linspace(0, 1, 40)[:, None], 4000, np.random.default_rng(9))
    truth = drawn.max(axis=0) - drawn[0]
    assert np.mean((low <= truth) & (truth <= high)) == pytest.approx(0.9, abs=0.03)


def test_a_space_too_large_to_list_is_searched_for_its_top(certain):
    space = Space(tuple(Numeric(f"x{k}", "", tuple(range(11))) for k in range(8)))
    middle = np.full(8, 0.7)
    posterior = certain(lambda x: -np.square(x - middle).sum(axis=1))
    codes = np.zeros((1, 8), np.int16)
    found = outlook(
        Ground(posterior, identity, space, space.points(codes), codes, posterior.noise_sd, TRUSTED),
        4,
        np.random.default_rng(0),
    )
    assert not found.whole
    assert found.interval[1] == pytest.approx(8 * 0.49, abs=0.02)


def test_doubt_spreads_the_gain_and_leaves_its_sign(independent):
    posterior = independent(lambda x: np.zeros(len(x)))
    trusted, doubted = ground(posterior), replace(ground(posterior), doubt=Doubt(0.5))
    found = [outlook(one, 4, np.random.default_rng(0)) for one in (trusted, doubted)]
    spread = [np.log(one.gains[one.gains > 0]).std() for one in found]
    assert spread[1] ** 2 - spread[0] ** 2 == pytest.approx(0.25, abs=0.08)
    assert found[1].interval[1] > 1.3 * found[0].interval[1]
    assert found[1].gains.min() >= 0


def test_doubt_fades_as_conditions_are_measured_and_grows_with_factors():
    sds = [usual_doubt(count, 4).sd for count in (1, 12, 100, 10_000)]
    assert sds == sorted(sds, reverse=True)
    assert sds[-1] < 0.05
    assert usual_doubt(48, 8).sd == pytest.approx(usual_doubt(12, 2).sd)
    assert usual_doubt(48, 8).sd > usual_doubt(48, 2).sd


def test_the_nodes_of_doubt_give_the_mean_of_a_log_normal_factor():
    doubt = Doubt(0.5)
    assert sum(factor * weight for factor, weight in doubt.nodes) == pytest.approx(np.exp(0.125), rel=0.01)
    assert doubt.factors(200_000, np.random.default_rng(0)).mean() == pytest.approx(np.exp(0.125), rel=0.01)


@pytest.mark.parametrize(
    ("rise", "advice"), [(2.0, "Go on"), (0.5, "Another round may pay"), (0.01, "Stop and confirm")]
)
def test_the_advice_follows_what_a_plate_brings_beside_the_noise(rise: float, advice: str):
    found = Outlook(np.linspace(0, 3, 100), rise, 24, 1.0, whole=True)
    what, why = advice_of(found, "RFU")
    assert what == advice
    assert "24 conditions" in why
    assert "RFU" in why
    said = remaining_in_words(found, "RFU")
    assert "0.2 to 2.9 RFU" in said  # 0.15 and 2.85
    assert "66 %" in said
