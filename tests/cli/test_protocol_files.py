"""Beginning without TOML: a workbook to fill in, a ready protocol exported, campaigns begun and amended."""

from __future__ import annotations

from pathlib import Path

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from bioal.campaign.campaign import Campaign


def cell(sheet: Worksheet, row: str, heading: str) -> str:
    head = next(row for row in sheet.iter_rows() if heading in [each.value for each in row])
    column = next(each.column_letter for each in head if each.value == heading)
    return f"{column}{next(each.row for each in sheet['A'] if each.value == row)}"


def change(path: Path, sheet: str, row: str, heading: str, value: object) -> str:
    """Type a value into a workbook and return its cell."""
    book = openpyxl.load_workbook(path)
    address = cell(book[sheet], row, heading)
    book[sheet][address] = value
    book.save(path)
    return address


def test_a_workbook_to_fill_in_is_offered_written_and_not_written_over(typed):
    assert "bioal new salts --workbook" in typed("new salts").out
    said = typed("new salts --workbook")
    assert said.code == 0
    assert "bioal new salts --protocol salts.xlsx" in said.out
    assert typed("new salts --workbook").code == 3
    assert "Factors" in openpyxl.load_workbook("salts.xlsx").sheetnames


def test_a_workbook_that_nobody_filled_in_begins_nothing(typed):
    typed("new salts --workbook")
    said = typed("new salts --protocol salts.xlsx")
    assert said.code == 2
    assert "salts.xlsx, sheet 'Factors'" in said.err
    assert not Path("salts").exists()


def test_a_ready_protocol_as_a_workbook_begins_the_same_campaign(typed):
    said = typed("protocols export cell_free_borkowski --workbook buffer.xlsx --json")
    assert said.code == 0
    assert said.json["result"]["workbook"] == "buffer.xlsx"
    begun = typed("new buffer --protocol buffer.xlsx --json").json["result"]
    other = typed("new other --protocol cell_free_borkowski --json").json["result"]
    assert begun == {**other, "folder": "buffer"}
    assert Path("buffer/protocol.toml").read_text(encoding="utf-8").startswith("# E. coli cell-free")


def test_a_mistake_is_answered_with_its_sheet_and_cell(typed):
    typed("protocols export cell_free_borkowski --workbook buffer.xlsx")
    address = change(Path("buffer.xlsx"), "Factors", "tRNA", "Levels", "0,02, 0,06 mg")
    said = typed("new buffer --protocol buffer.xlsx --json")
    assert said.code == 2
    problem = said.json["problems"][0]
    assert (problem["file"], problem["sheet"], problem["cell"]) == ("buffer.xlsx", "Factors", address)
    assert not Path("buffer").exists()


def test_export_refuses_what_it_cannot_name_or_would_write_over(typed):
    assert "has to end in .xlsx" in typed("protocols export txtl_metis --workbook txtl.toml").err
    assert typed("protocols export txtl_metis --workbook txtl.xlsx").code == 0
    assert typed("protocols export txtl_metis --workbook txtl.xlsx").code == 3
    assert "There are: " in typed("protocols export nonesuch --workbook other.xlsx").err
    assert typed("protocols export txtl_metis").code == 3
    assert "bioal protocols export txtl_metis" in typed("new x --workbook --protocol txtl_metis").err


def test_bare_protocols_still_lists_them_and_knows_its_commands(typed):
    assert "txtl_metis" in typed("protocols").out
    assert typed("protocols --json").json["result"]["protocols"]
    assert "export" in typed("protocols nonsense").err


def test_a_campaign_is_amended_from_a_workbook(begun):
    assert begun("protocols export protocol.toml --workbook wider.xlsx").code == 0
    change(Path("wider.xlsx"), "Factors", "Mg", "Levels", "2; 4; 6; 8; 10; 12")
    said = begun("amend wider.xlsx")
    assert said.code == 0, said.err
    assert Campaign.open(".").protocol.factor("Mg").levels == (2, 4, 6, 8, 10, 12)


def test_an_amendment_that_cannot_follow_is_refused_by_sheet_and_cell(proposed, filled):
    proposed(f"merge {filled()}")
    proposed("protocols export protocol.toml --workbook other.xlsx")
    address = change(Path("other.xlsx"), "Factors", "Mg", "Unit", "g/L")
    said = proposed("amend other.xlsx --json")
    assert said.code == 2
    assert [(each["sheet"], each["cell"]) for each in said.json["problems"]] == [("Factors", address)]


def test_python_begins_and_amends_from_a_workbook_too(typed):
    typed("protocols export cell_free_borkowski --workbook buffer.xlsx")
    campaign = Campaign.new("buffer", "buffer.xlsx")
    assert len(campaign.protocol.factors) == 11
    change(Path("buffer.xlsx"), "Factors", "NTP", "Levels", "0.15; 0.45; 0.75; 1.5; 3")
    assert campaign.amend("buffer.xlsx").changes
