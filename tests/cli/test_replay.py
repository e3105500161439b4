"""The published campaign is played again through real workbooks; its data lie outside the repository."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

SCRIPT = Path(__file__).parents[2] / "examples" / "borkowski_replay.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("borkowski_replay", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def table(script) -> pd.DataFrame:
    path = script.data_folder() / script.TABLE
    if not path.is_file():
        pytest.skip(f"the published measurements are not here: {path} (BIOAL_DATA names their folder)")
    return pd.read_csv(path)


def test_the_wells_of_a_composition_average_to_its_published_yield(script, table):
    published = script.measured(table)
    assert published.conditions.shape == (1007, 11)
    assert np.nanmean(published.replicates, axis=1) == pytest.approx(published.means, abs=1e-4)
    assert np.isnan(published.replicates).sum() == np.isnan(published.replicates[:, 2]).sum() > 0


def test_every_published_composition_is_one_of_the_protocol(script, table):
    protocol = script.protocol_from_toml(script.protocol_text())
    assert protocol.space.contains(script.measured(table).conditions).all()


def test_a_short_replay_goes_through_workbooks_and_beats_random_choice(script, table, tmp_path):
    found = script.replay(script.measured(table), tmp_path, rounds=3, conditions=12, seed=0)
    assert list(found["conditions"]) == [12, 24, 36]
    assert found["best"].is_monotonic_increasing
    assert found["best"].iloc[-1] > found["best at random"].iloc[-1]
    assert found["mean of round"].iloc[-1] > 1.3 * found["mean of round"].iloc[0]
    assert (tmp_path / "replay" / "rounds" / "round-03.xlsx").is_file()


def test_the_best_of_random_orders_is_what_order_statistics_say(script):
    values = np.arange(1.0, 11.0)
    # the expected largest of k drawn from 1..n without replacement is k (n + 1) / (k + 1)
    expected = [k * 11 / (k + 1) for k in (2, 5)]
    assert script.random_best(values, [2, 5], seed=0) == pytest.approx(expected, rel=0.02)


def test_without_data_the_script_says_where_to_name_them(script, tmp_path):
    with pytest.raises(SystemExit, match="BIOAL_DATA"):
        script.main(["--data", str(tmp_path)])
