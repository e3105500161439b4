"""From readings to observations: means, variances, bounds, references; checked against other computations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioal.measurements.observations import evidence, observations
from bioal.measurements.readings import READING_COLUMNS, Reading, readings_of, readings_table
from bioal.measurements.replicates import relative_variance
from bioal.protocol.factors import Choice, Numeric
from bioal.protocol.objective import Readout
from bioal.protocol.space import Space

GFP = Readout("GFP", "RFU")
RELATIVE = Readout("GFP", "RFU", normalise="reference")


def table_of(rows):
    """Return readings and samples from rows (condition, plate, role, value, status)."""
    ids = [f"R01-S{number:04d}" for number in range(1, len(rows) + 1)]
    columns = list(zip(*rows, strict=True))
    samples = pd.DataFrame(dict(zip(("condition", "plate", "role"), columns[:3], strict=True)), index=ids)
    readings = readings_table(
        Reading(sample, "GFP", value, "RFU", status, str(value), "F2")
        for sample, value, status in zip(ids, columns[3], columns[4], strict=True)
    )
    return readings, samples


def observed(rows, readout=GFP, excluded=(), premixed=()):
    readings, samples = table_of(rows)
    conditions = pd.DataFrame({"Mg": 1.0}, index=sorted({row[0] for row in rows}))
    return observations(readings, samples, conditions, readout, excluded, premixed)


def sample(condition, value, status="ok", plate="p1", role="sample"):
    return (condition, plate, role, value, status)


@pytest.mark.smoke
def test_replicates_give_the_mean_and_the_variance_of_the_mean():
    row = observed([sample("C1", 10.0), sample("C1", 14.0), sample("C1", 12.0), sample("C2", 5.0)])
    assert row["mean"].tolist() == [12.0, 5.0]
    assert row["variance"].tolist()[0] == pytest.approx(np.var([10, 14, 12], ddof=1) / 3)
    assert np.isnan(row["variance"].tolist()[1])
    assert row["count"].tolist() == [3, 1]
    assert np.isinf(row[["lower", "upper"]].to_numpy()).all()


def test_the_same_condition_on_two_plates_is_two_observations():
    row = observed([sample("C1", 10.0), sample("C1", 20.0, plate="p2")])
    assert row[["plate", "mean"]].to_numpy().tolist() == [["p1", 10.0], ["p2", 20.0]]


def test_bounds_are_never_averaged_with_numbers():
    row = observed([sample("C1", 10.0), sample("C1", 60.0, "over range"), sample("C1", 62.0, "over range")])
    assert row["mean"].tolist() == [10.0, 61.0]
    assert row["lower"].tolist() == [-np.inf, 61.0]
    assert np.isinf(row["upper"]).all()
    assert row["count"].tolist() == [1, 2]
    below = observed([sample("C1", 0.5, "below limit")])
    assert below[["lower", "upper"]].to_numpy().tolist() == [[-np.inf, 0.5]]


def test_spoiled_missing_excluded_and_unknown_samples_teach_nothing():
    rows = [
        sample("C1", 10.0),
        sample("C1", 99.0, "spoiled"),
        sample("C1", np.nan, "missing"),
        sample("C1", 77.0),
        sample("C2", 0.0, "no product"),
        sample("C3", 1.0, role="negative"),
        sample("C4", 2.0, role="blank"),
    ]
    row = observed(rows, excluded={"R01-S0004"})
    assert row[["condition", "mean", "count"]].to_numpy().tolist() == [["C1", 10.0, 1], ["C2", 0.0, 1]]


def test_a_later_reading_of_a_sample_replaces_the_earlier():
    readings, samples = table_of([sample("C1", 10.0)])
    both = pd.concat([readings, readings.assign(value=11.0)])
    row = observations(both, samples, pd.DataFrame({"Mg": [1.0]}, index=["C1"]), GFP)
    assert row["mean"].tolist() == [11.0]


REFERENCES = [sample("ref", value, role="reference") for value in (90.0, 100.0, 110.0)]


def test_a_relative_value_is_divided_by_the_mean_reference_of_its_own_plate():
    other = [sample("ref", value, plate="p2", role="reference") for value in (190.0, 210.0)]
    rows = [*REFERENCES, *other, sample("C1", 50.0), sample("C1", 100.0, plate="p2")]
    row = observed(rows, RELATIVE)
    ones = row[row["condition"] == "ref"]
    assert ones["mean"].tolist() == [1.0, 1.0]
    assert row[row["condition"] == "C1"]["mean"].tolist() == [0.5, 0.5]


def test_the_uncertainty_of_the_reference_is_carried_into_the_variance():
    """The delta method against 400,000 simulated plates."""
    rng = np.random.default_rng(0)
    plates = 400_000
    references = rng.normal(100, 5, (plates, 3)).mean(axis=1)
    values = rng.normal(50, 4, (plates, 2)).mean(axis=1)
    simulated = float(np.var(values / references))
    references_rows = [sample("ref", 100 + d, role="reference") for d in (-5.0, 0.0, 5.0)]
    half = 4 / np.sqrt(2)  # two values at mean -+ d have the sample variance 2 d^2
    row = observed([*references_rows, sample("C1", 50 - half), sample("C1", 50 + half)], RELATIVE)
    assert row.set_index("condition").loc["C1", "variance"] == pytest.approx(simulated, rel=0.02)


def test_a_single_value_has_an_unknown_variance_after_normalisation_too():
    row = observed([*REFERENCES, sample("C1", 50.0)], RELATIVE).set_index("condition")
    assert np.isnan(row.loc["C1", "variance"])
    assert row.loc["ref", "variance"] == pytest.approx(0.01 / 3)


def test_a_plate_without_a_reference_above_zero_waits_and_says_so():
    rows = [*REFERENCES, sample("C1", 50.0), sample("C1", 60.0, plate="p2"), sample("C2", 5.0, plate="p3")]
    rows += [sample("ref", -1.0, plate="p3", role="reference")]
    row = observed(rows, RELATIVE)
    assert row["plate"].unique().tolist() == ["p1"]
    assert [note.split()[0] for note in row.attrs["notes"]] == ["p2", "p3"]


def test_bounds_are_divided_by_the_reference_too():
    row = observed([*REFERENCES, sample("C1", 400.0, "over range")], RELATIVE).set_index("condition")
    assert row.loc["C1", ["mean", "lower", "upper"]].tolist() == [4.0, 4.0, np.inf]


@settings(max_examples=50, deadline=None)
@given(gain=st.floats(0.01, 1e4), seed=st.integers(0, 1000))
def test_the_gain_of_a_plate_cancels(gain, seed):
    rng = np.random.default_rng(seed)
    rows = [*REFERENCES, *(sample(f"C{i}", float(rng.uniform(1, 200))) for i in (1, 1, 2, 3))]
    scaled = [
        (condition, plate, role, value * gain, status) for condition, plate, role, value, status in rows
    ]
    one, other = observed(rows, RELATIVE), observed(scaled, RELATIVE)
    np.testing.assert_allclose(one[["mean", "variance"]], other[["mean", "variance"]], rtol=1e-9)


def test_the_relative_variance_of_one_replicate_is_pooled_by_degrees_of_freedom():
    table = pd.DataFrame(
        {"mean": [10.0, 100.0, 7.0], "variance": [1.0 / 2, 400.0 / 3, np.nan], "count": [2, 3, 1]}
    )
    assert relative_variance(table) == pytest.approx((1 * 0.01 + 2 * 0.04) / 3)
    assert np.isnan(relative_variance(table.iloc[2:]))


def test_observations_become_evidence_in_the_space():
    space = Space((Numeric("Mg", "mM", (0.0, 2.0, 4.0)), Choice("plasmid", ("a", "b"))))
    conditions = pd.DataFrame({"Mg": [4.0, 1.0], "plasmid": ["b", "a"]}, index=["C1", "C2"])
    rows = [sample("C1", 10.0), sample("C2", 60.0, "over range"), sample("C1", 12.0, plate="p2")]
    readings, samples = table_of(rows)
    known = evidence(observations(readings, samples, conditions, GFP), conditions, space)
    assert known.points.tolist() == [[1.0, 0.0, 1.0], [0.25, 1.0, 0.0], [1.0, 0.0, 1.0]]
    assert known.values.tolist() == [10.0, 60.0, 12.0]
    assert known.censored.tolist() == [False, True, False]
    assert known.plates.tolist() == [0, 0, 1]
    assert known.groups.tolist() == [0, 1, 1]


def test_nothing_measured_gives_no_observations():
    none = pd.DataFrame(columns=list(READING_COLUMNS))
    samples = pd.DataFrame(columns=["condition", "plate", "role"])
    for readout in (GFP, RELATIVE):
        assert not len(observations(none, samples, pd.DataFrame({"Mg": []}), readout))


def test_readings_survive_their_table():
    readings = (
        Reading("R01-S0001", "GFP", 5.0, "RFU", "ok", "5", "F2"),
        Reading("R01-S0002", "GFP", float("inf"), "", "spoiled", "", "F3"),
    )
    assert readings_of(readings_table(readings)) == readings


def test_wells_of_one_mix_count_as_one_sample_whose_scatter_says_nothing_of_mixing():
    rows = [sample("C1", 10.0), sample("C2", 7.0), sample("C1", 14.0), sample("C1", 20.0, plate="p2")]
    row = observed(rows, premixed=("R01-S0001", "R01-S0002", "R01-S0003", "R01-S0004"))
    assert row[["condition", "plate", "mean", "count"]].to_numpy().tolist() == [
        ["C1", "p1", 12.0, 1],
        ["C2", "p1", 7.0, 1],
        ["C1", "p2", 20.0, 1],
    ]
    assert row["variance"].isna().all()


def test_wells_that_were_mixed_each_on_its_own_still_count_each():
    rows = [sample("C1", 10.0), sample("C1", 14.0), sample("C2", 5.0), sample("C2", 9.0)]
    row = observed(rows, premixed=("R01-S0003", "R01-S0004"))
    assert row[["mean", "count"]].to_numpy().tolist() == [[12.0, 2], [7.0, 1]]
    assert row["variance"].tolist()[0] == pytest.approx(4.0)


def test_a_spoiled_well_of_a_mix_leaves_the_others():
    rows = [sample("C1", 10.0), sample("C1", 400.0, "spoiled"), sample("C1", 60.0, "over range")]
    row = observed(rows, premixed=("R01-S0001", "R01-S0002", "R01-S0003"))
    assert row["mean"].tolist() == [10.0, 60.0]
    assert row["lower"].tolist() == [-np.inf, 60.0]


def test_references_of_one_mix_divide_and_say_nothing_of_their_scatter():
    rows = [
        sample("reference-1", 2.0, role="reference"),
        sample("reference-1", 4.0, role="reference"),
        sample("C1", 6.0),
    ]
    row = observed(rows, RELATIVE, premixed=("R01-S0001", "R01-S0002", "R01-S0003"))
    assert row["mean"].tolist() == [1.0, 2.0]
    assert row["variance"].isna().all()
