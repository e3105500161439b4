"""Focused improvement between its two known ends: expected improvement and the best posterior means."""

import numpy as np
import pytest

from bioal.acquisition.batch import expected_improvement_batch
from bioal.acquisition.focus import Focused, focused_improvement_batch


def places(count):
    return np.arange(count, dtype=float)[:, None]


def test_focused_paths_keep_the_mean_and_narrow_mean_sd_and_covariance_alike(linear):
    root = np.array([[1.0, 0.0], [0.4, 0.7]])
    full = linear(np.array([0.5, -1.0]), root)
    points = np.array([[0.0], [0.3], [1.0]])
    focused = Focused(full, 0.3)
    drawn = focused.paths(points, 40_000, np.random.default_rng(0))
    design = np.column_stack([np.ones(3), points])
    exact = 0.3**2 * design @ root @ root.T @ design.T
    mean, sd = focused.mean_sd(points)
    assert mean == pytest.approx(design @ [0.5, -1.0])
    assert sd == pytest.approx(np.sqrt(np.diag(exact)))
    assert focused.covariance(points, points) == pytest.approx(exact)
    assert drawn.mean(axis=1) == pytest.approx(mean, abs=0.01)
    assert np.cov(drawn) == pytest.approx(exact, abs=0.01)


def test_most_of_a_focused_batch_is_good_and_the_rest_unknown(independent, task_of):
    # Six conditions near the best mean, six that nobody knows anything about.
    means, sds = np.repeat([1.0, 0.0], 6), np.repeat([0.2, 1.5], 6)
    task = task_of(independent(means, sds), places(12), 8, known=places(1))
    focused = focused_improvement_batch(task, np.random.default_rng(1))
    free = expected_improvement_batch(task, np.random.default_rng(1))
    assert len(set(focused.rows)) == 8
    assert set(focused.rows[:5]) <= set(range(6))
    assert set(focused.rows[6:]) <= set(range(6, 12))
    assert set(free.rows[:5]) <= set(range(6, 12))


def test_where_no_path_gains_the_best_means_are_filled_in(independent, task_of):
    means = np.array([0.1, 0.9, 0.5, 0.7])
    posterior = independent(np.append(means, 5.0), np.zeros(5))
    task = task_of(posterior, places(4), 3, known=np.array([[4.0]]))
    picks = focused_improvement_batch(task, np.random.default_rng(2))
    assert list(picks.rows) == [1, 3, 2]
    assert picks.filled.all()


def test_among_all_combinations_of_a_space_every_pick_is_made_by_expected_improvement(independent, task_of):
    means, sds = np.repeat([1.0, 0.0], 6), np.repeat([0.2, 1.5], 6)
    task = task_of(independent(means, sds), places(12), 8, known=places(1), selected=False)
    focused = focused_improvement_batch(task, np.random.default_rng(1))
    free = expected_improvement_batch(task, np.random.default_rng(1))
    assert list(focused.rows) == list(free.rows)


def test_a_cheap_candidate_of_a_long_shortlist_is_seen_though_many_promise_more(independent, task_of):
    means, cost = np.repeat([1.0, 0.9, 0.5], [700, 300, 1]), np.repeat([100.0, 1.0], [700, 300])
    sds = np.append(np.full(1000, 0.05), 0.0)
    task = task_of(independent(means, sds), places(1000), 20, known=np.array([[1000.0]]), cost=cost)
    picks = focused_improvement_batch(task, np.random.default_rng(5))
    assert (picks.rows[:5] >= 700).all()


def test_picks_from_a_long_shortlist_are_its_best_wherever_they_stand(independent, task_of):
    # Far more candidates than paths are drawn at; one is worth a look only for what it might be.
    rng = np.random.default_rng(3)
    best, unknown = np.split(rng.permutation(3000)[:40], [39])
    means, sds = np.zeros(3001), np.full(3001, 0.01)
    means[best], sds[unknown], means[3000] = rng.uniform(0.9, 1.0, 39), 3.0, 0.5
    task = task_of(independent(means, sds), places(3000), 40, known=np.array([[3000.0]]))
    picks = focused_improvement_batch(task, np.random.default_rng(4))
    assert set(picks.rows) == set(best) | set(unknown)
