"""The loop as a person goes round it: begin, propose, fill in, check, merge, look, change one's mind."""

from __future__ import annotations

import shutil
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from bioal.campaign.lock import locked
from bioal.sheets.filling import fill_in


def test_without_a_protocol_a_commented_file_is_written_and_begins_a_campaign(typed):
    said = typed("new salts")
    assert said.code == 0
    assert "bioal new salts --protocol salts.toml" in said.out
    assert typed("new salts").code == 3
    assert typed("new salts --protocol salts.toml").code == 0
    assert "Next: bioal propose" in typed("status --campaign salts").out


def test_a_ready_protocol_begins_a_campaign_and_its_conditions_are_counted(typed):
    said = typed("new buffer --protocol cell_free_borkowski --json")
    assert said.code == 0
    assert said.json["result"]["conditions"] == {
        "value": 4194304,
        "exact": True,
        "low": 4194304,
        "high": 4194304,
    }


@pytest.mark.smoke
def test_the_arithmetic_is_said_before_the_workbook_is_named(begun):
    said = begun("propose --conditions 6")
    assert said.code == 0
    assert said.err.splitlines()[0] == "6 conditions x 2 + 2 controls = 14 of 96 wells"
    assert "bioal merge rounds/round-01.xlsx" in said.out
    assert Path("rounds/round-01.xlsx").is_file()


def test_proposing_again_gives_the_open_round_back_and_other_options_are_refused(proposed):
    again = proposed("propose --conditions 6")
    assert again.code == 5
    assert "open already" in again.out
    other = proposed("propose --conditions 7")
    assert other.code == 2
    assert "--replace" in other.err
    assert "--next" in other.err
    assert proposed("propose --conditions 7 --replace").code == 0
    assert proposed("propose --conditions 3 --next").code == 0
    assert len(proposed("status --json").json["result"]["rounds"]) == 2


@pytest.mark.smoke
def test_a_filled_workbook_is_checked_merged_and_merged_again_without_effect(proposed, filled):
    path = filled()
    assert "14 readings can be merged" in proposed(f"check {path}").out
    assert proposed(f"merge {path}").code == 0
    for command in ("merge", "check"):
        assert proposed(f"{command} {path}").code == 5
    status = proposed("status --json").json["result"]
    assert status["rounds"][0]["returned"] == 14
    best = status["best"]
    assert best["low"] < best["mean"] < best["high"]
    assert best["factors"]["Mg [mM]"]


def test_an_empty_workbook_is_refused(proposed):
    said = proposed("merge rounds/round-01.xlsx")
    assert said.code == 2
    assert "no values" in said.err
    assert "Nothing was changed" in said.err


def test_a_partial_return_leaves_the_rest_outstanding(proposed, filled):
    assert proposed(f"merge {filled(only=5)}").code == 0
    assert "5 of 14 wells measured, 9 outstanding" in proposed("status").out


def test_text_in_a_number_cell_is_named_and_marked_in_a_copy(proposed, filled):
    path = filled()
    book = openpyxl.load_workbook(path)
    sheet = book["Run list"]
    column = next(cell.column for cell in sheet[1] if cell.value == "GFP [RFU]")
    sheet.cell(3, column).value = "about 900"
    book.save(path)
    said = proposed("check rounds/round-01.xlsx --json")
    assert said.code == 2
    problem = said.json["problems"][0]
    assert (problem["sheet"], problem["cell"]) == ("Run list", sheet.cell(3, column).coordinate)
    marked = openpyxl.load_workbook(said.json["result"]["marked"])
    assert marked["Run list"].cell(3, column).comment is not None
    refused = proposed("merge rounds/round-01.xlsx")
    assert refused.code == 2
    assert "bioal check rounds/round-01.xlsx" in refused.err
    taken = proposed("merge rounds/round-01.xlsx --skip-bad")
    assert taken.code == 0
    assert "13 readings" in taken.out
    assert "Left out" in taken.err


def test_a_changed_value_is_a_correction_and_asks_for_consent(proposed, filled):
    assert proposed(f"merge {filled()}").code == 0
    path = filled(change=7.0, only=1)
    refused = proposed(f"merge {path}")
    assert refused.code == 2
    assert "--accept corrections" in refused.err
    accepted = proposed(f"merge {path} --accept corrections")
    assert accepted.code == 0
    assert "Corrected: R01-S0001 GFP" in accepted.out


def test_wells_are_excluded_and_taken_back(proposed, filled):
    proposed(f"merge {filled()}")
    said = proposed("exclude R01 plate-1 A1:H6 --reason contaminated --json")
    assert said.code == 0
    samples = said.json["result"]["samples"]
    assert samples
    assert proposed("status --json").json["result"]["rounds"][0]["excluded"] == len(samples)
    assert proposed("exclude R01 plate-1 A1:H6 --reason contaminated").code == 5
    assert proposed("undo").code == 0
    assert proposed("status --json").json["result"]["rounds"][0]["excluded"] == 0


def test_a_vetoed_condition_makes_room_for_another(proposed):
    said = proposed("veto R01-C002 --reason precipitates --json")
    assert said.code == 0
    conditions = said.json["result"]["conditions"]
    assert "R01-C002" not in conditions
    assert len(conditions) == 6
    assert proposed("veto R01-C002 --reason again").code == 2


def test_a_protocol_edited_by_hand_is_noticed_and_amended(proposed, filled):
    proposed(f"merge {filled()}")
    protocol = Path("protocol.toml")
    protocol.write_text(
        protocol.read_text(encoding="utf-8").replace("8, 10]", "8, 10, 12]"), encoding="utf-8"
    )
    refused = proposed("propose --conditions 4")
    assert refused.code == 2
    assert "bioal amend" in refused.err
    assert proposed("status --json").json["result"]["next"] == "bioal amend protocol.toml"
    amended = proposed("amend protocol.toml")
    assert amended.code == 0
    # the reference is a measured condition too
    assert "7 of 7 measured conditions still count" in amended.out
    assert proposed("amend protocol.toml").code == 5
    second = proposed("propose --conditions 4 --model gp")
    assert second.code == 0


def test_conditions_are_predicted_with_intervals(proposed, filled):
    proposed(f"merge {filled()}")
    ideas = pd.DataFrame({"Mg [mM]": [10, 2], "K [mM]": [60, 120], "plasmid": ["pA", "pB"]})
    ideas.to_csv("ideas.csv", index=False)
    rows = proposed("predict ideas.csv --json").json["result"]["predictions"]
    assert rows[0]["mean"] > rows[1]["mean"]
    assert all(row["low"] < row["mean"] < row["high"] for row in rows)
    heads = "Mg [mM],K [mM],plasmid,Predicted [RFU],Predicted low [RFU],Predicted high [RFU]"
    assert proposed("predict ideas.csv").out.startswith(heads)
    assert proposed("predict ideas.csv --output told.txt").code == 3
    assert proposed("predict ideas.csv --output told.csv").code == 0
    assert len(pd.read_csv("told.csv")) == 2


def test_candidates_and_own_designs_come_from_files(begun):
    mine = pd.DataFrame({"Mg [mM]": [2, 4, 6], "K [mM]": [30, 60, 90], "plasmid": ["pA", "pB", "pA"]})
    mine.to_csv("mine.csv", index=False)
    said = begun("propose --exactly mine.csv --json")
    assert said.code == 0
    assert len(said.json["result"]["conditions"]) == 3
    listed = begun("propose --conditions 2 --candidates mine.csv --replace --json")
    assert listed.code == 0
    assert len(listed.json["result"]["conditions"]) == 2
    mine.assign(plasmid="pZ").to_csv("mine.csv", index=False)
    refused = begun("propose --conditions 2 --candidates mine.csv --next")
    assert refused.code == 2
    assert "pZ" in refused.err


@pytest.mark.smoke
def test_a_changed_byte_in_a_record_is_found(proposed):
    assert proposed("verify").code == 0
    record = Path("records/000002.json")
    record.write_bytes(record.read_bytes().replace(b'"round":1', b'"round":2', 1))
    said = proposed("verify")
    assert said.code == 2
    assert "000002.json" in said.err
    assert proposed("status").code == 2


def test_a_workbook_of_another_campaign_is_refused(proposed, filled, typed, monkeypatch):
    shutil.copy(filled(), "../foreign.xlsx")
    monkeypatch.chdir("..")
    assert typed("new other --protocol own.toml").code == 0
    assert typed("propose --conditions 6 --campaign other").code == 0
    said = typed("merge foreign.xlsx --campaign other")
    assert said.code == 2
    assert "campaign" in said.err


def test_from_outside_the_folder_the_advice_names_the_campaign(typed):
    typed("new salts")
    typed("new salts --protocol salts.toml")
    said = typed("propose --conditions 4 --campaign salts")
    assert "bioal merge salts/rounds/round-01.xlsx --campaign salts" in said.out
    assert "bioal merge salts/rounds/round-01.xlsx --campaign salts" in typed("status --campaign salts").out


def test_somebody_elses_lock_is_named(proposed):
    with locked(Path()):
        said = proposed("propose --conditions 3 --next --json")
    assert said.code == 4
    assert said.json["status"] == "locked"


def test_answers_in_json_have_one_shape(proposed, filled):
    path = filled()
    for line, status in {
        f"merge {path}": "done",
        f"merge {path} ": "nothing new",
        "merge protocol.toml": "refused",
    }.items():
        answer = proposed(f"{line} --json").json
        assert list(answer) == ["schema", "command", "status", "result", "problems"]
        assert (answer["command"], answer["status"]) == ("merge", status)


def test_values_are_typed_where_they_belong_and_nowhere_else(proposed):
    path = Path("rounds/round-01.xlsx")
    fill_in(path, "GFP [RFU]", {"R01-S0002": 5.0}, {"R01-S0002": "spoiled"}, target=Path("copy.xlsx"))
    before, after = (openpyxl.load_workbook(file)["Run list"] for file in (path, Path("copy.xlsx")))
    changed = [
        (old.row, new.value)
        for row_before, row_after in zip(before.iter_rows(), after.iter_rows(), strict=True)
        for old, new in zip(row_before, row_after, strict=True)
        if old.value != new.value
    ]
    assert sorted(changed, key=str) == [(3, "spoiled"), (3, 5)] or sorted(changed, key=str) == [
        (3, 5),
        (3, "spoiled"),
    ]
    with pytest.raises(ValueError, match="has no sample 'R09-S0001'"):
        fill_in(path, "GFP [RFU]", {"R09-S0001": 1.0})
    with pytest.raises(ValueError, match="has no column 'OD'"):
        fill_in(path, "OD", {"R01-S0001": 1.0})


def test_a_veto_names_the_condition_that_takes_the_wells(proposed):
    vetoed = proposed("veto R01-C002 --reason precipitates --json").json["result"]
    assert vetoed["taking"] in vetoed["conditions"]
    assert "R01-C002" not in vetoed["conditions"]
    assert (
        f"{vetoed['taking']} is vetoed; R01-C008 takes its wells"
        in proposed(f"veto {vetoed['taking']} --reason again").out
    )


def test_the_best_is_said_with_the_digits_that_its_interval_allows(proposed, filled):
    proposed(f"merge {filled()}")
    said = proposed("status").out
    assert "e+0" not in said
    assert "90 % interval" in said


def test_an_unknown_id_or_well_is_no_riddle_when_wells_are_excluded(proposed, filled):
    proposed(f"merge {filled()}")
    unknown = proposed("exclude R01-S9999 --reason spilled")
    assert unknown.code == 2
    assert "R01-S9999, which is no sample or condition of this campaign" in unknown.err
    outside = proposed("exclude R01 plate-1 Z1 --reason spilled")
    assert "found 'Z1', no well or area of a plate with 96 wells; expected wells such as A1" in outside.err


def test_a_file_that_cannot_be_read_promises_no_marked_copy(proposed, tmp_path):
    (tmp_path / "reader.xlsx").write_bytes(b"%PDF-1.4")
    (tmp_path / "notes.csv").write_text("hello\n", encoding="utf-8")
    for name, words in {"reader.xlsx": "a PDF document", "notes.csv": "the heading 'Sample'"}.items():
        refused = proposed("merge", str(tmp_path / name))
        assert refused.code == 2
        assert words in refused.err
        assert "cells marked" not in refused.err


def test_a_campaign_is_found_from_the_folder_of_its_workbooks(proposed, filled, monkeypatch):
    filled()
    monkeypatch.chdir("rounds")
    said = proposed("check round-01.xlsx")
    assert said.code == 0
    assert "Next: bioal merge round-01.xlsx --campaign .." in said.out
    assert proposed("merge round-01.xlsx").code == 0


def test_a_workbook_that_lies_among_the_rounds_is_suggested(proposed):
    said = proposed("merge round-01.xlsx")
    assert said.code == 3
    assert "Did you mean 'rounds/round-01.xlsx'?" in said.err


def test_what_was_accepted_for_the_check_is_in_the_advice_and_in_what_was_merged(proposed, filled):
    path = filled()
    book = openpyxl.load_workbook(path)
    sheet = book["Run list"]
    columns = {cell.value: cell.column for cell in sheet[1]}
    row = next(row for row in range(2, 20) if sheet.cell(row, columns["Role"]).value == "sample")
    planned = sheet.cell(row, columns["Mg [mM]"]).value
    sheet.cell(row, columns["Mg [mM] actual"]).value = 4 if planned != 4 else 6
    book.save(path)
    said = proposed(f"check {path} --accept actuals")
    assert f"Next: bioal merge {path} --accept actuals" in said.out
    assert "1 level made otherwise than planned" in said.out
    assert "1 well made otherwise than planned recorded" in proposed(f"merge {path} --accept actuals").out


def test_steps_are_listed_with_the_numbers_that_undo_takes(proposed, filled):
    proposed(f"merge {filled()}")
    proposed("exclude R01 plate-1 A1", "--reason", "bubble")
    assert "Undone: step 4, R01 plate-1 A1 excluded: bubble." in proposed("undo").out
    lines = proposed("undo --list").out.splitlines()
    assert [line.split()[0] for line in lines] == ["1", "2", "3", "4", "5"]
    assert "round 1 proposed, 6 conditions" in lines[1]
    assert "14 readings merged from round-01.xlsx" in lines[2]
    assert lines[3].endswith("(undone)")
    assert "'bioal undo --list'" in proposed("undo 99").err


def test_a_starting_protocol_has_the_name_that_was_typed(typed):
    typed("new salts")
    assert 'name = "salts"' in Path("salts.toml").read_text(encoding="utf-8")


def test_a_lost_workbook_is_written_again_when_the_next_round_is_asked_for(proposed):
    Path("rounds/round-01.xlsx").unlink()
    assert "Next: bioal propose" in proposed("status").out
    said = proposed("propose")
    assert said.code == 0
    assert "its workbook was missing and is written again" in said.out
    assert Path("rounds/round-01.xlsx").is_file()
