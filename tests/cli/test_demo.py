"""The demo plays a campaign through real workbooks and judges itself by the truth."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from bioal.campaign.campaign import Campaign
from bioal.lab import CellFreeLab


def test_a_demo_of_one_plate_says_what_was_found_and_leaves_a_campaign(typed):
    said = typed("demo --rounds 1 --seed 3 --json")
    assert said.code == 0
    found = said.json["result"]
    assert found["low"] < found["mean"] < found["high"]
    assert 0 < found["truth"] <= found["best_possible"]
    assert found["conditions_possible"] == CellFreeLab().protocol.space.count().value
    campaign = Campaign.open("bioal-demo")
    assert campaign.status().rounds[0].outstanding == 0
    book = openpyxl.load_workbook(found["files"][0])
    assert "Run list" in book.sheetnames
    assert all(Path(file).exists() for file in found["files"])


@pytest.mark.smoke
def test_a_demo_never_plays_in_a_folder_that_is_used(typed):
    Path("here").mkdir()
    Path("here/notes.txt").write_text("mine", encoding="utf-8")
    said = typed("demo --folder here")
    assert said.code == 3
    assert "here is not empty" in said.err
