"""The scripts in examples/ run as they are, and show what they are there to show."""

from __future__ import annotations

import re
import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
# These have tests of their own, or replay a campaign for minutes.
ELSEWHERE = {"txtl_plate.py", "borkowski_replay.py"}
Run = Callable[[str], str]

pytestmark = pytest.mark.skipif(
    not EXAMPLES.is_dir(), reason="the examples are not here: an installed wheel is under test"
)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs an example and returns what it printed."""

    def printed(name: str) -> str:
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
        return capsys.readouterr().out

    return printed


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"\d+(?:\.\d+)?", text)]


def test_scikit_activemls_loop_on_a_table_beats_random_batches(run):
    last = run("loop_pool.py").splitlines()[-1]
    wells, chosen, random = numbers(last)
    assert wells == 30
    assert chosen > random


def test_modals_loop_foretells_more_of_the_grid_after_each_answers(run):
    shares = [numbers(line)[-1] for line in run("loop_query_teach.py").splitlines()]
    assert len(shares) == 12
    assert shares[-1] > 75 > shares[0]


def test_libacts_loop_keeps_to_its_quota_and_trusts_somebody(run):
    lines = run("loop_quota.py").splitlines()
    assert [line.split(" of ")[0].strip() for line in lines] == ["5", "10", "15", "20"]
    assert sum(numbers(lines[-1])[2:]) == pytest.approx(1.0, abs=0.02)


def test_outcomes_on_a_table_find_more_crystals_than_random_drops(run):
    lines = run("outcomes_crystals.py").splitlines()
    found = {line.split(":")[0]: sum(numbers(line.split(":")[1].split("crystals")[0])) for line in lines[:3]}
    assert found["focused improvement"] > found["random"]
    assert found["entropy"] > found["random"]
    assert "chance of crystal" in lines[3]
    coming = [numbers(line.replace("PEG 400", "").replace("PEG 3350", "")) for line in lines[4:]]
    assert [round(sum(row[2:5])) for row in coming] == pytest.approx([100] * 4, abs=1)


def test_every_example_is_run_somewhere():
    text = Path(__file__).read_text(encoding="utf-8")
    missing = [path.name for path in EXAMPLES.glob("*.py") if path.name not in text]
    assert not missing
    assert {path.name for path in EXAMPLES.glob("*.py")} >= ELSEWHERE
