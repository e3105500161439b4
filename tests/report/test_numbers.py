"""The numbers behind the figures, against counting, closed forms and fits by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioal.evidence import evidence_of
from bioal.models.diagnostics import leave_conditions_out, leave_one_out
from bioal.models.gaussian_process import fit_gaussian_process, of_some
from bioal.report.choices import changes_of, why_each_well
from bioal.report.findings import noise_of_the_good
from bioal.report.material import Material
from bioal.report.parity import (
    NOTHING_LEARNT,
    Parity,
    average_alone,
    gaussian_process_in,
    parity_of,
    scoreboard_of,
)
from bioal.report.plate_maps import plate_maps_of, trend_of
from bioal.report.progress import best_of_random, progress_of


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=7), st.data())
def test_the_best_of_random_search_is_the_mean_over_all_subsets(values, data):
    count = data.draw(st.integers(1, len(values)))
    counted = np.mean([max(subset) for subset in combinations(values, count)])
    assert best_of_random(np.array(values, float), count) == pytest.approx(counted, abs=1e-9)


def test_the_best_so_far_never_falls_and_random_search_grows(material: Material):
    progress = progress_of(material, np.random.default_rng(0))
    assert progress.best["round"].tolist() == [1, 2]
    assert progress.best["mean"].is_monotonic_increasing
    assert progress.random["mean"].is_monotonic_increasing
    assert (progress.best["low"] < progress.best["mean"]).all()
    assert len(progress.wells) == int(material.samples["role"].eq("sample")[:].sum()) - 20  # round 3 is open


def test_a_condition_left_out_closed_form_is_the_fit_without_it():
    rng = np.random.default_rng(1)
    points = np.repeat(rng.random((12, 2)), [1, 2, 3] * 4, axis=0)
    evidence = evidence_of(points, np.sin(4 * points[:, 0]) + 0.1 * rng.standard_normal(len(points)))
    evidence = replace(evidence, plates=np.arange(len(points)) % 3)
    which = np.repeat(np.arange(12), [1, 2, 3] * 4)
    model = fit_gaussian_process(evidence, rng)
    left = leave_conditions_out(model.members, model.scale, which)
    for one in (1, 2):
        own = which == one
        without = of_some(model, evidence, ~own)
        # What others say of the function; the left-out measurement has plate and noise on top.
        mean, sd = without.mean_sd(points[own])
        assert (left.sds[own] > sd).all()
        assert np.abs(left.means[own] - mean).max() < 3 * left.sds[own].max()
    alone = leave_conditions_out(model.members, model.scale, np.arange(len(points)))
    usual = leave_one_out(model.members, model.scale)
    np.testing.assert_allclose(alone.means, usual.means, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(alone.sds, usual.sds, rtol=1e-6)


def test_without_plates_a_condition_left_out_is_the_fit_without_it():
    rng = np.random.default_rng(2)
    points = np.repeat(rng.random((10, 2)), 2, axis=0)
    evidence = evidence_of(points, np.cos(3 * points[:, 1]) + 0.1 * rng.standard_normal(20))
    which = np.repeat(np.arange(10), 2)
    model = fit_gaussian_process(evidence, rng)
    left = leave_conditions_out(model.members, model.scale, which)
    for one in range(10):
        own = which == one
        mean, sd = of_some(model, evidence, ~own).mean_sd(points[own])
        np.testing.assert_allclose(left.means[own], mean, rtol=0.01, atol=0.01)
        np.testing.assert_allclose(left.sds[own], np.hypot(sd, model.noise_sd), rtol=0.01)


def test_the_average_alone_is_the_normal_density_of_all_other_conditions():
    values, which = np.array([1.0, 2.0, 4.0, 7.0]), np.array([0, 1, 2, 2])
    sd = np.std([2.0, 4.0, 7.0], ddof=1) * np.sqrt(4 / 3)
    mean = np.mean([2.0, 4.0, 7.0])
    by_hand = -0.5 * ((1 - mean) / sd) ** 2 - np.log(sd * np.sqrt(2 * np.pi))
    assert average_alone(values, which)[0] == pytest.approx(by_hand)


def shuffled(material: Material, rng: np.random.Generator) -> Material:
    """Return the material with its results dealt out anew among the conditions."""
    order = rng.permutation(len(material.evidence))
    values = material.evidence.values[order]
    variances = material.evidence.variances[order]
    evidence = replace(material.evidence, values=values, variances=variances)
    return replace(material, evidence=evidence, posterior=fit_gaussian_process(evidence, rng))


def test_a_model_of_noise_is_said_to_know_no_more_than_the_average(material: Material):
    rng = np.random.default_rng(5)
    checks = [parity_of(shuffled(material, rng)) for _ in range(20)]
    assert sum(isinstance(one, Parity) and NOTHING_LEARNT in one.words for one in checks) >= 17
    real = parity_of(material)
    assert real is not None
    assert real.learnt
    assert real.explained > 0.5
    assert NOTHING_LEARNT not in real.words


def test_the_scoreboard_counts_what_was_predicted_before_the_round(material: Material):
    board = scoreboard_of(material)
    assert set(board.wells["round"]) == {2}  # the first was a start design, the third is open
    said = material.rounds[2].predictions.loc[board.wells["condition"]]
    np.testing.assert_allclose(board.wells["predicted"], said["mean"])
    seen = material.observations.set_index("condition")["mean"]
    measured = seen.loc[board.wells["condition"]]
    np.testing.assert_allclose(board.wells["measured"], measured)
    error = measured.to_numpy() - said["mean"].to_numpy()
    assert board.rounds["bias"].iloc[0] == pytest.approx(error.mean())
    assert board.rounds["error"].iloc[0] == pytest.approx(np.sqrt(np.mean(error**2)))


def test_the_nearest_measured_condition_is_the_nearest(material: Material):
    why = why_each_well(material, 3)
    assert len(why) == 10
    earlier = list(dict.fromkeys(material.observations["condition"]))
    for condition, row in why.iterrows():
        here, there = material.points([str(condition)]), material.points(earlier)
        steps = np.abs(here - there)
        options = steps[:, material.space.categorical].max(axis=1)
        numbers = (steps[:, ~material.space.categorical] ** 2).sum(axis=1)
        distance = np.sqrt((numbers + options) / 3)
        assert row["distance"] == pytest.approx(distance.min(), abs=1e-7)
        assert distance[earlier.index(row["nearest"])] == pytest.approx(distance.min(), abs=1e-7)
        assert row["differs"].count("instead of") >= 1


def test_what_changed_names_the_best_and_counts_what_held(material: Material):
    board = scoreboard_of(material)
    changes = changes_of(material, board)
    assert changes is not None
    assert changes.round == 2
    assert material.best in changes.sentences[0]
    assert f"{int(board.wells['inside'].sum())} of its 10 predictions held" in changes.sentences[1]


def test_the_noise_of_the_good_is_their_own_where_it_is_known(material: Material):
    assert material.posterior is not None
    seen = material.observations[material.tried].sort_values("mean", ascending=False).iloc[:10]
    by_hand = np.sqrt(np.median(seen["variance"] * seen["count"]) / 2)  # two replicates each
    assert noise_of_the_good(material, material.posterior) == pytest.approx(by_hand)
    unknown = replace(material, observations=material.observations.assign(variance=np.nan))
    alone = noise_of_the_good(unknown, material.posterior)
    assert alone == pytest.approx(material.posterior.noise_sd / np.sqrt(2))


def test_a_plate_map_holds_what_was_read_in_each_well(material: Material):
    first = plate_maps_of(material)[0]
    own = material.readings[material.readings["readout"] == "GFP"].set_index("sample")["value"]
    np.testing.assert_allclose(first.wells["reading"], own.loc[first.wells.index])
    assert first.wells["row"].between(0, 7).all()
    means = dict(
        zip(
            material.observations["condition"],
            material.posterior.mean(material.evidence.points),
            strict=True,
        )
    )
    sample = first.wells.index[0]
    expected = first.wells.loc[sample, "value"] - means[first.wells.loc[sample, "condition"]]
    assert first.wells.loc[sample, "residual"] == pytest.approx(expected)


def wells(residual, rows: int = 8, columns: int = 12) -> pd.DataFrame:
    places = [(i, j) for i in range(rows) for j in range(columns)]
    return pd.DataFrame(places, columns=["row", "column"]).assign(
        residual=[residual(i, j) for i, j in places]
    )


def test_a_dry_edge_and_a_slope_are_found_to_the_number():
    rng = np.random.default_rng(0)

    def residual(i: int, j: int) -> float:
        edge = i in (0, 7) or j in (0, 11)
        return -3.0 * edge + 2.0 * i / 7 + 0.01 * rng.standard_normal()

    trend = trend_of(wells(residual), 96)
    assert trend is not None
    assert trend.edge[0] == pytest.approx(-3.0, abs=0.05)
    assert trend.down[0] == pytest.approx(2.0, abs=0.05)
    assert trend.across[0] == pytest.approx(0.0, abs=0.05)
    assert [words.split(",")[0] for words in trend.words] == [
        "Wells at the edge lie below the others",
        "Values change from the top to the bottom row: the bottom lies above the top",
    ]


def test_noise_alone_rarely_names_a_trend():
    rng = np.random.default_rng(1)
    named = [bool(trend_of(wells(lambda i, j: rng.standard_normal()), 96).words) for _ in range(200)]
    assert np.mean(named) < 0.03  # three looks at three standard errors: 0.8 %


def test_one_row_of_wells_has_an_edge_that_nobody_can_tell():
    trend = trend_of(wells(lambda i, j: float(j), rows=1), 96)
    assert trend is not None
    assert trend.down == (0.0, 0.0)


def test_the_gaussian_process_is_found_in_a_mixture(material: Material):
    assert gaussian_process_in(material.posterior) is material.posterior
    assert gaussian_process_in(None) is None
