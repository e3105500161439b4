"""Value and status, list and paste sheet, several readouts: what each pair of cells means."""

from __future__ import annotations

import math

import openpyxl
import pytest

from bioal.measurements.statuses import (
    MEANINGS,
    STATUSES,
    WORDS,
    spoken_in,
    statuses_markdown,
    words_markdown,
)
from bioal.sheets.names import GRID_FIRST_ROW, STATUS_WORDS

NAN = math.nan


def said(bench, value, status, **more):
    """Return what one row with this value and status is read as: (value, status) or the problem's code."""
    table = bench.table().astype(object)
    table["Status"] = None
    table.loc[0, ["GFP [RFU]", "Status"]] = [value, status]
    for heading, typed in more.items():
        table[heading] = None
        table.loc[0, heading] = typed
    checked = bench.check(table)
    if checked.problems:
        return checked.problems[0].code
    row = checked.readings[
        (checked.readings["sample"] == "R01-S0001") & (checked.readings["readout"] == "GFP")
    ]
    return tuple(row[["value", "status"]].to_numpy().tolist()[0]) if len(row) else None


@pytest.mark.parametrize(
    ("value", "status", "answer"),
    [
        (5.0, None, (5.0, "ok")),
        (5.0, "ok", (5.0, "ok")),
        (5.0, "below limit", (5.0, "below limit")),
        (5.0, "over range", (5.0, "over range")),
        (5.0, "no product", (5.0, "no product")),
        (5.0, "spoiled", (5.0, "spoiled")),
        (5.0, "missing", "status-contradicts-value"),
        (None, None, None),
        (None, "ok", "status-contradicts-value"),
        (None, "below limit", "status-contradicts-value"),
        (None, "over range", "status-contradicts-value"),
        (None, "no product", (0.0, "no product")),
        (None, " Below_LIMIT ", "status-contradicts-value"),
    ],
)
def test_every_pair_of_value_and_status_means_what_the_table_says(bench, value, status, answer):
    assert said(bench, value, status) == answer


@pytest.mark.parametrize(
    ("typed", "meant"), [("1O3", "103"), ("l2.5", "12.5"), ("1O,5", "10.5"), ("-1o", "-10")]
)
def test_a_letter_among_digits_is_no_unit(bench, typed, meant):
    table = bench.table().astype(object)
    table.loc[0, "GFP [RFU]"] = typed
    (problem,) = bench.check(table).problems
    assert problem.code == "value-has-letter"
    assert f"Type {meant}," in problem.remedy


@pytest.mark.parametrize("status", ["spoiled", "missing"])
def test_a_status_alone_is_recorded(bench, status):
    value, recorded = said(bench, None, status)
    assert math.isnan(value)
    assert recorded == status


def test_what_was_read_in_a_spoiled_well_is_kept_as_text_whatever_it_is(bench):
    table = bench.table().astype(object)
    table["Status"] = None
    table.loc[0, ["GFP [RFU]", "Status"]] = ["OVRFLW", "spoiled"]
    checked = bench.check(table)
    assert checked.problems == ()
    first = checked.readings.iloc[0]
    assert (first["raw"], first["status"]) == ("OVRFLW", "spoiled")
    assert math.isnan(first["value"])


@pytest.mark.parametrize(
    ("typed", "value", "status"),
    [
        (">3.9", 3.9, "over range"),
        ("\u2265 3.9e2", 390.0, "over range"),
        ("<0.05", 0.05, "below limit"),
        ("<0.000", 0.0, "below limit"),
        ("OVRFLW", 100000.0, "over range"),  # what the readout declares as high
        ("Over", 100000.0, "over range"),
        ("< LOD", 0.0, "below limit"),
        ("MISSED", NAN, "missing"),
        ("?????", NAN, "missing"),
        ("n/a", NAN, "missing"),
        ("NaN", NAN, "missing"),
        ("*0.356*", NAN, "spoiled"),
    ],
)
def test_a_word_instead_of_a_number_is_a_status_with_its_text_kept(bench, typed, value, status):
    table = bench.table().astype(object)
    table.loc[0, "GFP [RFU]"] = typed
    checked = bench.check(table)
    assert checked.problems == ()
    first = checked.readings.iloc[0]
    assert (first["raw"], first["status"]) == (typed, status)
    assert first["value"] == value or (math.isnan(first["value"]) and math.isnan(value))
    assert any(f"1 x {typed} as {status}" in warning for warning in checked.warnings)


def test_a_limit_that_nobody_declared_is_asked_for(bench):
    table = bench.table().astype(object)
    table["OD [AU]"] = None
    table.loc[0, "OD [AU]"] = "OVRFLW"
    (problem,) = bench.check(table).problems
    assert problem.code == "value-is-limit"
    assert "Declare high of the readout 'OD'" in problem.remedy


@pytest.mark.parametrize(
    ("word", "status"), [("OVRFLW", "ok"), (">3.9", "below limit"), ("n/a", "no product")]
)
def test_a_word_and_a_status_that_say_different_things_are_refused(bench, word, status):
    assert said(bench, word, status) == "status-contradicts-value"


def test_a_word_beside_the_status_that_it_says_is_that_status(bench):
    assert said(bench, ">3.9", "over range") == (3.9, "over range")


def test_no_word_says_two_things_and_every_number_stays_one():
    words = [word for group in WORDS.values() for word in group]
    assert len({"".join(word.split()) for word in words}) == len(words)
    assert all(spoken_in(word.lower()) == spoken_in(word) for word in words)
    assert not any(spoken_in(text) for text in ("12", "-1.5e3", "", "n.d.", "out of range", "12,5", "--"))
    assert words_markdown().count("\n") == 2 + 3 + len(WORDS)


def test_no_product_without_a_declared_value_asks_for_one(bench):
    table = bench.table().astype(object)
    table["OD [AU]"], table["OD [AU] status"] = None, None
    table.loc[0, "OD [AU] status"] = "no product"
    (problem,) = bench.check(table).problems
    assert problem.code == "status-contradicts-value"
    assert "declare no_product" in problem.remedy
    assert "OD [AU]" in problem.found


def test_ok_is_about_the_readouts_that_were_filled(bench):
    assert said(bench, None, "ok", **{"OD [AU]": 0.5}) is None
    assert said(bench, 7.0, "ok", **{"OD [AU]": 0.5}) == (7.0, "ok")


def test_a_limit_with_two_filled_readouts_needs_a_status_for_each(bench):
    assert said(bench, 7.0, "over range", **{"OD [AU]": 0.5}) == "status-ambiguous"
    assert said(bench, None, "over range", **{"OD [AU]": 0.5}) == "status-ambiguous"
    assert said(bench, 7.0, None, **{"OD [AU]": 0.5, "GFP [RFU] status": "over range"}) == (7.0, "over range")


def test_the_drop_down_and_the_table_know_the_same_words():
    assert STATUS_WORDS == STATUSES
    assert {status for _, status in MEANINGS} == {"", *STATUSES}
    assert len(MEANINGS) == 2 * (len(STATUSES) + 1)
    assert statuses_markdown().count("\n") == 2 + len(MEANINGS)
    assert all((said.action == "refused") <= bool(said.remedy) for said in MEANINGS.values())


def grid_cell(bench, sheet, sample, top=GRID_FIRST_ROW, plate="plate-1"):
    where = bench.rounds[1].samples.loc[sample]
    assert where["plate"] == plate
    return sheet.cell(top + 3 + "ABCD".index(where["well"][0]), 1 + int(where["well"][1:]))


def pasted(bench, change, name="pasted.xlsx", source=None):
    book = openpyxl.load_workbook(source or bench.blank())
    change(book["Paste sheet"])
    path = bench.folder / name
    book.save(path)
    return path


def on_first_plate(bench):
    samples = bench.rounds[1].samples
    return [str(sample) for sample in samples.index[samples["plate"] == "plate-1"]]


def fill_grid(bench):
    def change(sheet):
        for sample in on_first_plate(bench):
            grid_cell(bench, sheet, sample).value = bench.truth[sample]

    return change


def test_a_pasted_plate_is_read_by_its_layout(bench):
    checked = bench.check(pasted(bench, fill_grid(bench)))
    assert checked.problems == ()
    assert set(checked.readings["sample"]) == set(on_first_plate(bench))
    assert bench.merged_right(checked)
    assert checked.readings["cell"].str.startswith("Paste sheet!").all()


def test_list_and_paste_sheet_may_both_be_filled_if_they_agree(bench):
    checked = bench.check(pasted(bench, fill_grid(bench), source=bench.filled()))
    assert checked.problems == ()
    assert len(checked.readings) == len(bench.truth)
    assert bench.merged_right(checked)


def test_list_and_paste_sheet_that_differ_are_refused_with_both_cells(bench):
    first = on_first_plate(bench)[0]

    def change(sheet):
        grid_cell(bench, sheet, first).value = 1.0

    (problem,) = bench.check(pasted(bench, change, source=bench.filled())).problems
    assert problem.code == "values-contradict"
    assert problem.sheet == "Run list"
    assert "sheet 'Paste sheet', " in problem.expected


def test_a_status_in_the_list_belongs_to_a_pasted_value(bench):
    book = openpyxl.load_workbook(pasted(bench, fill_grid(bench)))
    sheet = book["Run list"]
    headings = {cell.value: cell.column for cell in sheet[1]}
    first = on_first_plate(bench)[0]
    row = next(row for row in range(2, sheet.max_row + 1) if sheet.cell(row, 1).value == first)
    sheet.cell(row, headings["Status"]).value = "over range"
    path = bench.folder / "status.xlsx"
    book.save(path)
    checked = bench.check(path)
    assert checked.problems == ()
    assert checked.readings.set_index("sample").loc[first, "status"] == "over range"


def test_values_in_wells_without_a_sample_are_ignored_and_counted(bench):
    used = set(bench.rounds[1].samples.loc[on_first_plate(bench), "well"])
    free = next(f"{row}{column}" for row in "ABCD" for column in range(1, 7) if f"{row}{column}" not in used)

    def change(sheet):
        fill_grid(bench)(sheet)
        sheet.cell(GRID_FIRST_ROW + 3 + "ABCD".index(free[0]), 1 + int(free[1:])).value = 77.0

    # The truth of these tests is a number for each well, so replicates tell nothing of how a plate was read.
    checked = bench.check(pasted(bench, change), orientation=("as-is",))
    assert checked.problems == ()
    assert any("1 values in wells without a sample were ignored" in warning for warning in checked.warnings)
    assert bench.merged_right(checked)


def test_a_block_pasted_with_the_readers_own_letters_and_numbers_is_read(bench):
    def change(sheet):
        fill_grid(bench)(sheet)
        for column in range(1, 7):
            sheet.cell(GRID_FIRST_ROW + 2, 1 + column).value = str(column)
        for i, letter in enumerate("ABCD"):
            sheet.cell(GRID_FIRST_ROW + 3 + i, 1).value = letter.lower()
        sheet.cell(GRID_FIRST_ROW + 2, 1).value = "<>"

    checked = bench.check(pasted(bench, change))
    assert checked.problems == ()
    assert bench.merged_right(checked)


def shifted_right(sheet):
    for row in range(4):
        for column in range(6, 0, -1):
            sheet.cell(GRID_FIRST_ROW + 3 + row, 2 + column).value = 10.0 * row + column


def shifted_down(sheet):
    for row in range(1, 5):
        for column in range(6):
            sheet.cell(GRID_FIRST_ROW + 3 + row, 2 + column).value = 10.0 * row + column


def headings_pasted_inside(sheet):
    for column in range(1, 7):
        sheet.cell(GRID_FIRST_ROW + 3, 2 + column).value = column
    sheet.cell(GRID_FIRST_ROW + 3, 1).value = None


def frame_overwritten(sheet):
    for row in range(4):
        for column in range(6):
            sheet.cell(GRID_FIRST_ROW + 2 + row, 1 + column).value = 10.0 * row + column


def plate_renamed(sheet):
    sheet.cell(GRID_FIRST_ROW + 1, 2).value = "plate-9"
    sheet.cell(GRID_FIRST_ROW + 3, 2).value = 5.0


def readout_renamed(sheet):
    sheet.cell(GRID_FIRST_ROW, 2).value = "mCherry"
    sheet.cell(GRID_FIRST_ROW + 3, 2).value = 5.0


def label_lost(sheet):
    sheet.cell(GRID_FIRST_ROW, 1).value = None
    sheet.cell(GRID_FIRST_ROW + 3, 2).value = 5.0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (shifted_right, "grid-shifted"),
        (shifted_down, "grid-shifted"),
        (headings_pasted_inside, "grid-damaged"),
        (frame_overwritten, "grid-damaged"),
        (plate_renamed, "grid-plate-unknown"),
        (readout_renamed, "grid-readout-unknown"),
        (label_lost, "grid-damaged"),
    ],
)
def test_a_grid_that_was_pasted_off_its_frame_is_refused(bench, change, code):
    from bioal.errors import Refused

    try:
        problems = bench.check(pasted(bench, change)).problems
    except Refused as refused:
        problems = refused.items
    assert [problem.code for problem in problems][:1] == [code], [str(problem) for problem in problems]
    assert problems[0].sheet == "Paste sheet"
