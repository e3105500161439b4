"""Batch rules on posteriors whose answers are known exactly."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bioal.acquisition.batch import (
    Payments,
    confidence_bound_batch,
    expected_improvement_batch,
    greedy,
    path_count,
    probability_batch,
    random_batch,
    thompson_batch,
)
from bioal.acquisition.functions import expected_improvement, upper_confidence_bound

RULES = [expected_improvement_batch, probability_batch, confidence_bound_batch, thompson_batch, random_batch]


def places(count):
    return np.arange(count, dtype=float)[:, None]


def plain_greedy(offered, had, count):
    """Return greedy picks by looking at every candidate in every turn."""
    had, rows = had.copy(), []
    for _ in range(count):
        gains = np.maximum(offered - had, 0).mean(axis=1, dtype=float)
        gains[rows] = -1
        rows.append(int(np.argmax(gains)))
        had = np.maximum(had, offered[rows[-1]])
    return rows


@given(
    arrays(np.float32, (90, 40), elements=st.floats(-4, 4, width=16)),
    arrays(np.float32, 40, elements=st.floats(-4, -3, width=16)),
)
@settings(max_examples=50, deadline=None)
def test_lazy_greedy_gains_what_the_full_search_gains(offered, had):
    rows, gains, after = greedy(Payments(offered, had), np.ones(90, bool), 6)
    full = plain_greedy(offered, had, len(rows))
    best = np.maximum(had, offered[full].max(axis=0, initial=-np.inf)) if full else had
    assert after.mean(dtype=float) == pytest.approx(best.mean(dtype=float), abs=1e-4)
    assert gains.sum() == pytest.approx(after.mean(dtype=float) - had.mean(dtype=float), abs=1e-4)
    assert len(set(rows)) == len(rows)


def test_greedy_stops_where_a_gain_is_less_than_its_monte_carlo_error():
    offered = np.zeros((3, 1000), np.float32)
    offered[0] = 1.0
    offered[1, 7] = 5.0  # one lucky path in a thousand says nothing
    rows, _, _ = greedy(Payments(offered, np.zeros(1000, np.float32)), np.ones(3, bool), 3)
    assert rows.tolist() == [0]


def test_the_first_pick_has_the_largest_expected_improvement(independent, task_of):
    rng = np.random.default_rng(0)
    means, sds = rng.normal(size=60), rng.uniform(0.2, 1.5, 60)
    sds[0], means[0] = 0.0, 0.5  # the incumbent
    task = task_of(independent(means, sds), places(60)[1:], 1, known=places(1))
    wins = [expected_improvement_batch(task, np.random.default_rng(seed)).rows[0] for seed in range(20)]
    exact = expected_improvement(means[1:], sds[1:], 0.5)
    assert exact[wins].mean() > 0.97 * exact.max()


def test_the_gain_of_the_first_pick_is_its_expected_improvement(independent, task_of):
    task = task_of(independent(np.array([0.0, 0.3]), np.array([0.0, 1.0])), places(2)[1:], 1, known=places(1))
    gains = [expected_improvement_batch(task, np.random.default_rng(seed)).gains[0] for seed in range(40)]
    assert np.mean(gains) == pytest.approx(expected_improvement(0.3, 1.0, 0.0), rel=0.02)


def test_the_first_pick_by_confidence_bound_has_the_largest_bound(independent, task_of):
    means, sds = np.array([0.0, 1.0, 0.5, 2.0]), np.array([2.0, 1.0, 1.6, 0.1])
    picks = confidence_bound_batch(task_of(independent(means, sds), places(4), 4), np.random.default_rng(0))
    assert picks.rows[0] == np.argmax(upper_confidence_bound(means, sds))


def test_a_pair_is_near_the_best_of_all_pairs(linear, task_of):
    rng = np.random.default_rng(3)
    points = rng.uniform(size=(25, 3))
    posterior = linear(rng.normal(size=4), rng.normal(size=(4, 4)))
    task = task_of(posterior, points, 2, known=rng.uniform(size=(5, 3)))
    rows = expected_improvement_batch(task, rng).rows
    drawn = posterior.paths(np.vstack([points, task.known]), 20_000, np.random.default_rng(9))
    had = drawn[25:].max(axis=0)

    def worth(pair):
        return np.maximum(drawn[list(pair)].max(axis=0) - had, 0).mean()

    best = max(worth(pair) for pair in combinations(range(25), 2))
    assert worth(rows) > 0.93 * best  # greedy promises 63 %; here it nearly always finds the best


@pytest.mark.parametrize("rule", RULES)
def test_a_batch_holds_no_candidate_twice_and_all_where_there_are_no_more(rule, linear, task_of):
    rng = np.random.default_rng(1)
    posterior = linear(rng.normal(size=3), 0.1 * np.eye(3))
    for count in (1, 7, 12, 30):
        picks = rule(task_of(posterior, rng.uniform(size=(12, 2)), count, known=np.ones((1, 2))), rng)
        assert len(picks.rows) == min(count, 12)
        assert len(set(picks.rows)) == len(picks.rows)
        assert len(picks.gains) == len(picks.filled) == len(picks.rows)


@pytest.mark.parametrize("rule", [expected_improvement_batch, probability_batch])
def test_a_pending_point_takes_the_gain_of_its_equals(rule, independent, task_of):
    means, sds = np.array([0.0, 1.0, 0.6]), np.array([0.0, 0.5, 0.5])
    task = task_of(independent(means, sds), places(3)[1:], 1, known=places(1))
    rng = np.random.default_rng(0)
    assert rule(task, rng).rows[0] == 0
    assert rule(replace(task, pending=places(2)[1:]), rng).rows[0] == 1


def test_when_nothing_gains_any_more_the_batch_is_filled_by_what_is_left_to_know(linear, task_of):
    points = np.linspace(0, 1, 50)[:, None]
    posterior = linear(np.array([5.0, -10.0]), 1e-3 * np.eye(2))  # surely best at 0, which is measured
    picks = expected_improvement_batch(
        task_of(posterior, points[1:], 5, known=points[:1]), np.random.default_rng(0)
    )
    assert picks.filled.all()
    assert picks.rows.tolist() != list(range(44, 49))
    assert picks.rows[0] == 0  # of what is hopeless, the least so


def test_a_target_is_hit_from_both_sides(independent, task_of):
    means, sds = np.array([0.0, 4.0, 6.9, 7.4, 12.0]), np.full(5, 0.1)
    task = task_of(
        independent(means, sds), places(5)[1:], 2, known=places(1), utility=lambda values: -np.abs(values - 7)
    )
    picks = expected_improvement_batch(task, np.random.default_rng(0))
    assert sorted(means[1:][picks.rows]) == [6.9, 7.4]


def test_thompson_picks_follow_the_probability_of_being_best(independent, task_of):
    means, sds = np.array([0.0, 0.0, -9.0]), np.array([1.0, 1.0, 0.1])
    task = task_of(independent(means, sds), places(3), 1)
    firsts = [thompson_batch(task, np.random.default_rng(seed)).rows[0] for seed in range(400)]
    assert np.mean(np.array(firsts) == 0) == pytest.approx(0.5, abs=0.08)
    assert 2 not in firsts


def test_paths_are_never_fewer_than_promised():
    assert (path_count(1), path_count(96), path_count(384)) == (512, 768, 2048)


def test_the_same_seed_gives_the_same_batch(linear, task_of):
    rng = np.random.default_rng(5)
    task = task_of(linear(np.ones(3), np.eye(3)), rng.uniform(size=(200, 2)), 10, known=np.ones((1, 2)))
    one, other = (expected_improvement_batch(task, np.random.default_rng(7)).rows for _ in range(2))
    assert one.tolist() == other.tolist()


def test_what_gains_most_per_cost_is_picked_first():
    """Three worlds, candidates that each pay in one of them: the order is that of gain divided by cost."""
    offered = np.zeros((4, 400), np.float32)
    for row, (share, pay) in enumerate([(0.5, 8.0), (0.5, 4.0), (0.5, 2.0), (0.5, 1.0)]):
        offered[row, row * 100 : row * 100 + int(100 * 2 * share)] = pay
    payments = Payments(offered, np.zeros(400, np.float32))
    cost = np.array([8.0, 1.0, 1.0, 10.0])
    rows, gains, _ = greedy(payments, np.ones(4, bool), 4, cost)
    single = offered.mean(axis=1)
    assert rows.tolist() == np.argsort(-single / cost).tolist()
    assert gains == pytest.approx(single[rows])
    assert greedy(payments, np.ones(4, bool), 4)[0].tolist() == [0, 1, 2, 3]
