"""Replicates that stand apart: who is flagged, how little they count, how rarely a sound well is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bioal.measurements.observations import observations
from bioal.measurements.outliers import apart
from bioal.measurements.readings import Reading, readings_table
from bioal.measurements.replicates import pooled
from bioal.protocol.objective import Readout


def plate_of(rng, *, cells=40, wells=3, noise=0.08, level=100.0):
    """Return values of a plate whose conditions differ tenfold and whose noise is a share of the reading."""
    levels = level * rng.lognormal(0, 0.8, cells)
    values = levels[:, None] * (1 + noise * rng.standard_normal((cells, wells)))
    names = [f"C{number}" for number in range(cells)]
    return pd.DataFrame(
        {
            "sample": [f"S{number:03d}" for number in range(cells * wells)],
            "well": "B2",
            "condition": np.repeat(names, wells),
            "plate": "p1",
            "role": "sample",
            "control": "",
            "value": values.ravel(),
            "side": "measured",
        }
    )


def flagged(found):
    return set(found.values.loc[found.values["weight"] < 1, "sample"])


@pytest.mark.smoke
def test_one_well_far_from_its_two_fellows_is_flagged_and_named_by_sample_and_well():
    values = plate_of(np.random.default_rng(0))
    values.loc[3, "value"] = 2 * values.loc[[4, 5], "value"].mean()
    found = apart(values)
    assert flagged(found) == {"S003"}
    assert found.values.loc[3, "weight"] < 0.25
    assert found.notes[0].startswith("S003 (p1 B2) reads ")
    assert len(found.values) == len(values)


def test_a_flagged_well_counts_little_and_the_count_shrinks():
    values = plate_of(np.random.default_rng(0))
    values.loc[3, "value"] = 3 * values.loc[[4, 5], "value"].mean()
    row = pooled(apart(values).values).set_index("condition").loc["C1"]
    sound = values.loc[[4, 5], "value"].mean()
    assert row["mean"] == pytest.approx(sound, rel=0.1)
    assert row["count"] == 2
    heavier = pooled(apart(values).values.assign(weight=1.0)).set_index("condition").loc["C1"]
    assert heavier["mean"] == pytest.approx(values.loc[3:5, "value"].mean())
    assert heavier["variance"] == pytest.approx(values.loc[3:5, "value"].var() / 3)


def test_of_two_replicates_the_pair_is_named_and_both_count():
    values = plate_of(np.random.default_rng(1), wells=2)
    values.loc[6, "value"] = 3 * values.loc[7, "value"]
    found = apart(values)
    assert not flagged(found)
    (note,) = found.notes
    assert note.startswith("S006 (p1 B2) and S007 (p1 B2) are replicates")


def test_three_replicates_that_all_differ_are_not_told_apart():
    values = plate_of(np.random.default_rng(2))
    middle = values.loc[4, "value"]
    values.loc[[3, 5], "value"] = [0.3 * middle, 1.7 * middle]
    assert not flagged(apart(values)) & {"S003", "S004", "S005"}


@pytest.mark.parametrize("wells", [3, 6])
def test_a_sound_well_is_flagged_less_than_once_in_a_thousand(wells):
    plates = [plate_of(np.random.default_rng(seed), wells=wells) for seed in range(60)]
    found = sum(len(flagged(apart(plate))) for plate in plates)
    assert found <= 1e-3 * sum(map(len, plates))


def test_nine_in_ten_wells_that_read_double_are_flagged():
    hits = 0
    for seed in range(40):
        values = plate_of(np.random.default_rng(seed))
        values.loc[30, "value"] *= 2
        hits += "S030" in flagged(apart(values))
    assert hits >= 36


def test_the_unit_changes_no_flag():
    values = plate_of(np.random.default_rng(3), noise=0.2)
    values.loc[9, "value"] *= 4
    assert flagged(apart(values)) == flagged(apart(values.assign(value=1e-6 * values["value"])))


def test_few_conditions_flag_nothing():
    values = plate_of(np.random.default_rng(4), cells=4)
    values.loc[0, "value"] *= 9
    found = apart(values)
    assert not flagged(found)
    assert not found.notes


def test_with_pool_false_all_wells_count_alike():
    values = plate_of(np.random.default_rng(0))
    values.loc[3, "value"] *= 3
    samples = values.set_index("sample")[["condition", "plate", "role"]]
    readings = readings_table(
        Reading(row.sample, "F", row.value, "", "ok", "", "") for row in values.itertuples()
    )
    conditions = pd.DataFrame(index=values["condition"].unique())
    plain = Readout("F", pool=False)
    found = observations(readings, samples, conditions, plain).set_index("condition")
    assert found.loc["C1", "mean"] == pytest.approx(values.loc[3:5, "value"].mean())
    weighed = observations(readings, samples, conditions, replace(plain, pool=None))
    assert any("S003" in note for note in weighed.attrs["notes"])
