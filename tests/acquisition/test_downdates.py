"""Imagined measurements against real ones: a posterior given more measurements knows as much."""

import json
from pathlib import Path

import numpy as np
import pytest

from bioal.acquisition.downdates import Conditioned, average_variance_batch, variance_batch

GOLDEN = Path(__file__).parents[3] / "shared" / "data" / "parity" / "golden.json"


@pytest.fixture
def posterior(linear):
    rng = np.random.default_rng(0)
    return linear(rng.normal(size=4), rng.normal(size=(4, 4)), noise_sd=0.3)


def test_imagined_measurements_leave_the_variance_that_real_ones_leave(posterior):
    points = np.random.default_rng(1).uniform(size=(20, 3))
    left = Conditioned(posterior, points)
    left.measure_all(np.array([3, 11, 3]))
    real = posterior.given(points[[3, 11, 3]], np.array([5.0, -2.0, 0.0]), 0.3)
    assert left.variance == pytest.approx(real.mean_sd(points)[1] ** 2, abs=1e-10)
    assert left.block(slice(0, 5), slice(7, 20)) == pytest.approx(
        real.covariance(points[:5], points[7:]), abs=1e-10
    )


def test_each_pick_by_variance_is_the_least_known_given_those_before(posterior, task_of):
    points = np.random.default_rng(2).uniform(size=(30, 3))
    picks = variance_batch(task_of(posterior, points, 4), np.random.default_rng(0))
    for number, row in enumerate(picks.rows):
        real = posterior.given(points[picks.rows[:number]], np.zeros(number), 0.3)
        sd = real.mean_sd(points)[1]
        sd[picks.rows[:number]] = 0
        assert row == np.argmax(sd)


def test_each_pick_by_average_variance_lowers_it_most_given_those_before(posterior, task_of):
    rng = np.random.default_rng(3)
    points, reference, pending = (rng.uniform(size=(size, 3)) for size in (25, 60, 2))
    task = task_of(posterior, points, 3, reference=reference, pending=pending)
    picks = average_variance_batch(task, rng)
    for number, row in enumerate(picks.rows):
        before = np.vstack([pending, points[picks.rows[:number]]])
        after = [
            (
                posterior.given(np.vstack([before, point]), np.zeros(len(before) + 1), 0.3).mean_sd(
                    reference
                )[1]
                ** 2
            ).mean()
            for point in points
        ]
        for earlier in picks.rows[:number]:
            after[earlier] = np.inf
        assert row == np.argmin(after)


def test_a_pending_point_is_as_good_as_measured_for_the_variance(posterior, task_of):
    points = np.random.default_rng(4).uniform(size=(30, 3))
    first, second = variance_batch(task_of(posterior, points, 2), np.random.default_rng(0)).rows
    task = task_of(posterior, points, 1, pending=points[[first]])
    assert variance_batch(task, np.random.default_rng(0)).rows.tolist() == [second]


@pytest.mark.skipif(not GOLDEN.exists(), reason="the published scores are not here")
def test_average_variance_agrees_with_the_published_reduction(task_of):
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    points, labelled = np.array(golden["X"]), golden["labelled"]

    class Gaussian:
        noise_sd, notes = np.sqrt(0.1), ()

        def covariance(self, one, other):
            measured = points[:labelled]
            inverse = np.linalg.inv(kernel(measured, measured) + 0.1 * np.eye(labelled))
            return kernel(one, other) - kernel(one, measured) @ inverse @ kernel(measured, other)

        def mean_sd(self, some):
            return np.zeros(len(some)), np.sqrt(np.diag(self.covariance(some, some)))

    def kernel(one, other):
        return np.exp(-0.5 * ((one[:, None] - other) ** 2).sum(-1))

    task = task_of(Gaussian(), points[labelled:], 1, reference=points)
    picks = average_variance_batch(task, np.random.default_rng(0))
    for published in golden["scores"]["EMVR = ALC/IMSE (X_eval=X)"].values():
        assert picks.rows[0] == np.argmax(published)
        assert picks.gains[0] == pytest.approx(max(published), rel=1e-6)
