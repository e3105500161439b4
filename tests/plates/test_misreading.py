"""A misread plate shows in its values, and a good one is left alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import null_space
from scipy.optimize import minimize_scalar
from scipy.stats import multivariate_normal

from bioal.plates.detection import effects_of, layouts_of, offsets_of, same_pattern
from bioal.plates.layout import samples_of_round
from bioal.plates.misreading import RATIOS, Comparison, Recorded, profiled, stabilised, suspicion
from bioal.plates.orientation import AS_IS, OUTSIDE, misreads, readings_of_plate, seen_from
from bioal.plates.rounds import condition_id
from bioal.plates.wells import ij_from_well
from bioal.protocol.protocol import PlateSetup

TURNED = "turned by 180 degrees"
PLATES = 300


def plate(count: int, size: int) -> tuple[np.ndarray, list[int]]:
    ids = [condition_id(1, number + 1) for number in range(count)]
    samples = samples_of_round(1, ids, (), PlateSetup(size, 2), np.random.default_rng(3))
    columns = {24: 6, 48: 8, 96: 12}[size]
    return layouts_of(samples, size)[0], [i * columns + j for i, j in map(ij_from_well, samples["well"])]


def values(layout: np.ndarray, ratio: float, rng: np.random.Generator, draws: int) -> np.ndarray:
    groups = np.unique(layout, return_inverse=True)[1]
    effects = ratio * rng.standard_normal((draws, groups.max() + 1))
    return effects[:, groups] + rng.standard_normal((draws, len(layout)))


def comparison(layout: np.ndarray, listed: list[int]) -> Comparison:
    strange = 1000 + np.arange(len(layout))
    ways = readings_of_plate(len(layout), listed)
    groups = {name: np.where(source == OUTSIDE, strange, layout[source]) for name, source in ways.items()}
    planned = groups.pop(AS_IS)
    others = {name: one for name, one in groups.items() if not same_pattern(one, planned)}
    effects = effects_of(np.zeros(len(layout), int), np.arange(len(layout)), len(layout))
    return Comparison(effects, planned, others, np.random.default_rng(1))


@pytest.mark.parametrize(("count", "size"), [(24, 48), (48, 96)])
def test_misread_duplicates_that_differ_by_twice_their_noise_show_and_good_ones_pass(
    count: int, size: int
) -> None:
    layout, listed = plate(count, size)
    rng, judge = np.random.default_rng(2), comparison(layout, listed)
    good = judge.suspicions(values(layout, 2.0, rng, PLATES))
    assert sum(one is not None for one in good) <= 0.01 * PLATES
    shown, named = [], []
    for name, source in misreads(size).items():
        read = values(layout, 2.0, rng, PLATES // 4)[:, np.where(source == OUTSIDE, 0, source)]
        found = judge.suspicions(read)
        shown += [one is not None for one in found]
        named += [one is not None and one.ways[0] == name for one in found]
    assert np.mean(shown) >= 0.985  # 99 in 100, and two standard errors of these draws
    assert np.mean(named) >= 0.98


def test_a_plate_without_any_signal_is_seldom_suspected() -> None:
    layout, listed = plate(24, 48)
    found = comparison(layout, listed).suspicions(values(layout, 0.0, np.random.default_rng(4), PLATES))
    assert np.mean([one is not None for one in found]) < 0.13


@pytest.mark.parametrize("strange", [0.0, 30.0])
def test_a_single_strange_value_does_not_make_a_plate_a_misread_one(strange: float) -> None:
    layout, listed = plate(10, 24)
    told = values(layout, 4.0, np.random.default_rng(5), PLATES) + 20
    where = np.random.default_rng(6).integers(0, len(layout), PLATES)
    told[np.arange(PLATES), where] = strange
    found = comparison(layout, listed).suspicions(np.array([stabilised(one) for one in told]))
    assert sum(one is not None for one in found) <= 0.02 * PLATES


def test_the_best_variances_are_those_of_the_contrasts_of_a_normal_distribution() -> None:
    rng = np.random.default_rng(1)
    plates, groups = np.repeat([0, 1], [9, 7]), rng.integers(0, 6, 16)
    drawn = (2 * rng.standard_normal(6)[groups] + rng.standard_normal(16))[None, :]
    free = null_space((plates[:, None] == [0, 1]).T.astype(float))
    contrasts = (drawn @ free)[0]

    def density(ratio: float) -> float:
        shape = free.T @ (np.eye(16) + ratio * (groups[:, None] == groups)) @ free
        variance = contrasts @ np.linalg.solve(shape, contrasts) / len(contrasts)
        return float(multivariate_normal(cov=variance * shape).logpdf(contrasts))

    offsets = offsets_of(plates)
    found = profiled(offsets, drawn, groups) - profiled(offsets, drawn, np.arange(16))
    best = max(density(ratio) for ratio in RATIOS)
    # Wells that are all of different conditions leave noise and spread one number: any ratio is as good.
    assert found[0] == pytest.approx(best - density_of_lone(contrasts), abs=1e-9)
    exact = minimize_scalar(lambda log: -density(float(np.exp(log))), bounds=(-4, 9), method="bounded")
    assert -exact.fun - best < 0.1  # the ratios are dense enough


def density_of_lone(contrasts: np.ndarray) -> float:
    variance = contrasts @ contrasts / len(contrasts)
    return float(multivariate_normal(cov=variance * np.eye(len(contrasts))).logpdf(contrasts))


@given(st.sampled_from(sorted(misreads(96))))
def test_a_plate_that_was_put_back_is_seen_as_it_is(name: str) -> None:
    source = readings_of_plate(96, range(96))[name]
    back = seen_from(source, source)
    known = back != OUTSIDE
    assert known.sum() >= 95
    np.testing.assert_array_equal(back[known], np.flatnonzero(known))


def test_pasting_a_list_by_columns_and_one_by_rows_undo_each_other() -> None:
    ways = readings_of_plate(96, range(96))
    by_columns = ways["read by columns instead of rows"]
    np.testing.assert_array_equal(by_columns[ways["read by rows instead of columns"]], np.arange(96))


def test_one_bubble_does_not_make_a_plate_misread() -> None:
    layout, listed = plate(8, 24)
    told = 1000 + 100 * values(layout, 1.0, np.random.default_rng(5), 1)[0][listed]
    told[5] = 200_000.0
    cells = np.array(listed)
    scaled = stabilised(told)
    assert scaled is not None
    recorded = Recorded(np.zeros(16, int), cells, scaled, (layout,))
    ways = readings_of_plate(24, listed)
    assert suspicion(recorded, 0, ways, rng=np.random.default_rng(0)) is None


def test_values_of_zero_say_nothing() -> None:
    assert stabilised(np.zeros(8)) is None
