"""Which strategy to trust: ALBL, GP-Hedge, and plates that are split by what was earned."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioal.errors import UsageError
from bioal.strategies.splitting import Earned, earned, split_picks, wells_of
from bioal.strategies.trusting import Albl, Hedge, albl, closeness

RNG = np.random.default_rng


def test_albl_follows_its_published_steps():
    """Hsu and Lin 2015, written out for three strategies and the uniform one."""
    rng = RNG(0)
    size, budget, arms, delta = 12, 40, 4, 0.1
    least = np.sqrt(np.log(arms) / (arms * budget))
    weights, state, draws = np.ones(arms), albl(arms, budget), []
    for _ in range(15):
        advice = np.zeros((arms, size))
        advice[np.arange(3), rng.integers(size, size=3)] = 1
        advice[3] = 1 / size
        p = (1 - arms * least) * weights / weights.sum() + least
        q = p @ advice
        assert state.least == least
        assert state.distribution(advice) == pytest.approx(q, abs=1e-14)
        row, state = state.drawn(advice, rng)
        draws.append(1 / q[row])
        right = rng.random(len(draws)) < 0.7
        reward = sum(w for w, ok in zip(draws, right, strict=True) if ok) / (size * budget)
        assert state.reward(right, size) == pytest.approx(reward)
        earned_ = reward * advice[:, row] / q[row]
        weights = weights * np.exp(
            least / 2 * (earned_ + (1 / p) * np.sqrt(np.log(arms / delta) / (arms * budget)))
        )
        state = state.after(advice, row, reward)
        assert state.weights == pytest.approx(weights)


@given(st.integers(2, 8), st.integers(1, 60), st.integers(0, 99))
def test_a_better_arm_never_gets_a_smaller_chance_however_small_the_budget(arms, budget, seed):
    state = Albl(RNG(seed).random(arms) + 0.1, budget, np.empty(0))
    assert state.least <= 0.5 / arms
    assert state.chances.sum() == pytest.approx(1)
    assert np.argsort(state.chances).tolist() == np.argsort(state.weights).tolist()


def test_the_chance_of_the_one_good_arm_rises():
    state, rng = albl(3, 60), RNG(1)
    advice = np.array([np.eye(4)[0], np.eye(4)[1], np.full(4, 0.25)])
    for _ in range(60):
        row, state = state.drawn(advice, rng)
        state = state.after(advice, row, 1.0 if row == 0 else 0.0)
    assert state.chances[0] > state.chances[1]
    assert state.chances[0] > 0.4


def test_predicted_yields_are_right_by_degrees():
    found = closeness(np.array([1.0, 1.5, 9.0]), np.ones(3), span=2.0)
    assert found == pytest.approx([1, 0.75, 0])


def test_hedge_is_the_softmax_of_summed_means():
    """The three lines of GP-Hedge."""
    values, gains = np.array([1.0, 2.0, 3.0]), np.zeros(3)
    state = Hedge(np.zeros(3))
    for means in ([1.0, 2.0, 3.0], [2.0, 2.0, 2.5]):
        gains += (np.array(means) - 2.0) / values.std()
        state = state.after(np.array(means), values)
    logits = gains - gains.max()
    assert state.chances == pytest.approx(np.exp(logits) / np.exp(logits).sum())
    assert {state.drawn(RNG(seed)) for seed in range(60)} == {0, 1, 2}


@settings(deadline=None)
@given(st.floats(0.1, 100), st.floats(-50, 50))
def test_chances_of_hedge_depend_on_no_unit(scale, shift):
    means, values = np.array([1.0, 2.5]), np.array([0.0, 1.0, 2.5])
    plain = Hedge(np.zeros(2)).after(means, values)
    other = Hedge(np.zeros(2)).after(scale * means + shift, scale * values + shift)
    assert other.chances == pytest.approx(plain.chances, rel=1e-6)


def test_fading_and_relative_gains_are_those_of_no_past():
    state = Hedge(np.array([2.0, 0.0, -2.0]), eta=4.0, memory=0.7, spread_out=True)
    weights = np.exp([0.0, -2.0, -4.0])
    assert state.chances == pytest.approx(weights / weights.sum())
    values = np.array([-1.0, 1.0])
    assert state.after(np.zeros(3), values).gains == pytest.approx([1.4, 0, -1.4])
    same = Hedge(np.array([2.0, 0.0, -2.0]), memory=1.0)
    assert same.chances == pytest.approx(np.exp([0, -2, -4]) / np.exp([0, -2, -4]).sum())


def test_shares_follow_what_was_earned_and_depend_on_no_unit():
    values, arms = np.array([1.0, 5.0, 2.0, 3.0]), np.array([0, 0, 1, 2])
    state = earned(3).after(values, arms, incumbent=2.0)
    other = earned(3).after(10 * values - 7, arms, incumbent=13.0)
    assert state.shares == pytest.approx(other.shares)
    assert state.rounds == pytest.approx([3 / 4, 0, 1 / 4])
    assert state.shares[0] > state.shares[2] > state.shares[1] > 0
    assert state.shares.sum() == pytest.approx(1)
    nothing = earned(3).after(values, arms, incumbent=9.0)
    assert nothing.shares == pytest.approx([1 / 3] * 3)


@settings(deadline=None)
@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=6), st.integers(0, 40))
def test_all_wells_are_given_away_by_largest_remainder(shares, wells):
    counts = wells_of(np.array(shares), wells)
    assert counts.sum() == wells
    if wells >= len(shares):
        assert counts.min() >= 1
    exact = np.array(shares) / sum(shares) * (wells - (len(shares) if wells >= len(shares) else 0))
    assert np.abs(counts - (1 if wells >= len(shares) else 0) - exact).max() < 1


def test_a_split_plate_holds_what_each_strategy_was_given_and_no_condition_twice(pools):
    pool = pools["yield"]
    found = split_picks(["expected improvement", "core-set", "random"], [3, 2, 1], pool, RNG(0))
    assert np.bincount(found.arms).tolist() == [3, 2, 1]
    assert len(set(found.picks.rows)) == 6
    assert found.arms[:3].tolist() == [0, 1, 2]
    with pytest.raises(UsageError, match="2 strategies and wells for 1"):
        split_picks(["random", "entropy"], [3], pool, RNG(0))


def test_a_strategy_sees_what_the_others_took(pools):
    """Two of the same kind take turns on one set of picks."""
    pool = pools["yield"]
    both = split_picks(["core-set", "core-set"], [3, 3], pool, RNG(0)).picks.rows
    from bioal.strategies import picks

    assert both.tolist() == picks("core-set", pool, RNG(0)).rows.tolist()


def test_over_rounds_wells_go_to_the_strategy_that_finds_better_ones():
    rng, state, best = RNG(0), Earned(np.zeros(2)), 0.0
    for _ in range(6):
        arms = np.repeat([0, 1], wells_of(state.shares, 24))
        values = best + np.where(arms == 0, rng.normal(0.5, 0.3, 24), rng.normal(-0.5, 0.3, 24))
        state = state.after(values, arms, best)
        best = max(best, values.max())
    assert wells_of(state.shares, 24)[0] >= 19


def test_impossible_arms_are_refused():
    with pytest.raises(UsageError, match="at least 2 arms"):
        albl(1, 10)
    with pytest.raises(UsageError, match="1 query"):
        albl(3, 0)
