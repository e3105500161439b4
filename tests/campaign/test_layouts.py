"""Layouts of a campaign: what a protocol says of the plate reaches the proposal, the sheets and the model."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from bioal.campaign.campaign import Campaign
from bioal.errors import Refused
from bioal.protocol.protocol import protocol_from_toml

SALTS = """
[campaign]
name = "Salts"
[readouts.GFP]
unit = "RFU"
[objective]
readout = "GFP"
[factors.Mg]
unit = "mM"
levels = [2, 4, 6, 8]
[factors.K]
unit = "mM"
levels = [20, 40, 60, 80]
[plate]
size = 24
replicates = 2
PLATE
[[controls]]
role = "reference"
wells = 2
condition = { Mg = 4, K = 40 }
"""


def campaign_in(folder: Path, plate: str) -> Campaign:
    return Campaign.new(folder / "salts", protocol_from_toml(SALTS.replace("PLATE", plate)))


def sheet_as_table(path: Path, sheet: str, header: int = 0) -> pd.DataFrame:
    return pd.read_excel(path, sheet_name=sheet, header=header)


def test_a_plate_with_empty_wells_is_counted_filled_and_refused_by_its_usable_wells(tmp_path: Path) -> None:
    campaign = campaign_in(tmp_path, 'edge = "empty"')
    assert campaign.plan().words() == "3 conditions x 2 + 2 controls = 8 of 8 usable wells"
    proposal = campaign.propose()
    assert set(proposal.round.samples["well"]) == {"B2", "B3", "B4", "B5", "C2", "C3", "C4", "C5"}
    assert proposal.count.words() == campaign.plan().words()
    assert campaign.plan(4).words() == "4 conditions x 2 + 2 controls x 2 plates = 12 of 16 usable wells"


def test_the_proposal_and_its_read_me_say_how_surely_a_misread_would_be_noticed(tmp_path: Path) -> None:
    proposal = campaign_in(tmp_path, "").propose(9)
    said = [note for note in proposal.notes if "of 100 cases" in note]
    assert len(said) == 1
    read_me = openpyxl.load_workbook(proposal.workbook)["Read me"]
    assert said[0] in [cell.value for (cell,) in read_me["B1:B80"]]


def test_by_hand_conditions_are_numbered_as_they_follow_each_other_on_the_plate(tmp_path: Path) -> None:
    proposal = campaign_in(tmp_path, 'layout = "by hand"').propose(8)
    samples = proposal.round.samples
    first = samples[(samples["role"] == "sample") & (samples["replicate"] == 1)]
    assert list(first["condition"]) == sorted(first["condition"])
    assert any("cannot be told from a difference between conditions" in note for note in proposal.notes)


def test_a_design_of_ones_own_is_laid_out_by_hand_as_it_stands(tmp_path: Path) -> None:
    design = pd.DataFrame({"Mg": [2.0, 8, 2, 8], "K": [20.0, 80, 80, 20]})
    proposal = campaign_in(tmp_path, 'layout = "by hand"').propose(exactly=design)
    assert proposal.round.proposed["K"].tolist() == design["K"].tolist()


def test_operators_are_named_sample_by_sample_and_plate_by_plate(tmp_path: Path) -> None:
    campaign = campaign_in(tmp_path, 'operators = ["Ana", "Ben"]')
    proposal = campaign.propose(16)
    runs = sheet_as_table(proposal.workbook, "Run list")
    assert runs.groupby("Operator")["Plate"].unique().map(list).to_dict() == {
        "Ana": ["plate-1"],
        "Ben": ["plate-2"],
    }
    made = runs[runs["Role"] == "sample"].groupby("Condition")["Operator"].nunique()
    assert set(made) == {2}
    details = sheet_as_table(proposal.workbook, "Plate details", header=3)
    assert details["Operator"].tolist() == ["Ana", "Ben"]
    # What was planned is no news: a workbook without values is still none that can be merged.
    with pytest.raises(Refused, match="no values"):
        campaign.merge(proposal.workbook)


def test_two_operators_share_a_single_plate_column_by_column(tmp_path: Path) -> None:
    proposal = campaign_in(tmp_path, 'operators = ["Ana", "Ben"]').propose(9)
    runs = sheet_as_table(proposal.workbook, "Run list")
    assert runs["Operator"].tolist() == ["Ana"] * 10 + ["Ben"] * 10
    columns = runs["Well"].str[1:].astype(int)
    assert columns.is_monotonic_increasing
    made = runs[runs["Role"] == "sample"].groupby("Condition")["Operator"].nunique()
    assert set(made) == {2}
    assert sheet_as_table(proposal.workbook, "Plate details", header=3)["Operator"].isna().all()


def test_a_merged_run_list_with_operators_draws_no_warning(tmp_path: Path) -> None:
    campaign = campaign_in(tmp_path, 'operators = ["Ana", "Ben"]')
    runs = sheet_as_table(campaign.propose(9).workbook, "Run list")
    steps = pd.factorize(runs["Condition"])[0]
    assert campaign.check(runs.assign(**{"GFP [RFU]": 10.0 + steps})).warnings == ()


def test_wells_of_one_mix_are_one_sample_to_the_model_and_named_so_on_the_map(tmp_path: Path) -> None:
    campaign = campaign_in(tmp_path, "premix = true")
    proposal = campaign.propose(16)
    assert (proposal.round.samples.groupby("condition")["plate"].nunique().drop("reference-1") == 1).all()
    runs = sheet_as_table(proposal.workbook, "Run list")
    steps = pd.factorize(runs["Condition"])[0]
    campaign.merge(runs.assign(**{"GFP [RFU]": 10.0 * (1 + steps) + np.arange(len(runs)) / 100}))
    assert set(campaign.observations["count"]) == {1}
    assert len(campaign.observations) == 16 + 2
    book = openpyxl.load_workbook(proposal.workbook)
    words = [str(cell.value) for row in book["Plate map 1"].iter_rows() for cell in row]
    assert any(text.endswith("\nmix 2") for text in words)
    assert any("mix 2 the second well of its mix" in text for text in words)


def map_of(path: Path) -> list[str]:
    sheet = openpyxl.load_workbook(path)["Plate map"]
    return [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]


def test_the_map_marks_its_corner_and_the_wells_that_stay_empty(tmp_path: Path) -> None:
    words = map_of(campaign_in(tmp_path, 'edge = "empty"').propose(2).workbook)
    assert words.count("\u00d7") == 16
    assert "\u25e4 A1" in words
    assert any("Wells with \u00d7 stay empty" in text for text in words)


def test_the_map_says_who_fills_which_wells(tmp_path: Path) -> None:
    proposal = campaign_in(tmp_path, 'operators = ["Ana", "Ben"]').propose(9)
    said = "Made by Ana A1 to B3, Ben C3 to D5, down the columns"
    assert any(said in text for text in map_of(proposal.workbook))


def test_later_rounds_judge_their_layout_by_what_was_measured(tmp_path: Path) -> None:
    campaign = campaign_in(tmp_path, "")
    first = campaign.propose(9)
    assert any("agree to 20 % and conditions that differ by 50 %" in note for note in first.notes)
    runs = sheet_as_table(first.workbook, "Run list")
    noise = 1 + 0.06 * np.random.default_rng(1).standard_normal(len(runs))
    campaign.merge(runs.assign(**{"GFP [RFU]": runs["Mg [mM]"] * runs["K [mM]"] * noise}))
    said = " ".join(campaign.propose(4).notes)
    found = re.search(r"replicates that agree to (\d+) % and conditions that differ by (\d+) %", said)
    assert found is not None
    # Ten pairs tell a standard deviation of 6 % to within a third or so.
    assert 3 <= int(found[1]) <= 9
    assert int(found[2]) != 50
