"""Several people and labs: who scatters more counts less, who reads high is corrected."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from bioal.measurements.observations import evidence, observations
from bioal.measurements.outliers import apart
from bioal.measurements.readings import Reading, readings_table
from bioal.measurements.replicates import pooled
from bioal.measurements.source_effects import Values, source_effects
from bioal.measurements.sources import weighed_by_source
from bioal.protocol.factors import Numeric
from bioal.protocol.objective import Readout
from bioal.protocol.space import Space


def made(seed, *, scatter, offset=(0.0, 0.0), cells=40, each=2):
    """Return values of conditions that two people made `each` times each, and the true levels."""
    rng = np.random.default_rng(seed)
    levels = 100 * rng.lognormal(0, 0.5, cells)
    rows = [
        (f"C{cell}", person, level * (1 + 0.05 * (offset[at] + scatter[at] * rng.standard_normal())))
        for cell, level in enumerate(levels)
        for at, person in enumerate(("Ana", "Ben"))
        for _ in range(each)
    ]
    values = pd.DataFrame(rows, columns=["condition", "source", "value"])
    values["sample"] = [f"S{number}" for number in values.index]
    values = values.assign(well="", plate="p", role="sample", control="", side="measured")
    return apart(values).values, pd.Series(levels, [f"C{cell}" for cell in range(cells)])


def error(values, truth):
    mean = pooled(values).set_index("condition")["mean"]
    return float(np.sqrt(np.mean((mean / truth[mean.index] - 1) ** 2)))


@pytest.mark.smoke
def test_one_person_changes_nothing():
    values, _ = made(0, scatter=(1, 1))
    for source in ("Ana", ""):
        alone = values.assign(source=source)
        found, notes = weighed_by_source(alone)
        pd.testing.assert_frame_equal(found, alone)
        assert notes == ()


def test_one_who_scatters_wildly_does_not_make_a_steady_one_doubtful():
    ratios = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        cells, sources = np.tile(np.arange(24), 4), np.repeat([0, 1], 48)
        noise = rng.standard_normal(96) * np.where(sources == 0, 1.0, 20.0)
        data = Values(rng.normal(0, 5, 24)[cells] + noise, cells, sources, np.zeros(96, int), np.ones(96), 2)
        steady, wild = np.sqrt(source_effects(data).variances)
        ratios.append(wild / steady)
    assert 5 < np.mean(ratios) < 20, "held a little towards the usual, and no more"


def test_who_scatters_three_times_as_much_counts_less_and_the_means_are_better():
    plain, weighed = 0.0, 0.0
    for seed in range(8):
        values, truth = made(seed, scatter=(1, 3))
        found, notes = weighed_by_source(values)
        plain, weighed = plain + error(values.assign(weight=1.0), truth), weighed + error(found, truth)
        noise = found.groupby("source")["noise"].first()
        assert noise["Ana"] == 1.0
        assert 4.0 < noise["Ben"] < 16.0
        assert any(note.startswith("Wells of Ben scatter") for note in notes)
    # Variances 1 and 9: weights 9 to 1 leave a sd of sqrt(0.9) where equal ones leave sqrt(10) / 2.
    assert weighed < 0.8 * plain


def test_who_reads_high_is_found_and_taken_off_where_each_made_other_conditions():
    values, truth = made(3, scatter=(1, 1), offset=(-1.0, 1.0))
    alone = [f"C{number}" for number in range(15)]
    keep = ~(values["condition"].isin(alone) & (values["source"] == "Ana"))
    found, notes = weighed_by_source(values[keep])
    assert any("Ben" in note and "high" in note for note in notes)
    of = found["condition"].isin(alone)
    assert error(found[of], truth) < error(values[keep][of], truth)


def test_people_who_are_alike_are_weighed_alike_and_not_spoken_of():
    for seed in range(5):
        values, truth = made(seed, scatter=(1, 1))
        found, notes = weighed_by_source(values)
        assert notes == ()
        assert found["noise"].max() < 1.6
        assert error(found, truth) < 1.05 * error(values, truth)


def test_a_well_alone_of_who_scatters_has_their_noise_and_nothing_else_is_known_of_it():
    values, _ = made(0, scatter=(1, 3))
    alone = values[~((values["condition"] == "C0") & (values.index != values.index[2]))]
    row = pooled(weighed_by_source(alone)[0]).set_index("condition").loc["C0"]
    assert row["count"] == 1
    assert np.isnan(row["variance"])
    assert row["noise"] > 4.0


def test_wells_of_one_person_keep_the_variance_that_they_show():
    """Who scatters more shows it in the replicates already: it must not count twice."""
    values, _ = made(0, scatter=(1, 3))
    plain = pooled(values.assign(source="")).set_index("condition")
    only = values[(values["source"] == "Ben") | ~values["condition"].isin([f"C{n}" for n in range(10)])]
    found, expected = pooled(weighed_by_source(only)[0]).set_index("condition"), pooled(only)
    assert found.loc["C3", "variance"] == pytest.approx(expected.set_index("condition").loc["C3", "variance"])
    assert len(found) == len(plain)


def restricted_log_likelihood(free, data):
    """Return the restricted log likelihood of log variances of two sources, offsets and plates, densely."""
    own, offset, plate = np.exp(free[:2]), np.exp(free[2]), np.exp(free[3])
    sources, plates = np.eye(2)[data.sources], np.eye(data.plates.max() + 1)[data.plates]
    cells = np.eye(data.cells.max() + 1)[data.cells]
    covariance = np.diag(own[data.sources] / data.wells)
    covariance += offset * sources @ sources.T + plate * plates @ plates.T
    inverse = np.linalg.inv(covariance)
    inner = cells.T @ inverse @ cells
    left = data.values - cells @ np.linalg.solve(inner, cells.T @ inverse @ data.values)
    sizes = np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(inner)[1]
    return -0.5 * (sizes + left @ inverse @ left)


def test_the_variances_are_those_of_restricted_maximum_likelihood():
    rng = np.random.default_rng(5)
    cells, plates = np.repeat(np.arange(20), 8), np.tile(np.arange(8), 20)
    sources = plates % 2
    noise = np.array([1.0, 2.0])[sources] * rng.standard_normal(160)
    values = rng.standard_normal(20)[cells] * 5 + 1.5 * rng.standard_normal(8)[plates] + noise
    data = Values(values, cells, sources, plates, np.ones(160), 2)
    found = source_effects(data, prior_wells=0.0)
    # Two sources say next to nothing of how sources differ: that variance is held where it was found.
    held = 2 * np.log(found.offset_sd)
    best = minimize(
        lambda free: -restricted_log_likelihood(np.r_[free[:2], held, free[2]], data), np.zeros(3)
    )
    assert found.variances == pytest.approx(np.exp(best.x[:2]), rel=0.01)
    assert found.plate_sd == pytest.approx(np.exp(best.x[2] / 2), rel=0.15)


LABS = Readout("titre", "g/L")
SPACE = Space((Numeric("x", "", tuple(float(level) for level in range(200))),))


def wells_of_labs(seed, *, scatter=(1.0, 1.0), offset=0.0, plate=0.0, shared=6, labs=("Basel", "Lund")):
    """Return wells of two plates of each lab, each with conditions of its own and `shared` of all."""
    rng = np.random.default_rng(seed)
    truth, rows = 10 * rng.lognormal(0, 0.4, 200), []
    for number in range(4):
        lab = labs[number % 2]
        own = range(20 + 20 * number, 40 + 20 * number)
        high = offset * (number % 2) + plate * rng.standard_normal()
        for cell in (*range(shared), *own):
            noise = scatter[number % 2] * rng.standard_normal(2)
            role = "reference" if cell == 0 and shared else "sample"
            rows += [(f"C{cell}", f"p{number}", role, lab, truth[cell] + 0.5 * (high + e)) for e in noise]
    frame = pd.DataFrame(rows, columns=["condition", "plate", "role", "lab", "value"])
    return frame, pd.Series(truth, [f"C{cell}" for cell in range(200)])


def campaign_of_labs(seed, **said):
    """Return observations of the wells of `wells_of_labs`, and the truth."""
    frame, truth = wells_of_labs(seed, **said)
    return observed_labs(frame), truth


def observed_labs(frame):
    ids = [f"S{number:04d}" for number in range(len(frame))]
    readings = readings_table(
        Reading(one, "titre", float(value), "g/L", "ok", "", "")
        for one, value in zip(ids, frame["value"], strict=True)
    )
    names = frame["condition"].unique()
    conditions = pd.DataFrame({"x": [float(one[1:]) for one in names]}, index=names)
    return observations(readings, frame.drop(columns="value").set_axis(ids), conditions, LABS)


@pytest.mark.smoke
@given(st.integers(0, 1000))
@settings(max_examples=8, deadline=None)
def test_one_lab_is_plain_averaging(seed):
    named, _ = campaign_of_labs(seed, labs=("Basel", "Basel"))
    nobody, _ = campaign_of_labs(seed, labs=("", ""))
    pd.testing.assert_frame_equal(named.drop(columns="by"), nobody.drop(columns="by"))
    wells, _ = wells_of_labs(seed, labs=("Basel", "Basel"))
    plain = wells.groupby(["condition", "plate"], sort=False)["value"].agg(["mean", "var", "count"])
    found = named.set_index(["condition", "plate"])
    assert found.index.equals(plain.index)
    assert found["mean"].to_numpy() == pytest.approx(plain["mean"].to_numpy(), rel=1e-12)
    assert found["variance"].to_numpy() == pytest.approx((plain["var"] / plain["count"]).to_numpy(), rel=1e-9)
    assert named["noise"].eq(1.0).all()
    assert named.attrs["apart"] is None


def test_a_lab_that_reads_high_is_levelled_by_what_both_labs_measured():
    plain, levelled = [], []
    for seed in range(6):
        found, truth = campaign_of_labs(seed, offset=8.0, plate=0.5)
        without, _ = campaign_of_labs(seed, offset=8.0, plate=0.5, labs=("", ""))
        assert any(note.startswith("Wells of Lund read") and "high" in note for note in found.attrs["notes"])
        for table, kept in ((found, levelled), (without, plain)):
            left = table["mean"].to_numpy() - truth[table["condition"]].to_numpy()
            kept.append(left - left.mean())
    assert np.std(levelled) < 0.6 * np.std(plain)


def test_what_stays_uncertain_of_a_lab_is_shared_by_what_it_measured():
    found, _ = campaign_of_labs(1, offset=4.0, shared=2)
    conditions = pd.DataFrame({"x": [float(one[1:]) for one in found["condition"]]}, index=found["condition"])
    known = evidence(found, conditions[~conditions.index.duplicated()], SPACE)
    assert known.shared is not None
    covariance = known.shared @ known.shared.T
    basel = (found["by"] == "Basel").to_numpy()
    assert (covariance[np.ix_(basel, basel)] > 0).all()
    assert (covariance[np.ix_(basel, ~basel)] < 0).all()


def test_labs_that_measured_nothing_in_common_are_left_as_they_are():
    found, _ = campaign_of_labs(1, offset=4.0, shared=0)
    without, _ = campaign_of_labs(1, offset=4.0, shared=0, labs=("", ""))
    pd.testing.assert_series_equal(found["mean"], without["mean"])
    assert found.attrs["apart"] is None
