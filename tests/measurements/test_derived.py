"""A readout that is a formula: well by well, statuses and bounds as they must be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bioal.measurements.observations import observations
from bioal.measurements.readings import Reading, readings_table
from bioal.protocol.formulas import formula_of
from bioal.protocol.objective import Readout


def derived(text, wells, *, conditions=None, normalise="none"):
    """Return observations of a formula; wells are (condition, role, {readout: value or (value, status)})."""
    ids = [f"S{number}" for number in range(len(wells))]
    readings = readings_table(
        _reading(sample, name, said)
        for sample, (_, _, read) in zip(ids, wells, strict=True)
        for name, said in read.items()
    )
    samples = pd.DataFrame(
        [(condition, "p", role) for condition, role, _ in wells],
        columns=["condition", "plate", "role"],
        index=ids,
    )
    known = pd.DataFrame(index=samples["condition"].unique()) if conditions is None else conditions
    readout = Readout("ratio", formula=formula_of(text), normalise=normalise)
    found = observations(readings, samples, known, readout)
    return found.set_index("condition"), found.attrs["notes"]


def _reading(sample, name, said):
    value, status = said if isinstance(said, tuple) else (said, "ok")
    return Reading(sample, name, float(value), "", status, "", "")


@pytest.mark.smoke
def test_a_ratio_is_taken_in_each_well_before_replicates_are_averaged():
    wells = [("A", "sample", {"GFP": 10, "OD": 1}), ("A", "sample", {"GFP": 20, "OD": 4})]
    found, notes = derived("GFP / OD", wells)
    assert found.loc["A", "mean"] == pytest.approx((10 / 1 + 20 / 4) / 2)
    assert found.loc["A", "count"] == 2
    assert notes == ()


def test_a_bound_stays_a_bound():
    wells = [
        ("A", "sample", {"GFP": (10, "below limit"), "OD": 2}),
        ("B", "sample", {"GFP": (60, "over range"), "OD": 2}),
        ("C", "sample", {"GFP": 10, "OD": (4, "over range")}),
    ]
    found, _ = derived("GFP / OD - 1", wells)
    assert found.loc["A", ["lower", "upper"]].tolist() == [-np.inf, 4.0]
    assert found.loc["B", ["lower", "upper"]].tolist() == [29.0, np.inf]
    # 10 / (4 or more) lies between 0 and 2.5: known on both sides, and no model takes that.
    assert "C" not in found.index


def test_what_the_formula_leaves_open_is_left_out_and_named():
    wells = [("A", "sample", {"GFP": 10, "OD": 0}), ("B", "sample", {"GFP": 10, "OD": 2})]
    found, notes = derived("GFP / OD", wells)
    assert list(found.index) == ["B"]
    assert notes[0].startswith("ratio cannot be told for S0: ")


@pytest.mark.parametrize("status", ["spoiled", "missing"])
def test_a_part_that_was_not_read_makes_no_value_and_no_fuss(status):
    wells = [("A", "sample", {"GFP": (10, status), "OD": 2}), ("B", "sample", {"GFP": 10})]
    wells.append(("C", "sample", {"GFP": (0, "no product"), "OD": 2}))
    found, notes = derived("GFP / OD", wells)
    assert found["mean"].to_dict() == {"C": 0.0}
    assert notes == ()


def test_a_numeric_factor_is_what_the_condition_says():
    conditions = pd.DataFrame({"Mg": [2.0, 4.0]}, index=["A", "B"])
    wells = [("A", "sample", {"GFP": 10}), ("B", "sample", {"GFP": 10})]
    found, _ = derived("GFP / (1 + Mg)", wells, conditions=conditions)
    assert found["mean"].tolist() == pytest.approx([10 / 3, 2.0])


def test_a_formula_is_normalised_like_any_readout():
    wells = [("ref", "reference", {"GFP": 20, "OD": 2}), ("A", "sample", {"GFP": 60, "OD": 3})]
    found, _ = derived("GFP / OD", wells, normalise="reference")
    assert found.loc["A", "mean"] == 2.0
