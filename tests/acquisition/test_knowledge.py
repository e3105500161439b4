"""The knowledge gradient against its closed form for two decisions, and what it makes of repeats."""

import numpy as np
import pytest
from scipy.stats import norm

from bioal.acquisition.knowledge import knowledge_gradient, knowledge_gradient_batch


def test_between_two_decisions_it_is_the_closed_form():
    for lead, change in [(0.0, 1.0), (0.7, 1.0), (2.0, 0.5)]:
        means, changes = np.array([lead, 0.0]), np.array([[0.0], [change]])
        z = -lead / change
        exact = change * (norm.pdf(z) + z * norm.cdf(z))
        assert knowledge_gradient(means, changes, nodes=4000)[0] == pytest.approx(exact, rel=2e-3, abs=1e-5)


def test_a_measurement_that_moves_nothing_teaches_nothing():
    assert knowledge_gradient(np.array([1.0, 2.0]), np.zeros((2, 3))).tolist() == [0.0, 0.0, 0.0]


def noisy_lead(independent, noise):
    """Return 12 conditions: two look good after one noisy measurement each, the rest are worse."""
    means = np.concatenate([[1.0, 0.9], np.full(10, -1.0)])
    sds = np.concatenate([[noise, noise], np.full(10, 0.3)])
    return independent(means, sds, noise_sd=noise)


def test_a_promising_condition_is_repeated_where_noise_is_large(independent, task_of):
    points = np.arange(12.0)[:, None]
    repeated = np.arange(12) < 2
    task = task_of(noisy_lead(independent, 0.5), points, 2, known=points[:2], repeated=repeated)
    picks = knowledge_gradient_batch(task, np.random.default_rng(0))
    assert sorted(picks.rows) == [0, 1]


def test_nothing_is_repeated_without_noise(independent, task_of):
    points = np.arange(12.0)[:, None]
    repeated = np.arange(12) < 2
    task = task_of(noisy_lead(independent, 0.0), points, 10, known=points[:2], repeated=repeated)
    picks = knowledge_gradient_batch(task, np.random.default_rng(0))
    assert sorted(picks.rows) == list(range(2, 12))


def test_pending_points_have_been_learnt_from_already(linear, task_of):
    points = np.linspace(0, 1, 40)[:, None]
    posterior = linear(np.zeros(2), np.eye(2), noise_sd=0.2)
    alone = knowledge_gradient_batch(task_of(posterior, points, 1), np.random.default_rng(0))
    task = task_of(posterior, points, 1, pending=np.repeat(points[alone.rows], 5, axis=0))
    after = knowledge_gradient_batch(task, np.random.default_rng(0))
    assert after.gains[0] < 0.8 * alone.gains[0]


def test_a_batch_fills_up_with_repeats_only_where_nothing_new_is_left(independent, task_of):
    points = np.arange(4.0)[:, None]
    repeated = np.array([True, True, False, False])
    posterior = independent(np.zeros(4), np.zeros(4))
    picks = knowledge_gradient_batch(
        task_of(posterior, points, 3, repeated=repeated), np.random.default_rng(0)
    )
    assert set(picks.rows[:2]) == {2, 3}
    assert len(set(picks.rows)) == 3
