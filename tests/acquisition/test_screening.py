"""Screening and search on spaces whose best is known."""

from dataclasses import dataclass

import joblib
import numpy as np
import pytest

from bioal.acquisition import screening, streaming
from bioal.acquisition.candidates import Listed
from bioal.acquisition.functions import log_expected_improvement
from bioal.acquisition.judging import Screen, Shares
from bioal.acquisition.rows import distinct_rows, row_keys, rows_among
from bioal.acquisition.screening import shortlist
from bioal.acquisition.search import search
from bioal.acquisition.tasks import identity


@dataclass(frozen=True)
class Grid:
    """All combinations of some factors' levels 0 ... levels - 1, unconstrained."""

    factors: int
    levels: int
    plate_factor: bool = False

    @property
    def size(self):
        return float(self.levels) ** self.factors

    @property
    def places(self):
        return self.levels**self.factors

    def block(self, start, stop):
        numbers = np.arange(start, min(stop, self.places))
        return np.stack(np.unravel_index(numbers, (self.levels,) * self.factors), axis=1).astype(np.int16)

    def sample(self, count, rng):
        drawn = rng.integers(self.levels, size=(count, self.factors)).astype(np.int16)
        return drawn[distinct_rows(drawn)]

    def neighbours(self, codes):
        steps = np.vstack([np.eye(self.factors, dtype=np.int16), -np.eye(self.factors, dtype=np.int16)])
        near = (codes[:, None] + steps).reshape(-1, self.factors)
        near = near[((near >= 0) & (near < self.levels)).all(axis=1)]
        return near[distinct_rows(near)]

    def crosses(self, codes, count, rng):
        return codes[:0]

    def points(self, codes):
        return codes / (self.levels - 1)

    def settings(self, codes):
        return codes[:, 0].astype(np.intp) if self.plate_factor else np.zeros(len(codes), np.intp)


def screen_of(posterior, candidates, incumbent=0.0, taken=None, starts=None):
    columns = candidates.factors if isinstance(candidates, Grid) else 1
    nothing = np.empty((0, columns), np.int16)
    return Screen(
        posterior=posterior,
        utility=identity,
        incumbent=incumbent,
        candidates=candidates,
        taken=nothing if taken is None else taken,
        starts=nothing if starts is None else starts,
    )


@pytest.fixture
def quadratic(linear):
    """Return a posterior over six factors with a known optimum inside, surer in the middle."""
    rng = np.random.default_rng(0)
    peak = np.array([0.2, 0.8, 0.5, 0.0, 1.0, 0.6])
    weights = np.concatenate([[0.0], 2 * peak, -np.ones(6)])
    return linear(weights, 0.05 * rng.normal(size=(13, 13)), squares=True)


@pytest.mark.parametrize("kind", [np.int16, np.int64])
def test_rows_are_known_by_their_codes_whatever_their_type(kind):
    rows = np.array([[0, 1], [1, 0], [-1, 2], [0, 1]])
    assert row_keys(rows.astype(kind)).tolist() == row_keys(rows).tolist()
    assert len(set(row_keys(rows).tolist())) == 3
    assert rows_among(rows.astype(kind), np.array([[1, 0]])).tolist() == [False, True, False, False]


def test_a_million_rows_have_a_million_keys():
    rows = np.stack(np.unravel_index(np.arange(4**10), (4,) * 10), axis=1).astype(np.int16)
    assert len(np.unique(row_keys(rows))) == 4**10


def test_a_short_list_that_fits_is_kept_whole_without_what_is_taken(quadratic):
    points = np.random.default_rng(1).uniform(size=(50, 6))
    taken = np.array([[3], [7]])
    short = shortlist(
        screen_of(quadratic, Listed(points), taken=taken), Shares(), 100, 10, np.random.default_rng(0)
    )
    assert sorted(short.judged.codes[:, 0]) == sorted(set(range(50)) - {3, 7})
    mean, sd = quadratic.mean_sd(points[short.judged.codes[:, 0]])
    assert short.judged.mean == pytest.approx(mean)
    assert short.judged.sd == pytest.approx(sd)


def test_a_shortlist_holds_the_best_by_mean_by_improvement_and_by_sd(quadratic):
    points = np.random.default_rng(1).uniform(size=(5000, 6))
    short = shortlist(screen_of(quadratic, Listed(points), 1.9), Shares(), 400, 10, np.random.default_rng(0))
    mean, sd = quadratic.mean_sd(points)
    kept = set(short.judged.codes[:, 0])
    assert len(kept) == len(short.judged) == 400
    for score in (mean, sd, log_expected_improvement(mean, sd, 1.9)):
        assert set(np.argsort(-score)[:60]) <= kept


def test_streaming_keeps_what_judging_all_would_keep(quadratic, monkeypatch):
    grid = Grid(6, 6)  # 46,656: more than are judged whole
    assert grid.size > screening.SHORT
    screen = screen_of(quadratic, grid, incumbent=quadratic.mean(np.full((1, 6), 0.5))[0])
    only = Shares(mean=0.0, improvement=1.0, sd=0.0, random=0.0)
    streamed = shortlist(screen, only, 300, 10, np.random.default_rng(0))
    monkeypatch.setattr(screening, "SHORT", 1e9)
    whole = shortlist(screen, only, 300, 10, np.random.default_rng(0))
    both = rows_among(streamed.judged.codes, whole.judged.codes)
    assert both.mean() > 0.99


def test_streaming_in_small_memory_keeps_the_best_of_each_plate_setting(quadratic, monkeypatch):
    monkeypatch.setattr(streaming, "BLOCK", 1000)
    monkeypatch.setattr(screening, "_KEPT", 3000)
    grid = Grid(6, 6, plate_factor=True)
    short = shortlist(screen_of(quadratic, grid), Shares(), 600, 40, np.random.default_rng(0))
    assert np.unique(short.settings, return_counts=True)[1].tolist() == [100] * 6
    everything = grid.block(0, grid.places)
    mean = quadratic.mean(grid.points(everything))
    for setting in range(6):
        rows = np.flatnonzero(everything[:, 0] == setting)
        best = everything[rows[np.argsort(-mean[rows])[:20]]]
        assert rows_among(best, short.judged.codes).all()


def test_the_number_of_blocks_in_flight_changes_nothing(quadratic, monkeypatch):
    kept = []
    monkeypatch.setattr(streaming, "BLOCK", 4096)
    monkeypatch.setattr(screening, "_KEPT", 3000)
    for cores in (1, 5):
        with joblib.parallel_config(n_jobs=cores):
            short = shortlist(screen_of(quadratic, Grid(6, 6)), Shares(), 300, 10, np.random.default_rng(0))
        kept.append(short.judged.codes.tolist())
    assert kept[0] == kept[1]


def test_a_search_finds_the_optimum_of_a_space_nobody_can_list(linear):
    rng = np.random.default_rng(2)
    grid = Grid(25, 11)
    assert grid.size > 1e25
    peak = rng.integers(11, size=25)
    weights = np.concatenate([[0.0], 2 * peak / 10, -np.ones(25)])
    posterior = linear(weights, 1e-3 * np.eye(51), squares=True)
    met = search(screen_of(posterior, grid), np.random.default_rng(0))
    best = met.codes[np.argmax(met.mean)]
    assert posterior.mean(grid.points(best[None]))[0] == pytest.approx(
        posterior.mean(grid.points(peak[None]))[0]
    )
    assert len(distinct_rows(met.codes)) == len(met)


@dataclass(frozen=True)
class Hills:
    """Equally high peaks, a row each, with slopes that meet between them; equally unsure everywhere."""

    peaks: np.ndarray
    noise_sd: float = 0.0
    notes: tuple[str, ...] = ()

    def mean(self, points):
        return -np.abs(points[:, None] - self.peaks).sum(axis=2).min(axis=1)

    def mean_sd(self, points):
        return self.mean(points), np.full(len(points), 0.1)


def test_a_search_climbs_more_than_one_hill():
    grid = Grid(16, 9)
    peaks = grid.points(np.random.default_rng(0).integers(9, size=(4, 16)))
    met = search(screen_of(Hills(peaks), grid, incumbent=-3.0), np.random.default_rng(1))
    reached = [np.abs(grid.points(met.codes) - peak).sum(axis=1).min() for peak in peaks]
    assert sum(apart < 1e-9 for apart in reached) == 4


def test_a_search_meets_nothing_that_is_taken(quadratic):
    grid = Grid(6, 6)
    taken = grid.sample(20_000, np.random.default_rng(1))
    met = search(screen_of(quadratic, grid, taken=taken, starts=taken[:5]), np.random.default_rng(0))
    assert len(met)
    assert not rows_among(met.codes, taken).any()
