"""The marked copy: every problem where it is, and the returned file as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment

from bioal.errors import Problem
from bioal.sheets.marked import mark_problems

RED = "00F4A7A0"
IN_CELL = Problem(
    "value-is-text", "'12.3 uM'", "a number", "The unit stands in the heading.", "r.xlsx", "Run list", "S5"
)
NOWHERE = Problem("other-campaign", "campaign c-1", "campaign c-2", "Find the right file.", "r.xlsx")


@pytest.mark.smoke
def test_a_problem_is_coloured_and_explained_in_its_cell(sent_file: Path, tmp_path: Path) -> None:
    before = sent_file.read_bytes()
    mark_problems(sent_file, tmp_path / "checked.xlsx", [IN_CELL, NOWHERE])
    book = load_workbook(tmp_path / "checked.xlsx")
    cell = book["Run list"]["S5"]
    assert cell.fill.start_color.rgb == RED
    assert cell.comment.text == "Expected a number. The unit stands in the heading."
    assert sent_file.read_bytes() == before
    assert book["_bioal"].sheet_state == "hidden", "a corrected copy can be handed in"


def test_all_problems_are_listed_first_even_those_without_a_cell(sent_file: Path, tmp_path: Path) -> None:
    mark_problems(sent_file, tmp_path / "checked.xlsx", [IN_CELL, NOWHERE])
    sheet = load_workbook(tmp_path / "checked.xlsx").worksheets[0]
    assert sheet.title == "Problems"
    assert sheet["A1"].value == "2 problems in round-02.xlsx"
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5)]
    assert rows == [
        ["Run list", "S5", "'12.3 uM'", "a number", "The unit stands in the heading."],
        [None, None, "campaign c-1", "campaign c-2", "Find the right file."],
    ]


def test_a_second_problem_in_a_cell_adds_to_the_first(sent_file: Path, tmp_path: Path) -> None:
    other = Problem("too-large", "99", "at most 20", "Put back 18.5.", "r.xlsx", "Run list", "S5")
    mark_problems(sent_file, tmp_path / "checked.xlsx", [IN_CELL, other])
    words = load_workbook(tmp_path / "checked.xlsx")["Run list"]["S5"].comment.text
    assert words.splitlines()[1] == "Expected at most 20. Put back 18.5."


def test_a_problem_in_a_folded_column_comes_to_light(sent_file: Path, tmp_path: Path) -> None:
    problem = Problem("not-an-option", "'x'", "an option", "Choose one.", "r.xlsx", "Run list", "H3")
    assert load_workbook(sent_file)["Run list"].column_dimensions["H"].hidden
    mark_problems(sent_file, tmp_path / "checked.xlsx", [problem])
    dimensions = load_workbook(tmp_path / "checked.xlsx")["Run list"].column_dimensions
    assert not dimensions["H"].hidden
    assert dimensions["J"].hidden


def test_words_of_a_stranger_stay_words(sent_file: Path, tmp_path: Path) -> None:
    hostile = Problem("x", "=HYPERLINK(1)", "\x07bell", "-1+1", "r.xlsx", "Run list", "XFD1048577")
    mark_problems(sent_file, tmp_path / "checked.xlsx", [hostile])
    row = load_workbook(tmp_path / "checked.xlsx")["Problems"][5]
    assert [cell.data_type for cell in row if cell.value] == ["s"] * 5
    assert [cell.value for cell in row][2:] == ["=HYPERLINK(1)", "\ufffdbell", "-1+1"]


def test_a_merged_cell_is_marked_at_its_corner_and_a_comment_is_kept(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Run list"
    sheet.merge_cells("B2:C3")
    sheet["B2"].comment = Comment("mine", "me")
    book.save(tmp_path / "r.xlsx")
    problem = Problem("merged", "merged cells", "single cells", "Unmerge them.", "r.xlsx", "Run list", "C3")
    mark_problems(tmp_path / "r.xlsx", tmp_path / "checked.xlsx", [problem])
    corner = load_workbook(tmp_path / "checked.xlsx")["Run list"]["B2"]
    assert corner.fill.start_color.rgb == RED
    assert corner.comment.text == "mine\nExpected single cells. Unmerge them."


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_csv_becomes_a_workbook_of_text_with_the_cell_marked(tmp_path: Path, encoding: str) -> None:
    source = tmp_path / "results.csv"
    source.write_text('Sample;GFP [RFU]\nR02-S0001;"1\n2"\nR02-S0002;=1+1\n', encoding=encoding)
    problem = Problem("value-is-text", "'=1+1'", "a number", "Type a number.", "results.csv", "", "B3")
    mark_problems(source, tmp_path / "checked.xlsx", [problem])
    sheet = load_workbook(tmp_path / "checked.xlsx")["results"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["Sample", "GFP [RFU]"],
        ["R02-S0001", "1\n2"],
        ["R02-S0002", "=1+1"],
    ]
    assert (sheet["B3"].data_type, sheet["B3"].fill.start_color.rgb) == ("s", RED)


def test_marking_a_marked_copy_lists_only_what_is_left(sent_file: Path, tmp_path: Path) -> None:
    mark_problems(sent_file, tmp_path / "once.xlsx", [IN_CELL, NOWHERE])
    mark_problems(tmp_path / "once.xlsx", tmp_path / "twice.xlsx", [NOWHERE])
    book = load_workbook(tmp_path / "twice.xlsx")
    assert book.sheetnames.count("Problems") == 1
    assert book["Problems"]["A1"].value == "1 problem in once.xlsx"
