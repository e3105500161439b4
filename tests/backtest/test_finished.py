"""A finished table becomes a pool: replicates average and lend their noise, rounds are told apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bioal.backtest.finished import finished
from bioal.backtest.laboratory import laboratory
from bioal.errors import Refused, UsageError
from bioal.protocol.protocol import protocol_from_toml
from bioal.sheets.finished import read_finished

PROTOCOL = """
[campaign]
name = "salts"
[readouts.GFP]
unit = "RFU"
[objective]
readout = "GFP"
direction = "maximize"
[factors.Mg]
unit = "mM"
levels = [1, 2, 3]
[plate]
size = 96
"""


@pytest.fixture
def replicated() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    mg = np.repeat(np.arange(200.0), 3)
    return pd.DataFrame({"Mg": mg, "yield": 50 + mg + 2.0 * rng.standard_normal(600)})


@pytest.mark.smoke
def test_equal_rows_and_several_columns_are_the_same_replicates():
    rows = pd.DataFrame({"Mg": [1, 1, 2, 2], "yield": [1.0, 3.0, 5.0, 6.0]})
    columns = pd.DataFrame({"Mg": [1, 2], "y1": [1.0, 5.0], "y2": [3.0, 6.0]})
    one, other = finished(rows), finished(columns, ["y1", "y2"])
    assert one.truth.tolist() == other.truth.tolist() == [2.0, 5.5]
    assert one.counts.tolist() == other.counts.tolist() == [2, 2]
    assert np.allclose(one.sd, other.sd)
    assert sorted(one.errors) == pytest.approx(sorted(other.errors))


def test_rows_without_a_yield_are_left_out():
    pool = finished(pd.DataFrame({"Mg": [1, 2, 3, 3], "yield": [1.0, 2.0, np.nan, 4.0]}))
    assert pool.truth.tolist() == [1.0, 2.0, 4.0]


def test_without_replicates_readings_are_the_truth(table):
    pool = finished(table)
    read = pool.readings(np.random.default_rng(0))
    assert np.array_equal(read.values, pool.truth)
    assert np.isnan(read.variances).all()


def test_readings_scatter_like_the_replicates_that_made_the_table(replicated):
    pool = finished(replicated)
    draws = np.array([pool.readings(np.random.default_rng(seed)).values for seed in range(200)])
    # A mean of three wells with sd 2 has sd 2 / sqrt 3.
    assert (draws - pool.truth).std() == pytest.approx(2.0 / np.sqrt(3), rel=0.1)
    assert (draws - pool.truth).mean() == pytest.approx(0.0, abs=0.05)


def test_evidence_knows_the_replicates_behind_a_value(replicated):
    pool = finished(replicated)
    known = pool.evidence(pool.readings(np.random.default_rng(0)), np.arange(50))
    assert known.counts.tolist() == [3] * 50
    assert np.mean(known.variances) == pytest.approx(4.0 / 3, rel=0.3)


def test_the_lowest_round_is_the_true_first_one():
    pool = finished(pd.DataFrame({"Mg": [1, 2, 3], "Round": [2, 1, 1], "yield": [1.0, 2.0, 4.0]}))
    assert pool.first.tolist() == [False, True, True]
    assert pool.points.shape == (3, 1)


def test_a_column_beside_the_experiment_is_refused_with_the_option_that_helps(table):
    with pytest.raises(Refused, match="--factors"):
        finished(table.assign(operator="Ada"))
    assert finished(table.assign(operator="Ada"), factors=["Mg [mM]", "plasmid"]).points.shape == (40, 6)


@pytest.mark.parametrize("value", ["high", 1e40])
def test_a_yield_that_is_no_number_is_refused_with_its_row(table, value):
    table["yield"] = table["yield"].astype(object)
    table.loc[7, "yield"] = value
    with pytest.raises(Refused, match='column "yield", row 7'):
        finished(table)


def test_an_unknown_objective_and_a_flat_table_are_refused(table):
    with pytest.raises(UsageError, match=r'no column "titre".*Mg'):
        finished(table, ["titre"])
    with pytest.raises(Refused, match="all of the same yield"):
        finished(table.assign(**{"yield": 1.0}))


def test_a_protocol_brings_factors_and_objective():
    plan = protocol_from_toml(PROTOCOL)
    pool = finished(
        pd.DataFrame({"Mg": [1, 3], "GFP [RFU]": [5.0, 9.0], "note": "x"}), ["GFP [RFU]"], plan=plan
    )
    assert pool.points[:, 0].tolist() == [0.0, 1.0]
    assert pool.objective == plan.objective


def test_shares_of_the_best_are_of_the_yield_or_of_the_way_from_the_median():
    table = pd.DataFrame({"Mg": [1, 2, 3], "yield": [2.0, 6.0, 10.0]})
    assert finished(table).threshold(0.9) == pytest.approx(9.0)
    # Less is better: from the median 6 down to 2, nine tenths of the way is 2.4.
    assert finished(table, direction="minimize").threshold(0.9) == pytest.approx(-2.4)


def test_a_file_is_read_with_its_types_and_its_rows(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("batch 7\nplasmid;code;Mg;yield\nTRUE;007;1,5;2,25\nNA;010;2,5;\n", encoding="utf-8")
    with pytest.raises(Refused, match="header"):
        read_finished(path, ["yield"])
    path.write_text("plasmid;code;Mg;yield\nTRUE;007;1,5;2,25\nNA;010;2,5;\n", encoding="utf-8")
    read = read_finished(path, ["Yield"])
    assert read["plasmid"].tolist() == ["TRUE", "NA"]
    assert read["code"].tolist() == ["007", "010"]
    assert read["Mg"].tolist() == [1.5, 2.5]
    assert read["yield"].isna().tolist() == [False, True]
    assert list(read.index) == [2, 3]


def test_a_workbook_is_read_like_a_csv_file(tmp_path, table):
    table.to_excel(tmp_path / "t.xlsx", index=False)
    table.to_csv(tmp_path / "t.csv", index=False)
    one, other = (finished(read_finished(tmp_path / name, ["yield"])) for name in ("t.xlsx", "t.csv"))
    assert one.digest == other.digest


def test_the_virtual_lab_is_a_pool_with_its_own_truth_and_errors():
    pool = laboratory(300)
    assert len(pool) == 300
    assert set(pool.counts) == {3}
    read = pool.readings(np.random.default_rng(0)).values
    good = pool.truth > 1
    # Pipetting and lysate errors of 3 to 8 %, averaged over three wells.
    assert 0.01 < np.std(read[good] / pool.truth[good]) < 0.12
