"""What runs come to, against examples worked by hand and against theory."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bioal.backtest.finished import Finished, finished
from bioal.backtest.plot import plot, require_plots
from bioal.backtest.summary import interval, summary
from bioal.errors import UsageError


@pytest.fixture
def pool() -> Finished:
    return finished(pd.DataFrame({"Mg": range(5), "yield": [0.0, 40.0, 50.0, 92.0, 100.0]}))


@pytest.fixture
def by_hand() -> pd.DataFrame:
    """Return three seeds of two settings: rounds of 2, the best so far after each."""
    best = {
        "gp": [(50, 92, 100), (40, 92, 92), (50, 100, 100)],
        "random": [(50, 50, 92), (40, 40, 40), (50, 50, 50)],
    }
    rows = [
        {"setting": name, "seed": seed, "round": at, "measured": 2 * at + 2, "best": float(found)}
        for name, seeds in best.items()
        for seed, course in enumerate(seeds)
        for at, found in enumerate(course)
    ]
    runs = pd.DataFrame(rows)
    runs["rmse"] = np.where(runs["setting"] == "gp", 3.0, 5.0) + runs["seed"]
    return runs.assign(regret=(100 - runs["best"]) / 50, top=runs["best"].eq(100).astype(float), seconds=0.0)


@pytest.mark.smoke
def test_conditions_to_reach_a_share_of_the_best(by_hand, pool):
    found = summary(by_hand, pool).to_reach.set_index(["setting", "share"])
    assert found.loc[("gp", 0.90)].tolist() == [4.0, 3, 3]  # all three after the second round
    assert found.loc[("gp", 0.99)].tolist() == [6.0, 2, 3]  # 6, never, 4
    assert np.isnan(found.loc[("random", 0.90), "measured"])
    assert found.loc[("random", 0.90), "reached"] == 1
    assert found.loc[("random", 0.95), "reached"] == 0


def test_differences_to_random_are_paired_by_seed(by_hand, pool):
    (row,) = summary(by_hand, pool).against_random.to_dict("records")
    assert row["setting"] == "gp"
    assert row["best"] == pytest.approx((8 + 52 + 50) / 3)
    # Mean regret over the two proposals, random less gp: 0.58 - 0.08, 1.2 - 0.16, 1 - 0.
    assert row["regret"] == pytest.approx((0.5 + 1.04 + 1.0) / 3)
    assert row["best_low"] <= row["best"] <= row["best_high"]
    # Paired, the seeds' own 0, 1 and 2 cancel.
    assert (row["rmse_low"], row["rmse"], row["rmse_high"]) == pytest.approx((2.0, 2.0, 2.0))


def test_without_a_judge_no_error_of_predictions_is_told(by_hand, pool):
    (row,) = summary(by_hand.assign(rmse=np.nan), pool).against_random.to_dict("records")
    assert np.isnan([row["rmse"], row["rmse_low"], row["rmse_high"]]).all()


def test_best_by_round_is_the_mean_over_seeds(by_hand, pool):
    found = summary(by_hand, pool).by_round.set_index(["setting", "round"])
    assert found.loc[("gp", 1), "best"] == pytest.approx((92 + 92 + 100) / 3)
    assert found.loc[("gp", 2), "top"] == pytest.approx(2 / 3)
    assert found.loc[("random", 2), "measured"] == 6


def test_bootstrap_intervals_agree_with_the_normal_ones_for_many_seeds():
    values = np.random.default_rng(0).standard_normal(400)
    reach = 1.645 * values.std() / np.sqrt(400)
    low, high = interval(values)
    assert (low, high) == pytest.approx((values.mean() - reach, values.mean() + reach), abs=0.01)
    assert interval(values) == (low, high)
    assert np.isnan(interval(values[:1])).all()


def test_a_plot_is_drawn_where_matplotlib_is(by_hand, pool, tmp_path):
    pytest.importorskip("matplotlib")
    path = tmp_path / "runs.png"
    plot(summary(by_hand, pool).by_round, path, heading="yield", possible=100.0)
    assert path.read_bytes().startswith(b"\x89PNG")


def test_a_missing_extra_is_said_with_the_command_that_installs_it(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with pytest.raises(UsageError, match=r"pip install 'bioal\[plots\]'"):
        require_plots(tmp_path / "runs.png")
    with pytest.raises(UsageError, match=r"\.png, \.svg, \.pdf"):
        require_plots(tmp_path / "runs.doc")
