"""Layouts: every sample once, spread, and so that a misread shows."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioal.errors import Refused
from bioal.plates.layout import place, samples_of_round
from bioal.plates.orientation import OUTSIDE, visibility
from bioal.plates.rounds import SAMPLE_COLUMNS, condition_id
from bioal.plates.wells import ij_from_well, wells_of_plate
from bioal.protocol.protocol import Control, PlateSetup

CONTROLS = (Control("reference", 3), Control("negative", 2), Control("reference", 2))


def layout_of(
    count: int, setup: PlateSetup, seed: int = 0, controls: tuple[Control, ...] = CONTROLS
) -> pd.DataFrame:
    ids = [condition_id(1, number + 1) for number in range(count)]
    return samples_of_round(1, ids, controls, setup, np.random.default_rng(seed))


def groups_on(samples: pd.DataFrame, size: int) -> np.ndarray:
    codes = dict(zip(samples["well"], pd.factorize(samples["condition"])[0], strict=True))
    return np.array([codes.get(well, OUTSIDE) for well in wells_of_plate(size)])


def shared_lines(samples: pd.DataFrame) -> int:
    places = [
        [ij_from_well(well) for well in part["well"]] for _, part in samples.groupby(["plate", "condition"])
    ]
    return sum((a[0] == b[0]) + (a[1] == b[1]) for group in places for a, b in combinations(group, 2))


@pytest.mark.smoke
@settings(deadline=None, max_examples=60)
@given(st.integers(1, 130), st.sampled_from([24, 96, 384]), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_every_sample_has_a_well_of_its_own_and_controls_stand_on_each_plate(
    count: int, size: int, replicates: int, seed: int
) -> None:
    samples = layout_of(count, PlateSetup(size, replicates), seed)
    assert list(samples.columns) == list(SAMPLE_COLUMNS)
    assert not samples.duplicated(["plate", "well"]).any()
    assert set(samples["well"]) <= set(wells_of_plate(size))
    made = samples[samples["role"] == "sample"]["condition"].value_counts()
    assert len(made) == count
    assert set(made) == {replicates}
    for _, plate in samples.groupby("plate"):
        on_plate = plate["condition"].value_counts()
        assert [on_plate[name] for name in ("reference-1", "negative-1", "reference-2")] == [3, 2, 2]
    for _, group in samples.groupby("condition"):
        assert sorted(group["replicate"]) == list(range(1, len(group) + 1))


@settings(deadline=None, max_examples=25)
@given(st.integers(20, 40), st.integers(0, 2**32 - 1))
def test_replicates_share_no_row_and_no_column_where_there_is_room(count: int, seed: int) -> None:
    assert shared_lines(layout_of(count, PlateSetup(96, 2), seed)) == 0


def test_more_replicates_than_rows_share_as_few_lines_as_possible() -> None:
    # 24 wells of one control over 16 rows and 24 columns: eight rows have to hold two of them.
    assert shared_lines(layout_of(120, PlateSetup(384, 3), controls=(Control("reference", 24),))) == 8


@settings(deadline=None, max_examples=25)
@given(st.integers(6, 40), st.integers(1, 2), st.integers(0, 2**32 - 1))
def test_every_misread_of_a_plate_tears_replicates_apart(count: int, replicates: int, seed: int) -> None:
    samples = layout_of(count, PlateSetup(96, replicates), seed)
    assert visibility(groups_on(samples, 96), 96) >= 0.5


def test_the_same_seed_gives_the_same_layout_and_another_seed_another() -> None:
    setup = PlateSetup(96, 2)
    pd.testing.assert_frame_equal(layout_of(40, setup, 7), layout_of(40, setup, 7))
    assert list(layout_of(40, setup, 7)["condition"]) != list(layout_of(40, setup, 8)["condition"])


def test_replicates_go_to_different_plates() -> None:
    samples = layout_of(60, PlateSetup(96, 2))
    assert samples["plate"].nunique() == 2
    sample = samples[samples["role"] == "sample"]
    assert (sample.groupby("condition")["plate"].nunique() == 2).all()
    counts = samples["plate"].value_counts()
    assert counts.max() - counts.min() <= 1


def test_a_condition_stays_on_the_plate_it_is_meant_for() -> None:
    ids = [condition_id(2, number + 1) for number in range(30)]
    plates = [1 + number % 3 for number in range(30)]
    rng = np.random.default_rng(0)
    samples = samples_of_round(2, ids, CONTROLS, PlateSetup(96, 3), rng, plates=plates)
    found = samples[samples["role"] == "sample"].groupby("condition")["plate"].agg(set)
    assert found.to_dict() == {name: {f"plate-{plate}"} for name, plate in zip(ids, plates, strict=True)}


@pytest.mark.parametrize("order", ["columns", "rows"])
def test_ids_run_through_the_plates_in_the_order_in_which_wells_are_filled(order: str) -> None:
    samples = layout_of(60, PlateSetup(96, 2, order=order))
    turned = [
        (plate, ij_from_well(well)[:: 1 if order == "rows" else -1])
        for plate, well in zip(samples["plate"], samples["well"], strict=True)
    ]
    assert turned == sorted(turned)
    assert list(samples.index[[0, -1]]) == ["R01-S0001", f"R01-S{len(samples):04d}"]


def test_a_part_filled_plate_is_filled_by_columns_from_a1() -> None:
    used = {ij_from_well(well) for well in layout_of(20, PlateSetup(96, 2), controls=())["well"]}
    assert used == {(i, j) for j in range(5) for i in range(8)}


def test_carried_over_conditions_keep_their_role() -> None:
    rng = np.random.default_rng(0)
    roles = ["sample", "carried over"]
    samples = samples_of_round(2, ["R02-C001", "R01-C004"], (), PlateSetup(96, 1), rng, roles=roles)
    assert dict(zip(samples["condition"], samples["role"], strict=True)) == {
        "R02-C001": "sample",
        "R01-C004": "carried over",
    }


def test_a_plate_that_cannot_hold_its_samples_is_refused_by_name() -> None:
    groups = pd.DataFrame(
        {"condition": ["a", "b"], "role": "sample", "replicates": [60, 40], "plate": [2, 2]}
    )
    with pytest.raises(Refused, match="Found 100 samples for plate-2; expected at most 96"):
        place(groups, PlateSetup(96), np.random.default_rng(0))


def test_a_condition_listed_twice_is_a_mistake() -> None:
    groups = pd.DataFrame({"condition": ["a", "a"], "role": "sample", "replicates": 1, "plate": None})
    with pytest.raises(ValueError, match="stands once"):
        place(groups, PlateSetup(96), np.random.default_rng(0))


def test_positions_are_random_over_the_plate() -> None:
    # Over many layouts a condition is in each of 24 wells equally often (chi-square, 23 degrees of freedom).
    wells = [
        layout_of(12, PlateSetup(24, 2), seed, controls=()).query("condition == 'R01-C001'")["well"].tolist()
        for seed in range(300)
    ]
    counts = (
        pd.Series([well for pair in wells for well in pair])
        .value_counts()
        .reindex(wells_of_plate(24))
        .fillna(0)
    )
    assert float(((counts - 25) ** 2 / 25).sum()) < 49.7  # 0.1 % point
