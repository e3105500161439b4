"""`bioal backtest` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from bioal.cli.main import run

LINE = "backtest t.csv --batch 4 --rounds 2 --seeds 2 --models gp --jobs 1"


@pytest.fixture
def typed(table, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    table.to_csv("t.csv", index=False)

    def type_line(line: str) -> tuple[int, str, str]:
        code = run(line.split())
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out, said.err

    return type_line


@pytest.mark.smoke
def test_a_finished_table_is_replayed_kept_and_gone_on_from(typed):
    code, out, err = typed(f"{LINE} --out runs.csv")
    assert (code, err) == (0, "")
    assert "40 conditions; best yield: 39" in out
    before = pd.read_csv("runs.csv")
    code, out, _ = typed(f"{LINE} --out runs.csv --seeds 3 --json")
    answer = json.loads(out)["result"]
    assert code == 0
    assert {row["setting"] for row in answer["by_round"]} == {"gp: focused improvement", "random"}
    assert answer["against_random"][0]["seeds"] == 3
    after = pd.read_csv("runs.csv")
    assert len(after) == 18
    # Finished runs keep even the seconds that they took.
    pd.testing.assert_frame_equal(after[after["seed"] < 2].reset_index(drop=True), before)
    assert len(json.loads(typed(f"{LINE} --out runs.csv --seeds 1 --json")[1])["result"]["by_round"]) == 6


def test_a_judge_is_kept_and_told(typed):
    line = f"{LINE} --strategies random --out r.csv"
    assert typed(line.replace("--seeds 2", "--seeds 1"))[0] == 0
    assert typed(f"{line} --judge ridge")[0] == 2  # other options, another file
    Path("r.csv").unlink()
    code, out, _ = typed(f"{line} --judge ridge --json")
    assert code == 0
    told = [row["rmse"] for row in json.loads(out)["result"]["by_round"]]
    assert told == pytest.approx(pd.read_csv("r.csv").groupby("round")["rmse"].mean().tolist())
    assert typed(f"{line} --judge ridge --json")[1] == out


def test_a_plot_is_drawn_and_named(typed):
    pytest.importorskip("matplotlib")
    code, out, _ = typed(f"{LINE} --acquisitions random --plot runs.svg")
    assert code == 0
    assert "Wrote runs.svg" in out
    assert "</svg>" in Path("runs.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("more", "code", "named"),
    [
        ("--objective titre", 2, "titre"),
        ("--first true", 3, "--first random"),
        ("--batch 30", 3, "Lower --batch"),
        ("--models crystal", 3, "Models: auto"),
        ("--out runs.txt", 3, "--out names a .csv file"),
        ("--out t.csv", 2, "Name another --out"),
        ("--factors pH", 3, "'pH'"),
    ],
)
def test_what_cannot_be_replayed_is_refused_in_words(typed, more: str, code: int, named: str):
    said = typed(f"{LINE} {more}")
    assert said[0] == code
    assert named in said[2]


def test_a_table_that_is_not_there_and_a_lab_with_a_protocol_are_wrong_usage(typed):
    assert typed("backtest nowhere.csv")[0] == 3
    assert "its own protocol" in typed("backtest lab --objective GFP")[2]
    assert "its own protocol" in typed("backtest lab --direction minimize")[2]


def test_the_virtual_lab_is_replayed_by_name(typed):
    code, out, _ = typed("backtest lab --batch 6 --rounds 1 --seeds 1 --acquisitions random --jobs 1")
    assert code == 0
    assert "2000 conditions; best GFP" in out
    assert "noise drawn from the replicates" in out
