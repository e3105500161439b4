"""Conditions made up between a success and a failure, and the candidates that stand for them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from bioal.errors import UsageError
from bioal.strategies.synthesis import (
    Bracket,
    brackets,
    cosine,
    crossing,
    gower,
    nearest_candidates,
    orthogonal_spread,
)

RNG = np.random.default_rng


def test_the_article_s_midpoint():
    assert Bracket(np.array([2.0, 5, 4]), np.array([6.0, 4, 3])).middle.tolist() == [4, 4.5, 3.5]


@settings(deadline=None)
@given(st.integers(0, 999), st.integers(1, 12))
def test_bisection_halves_its_error_with_every_result(seed, turns):
    """The border is a known plane."""
    rng = RNG(seed)
    normal, wall = rng.standard_normal(3), 0.1
    ends = rng.standard_normal((2, 3))
    side = ends @ normal - wall
    if side[0] * side[1] >= 0:
        return
    bracket = Bracket(*(ends if side[0] > 0 else ends[::-1]))
    start = bracket.length
    along = (bracket.success - bracket.failure) @ normal
    share = (wall - bracket.failure @ normal) / along
    crossing = bracket.failure + share * (bracket.success - bracket.failure)
    for _ in range(turns):
        bracket = bracket.after(bool(bracket.middle @ normal > wall))
    assert np.linalg.norm(bracket.middle - crossing) <= start / 2 ** (turns + 1) + 1e-9
    assert bracket.length == pytest.approx(start / 2**turns)


@settings(deadline=None)
@given(st.integers(2, 6), st.integers(1, 9), st.integers(0, 99))
def test_offsets_leave_the_line_at_a_right_angle_by_its_length(width, count, seed):
    rng = RNG(seed)
    bracket = Bracket(rng.standard_normal(width), rng.standard_normal(width))
    offsets = orthogonal_spread(bracket, count, rng) - bracket.middle
    assert offsets.shape == (count, width)
    assert np.abs(offsets @ (bracket.success - bracket.failure)).max() < 1e-9
    assert np.linalg.norm(offsets, axis=1) == pytest.approx(bracket.length)
    first = offsets[: width - 1]
    assert first @ first.T == pytest.approx(bracket.length**2 * np.eye(len(first)), abs=1e-9)


def test_in_one_dimension_there_is_no_way_off_the_line():
    found = orthogonal_spread(Bracket(np.array([0.0]), np.array([1.0])), 2, RNG(0))
    assert found.tolist() == [[0.5], [0.5]]


@pytest.mark.parametrize("metric", ["euclidean", "cosine", "gower"])
def test_the_nearest_candidate_is_found_and_none_twice(metric):
    rng = RNG(0)
    points, candidates = rng.random((5, 3)) + 0.1, rng.random((20, 3)) + 0.1
    known = {"euclidean": "euclidean", "cosine": "cosine", "gower": "cityblock"}[metric]
    apart = cdist(points, candidates, known)
    rows = nearest_candidates(points, candidates, metric=metric)
    taken = []
    for distances, row in zip(apart, rows, strict=True):
        free = np.setdiff1d(np.arange(20), taken)
        assert row == free[np.argmin(distances[free])]
        taken.append(row)
    assert len(nearest_candidates(points, candidates[:2], metric=metric)) == 2


def test_an_unknown_metric_lists_the_known_ones():
    with pytest.raises(UsageError, match="euclidean, cosine, gower"):
        nearest_candidates(np.ones((1, 2)), np.ones((1, 2)), metric="manhattan")


def test_gower_counts_another_option_as_one_factor():
    """Two factors: a number, and a choice of three."""
    groups, categorical = np.array([0, 1, 1, 1]), np.array([False, True, True, True])
    one, other = np.array([[0.2, 1, 0, 0]]), np.array([[0.6, 0, 0, 1], [0.6, 1, 0, 0]])
    assert gower(one, other, groups, categorical)[0] == pytest.approx([(0.4 + 1) / 2, 0.4 / 2])


def test_cosine_of_a_point_at_the_origin_is_defined():
    none = np.zeros((1, 2))
    assert cosine(none, np.ones((2, 2)), np.arange(2), np.zeros(2, bool)).tolist() == [[1, 1]]


def test_brackets_hold_nothing_measured_and_the_widest_comes_first():
    known = np.array([[0.0], [0.3], [0.9], [1.0]])
    found = brackets(known, np.array([True, True, False, False]), np.zeros(1, bool))
    assert [(one.success[0], one.failure[0]) for one in found] == [(0.3, 0.9)]
    rng = RNG(0)
    points, good = rng.random((20, 2)), rng.random(20) < 0.5
    several = brackets(points, good, np.zeros(2, bool))
    assert [one.length for one in several] == sorted((one.length for one in several), reverse=True)
    for one in several:
        inside = np.linalg.norm(points - one.middle, axis=1) < one.length / 2 - 1e-9
        assert not inside.any()


def test_a_bracket_is_crossed_where_success_is_as_likely_as_failure(grown):
    outcomes = grown(walls=(0.0,)).outcomes
    bracket = Bracket(np.array([1.0, 0.4, 0.5]), np.array([0.0, 0.4, 0.5]))
    found = crossing(bracket, outcomes, (1,))
    assert outcomes.predict_proba(found[None])[0, 1] == pytest.approx(0.5, abs=0.15)
    assert found[1:] == pytest.approx([0.4, 0.5])


def test_without_knowledge_a_bracket_is_crossed_in_its_middle():
    class Nothing:
        def predict_proba(self, points):
            return np.full((len(points), 2), 0.5)

    found = crossing(Bracket(np.array([1.0]), np.array([0.0])), Nothing(), (1,))
    assert found == pytest.approx([0.5])


def test_the_batch_brackets_the_border_of_what_grows(grown):
    pool = grown(walls=(0.0,), candidates=400, count=6)
    from bioal.strategies import picks

    from_border = np.abs(pool.outcomes.mean(pool.task.points) - pool.outcomes.edges[0])
    chosen = picks("query synthesis", pool, RNG(0)).rows
    assert np.median(from_border[chosen]) < 0.6 * np.median(from_border)
