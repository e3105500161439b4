"""The workbook that goes to the bench: everything a person or the reading side relies on, item by item."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from openpyxl import Workbook
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from bioal.errors import Refused
from bioal.plates.columns import OWN_HEADINGS
from bioal.plates.rounds import Round
from bioal.protocol.headings import RESERVED
from bioal.protocol.protocol import Protocol
from bioal.sheets import names
from bioal.sheets.manifest import sample_digest
from bioal.sheets.outgoing import round_workbook, write_round
from bioal.sheets.outgoing_file import save_workbook


def headings_of(sheet: Worksheet, row: int) -> dict[str, int]:
    found = {str(cell.value): cell.column for cell in sheet[row] if cell.value is not None}
    assert len(found) == sum(cell.value is not None for cell in sheet[row])
    return found


def column_of(
    sheet: Worksheet, row: int, heading: str, last: int | None = None
) -> list[openpyxl.cell.cell.Cell]:
    column = headings_of(sheet, row)[heading]
    return [sheet.cell(k, column) for k in range(row + 1, (last or sheet.max_row) + 1)]


def rule_at(sheet: Worksheet, coordinate: str) -> DataValidation:
    column, row, _, _ = range_boundaries(coordinate)
    found = [
        rule
        for rule in sheet.data_validations.dataValidation
        for area in rule.sqref.ranges
        if area.min_col <= column <= area.max_col and area.min_row <= row <= area.max_row
    ]
    assert len(found) == 1, f"{coordinate} has {len(found)} rules"
    return found[0]


def words_of(book: Workbook, rule: DataValidation) -> list[str]:
    sheet, area = str(rule.formula1).replace("'", "").replace("$", "").split("!")
    return [str(cell.value) for (cell,) in book[sheet][area]]


@pytest.mark.smoke
def test_the_sheets_stand_in_the_order_of_work_and_the_machinery_is_hidden(sent_book: Workbook) -> None:
    assert sent_book.sheetnames == [
        "Read me",
        "Plate map 1",
        "Plate map 2",
        "Run list",
        "Paste sheet",
        "Plate details",
        "Added conditions",
        "_lists",
        "_bioal",
    ]
    hidden = {sheet.title for sheet in sent_book.worksheets if sheet.sheet_state != "visible"}
    assert hidden == set(names.HIDDEN_SHEETS)
    assert all(sent_book[name].sheet_state == "hidden" for name in hidden), (
        "other programs do not know veryHidden"
    )


def test_the_run_list_is_one_rectangle_that_pandas_reads_as_it_is(sent_file: Path, sent_round: Round) -> None:
    runs = pd.read_excel(sent_file, sheet_name="Run list", dtype=object, keep_default_na=False)
    assert list(runs["Sample"]) == list(sent_round.samples.index)
    assert list(runs["Condition"]) == list(sent_round.samples["condition"])
    planned = sent_round.conditions["plasmid"].reindex(sent_round.samples["condition"]).fillna("")
    assert list(runs["plasmid"]) == list(planned)


def test_the_columns_run_from_what_it_is_to_what_came_out(sent_book: Workbook) -> None:
    assert list(headings_of(sent_book["Run list"], names.RUN_LIST_HEADER_ROW)) == [
        *("Sample", "Plate", "Well", "Role", "Condition", "Replicate"),
        *("Mg-glutamate [mM]", "Mg-glutamate [mM] actual", "NTP [mM]", "NTP [mM] actual"),
        *("plasmid", "plasmid actual", "temperature [C]", "temperature [C] actual"),
        *("Predicted [RFU]", "Predicted low [RFU]", "Predicted high [RFU]", "Reason"),
        *("GFP [RFU]", "GFP [RFU] status", "OD600", "OD600 status", "Status", "Note"),
    ]


def test_our_own_headings_are_the_names_that_protocols_may_not_use() -> None:
    assert set(OWN_HEADINGS) == set(RESERVED)


def test_nothing_in_the_workbook_is_a_formula(sent_book: Workbook, sent_file: Path) -> None:
    cells = [cell for sheet in sent_book.worksheets for row in sheet.iter_rows() for cell in row]
    assert len(cells) > 2000
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    with zipfile.ZipFile(sent_file) as archive:
        parts = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
    assert not any(b"<f>" in part or b"<f " in part for part in parts)


def test_options_that_look_like_something_else_are_text_and_stay_text_when_retyped(
    sent_book: Workbook, sent_protocol: Protocol
) -> None:
    sheet = sent_book["Run list"]
    cells = [cell for cell in column_of(sheet, 1, "plasmid") if cell.value is not None]
    assert {cell.value for cell in cells} == set(sent_protocol.factors[2].options)  # type: ignore[union-attr]
    assert {cell.data_type for cell in cells} == {"s"}
    for heading in ("plasmid", "plasmid actual", "Note", "Sample", "Well", "Condition"):
        assert {cell.number_format for cell in column_of(sheet, 1, heading)} == {"@"}


def test_a_control_shows_the_setting_of_its_plate(sent_book: Workbook, sent_round: Round) -> None:
    sheet = sent_book["Run list"]
    settings = {"plate-1": 25.0, "plate-2": 30.0}
    shown = [cell.value for cell in column_of(sheet, 1, "temperature [C]")]
    assert shown == [settings[plate] for plate in sent_round.samples["plate"]]
    # What a recipe leaves out well by well stays blank.
    negative = (sent_round.samples["role"] == "negative").tolist()
    amounts = [cell.value for cell in column_of(sheet, 1, "NTP [mM]")]
    assert {value for value, blank in zip(amounts, negative, strict=True) if blank} == {None}
    legend = [str(cell.value) for row in sent_book["Plate map 1"].iter_rows() for cell in row]
    assert any("the same recipe on every plate" in text and "plate's temperature" in text for text in legend)


def test_levels_are_numbers_shown_with_all_their_digits(sent_book: Workbook, sent_round: Round) -> None:
    sheet = sent_book["Run list"]
    cells = column_of(sheet, 1, "NTP [mM]")
    planned = sent_round.conditions["NTP"].reindex(sent_round.samples["condition"])
    assert [cell.value for cell in cells] == [None if pd.isna(value) else value for value in planned]
    assert {cell.number_format for cell in cells} == {"0.000"}
    assert {cell.number_format for cell in column_of(sheet, 1, "Mg-glutamate [mM]")} == {"0.0"}
    assert {cell.number_format for cell in column_of(sheet, 1, "temperature [C]")} == {"0"}


def test_predictions_stand_beside_every_replicate_and_not_beside_controls(
    sent_book: Workbook, sent_round: Round
) -> None:
    sheet = sent_book["Run list"]
    expected = sent_round.predictions.reindex(sent_round.samples["condition"])
    for heading, column in zip(names.predicted_headings("RFU"), ("mean", "low", "high"), strict=True):
        found = [cell.value for cell in column_of(sheet, 1, heading)]
        assert found == [None if pd.isna(value) else value for value in expected[column]]
    reasons = {cell.value for cell in column_of(sheet, 1, "Reason")}
    assert reasons == {None, "probably good", "little known here", "repeat to be sure"}


def test_the_actual_columns_are_folded_away_beside_their_factors(sent_book: Workbook) -> None:
    sheet = sent_book["Run list"]
    for heading, column in headings_of(sheet, 1).items():
        dimension = sheet.column_dimensions[openpyxl.utils.get_column_letter(column)]
        assert dimension.hidden == heading.endswith(" actual"), heading
        assert bool(dimension.outlineLevel) == heading.endswith(" actual"), heading
    assert not sheet.sheet_properties.outlinePr.summaryRight


def test_the_header_stays_in_sight_on_screen_and_on_paper(sent_book: Workbook) -> None:
    sheet = sent_book["Run list"]
    assert sheet.freeze_panes == "D2"
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.auto_filter.ref == "A1:X71"
    assert sent_book["Added conditions"].print_title_rows == "$4:$4"


def test_protected_sheets_still_sort_filter_and_widen_and_have_no_password(sent_book: Workbook) -> None:
    for sheet in sent_book.worksheets:
        assert sheet.protection.sheet, sheet.title
        assert sheet.protection.password is None
    runs = sent_book["Run list"].protection
    # In the file, True forbids.
    assert not any((runs.sort, runs.autoFilter, runs.formatColumns, runs.formatRows, runs.formatCells))
    assert sent_book.security is None or not sent_book.security.lockStructure, (
        "people may add sheets of their own"
    )


def test_every_row_can_be_sorted_because_none_of_its_cells_is_locked(sent_book: Workbook) -> None:
    sheet = sent_book["Run list"]
    assert not [
        cell.coordinate for row in sheet.iter_rows(min_row=2) for cell in row if cell.protection.locked
    ]
    assert all(cell.protection.locked for cell in sheet[1])


def test_planned_cells_refuse_typing_in_words(sent_book: Workbook) -> None:
    sheet = sent_book["Run list"]
    for heading in ("Sample", "Well", "Condition", "NTP [mM]", "plasmid", "Predicted [RFU]", "Reason"):
        for cell in column_of(sheet, 1, heading):
            rule = rule_at(sheet, cell.coordinate)
            assert (rule.type, rule.formula1, rule.errorStyle) == ("custom", "FALSE", "stop")
            assert "'actual'" in rule.error


def test_inputs_are_tinted_and_take_numbers_or_words_of_a_list(sent_book: Workbook) -> None:
    sheet = sent_book["Run list"]
    for heading in ("GFP [RFU]", "OD600", "Status", "Note", "NTP [mM] actual", "plasmid actual"):
        for cell in column_of(sheet, 1, heading):
            assert cell.value is None
            assert cell.fill.start_color.rgb == "00FFF7DB"
    number = rule_at(sheet, column_of(sheet, 1, "GFP [RFU]")[0].coordinate)
    assert number.type == "decimal"
    assert number.error.startswith("Type a number in RFU, without the unit.")
    well = rule_at(sheet, column_of(sheet, 1, "Status")[-1].coordinate)
    assert words_of(sent_book, well) == ["ok", "no product", "spoiled", "missing"]
    status = rule_at(sheet, column_of(sheet, 1, "OD600 status")[-1].coordinate)
    assert words_of(sent_book, status) == [
        "ok",
        "below limit",
        "over range",
        "no product",
        "spoiled",
        "missing",
    ]
    option = rule_at(sheet, column_of(sheet, 1, "plasmid actual")[0].coordinate)
    assert words_of(sent_book, option)[:5] == ["pTAC", "TRUE", "1.10", "MARCH1", "NA"]


def test_every_message_fits_what_spreadsheets_show(sent_book: Workbook) -> None:
    rules = [rule for sheet in sent_book.worksheets for rule in sheet.data_validations.dataValidation]
    assert len(rules) > 10
    for rule in rules:
        assert rule.showErrorMessage
        assert 0 < len(rule.errorTitle) <= 32
        assert 0 < len(rule.error) <= 225
        assert rule.type != "list" or "!" in rule.formula1, (
            "a list within the rule breaks beyond 255 characters"
        )
    assert all(len(name) <= 31 for name in sent_book.sheetnames)


def test_the_paste_sheet_has_a_grid_for_each_plate_and_readout(
    sent_book: Workbook, sent_round: Round
) -> None:
    sheet, found = sent_book["Paste sheet"], []
    for index in range(4):
        top = names.grid_top(index, 8)
        assert (sheet.cell(top, 1).value, sheet.cell(top + 1, 1).value) == ("Readout", "Plate")
        found.append((sheet.cell(top + 1, 2).value, sheet.cell(top, 2).value))
        assert [sheet.cell(top + 2, 2 + j).value for j in range(12)] == list(range(1, 13))
        assert "".join(str(sheet.cell(top + 3 + i, 1).value) for i in range(8)) == "ABCDEFGH"
        wells = [sheet.cell(top + 3 + i, 2 + j) for i in range(8) for j in range(12)]
        assert all(cell.value is None and not cell.protection.locked for cell in wells)
        used = sum(cell.fill.start_color.rgb == "00FFF7DB" for cell in wells)
        assert used == (sent_round.samples["plate"] == found[-1][0]).sum()
    assert found == [(plate, readout) for plate in sent_round.plates for readout in ("GFP [RFU]", "OD600")]
    assert sheet.cell(names.grid_top(4, 8), 1).value is None


def test_plate_details_ask_for_each_plate_and_show_its_setting(sent_book: Workbook) -> None:
    sheet = sent_book["Plate details"]
    headings = headings_of(sheet, names.DETAILS_HEADER_ROW)
    assert list(headings) == ["Plate", "temperature [C]", *names.DETAIL_FIELDS]
    rows = [[sheet.cell(row, column).value for column in (1, 2, 3)] for row in (5, 6)]
    assert rows == [["plate-1", 25, None], ["plate-2", 30, None]]
    date = sheet.cell(5, headings["Date"])
    assert (date.number_format, rule_at(sheet, date.coordinate).type) == ("yyyy-mm-dd", "date")
    assert sheet.cell(5, headings["Barcode"]).number_format == "@", "a barcode keeps its leading zeros"


def test_added_conditions_offer_plates_and_options(sent_book: Workbook, sent_protocol: Protocol) -> None:
    sheet = sent_book["Added conditions"]
    headings = headings_of(sheet, names.ADDED_HEADER_ROW)
    factors = [factor.heading for factor in sent_protocol.factors]
    readouts = ["GFP [RFU]", "GFP [RFU] status", "OD600", "OD600 status"]
    assert list(headings) == ["Plate", "Well", *factors, *readouts, "Status", "Note"]
    first = {heading: sheet.cell(names.ADDED_HEADER_ROW + 1, column) for heading, column in headings.items()}
    assert all(cell.value is None and not cell.protection.locked for cell in first.values())
    assert words_of(sent_book, rule_at(sheet, first["Plate"].coordinate)) == ["plate-1", "plate-2"]
    assert "MARCH1" in words_of(sent_book, rule_at(sheet, first["plasmid"].coordinate))
    assert rule_at(sheet, first["NTP [mM]"].coordinate).type == "decimal"


def test_the_manifest_names_campaign_round_and_every_sample_as_planned(
    sent_book: Workbook, sent_protocol: Protocol, sent_round: Round
) -> None:
    pairs = [tuple(cell.value for cell in row) for row in sent_book["_bioal"].iter_rows(max_col=2)]
    manifest = dict(pairs)
    assert len(manifest) == len(pairs)
    assert {key: manifest[key] for key in ("schema", "campaign", "round", "head", "protocol")} == {
        "schema": "bioal-round-1",
        "campaign": "c-7f3a91d2",
        "round": "2",
        "head": "000004",
        "protocol": sent_protocol.digest,
    }
    digests = {
        key.removeprefix(names.KEY_SAMPLE): value for key, value in pairs if key.startswith(names.KEY_SAMPLE)
    }
    assert list(digests) == list(sent_round.samples.index)
    planned = sent_round.conditions.loc[sent_round.samples.loc["R02-S0007", "condition"]]
    assert digests["R02-S0007"] == sample_digest("R02-S0007", planned.to_dict(), sent_protocol)


def test_a_digest_changes_with_the_id_and_with_any_level(sent_protocol: Protocol) -> None:
    planned = {"Mg-glutamate": 0.4, "NTP": 1.78, "plasmid": "1.10", "temperature": 25.0}
    digests = {
        sample_digest("R02-S0007", planned, sent_protocol),
        sample_digest("R02-S0008", planned, sent_protocol),
        sample_digest("R02-S0007", planned | {"NTP": 1.7801}, sent_protocol),
        sample_digest("R02-S0007", planned | {"plasmid": "pTAC"}, sent_protocol),
        sample_digest("R02-S0007", planned | {"temperature": None}, sent_protocol),
    }
    assert len(digests) == 5
    assert sample_digest("R02-S0007", planned | {"NTP": 1.78 + 1e-15}, sent_protocol) in digests


def test_read_me_says_what_to_do_next_in_plain_words(sent_book: Workbook) -> None:
    words = "\n".join(
        str(cell.value) for row in sent_book["Read me"].iter_rows() for cell in row if cell.value
    )
    for said in (
        "Buffer & energy =1+1",
        "Round 2: 2 plates of 96 wells",
        "bioal check round-02.xlsx",
        "bioal merge round-02.xlsx",
        "bioal propose",
        "no product",
        "c-7f3a91d2",
        "DNA 10 nM",
        "no DNA, DNA 0 nM",
    ):
        assert said in words
    for word in ("posterior", "variance", "acquisition", "standard deviation", "covariance", "prior"):
        assert word not in words.lower()


def test_a_first_round_folds_away_what_nobody_can_expect_yet(
    sent_protocol: Protocol, first_round: Round
) -> None:
    book = round_workbook(sent_protocol, first_round, {}, file="round-01.xlsx")
    sheet = book["Run list"]
    letter = openpyxl.utils.get_column_letter(headings_of(sheet, 1)["Predicted [RFU]"])
    assert sheet.column_dimensions[letter].hidden
    assert {cell.value for cell in column_of(sheet, 1, "Reason")} == {None, "first survey"}


def test_a_file_that_cannot_be_written_leaves_the_old_one_and_no_rubbish(
    tmp_path: Path, sent_protocol: Protocol, sent_round: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "round-02.xlsx"
    path.write_text("old", encoding="utf-8")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Refused, match=r"round-02\.xlsx: found No space left on device"):
        write_round(path, sent_protocol, sent_round, {})
    assert [(item.name, item.read_text(encoding="utf-8")) for item in tmp_path.iterdir()] == [
        ("round-02.xlsx", "old")
    ]


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_a_workbook_may_be_read_by_whom_other_files_of_its_folder_may(tmp_path):
    book, beside = tmp_path / "round-01.xlsx", tmp_path / "beside.txt"
    save_workbook(Workbook(), book)
    beside.touch()
    assert book.stat().st_mode == beside.stat().st_mode
