"""`bioal skip`, as it is typed: what it rests on is said, and what is predicted is set apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from bioal.campaign.campaign import Campaign


@pytest.fixture
def checked(begun, filled):
    """Return a person in a campaign of 40 conditions, of which 5 were chosen and 25 drawn by lot."""
    assert begun("propose --conditions 5 --model gp").code == 0
    assert begun("merge", str(filled(1))).code == 0
    assert begun("propose --conditions 25 --checks 25 --model gp").code == 0
    assert begun("merge", str(filled(2))).code == 0
    return begun


def test_what_is_predicted_surely_is_listed_recorded_and_undone(checked):
    said = checked("skip --tolerance 500 --error 0.3 --output predicted.csv --record --json")
    result = said.json["result"]
    assert (said.code, result["skipped"], result["checked"], result["wrong"]) == (0, 10, 25, 0)
    lines = Path("predicted.csv").read_text("utf-8").splitlines()
    assert "Mg [mM]" in lines[0]
    assert len(lines) == 11
    assert all(line.endswith("predicted") for line in lines[1:])
    assert "10 conditions are predicted surely enough" in checked("status").err
    assert "10 conditions predicted, not to be measured" in checked("undo --list").out
    assert checked("undo").code == 0
    assert Campaign.open(".").predicted.empty


def test_too_few_checks_skip_nothing_and_say_how_many_are_needed(checked):
    said = checked("skip --tolerance 500 --error 0.05")
    assert said.code == 0
    assert said.out.startswith("Nothing is skipped: of 25 checks")
    assert "35 such checks" in said.out
    assert checked("skip --tolerance 500 --error 0.05 --record").code == 5
    assert checked("skip").code == 3
    assert checked("skip --tolerance 500 --output list.pdf").code == 3
