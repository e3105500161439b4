"""What people type into a protocol workbook: read rightly, or refused with its cell and what to do."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from bioal.errors import Problem, ProtocolError
from bioal.measurements.cells import Cell
from bioal.protocol.protocol import Protocol, protocol_from_toml
from bioal.sheets.protocol_cells import quantity
from bioal.sheets.protocol_forms import ORDER
from bioal.sheets.protocol_returned import protocol_from_path, protocol_from_workbook
from bioal.sheets.protocol_workbook import write_protocol_workbook

OWN = Path(__file__).with_name("own_protocol.toml").read_text(encoding="utf-8")


def same_but_for_text(one: Protocol, other: Protocol) -> None:
    for each in fields(Protocol):
        if each.name not in ("text", "notes"):
            assert getattr(one, each.name) == getattr(other, each.name), each.name


@pytest.fixture
def book(tmp_path: Path) -> Workbook:
    path = tmp_path / "sent.xlsx"
    write_protocol_workbook(path, protocol_from_toml(OWN))
    return load_workbook(path)


Returned = Callable[[Workbook], Protocol]


@pytest.fixture
def returned(tmp_path: Path) -> Returned:
    def send(book: Workbook) -> Protocol:
        path = tmp_path / "factors.xlsx"
        book.save(path)
        return protocol_from_workbook(path)

    return send


def at(sheet: Worksheet, row: str, heading: str) -> str:
    """Return the address of the cell in the row of a name and the column of a heading."""
    head = next(row for row in sheet.iter_rows() if heading in [cell.value for cell in row])
    column = next(cell.column_letter for cell in head if cell.value == heading)
    return f"{column}{next(cell.row for cell in sheet['A'] if cell.value == row)}"


def refused(returned: Returned, book: Workbook) -> list[Problem]:
    with pytest.raises(ProtocolError) as caught:
        returned(book)
    assert all(problem.sheet and problem.file == "factors.xlsx" for problem in caught.value.items)
    return list(caught.value.items)


@pytest.mark.parametrize(
    ("typed", "levels"),
    [
        ("0,4; 1,2; 2", (0.4, 1.2, 2)),
        ("0.4;1.2;2;", (0.4, 1.2, 2)),
        ("0.4, 1.2, 2", (0.4, 1.2, 2)),
        ("0.4\n1.2\n2", (0.4, 1.2, 2)),
        ("0,125; 1", (0.125, 1)),
        ("1e-3; 2", (0.001, 2)),
        (2.5, (2.5,)),
    ],
)
def test_levels_are_read_as_they_are_written_in_any_country(typed, levels, book, returned):
    sheet = book["Factors"]
    sheet[at(sheet, "Mg", "Levels")] = typed
    for name in ("Constraints", "Controls"):
        book.remove(book[name])
    sheet2 = book["Readouts"]
    sheet2[at(sheet2, "GFP", "Normalise")] = "none"
    assert returned(book).factor("Mg").levels == levels


@pytest.mark.parametrize(
    ("typed", "code", "words"),
    [
        ("0,4,1,2", "value-is-text", "semicolons"),
        ("2 4 6", "value-is-text", "semicolons"),
        ("2 mM; 4 mM", "value-has-unit", "Type 2 alone"),
        ("1,500; 3,000", "value-ambiguous", "1500 or 1.500"),
        ("2-10", "value-is-text", "semicolons"),
        (dt.datetime(2026, 2, 1), "value-is-date", "Text"),
        (True, "value-is-truth", "Text"),
        ("#N/A", "value-is-error", "formula"),
        ("2; 2", "level-twice", ""),
        ("=A1+1", "formula-uncomputed", "Save the file"),
        (None, "no-levels", "Fill in one of these"),
    ],
)
def test_levels_that_could_be_read_otherwise_are_refused_with_their_cell(typed, code, words, book, returned):
    sheet = book["Factors"]
    cell = at(sheet, "Mg", "Levels")
    sheet[cell] = typed
    problem = refused(returned, book)[0]
    where = cell if code != "no-levels" else at(sheet, "Mg", "Factor")
    assert (problem.code, problem.sheet, problem.cell) == (code, "Factors", where)
    assert words in problem.remedy


@pytest.mark.parametrize(
    ("sheet", "row", "heading", "typed", "code"),
    [
        ("Factors", "DNA", "Scale", "logarithmic", "unknown-word"),
        ("Factors", "K", "High", 1.1, "step-misses-high"),
        ("Factors", "K", "Step", "a quarter", "value-is-text"),
        ("Factors", "grade", "Ordered", "perhaps", "value-is-text"),
        ("Factors", "grade", "Options", "low, high", "list-unclear"),
        ("Factors", "plasmid", "Options", dt.date(2026, 3, 1), "value-is-date"),
        ("Readouts", "GFP", "High", -1, "low-above-high"),
        ("Plate", "Wells", "Value", 95, "plate-size"),
        ("Plate", "Replicates", "Value", 0, "wrong-value"),
        ("Campaign", "Readout wanted", "Value", "RFP", "unknown-name"),
        ("Campaign", "Target", "Value", None, "target-missing"),
        ("Constraints", "1", "At least", 5, "low-above-high"),
        ("Constraints", "1", "Kind", "some", "unknown-word"),
        ("Constraints", "1", "Factor", "Zn", "unknown-name"),
        ("Constraints", "5", "At most", None, "limits-missing"),
        ("Constraints", "6", "Value", "pX", "unknown-name"),
        ("Controls", "Role", "Control 1", "standard", "unknown-word"),
        ("Controls", "Wells on each plate", "Control 1", "six", "value-is-text"),
        ("Controls", "Mg", "Control 1", None, "control-incomplete"),
        ("Controls", "K", "Control 2", 1, "control-inactive"),
        ("Controls", "Mg", "Control 2", "1,500", "value-ambiguous"),
        ("Fixed parts", "HEPES", "Amount", dt.date(2026, 3, 1), "value-is-date"),
    ],
)
def test_a_mistake_is_named_by_sheet_and_cell(sheet, row, heading, typed, code, book, returned):
    cell = at(book[sheet], row, heading)
    book[sheet][cell] = typed
    problems = refused(returned, book)
    assert code in {problem.code for problem in problems}
    found = next(problem for problem in problems if problem.code == code)
    assert found.sheet == sheet
    whole_rule = code == "limits-missing"  # is said of the rule's number, not of a cell that may stay empty
    assert found.cell == (at(book[sheet], row, "Rule") if whole_rule else cell)
    assert problems == [found], "nothing that follows from it is said beside it"
    assert "[[" not in found.remedy
    assert "toml" not in str(found).lower()


def test_everything_that_is_wrong_is_said_at_once(book, returned):
    factors, plate = book["Factors"], book["Plate"]
    wrong = {at(factors, "Mg", "Levels"): "many", at(factors, "K", "Step"): 0.3}
    for cell, typed in wrong.items():
        factors[cell] = typed
    plate[at(plate, "Wells", "Value")] = 95
    found = {(problem.sheet, problem.cell) for problem in refused(returned, book)}
    assert ("Factors", at(factors, "Mg", "Levels")) in found
    assert ("Factors", at(factors, "K", "High")) in found
    assert ("Plate", at(plate, "Wells", "Value")) in found


def test_an_option_that_became_a_date_is_known_by_the_options_of_its_factor(book, returned):
    sheet = book["Controls"]
    sheet[at(sheet, "plasmid", "Control 1")] = dt.datetime(2026, 3, 1)
    sheet[at(sheet, "plasmid", "Control 2")] = 1.1
    controls = returned(book).controls
    assert [control.condition.get("plasmid") for control in controls] == ["MARCH1", "1.10", None]


def test_numbers_as_text_blank_rows_and_a_title_above_do_no_harm(book, returned):
    sheet = book["Factors"]
    sheet[at(sheet, "K", "Step")] = "0,25"
    sheet[at(sheet, "K", "Low")] = "0"
    sheet.insert_rows(6, 2)
    sheet.insert_rows(1, 3)
    same_but_for_text(returned(book), protocol_from_toml(OWN))


def test_renamed_sheets_are_found_by_their_headings_and_others_are_not_read(book, returned):
    for number, title in enumerate(ORDER):
        book[title].title = f"Blatt {number}"
    book.create_sheet("my notes")["A1"] = "Levels"
    book["my notes"]["A2"] = "call Ana"
    protocol = returned(book)
    same_but_for_text(protocol, protocol_from_toml(OWN))
    assert "Sheet 'my notes' is not read." in protocol.notes


def test_a_column_of_ones_own_is_not_read_and_said_so(book, returned):
    sheet = book["Factors"]
    column = sheet.max_column + 1
    sheet.cell(4, column).value = "Supplier"
    sheet.cell(5, column).value = "Sigma"
    protocol = returned(book)
    assert "Sheet 'Factors': the column 'Supplier' is not read." in protocol.notes


def test_a_heading_that_was_changed_is_refused_not_skipped(book, returned):
    sheet = book["Constraints"]
    cell = at(sheet, "Rule", "At most")
    sheet[cell] = "Maximum"
    problem = refused(returned, book)[0]
    assert (problem.code, problem.sheet, problem.cell) == ("heading-unknown", "Constraints", cell)
    assert "At most" in problem.expected


def test_merged_cells_and_a_name_twice_are_refused_with_their_cells(book, returned):
    sheet = book["Factors"]
    second = at(sheet, "DNA", "Factor")
    sheet[second] = "Mg"
    assert ("name-twice", second) in {(p.code, p.cell) for p in refused(returned, book)}
    sheet[second] = "DNA"
    sheet.merge_cells("B5:B6")
    assert [(p.code, p.cell) for p in refused(returned, book)] == [("cells-merged", "B5:B6")]


def test_a_row_without_a_name_is_refused(book, returned):
    sheet = book["Factors"]
    cell = at(sheet, "Mg", "Factor")
    sheet[cell] = None
    assert ("name-missing", "Factors", cell) in {(p.code, p.sheet, p.cell) for p in refused(returned, book)}


# -- a workbook to fill in -----------------------------------------------------------------------------------


@pytest.fixture
def empty(tmp_path: Path) -> Workbook:
    path = tmp_path / "start.xlsx"
    write_protocol_workbook(path, name="salts")
    return load_workbook(path)


def fill(book: Workbook) -> None:
    sheet = book["Factors"]
    free = 1 + max(cell.row for cell in sheet["A"] if cell.value)
    for number, (name, levels) in enumerate((("Mg", "2; 4"), ("K", "10; 20; 40"))):
        sheet.cell(free + number, 1).value = name
        sheet.cell(free + number, 3).value = levels
    readouts, campaign = book["Readouts"], book["Campaign"]
    readouts.cell(1 + max(cell.row for cell in readouts["A"] if cell.value), 1).value = "OD"
    campaign[at(campaign, "Readout wanted", "Value")] = "OD"


def test_examples_are_never_read(empty, returned):
    assert "Example: Mg-glutamate" in [cell.value for cell in empty["Factors"]["A"]]
    fill(empty)
    protocol = returned(empty)
    assert protocol.space.names == ("Mg", "K")
    assert protocol.name == "salts"
    assert protocol.constraints == protocol.controls == ()
    assert protocol.liquids is None
    assert math.prod(factor.size for factor in protocol.factors) == 6


def test_an_example_that_was_changed_is_refused_not_skipped(empty, returned):
    fill(empty)
    sheet = empty["Factors"]
    row = next(cell.row for cell in sheet["A"] if cell.value == "Example: Mg-glutamate")
    sheet.cell(row, 3).value = "5; 6"
    problem = refused(returned, empty)[0]
    assert (problem.code, problem.sheet, problem.cell) == ("example-changed", "Factors", f"A{row}")
    assert "without 'Example:'" in problem.remedy


def test_an_empty_workbook_says_which_sheets_to_fill_in(empty, returned):
    assert [problem.sheet for problem in refused(returned, empty)] == ["Readouts", "Campaign", "Factors"]


# -- other files ---------------------------------------------------------------------------------------------


def test_a_workbook_of_something_else_is_refused_with_the_sheets_it_has(returned):
    book = Workbook()
    book.active.title = "Run list"
    with pytest.raises(ProtocolError, match=r"'Run list'.*bioal new NAME --workbook"):
        returned(book)


def test_text_with_the_name_of_a_workbook_is_refused(tmp_path: Path):
    path = tmp_path / "factors.xlsx"
    path.write_text("Factor,Unit\n", encoding="utf-8")
    with pytest.raises(ProtocolError, match="a text file"):
        protocol_from_path(path)


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize("start", [OLD, b"%PDF-1.7", b"PK\x03\x04cut short", b""])
def test_rubbish_is_refused_in_one_line(start: bytes, tmp_path: Path):
    path = tmp_path / "factors.xlsx"
    path.write_bytes(start)
    with pytest.raises(ProtocolError, match=r"factors\.xlsx: found") as caught:
        protocol_from_path(path)
    assert len(caught.value.items) == 1


def test_a_missing_workbook_is_refused(tmp_path: Path):
    with pytest.raises(ProtocolError, match="no such file"):
        protocol_from_path(tmp_path / "none.xlsx")


def test_a_workbook_with_the_name_of_a_text_is_refused_and_a_text_is_read(tmp_path: Path):
    path = tmp_path / "factors.toml"
    write_protocol_workbook(path, protocol_from_toml(OWN))
    with pytest.raises(ProtocolError, match=r"in a workbook ends in \.xlsx"):
        protocol_from_path(path)
    path.write_text(OWN, encoding="utf-8")
    assert protocol_from_path(path).text == OWN


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("5uL", "5uL"),
        ("2.5 uL", "2.5 uL"),
        ("2,5uL", "2.5 uL"),
        ("2,5 uL", "2.5 uL"),
        ("2,5uL each", "2.5 uL each"),
    ],
)
def test_a_quantity_is_read_with_and_without_a_space_before_its_unit(typed: str, read: str):
    assert quantity(Cell(typed, "text")) == read
