"""A reader's file at the command line: refused with its choices, or merged; samples for an instrument."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from bioal.campaign.campaign import Campaign
from bioal.plates.wells import row_name


@pytest.fixture
def kinetic(proposed):
    """Return a file with two reads, one of them over time, of the whole plate."""
    wells = [f"{row_name(i)}{j + 1}" for i in range(8) for j in range(12)]
    lines = ["OD", f"Time,{','.join(wells)}"]
    lines += [
        f"{hour}:00:00,{','.join(f'{1000 + 10 * hour + at}.5' for at in range(96))}" for hour in (0, 6, 30)
    ]
    path = Path("reader.csv")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def position(sample):
    """Return which of the 96 wells a sample stands in, row by row."""
    well = Campaign.open(".").rounds[1].samples.loc[sample, "well"]
    return (ord(well[0]) - 65) * 12 + int(well[1:]) - 1


def test_a_kinetic_file_asks_how_it_is_read_and_then_merges(proposed, kinetic):
    asked = proposed("check reader.csv --plate round-01/plate-1")
    assert asked.code == 2
    assert "a series of 3 readings from 0:00:00 to 30:00:00 in 'OD'" in asked.err
    assert "--read" in asked.err
    checked = proposed("check reader.csv --plate round-01/plate-1 --read", "at 6 h")
    assert checked.code == 0, checked.err
    assert 'Next: bioal merge reader.csv --plate round-01/plate-1 --read "at 6 h"' in checked.out
    assert "Of 3 times: at 6:00:00." in checked.err
    merged = proposed("merge reader.csv --plate round-01/plate-1 --read", "at 6 h")
    assert merged.code == 0, merged.err
    assert proposed("merge reader.csv --plate round-01/plate-1 --read 6h").code == 5
    readings = Campaign.open(".").state.readings.set_index("sample")["value"]
    assert readings["R01-S0001"] == 1060 + position("R01-S0001") + 0.5


def test_a_word_that_names_no_reading_is_wrong_usage(proposed, kinetic):
    said = proposed("merge reader.csv --plate round-01/plate-1 --read middle")
    assert said.code == 3
    assert "--read is last, first, max" in said.err


def test_the_marked_copy_of_a_refused_reader_file_is_written(proposed, kinetic):
    at = position("R01-S0001")
    text = kinetic.read_text(encoding="utf-8")
    kinetic.write_text(text.replace(f"{1060 + at}.5", "smudge"), encoding="utf-8")
    said = proposed("check reader.csv --plate round-01/plate-1 --read", "at 6 h")
    assert said.code == 2
    assert f"row 4, column {at + 2}" in said.err
    book = openpyxl.load_workbook("reader (checked).xlsx")
    marked = book["reader"].cell(4, at + 2)
    assert marked.value == "smudge"
    assert marked.comment is not None


def test_the_marked_copy_of_a_shared_file_goes_into_the_campaigns_folder(proposed, kinetic, tmp_path_factory):
    at = position("R01-S0001")
    shared = tmp_path_factory.mktemp("shared") / "day 1.csv"
    text = kinetic.read_text(encoding="utf-8")
    shared.write_text(text.replace(f"{1060 + at}.5", "smudge"), encoding="utf-8")
    said = proposed("check --plate plate-1 --read", "at 6 h", str(shared))
    assert said.code == 2
    assert "The cells are marked in" in said.err
    assert "day 1 (checked).xlsx" in said.err
    assert [path.name for path in shared.parent.iterdir()] == ["day 1.csv"]
    assert Path("day 1 (checked).xlsx").is_file()


def test_samples_are_listed_for_a_queue_on_standard_output_or_into_a_file(proposed, filled):
    listed = proposed("samples R01")
    assert listed.code == 0
    lines = listed.out.splitlines()
    assert lines[0] == "Sample,Condition,Plate,Well,Readout,Key"
    assert len(lines) == 1 + len(Campaign.open(".").rounds[1].samples)
    said = proposed("samples R01 --readout GFP --output queue.csv")
    assert said.code == 0
    assert Path("queue.csv").read_text(encoding="utf-8").splitlines() == lines
    filled()
    assert proposed("merge rounds/round-01.xlsx").code == 0
    assert proposed("samples R01").code == 5
    assert proposed("samples seven").code == 3


def test_a_conflict_copy_is_noticed(proposed, filled):
    path = filled()
    path.rename(path.with_name("round-01-PC7.xlsx"))
    said = proposed("merge rounds/round-01-PC7.xlsx")
    assert said.code == 0
    assert "looks like a copy that a synced folder or browser made of 'round-01.xlsx'" in said.err


def test_a_proposal_says_in_one_plain_sentence_what_a_misread_plate_would_show(begun):
    said = begun("propose --conditions 6")
    assert "Look at the corner of A1." in said.err or "almost surely be noticed" in said.err
    assert "In detail" not in said.err
    book = openpyxl.load_workbook("rounds/round-01.xlsx")
    read_me = [str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row]
    assert any("In detail: A plate" in text and "of 100" in text for text in read_me)
