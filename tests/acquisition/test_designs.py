"""Start designs against random ones: they must stand for the space better, inside any constraint."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from bioal.acquisition.candidates import Listed
from bioal.acquisition.designs import dealt, plate_designs, space_filling, support_points


def energy(design, points):
    """Return the energy distance of a design to points, up to a constant, by its definition."""
    return 2 * cdist(design, points).mean() - cdist(design, design).mean()


@pytest.fixture
def grid():
    rng = np.random.default_rng(0)
    return rng.choice([0.0, 0.25, 0.5, 1.0], (1500, 6))


def test_a_design_stands_for_the_space_far_better_than_random_ones(grid):
    rng = np.random.default_rng(1)
    design = grid[support_points(grid, 24)]
    drawn = [energy(grid[rng.choice(len(grid), 24, replace=False)], grid) for _ in range(200)]
    assert energy(design, grid) < min(drawn)


def test_every_level_gets_its_share(grid):
    design = grid[support_points(grid, 32)]
    for factor in range(6):
        counts = [(design[:, factor] == level).sum() for level in (0.0, 0.25, 0.5, 1.0)]
        assert min(counts) >= 4
        assert max(counts) <= 12


def test_no_exchange_of_one_member_makes_a_design_better():
    points = np.random.default_rng(2).uniform(size=(120, 2))
    rows = support_points(points, 8)
    best = energy(points[rows], points)
    for place in range(8):
        for other in np.setdiff1d(np.arange(120), rows):
            changed = rows.copy()
            changed[place] = other
            assert energy(points[changed], points) >= best - 1e-12


def test_a_design_keeps_away_from_what_is_there():
    line = np.linspace(0, 1, 101)[:, None]
    rows = support_points(line, 2, beside=np.array([[0.1], [0.2], [0.3]]))
    assert line[rows].min() > 0.4


def test_a_design_holds_free_candidates_once_and_all_where_there_are_no_more(grid):
    taken = np.arange(1490)[:, None]
    design = space_filling(Listed(grid), 24, np.random.default_rng(0), taken=taken, beside=grid[:0])
    assert sorted(design[:, 0]) == list(range(1490, 1500))


def test_plates_get_settings_that_are_spread_and_each_plate_only_one(grid):
    temperatures = np.array([0.0, 0.25, 0.5, 1.0])
    settings = np.searchsorted(temperatures, grid[:, 0])
    candidates = Listed(grid, settings)
    nothing = np.empty((0, 1), int)
    codes, plate = plate_designs(
        candidates, (10, 10, 8, 8), np.random.default_rng(0), taken=nothing, beside=grid[:0]
    )
    assert np.bincount(plate).tolist() == [10, 10, 8, 8]
    assert len(np.unique(codes)) == 36
    used = [set(settings[codes[plate == number, 0]]) for number in range(4)]
    assert sorted(map(list, used)) == [[0], [1], [2], [3]]


def test_more_plates_than_settings_use_each_setting_before_any_twice(grid):
    candidates = Listed(grid, (grid[:, 0] > 0.3).astype(int))
    nothing = np.empty((0, 1), int)
    codes, plate = plate_designs(
        candidates, (5, 5, 5), np.random.default_rng(0), taken=nothing, beside=grid[:0]
    )
    first = [candidates.settings(codes)[plate == number][0] for number in range(3)]
    assert set(first[:2]) == {0, 1}
    assert len(np.unique(codes)) == 15


def test_dealing_never_gives_a_plate_more_than_its_share():
    assert np.bincount(dealt(9, (5, 1, 3))).tolist() == [5, 1, 3]
    assert np.bincount(dealt(4, (5, 1, 3))).tolist() == [2, 1, 1]
