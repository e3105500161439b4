"""Several people at one bench: who scatters more counts less, who reads high is corrected."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bioal.measurements.outliers import apart
from bioal.measurements.replicates import pooled
from bioal.measurements.sources import weighed_by_source


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
    mean = (values["value"] * values["weight"]).groupby(values["condition"]).sum()
    mean /= values["weight"].groupby(values["condition"]).sum()
    return float(np.sqrt(np.mean((mean / truth[mean.index] - 1) ** 2)))


@pytest.mark.smoke
def test_one_person_changes_nothing():
    values, _ = made(0, scatter=(1, 1))
    for source in ("Ana", ""):
        alone = values.assign(source=source)
        found, notes = weighed_by_source(alone)
        pd.testing.assert_frame_equal(found, alone)
        assert notes == ()


def test_who_scatters_three_times_as_much_counts_less_and_the_means_are_better():
    plain, weighed = 0.0, 0.0
    for seed in range(8):
        values, truth = made(seed, scatter=(1, 3))
        found, notes = weighed_by_source(values)
        plain, weighed = plain + error(values.assign(weight=1.0), truth), weighed + error(found, truth)
        weights = found.groupby("source")["weight"].median()
        assert weights["Ben"] < 0.3 * weights["Ana"]
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
        assert found.groupby("source")["weight"].median().min() > 0.6
        assert error(found, truth) < 1.05 * error(values, truth)


def test_a_well_alone_of_who_scatters_is_one_well_whose_variance_is_unknown():
    values, _ = made(0, scatter=(1, 3))
    alone = values[~((values["condition"] == "C0") & (values.index != values.index[2]))]
    row = pooled(weighed_by_source(alone)[0]).set_index("condition").loc["C0"]
    assert row["count"] == 1
    assert np.isnan(row["variance"])
