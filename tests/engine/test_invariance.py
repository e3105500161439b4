"""What must not change a proposal: units, order, names, threads.

The same table is told in another way, and `bioal.propose` must choose the same rows.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

import bioal

FACTORS = ["Mg [mM]", "PEG [%]", "K [mM]", "strain"]
BATCH = 6


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Return 160 conditions of three numeric factors and a choice, 30 of them measured with noise."""
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(rng.integers(0, 9, (160, 3)).astype(float), columns=FACTORS[:3])
    frame["strain"] = np.array(["BL21", "DH5a", "K12"])[rng.integers(0, 3, 160)]
    frame = frame.drop_duplicates().reset_index(drop=True)
    warm = frame["strain"].map({"BL21": 0.0, "DH5a": 0.4, "K12": 0.1})
    truth = 2 - (frame["Mg [mM]"] / 9 - 0.6) ** 2 - (frame["PEG [%]"] / 9 - 0.3) ** 2 + warm
    frame["yield"] = (truth + 0.05 * rng.standard_normal(len(frame))).where(frame.index < 30)
    assert frame["yield"].notna().sum() == 30
    return frame


def _chosen(table: pd.DataFrame, model: str = "auto") -> pd.DataFrame:
    return bioal.propose(table, conditions=BATCH, model=model)


def _renamed(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with options and factors whose names sort in another order."""
    new = {"BL21": "z", "DH5a": "y", "K12": "x"}
    return table.assign(strain=table["strain"].map(new)).rename(
        columns={"Mg [mM]": "zinc", "strain": "a host"}
    )


@pytest.fixture(scope="module", params=["auto", "gp"])
def usual(table, request) -> tuple[str, pd.DataFrame]:
    return request.param, _chosen(table, request.param)


@pytest.mark.parametrize(("unit", "shift"), [(1e-12, 0.0), (1e12, 0.0), (1e3, -7e3), (0.01, 5.0)])
def test_another_unit_or_origin_of_the_yield_gives_the_same_rows(table, usual, unit, shift):
    model, expected = usual
    told = _chosen(table.assign(**{"yield": unit * table["yield"] + shift}), model)
    assert list(told.index) == list(expected.index)
    for column, origin in (("predicted_mean", shift), ("predicted_sd", 0.0)):
        ours = (told[column] - origin) / unit
        assert ours.to_numpy() == pytest.approx(expected[column].to_numpy(), rel=1e-5)


@pytest.mark.parametrize(("unit", "shift"), [(1e-12, 0.0), (1e12, 0.0), (2.5, -40.0)])
def test_another_unit_or_origin_of_the_factors_gives_the_same_rows(table, usual, unit, shift):
    model, expected = usual
    moved = table.assign(**{name: unit * table[name] + shift for name in FACTORS[:3]})
    told = _chosen(moved, model)
    assert list(told.index) == list(expected.index)
    assert told["predicted_mean"].to_numpy() == pytest.approx(expected["predicted_mean"].to_numpy(), rel=1e-6)


def test_another_order_of_rows_and_columns_gives_the_same_rows(table, usual):
    model, expected = usual
    shuffled = table.sample(frac=1.0, random_state=3)[["strain", "yield", *FACTORS[2::-1]]]
    told = _chosen(shuffled, model)
    assert list(told.index) == list(expected.index)
    assert told["predicted_mean"].to_numpy() == pytest.approx(expected["predicted_mean"].to_numpy(), rel=1e-6)


def test_other_names_of_factors_and_options_give_the_same_predictions_and_nearly_the_same_rows(table):
    expected, told = _chosen(table, "gp"), _chosen(_renamed(table), "gp")
    # Random paths are drawn in the order of names: a pick within its Monte-Carlo error may differ.
    common = expected.index.intersection(told.index)
    assert len(common) >= BATCH - 1
    assert list(told.index[:3]) == list(expected.index[:3])
    for column in ("predicted_mean", "predicted_sd"):
        ours, theirs = (each.loc[common, column].to_numpy() for each in (told, expected))
        assert ours == pytest.approx(theirs, rel=1e-6)


def test_one_thread_and_two_give_the_same_rows_and_digits(table, usual):
    model, expected = usual
    for threads in (1, 2):
        with threadpool_limits(limits=threads):
            pd.testing.assert_frame_equal(_chosen(table, model), expected, check_exact=True)
