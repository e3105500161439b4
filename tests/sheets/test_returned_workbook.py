"""Workbooks as spreadsheet programs save them: results of formulas, hidden rows, several sheets."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest

from bioal.errors import Refused
from bioal.sheets.returned import read_returned


def saved(tmp_path: Path, change=None, name: str = "saved.xlsx") -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Run list"
    sheet.append(["Sample", "GFP [RFU]", "Note"])
    for number in range(1, 4):
        sheet.append([f"R01-S000{number}", 1.5 * number, None])
    if change is not None:
        change(book)
    path = tmp_path / name
    book.save(path)
    return path


def with_result(path: Path, formula: bytes, cell: bytes) -> Path:
    """Return the workbook with a formula's cached result, as a spreadsheet program would save it."""
    changed = path.with_name("computed.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
        for member in old.namelist():
            content = old.read(member)
            if member == "xl/worksheets/sheet1.xml":
                assert formula in content
                content = content.replace(formula, cell)
            new.writestr(member, content)
    return changed


def test_the_result_of_a_formula_is_read_and_said(tmp_path):
    path = saved(tmp_path, lambda book: book.active.__setitem__("B3", "=1+2"))
    path = with_result(path, b"<f>1+2</f><v />", b"<f>1+2</f><v>3</v>")
    returned = read_returned(path)
    cell = returned.runs.rows[1]["GFP [RFU]"]
    assert (cell.kind, cell.value, cell.address) == ("number", 3, "B3")
    assert any("1 cells hold formulas" in warning for warning in returned.warnings)


def test_a_formula_without_a_result_is_no_blank(tmp_path):
    returned = read_returned(saved(tmp_path, lambda book: book.active.__setitem__("B3", "=1+2")))
    cell = returned.runs.rows[1]["GFP [RFU]"]
    assert (cell.kind, cell.value) == ("formula", "=1+2")


def test_hidden_rows_are_read_and_counted(tmp_path):
    def hide(book):
        book.active.row_dimensions[3].hidden = True

    returned = read_returned(saved(tmp_path, hide))
    assert len(returned.runs.rows) == 3
    assert any("1 hidden or filtered rows" in warning for warning in returned.warnings)


def test_two_sheets_that_could_be_the_run_list_are_refused(tmp_path):
    def rename(book):
        book.copy_worksheet(book.active).title = "other"
        book.worksheets[0].title = "first"

    with pytest.raises(Refused, match="several sheets with a column 'Sample': 'first', 'other'"):
        read_returned(saved(tmp_path, rename))


def test_a_workbook_without_a_run_list_is_refused(tmp_path):
    with pytest.raises(Refused, match="without a run list"):
        read_returned(saved(tmp_path, lambda book: book.active.__setitem__("A1", "id")))


def test_a_copy_saved_again_has_the_same_content_and_other_bytes(tmp_path):
    first = read_returned(saved(tmp_path))
    again = read_returned(saved(tmp_path, lambda book: book.create_sheet("mine"), "again.xlsx"))
    assert first.sha256 != again.sha256
    assert first.content == again.content
    other = read_returned(saved(tmp_path, lambda book: book.active.__setitem__("B2", 9), "other.xlsx"))
    assert first.content != other.content


def test_a_chart_of_their_own_does_no_harm(tmp_path):
    from openpyxl.chart import BarChart, Reference

    def draw(book):
        chart = BarChart()
        chart.add_data(Reference(book.active, min_col=2, min_row=1, max_row=4), titles_from_data=True)
        book.create_sheet("mine").add_chart(chart, "B2")

    assert len(read_returned(saved(tmp_path, draw)).runs.rows) == 3


def test_a_role_is_no_heading_where_the_column_of_ids_was_deleted(tmp_path):
    def without_ids(book):
        sheet = book.active
        sheet.delete_rows(1, sheet.max_row)
        for row in (["Role", "Condition", "GFP [RFU]"], ["sample", "R01-C001", 5], ["sample", "R01-C002", 6]):
            sheet.append(row)

    with pytest.raises(Refused, match=r"a workbook without a run list.*has a column 'Sample'"):
        read_returned(saved(tmp_path, without_ids))
