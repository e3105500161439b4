"""The reference of a round beside that of the round before: said with its uncertainty, or not at all."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from bioal.measurements.drift import reference_drift
from bioal.measurements.readings import Reading, readings_table
from bioal.protocol.objective import Readout


def said(wells, number=3, readout=None, **more):
    """Return the drift of rows (condition, round, role, value), one plate a round."""
    frame = pd.DataFrame(wells, columns=["condition", "round", "role", "value"])
    ids = [f"S{row:03d}" for row in frame.index]
    readings = readings_table(
        Reading(sample, "F", float(value), "", "ok", "", "")
        for sample, value in zip(ids, frame["value"], strict=True)
    )
    samples = frame.drop(columns="value").set_axis(ids)
    samples = samples.assign(plate=[f"R{one:02d} plate-1" for one in samples["round"]])
    conditions = pd.DataFrame(index=frame["condition"].unique())
    return reference_drift(readings, samples, conditions, readout or Readout("F"), number, **more)


def references(round_, level, noise=0.03, wells=3, seed=0):
    rng = np.random.default_rng([seed, round_])
    return [("ref", round_, "reference", level * (1 + noise * rng.standard_normal())) for _ in range(wells)]


@pytest.mark.smoke
def test_a_reference_that_moved_is_said_with_its_uncertainty():
    wells = [("ref", 2, "reference", value) for value in (95.0, 100.0, 105.0)]
    wells += [("ref", 3, "reference", value) for value in (171.0, 180.0, 189.0)]
    (line,) = said(wells)
    assert "since round 2 on R03 plate-1" in line
    said_ = re.search(r"moved by (.*)x \((.*)x to (.*)x\)", line)
    ratio, low, high = map(float, said_.groups())
    assert ratio == pytest.approx(1.8)
    # 5 % a well, 4 degrees of freedom: a sd of log ratio of 0.05 sqrt(2 / 3), and t(0.975, 4) = 2.776.
    assert np.log([low, high]) == pytest.approx(
        np.log(1.8) + np.array([-1, 1]) * 2.776 * 0.05 * np.sqrt(2 / 3), abs=5e-3
    )


def test_noise_is_passed_over_in_silence():
    """A false alarm at most once or so in a hundred rounds, where nothing moved."""
    alarms = sum(
        bool(said([*references(2, 100.0, seed=seed), *references(3, 100.0, seed=seed)]))
        for seed in range(300)
    )
    assert alarms <= 9


def test_the_round_before_is_the_latest_that_has_references():
    wells = [*references(1, 100.0), ("A", 2, "sample", 5.0), *references(3, 180.0)]
    assert "since round 1" in said(wells)[0]
    assert said(wells, number=1) == ()
    assert said(wells, number=2) == ()


def test_conditions_carried_over_say_whether_the_plate_moved_or_the_reference_alone():
    wells = [*references(2, 100.0), *references(3, 180.0)]
    assert "no condition was carried over" in said(wells)[0]
    kept = [("A", 2, "sample", 50.0), ("A", 3, "carried over", 50.0)]
    assert "1 condition carried over by 1x" in said([*wells, *kept])[0]


def test_a_gain_or_lot_noted_otherwise_is_named():
    wells = [*references(2, 100.0), *references(3, 180.0)]
    details = {"R02 plate-1": {"Gain": "60", "Lots": "L1"}, "R03 plate-1": {"Gain": "80", "Lots": "L1"}}
    line = said(wells, details=details)[0]
    assert "the reader's gain differs (80; before 60)" in line
    assert "lots" not in line


def test_without_replicates_nothing_is_claimed():
    assert said([*references(2, 100.0, wells=1), *references(3, 180.0, wells=1)]) == ()


def test_excluded_wells_do_not_speak():
    wells = [*references(2, 100.0), *references(3, 180.0)]
    assert said(wells, excluded={"S003", "S004", "S005"}) == ()
