"""A fold over the reference, against tests and simulations that know the answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_ind

from bioal.measurements.folds import Arm, folds, ratio_interval


def wells(**groups: list[float] | np.ndarray) -> pd.DataFrame:
    """Return wells on one plate; a group's name is its condition, and its control where it is one."""
    controls = ("reference", "negative", "blank")
    rows = [
        {
            "condition": name,
            "plate": "plate-1",
            "control": name if name in controls else "",
            "value": float(value),
            "side": "measured",
        }
        for name, values in groups.items()
        for value in values
    ]
    return pd.DataFrame(rows)


def arm(values: np.ndarray) -> Arm:
    """Return wells of one plate as an arm."""
    count = len(values)
    return Arm(float(values.mean()), float(values.var(ddof=1)) / count, count - 1, count)


def test_the_ends_of_a_fold_are_those_that_welchs_test_just_does_not_reject():
    rng = np.random.default_rng(3)
    good, reference = rng.normal(300, 12, 6), rng.normal(100, 9, 5)
    (fold,) = folds(wells(good=good, reference=reference), ["good"])
    assert fold.ratio == pytest.approx(good.mean() / reference.mean())
    for end in (fold.low, fold.high):
        assert ttest_ind(good, end * reference, equal_var=False).pvalue == pytest.approx(0.10, abs=1e-9)
    assert fold.low < fold.ratio < fold.high


def test_less_where_less_is_wanted_is_the_same_fold_turned_over():
    table = wells(good=[19, 21, 20, 22], reference=[100, 104, 98, 97])
    (up,), (down,) = folds(table, ["good"]), folds(table, ["good"], falling=True)
    assert (down.ratio, down.low, down.high) == pytest.approx((1 / up.ratio, 1 / up.high, 1 / up.low))


@settings(max_examples=25, deadline=None)
@given(gain=st.floats(0.2, 5), offset=st.floats(-500, 500), seed=st.integers(0, 10_000))
def test_what_a_plate_adds_and_multiplies_leaves_a_fold_as_it_is_where_a_blank_stands_beside(
    gain, offset, seed
):
    rng = np.random.default_rng(seed)
    first = wells(good=rng.normal(300, 9, 3), reference=rng.normal(150, 9, 3), blank=rng.normal(20, 2, 3))
    second = first.assign(plate="plate-2", value=first["value"].to_numpy() * gain + offset)
    (one,) = folds(first, ["good"], floor="blank")
    (both,) = folds(pd.concat([first, second]), ["good"], floor="blank")
    assert both.ratio == pytest.approx(one.ratio, rel=1e-9)


def test_the_best_of_three_confirmed_conditions_lies_in_its_interval_at_least_nine_times_in_ten():
    rng, held, count = np.random.default_rng(11), 0, 600
    for _ in range(count):
        reference = arm(rng.normal(1.0, 0.1, 6))
        best = max((arm(rng.normal(2.0, 0.3, 6)) for _ in range(3)), key=lambda one: one.mean)
        low, high = ratio_interval(best, reference, level=1 - 0.1 / 3)
        held += low <= 2.0 <= high
    # Three standard errors of such a count are 3.7 %.
    assert 0.90 - 0.037 < held / count < 0.99


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda table: table[table["control"] != "reference"], "no well of the reference"),
        (lambda table: table.drop_duplicates("condition"), "needs two wells"),
        (lambda table: table.assign(side="over"), "beyond what can be read"),
        (lambda table: table.assign(value=table["value"] * [1, 1, 1, 1, -1, 1]), "scatter too much"),
    ],
)
def test_a_fold_that_cannot_be_told_says_why(change, why):
    (fold,) = folds(change(wells(good=[3, 3.1, 2.9], reference=[1, 1.1, 0.9])), ["good"])
    assert np.isnan(fold.ratio)
    assert why in fold.why
