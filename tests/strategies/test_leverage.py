"""Leverage against the diagonal of the hat matrix."""

from __future__ import annotations

import numpy as np
import pytest

from bioal.strategies.leverage import influential, leverages


@pytest.mark.smoke
def test_the_leverage_of_measured_points_is_the_diagonal_of_the_hat_matrix():
    rng = np.random.default_rng(0)
    known = rng.random((20, 3))
    design = np.column_stack([np.ones(20), known])
    hat = design @ np.linalg.inv(design.T @ design) @ design.T
    assert leverages(known, known) == pytest.approx(np.diag(hat))
    assert leverages(known, known).sum() == pytest.approx(4)


def test_a_direction_that_nothing_moved_in_is_infinitely_far():
    known = np.column_stack([np.linspace(0, 1, 9), np.zeros(9)])
    assert leverages(np.array([[0.5, 0.0], [0.5, 1.0]]), known).tolist() == [pytest.approx(1 / 9), np.inf]


def test_points_beyond_twice_the_average_leverage_stand_out():
    known = np.linspace(0, 1, 11)[:, None]
    points = np.array([[0.5], [1.0], [3.0]])
    centre, spread = known.mean(), np.square(known - known.mean()).sum()
    expected = 1 / 11 + np.square(points[:, 0] - centre) / spread
    assert leverages(points, known) == pytest.approx(expected)
    assert influential(points, known).tolist() == (expected > 4 / 11).tolist() == [False, False, True]
    assert not influential(points, known[:4]).any(), "too few to tell"
    assert not influential(points, known[:0]).any()
