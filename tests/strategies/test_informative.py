"""The conditions that best predict the others."""

from itertools import combinations

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel

from bioal.errors import UsageError
from bioal.strategies.informative import (
    in_order_of_telling,
    informative_subset,
    left_out_error,
    most_informative,
    prior_covariance,
    variance_left,
)

RNG = np.random.default_rng


def smooth(points, scale=0.3):
    squares = np.square(points[:, None] - points[None]).sum(axis=2)
    return np.exp(-squares / (2 * scale**2))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_no_other_set_leaves_less_variance(count):
    for seed in range(4):
        covariance = smooth(RNG(seed).random((9, 2)))
        found = most_informative(covariance, 0.05, count)
        best = min(variance_left(covariance, 0.05, list(rows)) for rows in combinations(range(9), count))
        assert variance_left(covariance, 0.05, found) == pytest.approx(best, rel=0.02)


def test_the_middle_tells_most_about_a_line():
    points = np.linspace(0, 1, 11)[:, None]
    assert most_informative(smooth(points), 0.01, 1).tolist() == [5]
    assert sorted(most_informative(smooth(points), 0.01, 2)) in ([2, 8], [2, 7], [3, 8])


def test_a_subset_that_predicts_the_rest_is_kept():
    """A straight line: two far points predict it, near ones under noise do not."""
    rng = RNG(0)
    points = np.linspace(0, 1, 12)[:, None]
    values = 3 * points[:, 0] + 0.1 * rng.standard_normal(12)

    def line(known, seen, wanted):
        return np.polyval(np.polyfit(known[:, 0], seen, 1), wanted[:, 0])

    rows, explained = informative_subset(line, points, values, 2, draws=60, rng=rng)
    assert explained > 0.95
    assert explained > informative_subset(line, points, values, 2, draws=1, rng=rng)[1]
    others = np.setdiff1d(np.arange(12), rows)
    missed = values[others] - line(points[rows], values[rows], points[others])
    assert explained == pytest.approx(1 - np.mean(missed**2) / values[others].var())


def test_the_prior_conditioned_on_what_was_measured_is_the_posterior(pools):
    task = pools["yield"].task
    process, wanted = task.posterior, task.points[:5]
    joint = prior_covariance(process, np.vstack([wanted, task.known]))
    inner = joint[5:, 5:] + process.noise_sd**2 * np.eye(len(task.known))
    found = joint[:5, :5] - joint[:5, 5:] @ np.linalg.solve(inner, joint[5:, :5])
    assert found == pytest.approx(process.covariance(wanted, wanted), rel=1e-4, abs=1e-6)


def test_more_than_there_are_cannot_be_informative():
    with pytest.raises(UsageError, match="1 to 3 are possible"):
        most_informative(np.eye(3), 0.1, 4)


def test_rows_are_told_in_the_order_in_which_they_tell_most():
    covariance = smooth(RNG(2).random((12, 2)))
    rows = most_informative(covariance, 0.05, 4)
    order, explained = in_order_of_telling(covariance, 0.05, rows)
    assert sorted(order) == sorted(rows)
    assert (np.diff(explained) > 0).all()
    left = variance_left(covariance, 0.05, order[:2]) / variance_left(covariance, 0.05, [])
    assert explained[1] == pytest.approx(1 - left)
    first = [variance_left(covariance, 0.05, [row]) for row in rows]
    assert order[0] == rows[int(np.argmin(first))]


def test_the_error_of_the_left_out_is_that_of_kriging_with_an_unknown_mean():
    """scikit-learn's Gaussian process with a nearly flat prior on the mean is the same predictor."""
    rng = RNG(3)
    points = rng.random((14, 2))
    values = 5 + np.sin(6 * points[:, 0]) + 0.1 * rng.standard_normal(14)
    rows, others = np.arange(5), np.arange(5, 14)
    kernel = ConstantKernel(1e6, "fixed") + RBF(0.3, "fixed")
    process = GaussianProcessRegressor(kernel, alpha=0.01, optimizer=None).fit(points[rows], values[rows])
    wanted = np.sqrt(np.mean((process.predict(points[others]) - values[others]) ** 2))
    assert left_out_error(smooth(points), 0.01, rows, values) == pytest.approx(wanted, rel=1e-3)
