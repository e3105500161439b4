"""From readings to yields: closed forms, simulations whose truth is known, and laws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bioal.measurements.observations import evidence, observations
from bioal.measurements.readings import Reading, readings_table
from bioal.protocol.factors import Numeric
from bioal.protocol.objective import Readout
from bioal.protocol.space import Space

ALONE = Readout("F", "RFU", normalise="controls", pool=False)
TOGETHER = Readout("F", "RFU", normalise="controls")


def observed(wells, readout, **said):
    """Return observations of rows (condition, plate, role, value), in the order given."""
    frame = pd.DataFrame(wells, columns=["condition", "plate", "role", "value", "title"][: len(wells[0])])
    ids = [f"R01-S{number:04d}" for number in range(1, len(frame) + 1)]
    readings = readings_table(
        Reading(sample, "F", float(value), "RFU", "ok", "", "")
        for sample, value in zip(ids, frame["value"], strict=True)
    )
    samples = frame.drop(columns="value").set_axis(ids).assign(well="B2")
    return observations(readings, samples, pd.DataFrame(index=frame["condition"].unique()), readout, **said)


def yields_of(wells, readout, **said):
    found = observed(wells, readout, **said)
    return found.set_index(["condition", "plate"])["mean"]


def simulated(rng, *, plates=6, wells=3, noise=0.05, gains=None, background=3.0, remade=0.0):
    """Return wells of plates with shared controls and conditions and one of their own, and the truth."""
    truth = {"neg": 0.0, "ref": 1.0, "A": 0.5, "B": 2.0, "C": 4.0, "D": 1.5}
    gains = rng.lognormal(7.0, 0.4, plates) if gains is None else gains
    rows = []
    for number, gain in enumerate(gains):
        offset = background * rng.lognormal(0, 0.03)
        own = {**truth, f"own {number}": 3.0}
        for condition, value in own.items():
            role = {"neg": "negative", "ref": "reference"}.get(condition, "carried over")
            level = gain * (offset + value) * rng.lognormal(0, remade)
            rows += [
                (condition, f"p{number}", role, level * (1 + noise * rng.standard_normal()))
                for _ in range(wells)
            ]
    return rows, truth


def spread(wells, readout, conditions="ABCD"):
    """Return the root mean square sd over plates of the yields of these conditions."""
    table = yields_of(wells, readout).unstack()
    return float(np.sqrt(np.mean([np.var(table.loc[one].dropna(), ddof=1) for one in conditions])))


@pytest.mark.smoke
def test_a_yield_is_0_at_the_negative_and_1_at_the_reference_control():
    """Day 1 of METIS TXTL (Pandi et al. 2022, Results_1.csv): A1 to C1 give 0.955."""
    wells = [("neg", "p", "negative", value) for value in (165, 173, 166)]
    wells += [("ref", "p", "reference", value) for value in (3923, 4049, 3782, 4311, 4162, 4113)]
    wells += [("A", "p", "sample", value) for value in (4123, 3908, 3614)]
    for readout in (ALONE, TOGETHER):
        found = yields_of(wells, readout)
        assert found["A", "p"] == pytest.approx(0.955, abs=5e-4)
        assert found["ref", "p"] == 1.0
        assert ("neg", "p") not in found


def test_a_blank_is_taken_off_and_the_unit_stays():
    wells = [("blank", "p", "blank", value) for value in (2.0, 4.0)] + [("A", "p", "sample", 10.0)]
    readout = Readout("F", "RFU", normalise="blank", pool=False)
    assert yields_of(wells, readout)["A", "p"] == 7.0
    assert readout.evaluated_unit == "RFU"
    assert TOGETHER.evaluated_unit == "x reference"


def test_the_uncertainty_of_both_controls_is_in_the_variance():
    """The delta method against 400,000 simulated plates."""
    rng = np.random.default_rng(0)
    size = (400_000, 4)
    negative, reference = (rng.normal(mean, sd, size).mean(axis=1) for mean, sd in ((40, 4), (100, 10)))
    value = rng.normal(70, 5, (size[0], 2)).mean(axis=1)
    simulated_ = float(np.var((value - negative) / (reference - negative)))
    spread_ = np.sqrt(3 / 4)  # four values at mean -+ d have the sample variance 4 d^2 / 3
    wells = [("neg", "p", "negative", 40 + 4 * spread_ * sign) for sign in (-1, 1, -1, 1)]
    wells += [("ref", "p", "reference", 100 + 10 * spread_ * sign) for sign in (-1, 1, -1, 1)]
    wells += [("A", "p", "sample", 70 + 5 * sign / np.sqrt(2)) for sign in (-1, 1)]
    found = observed(wells, ALONE).set_index("condition")
    assert found.loc["A", "variance"] == pytest.approx(simulated_, rel=0.03)


def test_the_control_that_is_named_is_the_one_that_counts():
    wells = [("neg", "p", "negative", 0.0, "no DNA"), ("ref", "p", "reference", 10.0, "Ref+")]
    wells += [("jove", "p", "reference", 40.0, "Jove"), ("A", "p", "sample", 20.0, "")]
    assert yields_of(wells, replace(ALONE, reference="Ref+"))["A", "p"] == 2.0
    by_jove = yields_of(wells, replace(ALONE, reference="Jove"))
    assert by_jove["A", "p"] == 0.5
    assert by_jove["ref", "p"] == 0.25


@pytest.mark.parametrize(
    ("role", "said"), [("negative", "no negative well"), ("reference", "no reference well")]
)
def test_a_plate_without_one_of_its_controls_waits_and_says_which(role, said):
    rows, _ = simulated(np.random.default_rng(0), plates=2)
    kept = [row for row in rows if (row[1], row[2]) != ("p1", role)]
    found = observed(kept, ALONE)
    assert set(found["plate"]) == {"p0"}
    (note,) = found.attrs["notes"]
    assert note.startswith("p1 has")
    assert said in note


def test_a_reference_that_reads_no_more_than_the_negative_makes_no_yield():
    wells = [("neg", "p", "negative", 10.0), ("ref", "p", "reference", 9.0), ("A", "p", "sample", 20.0)]
    for readout in (ALONE, TOGETHER):
        found = observed(wells, readout)
        assert not len(found)
        assert "no more than its negative wells" in found.attrs["notes"][0]


def test_a_plate_without_controls_is_tied_by_what_it_shares_and_says_so():
    rows, _truth = simulated(np.random.default_rng(1), noise=0.01)
    kept = [row for row in rows if row[1] != "p3" or row[2] == "carried over"]
    found = observed(kept, TOGETHER)
    assert found.set_index(["condition", "plate"])["mean"]["own 3", "p3"] == pytest.approx(3.0, rel=0.1)
    assert any("p3 has no negative and no reference" in note for note in found.attrs["notes"])


def test_a_plate_that_shares_nothing_is_left_out_and_says_so():
    rows, _ = simulated(np.random.default_rng(1))
    kept = [row for row in rows if row[1] != "p3" or row[0].startswith("own")]
    found = observed(kept, TOGETHER)
    assert "p3" not in set(found["plate"])
    assert any(note.startswith("p3 shares too little") for note in found.attrs["notes"])


def test_controls_made_in_several_ways_are_said():
    rows, _ = simulated(np.random.default_rng(1))
    changed = [("ref in R02" if row[:2] == ("ref", "p3") else row[0], *row[1:]) for row in rows]
    notes = observed(changed, TOGETHER).attrs["notes"]
    assert any(note.startswith("2 conditions count as the reference (ref, ref in R02)") for note in notes)


@pytest.mark.parametrize("seed", range(3))
def test_together_plates_spread_less_than_each_by_its_own_controls(seed):
    rows, truth = simulated(np.random.default_rng(seed), noise=0.06)
    assert spread(rows, TOGETHER) < 0.7 * spread(rows, ALONE)
    means = yields_of(rows, TOGETHER).unstack().mean(axis=1)
    for condition in "ABCD":
        assert means[condition] == pytest.approx(truth[condition], abs=0.35)


def test_together_is_unbiased_and_its_intervals_hold():
    """The error of a condition of one plate only, over 60 campaigns, against the variance that is stated."""
    z = []
    for seed in range(40):
        rows, _ = simulated(np.random.default_rng(seed), plates=4, noise=0.05)
        found = observed(rows, TOGETHER).reset_index(drop=True)
        shared = found.attrs["together"].loadings(found["plate"], found["mean"].to_numpy(float))
        own = found["condition"] == "own 0"
        variance = found.loc[own, "variance"] + np.square(shared).sum(axis=1)[own]
        z += list((found.loc[own, "mean"] - 3.0) / np.sqrt(variance))
    assert abs(np.mean(z)) < 0.5
    assert 0.6 < np.std(z) < 1.4


@pytest.mark.parametrize("wells", [1, 2, 3])
@pytest.mark.parametrize("control", ["neg", "ref"])
def test_one_bad_control_well_hardly_moves_the_yields_of_its_plate(wells, control):
    rows, _ = simulated(np.random.default_rng(4), wells=wells, noise=0.03)
    at = next(i for i, row in enumerate(rows) if row[0] == control and row[1] == "p2")
    bad = [(*row[:3], row[3] * 1.3) if i == at else row for i, row in enumerate(rows)]
    moved = {}
    for name, readout in (("together", TOGETHER), ("alone", ALONE)):
        before, after = yields_of(rows, readout), yields_of(bad, readout)
        moved[name] = abs(after["C", "p2"] - before["C", "p2"])
    assert moved["together"] < 0.3
    assert moved["together"] < 0.4 * moved["alone"]


def test_a_control_that_the_others_do_not_support_is_named():
    """Plate 7 of CFTX: the negative control read a quarter high, and yields doubled."""
    rows, _ = simulated(np.random.default_rng(5), noise=0.02)
    bad = [(*row[:3], row[3] * (1.25 if row[:2] == ("neg", "p2") else 1.0)) for row in rows]
    notes = observed(bad, TOGETHER).attrs["notes"]
    assert any(note.startswith("The negative wells of p2 read") for note in notes)


def test_a_change_of_gain_does_not_blur_the_background():
    gains = np.array([8000.0] * 5 + [2000.0] * 3)
    rows, truth = simulated(np.random.default_rng(6), plates=8, gains=gains, noise=0.03)
    tagged = {f"p{number}": "low" for number in (5, 6, 7)}
    for said in ({}, {"gains": tagged}):
        table = yields_of(rows, TOGETHER, **said).unstack()
        for condition in "ABCD":
            assert table.loc[condition].mean() == pytest.approx(truth[condition], abs=0.3)
            assert table.loc[condition].std() < 0.35


@settings(max_examples=30, deadline=None)
@given(factor=st.floats(0.01, 100.0), seed=st.integers(0, 1000), plate=st.integers(0, 2))
def test_the_gain_of_a_plate_cancels_plate_by_plate(factor, seed, plate):
    rows, _ = simulated(np.random.default_rng(seed), plates=3)
    scaled = [(*row[:3], row[3] * (factor if row[1] == f"p{plate}" else 1.0)) for row in rows]
    one, other = observed(rows, ALONE), observed(scaled, ALONE)
    np.testing.assert_allclose(one["mean"], other["mean"], rtol=1e-9, atol=1e-9)


@settings(max_examples=8, deadline=None)
@given(factor=st.floats(0.01, 100.0), seed=st.integers(0, 1000))
def test_the_unit_of_all_readings_cancels_for_plates_together(factor, seed):
    rows, _ = simulated(np.random.default_rng(seed), plates=3)
    scaled = [(*row[:3], row[3] * factor) for row in rows]
    for readout in (TOGETHER, replace(TOGETHER, normalise="reference", pool=True)):
        one, other = observed(rows, readout), observed(scaled, readout)
        np.testing.assert_allclose(
            one[["mean", "variance"]], other[["mean", "variance"]], rtol=1e-4, atol=1e-6
        )


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1000))
def test_the_order_of_rows_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    rows, _ = simulated(rng, plates=3)
    shuffled = [rows[i] for i in rng.permutation(len(rows))]
    for readout in (ALONE, TOGETHER):
        one, other = yields_of(rows, readout), yields_of(shuffled, readout)
        np.testing.assert_allclose(one, other[one.index], rtol=1e-4, atol=1e-5)


@settings(max_examples=8, deadline=None)
@example(seed=792, plates=5)
@given(seed=st.integers(0, 1000), plates=st.integers(2, 5))
def test_plates_that_agree_give_the_same_together_as_alone(seed, plates):
    rng = np.random.default_rng(seed)
    one, _ = simulated(rng, plates=1)
    rows = [(row[0], f"p{number}", *row[2:]) for number in range(plates) for row in one]
    # Only plates that are corrected together let replicates that stand apart count less.
    assume(not any("it counts" in note for note in observed(rows, TOGETHER).attrs["notes"]))
    alone, together = yields_of(rows, ALONE), yields_of(rows, TOGETHER)
    # Controls and conditions all fit gains and backgrounds that are the same, but for the reference control
    # and the negative one, which are 1 and 0 exactly.
    np.testing.assert_allclose(together, alone[together.index], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(("apart", "most"), [(0.0, 0.6), (30.0, 1.05)])
def test_blanks_are_drawn_together_only_as_far_as_their_wells_scatter(apart, most):
    errors = {"together": 0.0, "alone": 0.0}
    for seed in range(8):
        rng, rows = np.random.default_rng(seed), []
        for number in range(8):
            level = 100.0 + apart * number
            values = level + np.array([0, 0, 40, 40, 40]) + 10 * rng.standard_normal(5)
            rows += [("blank", f"p{number}", "blank", value) for value in values[:2]]
            rows += [(f"own {number}", f"p{number}", "sample", value) for value in values[2:]]
        raw = yields_of(rows, Readout("F"))
        levels = [100.0 + apart * int(plate[1:]) for _, plate in raw.index]
        for name in errors:
            blank = Readout("F", normalise="blank", pool=None if name == "together" else False)
            found = raw - yields_of(rows, blank).reindex(raw.index) - levels
            errors[name] += float(np.mean(found**2))
    assert errors["together"] < most * errors["alone"]


def test_what_plates_have_in_common_reaches_the_model():
    rows, _ = simulated(np.random.default_rng(8), plates=3)
    found = observed(rows, TOGETHER)
    names = found["condition"].unique()
    conditions = pd.DataFrame({"Mg": np.linspace(0, 4, len(names))}, index=names)
    space = Space((Numeric("Mg", "mM", (0.0, 2.0, 4.0)),))
    known = evidence(found, conditions, space)
    assert known.shared is not None
    covariance = known.shared @ known.shared.T
    same = known.plates[:, None] == known.plates
    assert covariance[same].min() > 0
    assert known.rows(np.array([2, 0])).shared == pytest.approx(known.shared[[2, 0]])
    assert evidence(observed(rows, ALONE), conditions, space).shared is None
