"""The corruption corpus: whatever comes back damaged is merged exactly or refused by cell.

Every file is made from a real filled workbook. What may never happen is a reading beside the wrong sample.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from typing import Any

import pytest

from bioal.errors import Refused

Change = Callable[[Any], None]


def headed(sheet: Any) -> dict[str, int]:
    return {cell.value: cell.column for cell in sheet[1] if cell.value is not None}


def rows_of(sheet: Any) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]


def put(cell: Any, value: Any) -> None:
    """Write a value as a spreadsheet program moves it: text stays text."""
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"


def write_rows(sheet: Any, rows: list[list[Any]]) -> None:
    for number, row in enumerate(rows, start=2):
        for column, value in enumerate(row, start=1):
            put(sheet.cell(number, column), value)


def on_run_list(change: Change) -> Change:
    return lambda book: change(book["Run list"])


def typed(heading: str, value: Any, row: int = 5, number_format: str | None = None) -> Change:
    def change(book: Any) -> None:
        sheet = book["Run list"]
        cell = sheet.cell(row, headed(sheet)[heading])
        cell.value = value
        if number_format is not None:
            cell.number_format = number_format

    return change


def retyped(written: Callable[[float], Any], number_format: str = "General") -> Change:
    """The same value as before, written in another way."""

    def change(book: Any) -> None:
        sheet = book["Run list"]
        value = sheet.cell(5, headed(sheet)["GFP [RFU]"]).value
        typed("GFP [RFU]", written(value), number_format=number_format)(book)

    return change


def together(*changes: Change) -> Change:
    def change(book: Any) -> None:
        for one in changes:
            one(book)

    return change


def value_and_status(value: Any, status: str) -> Change:
    return together(typed("GFP [RFU]", value), typed("Status", status))


def rolled(*headings: str) -> Change:
    def change(sheet: Any) -> None:
        for heading in headings:
            column = headed(sheet)[heading]
            values = [sheet.cell(row, column).value for row in range(2, sheet.max_row + 1)]
            for row, value in enumerate(values[-1:] + values[:-1], start=2):
                put(sheet.cell(row, column), value)

    return on_run_list(change)


def heading_changed(old: str, new: str | None) -> Change:
    def change(sheet: Any) -> None:
        sheet.cell(1, headed(sheet)[old]).value = new

    return on_run_list(change)


def sheet_removed(*names: str) -> Change:
    def change(book: Any) -> None:
        for name in names:
            del book[name]

    return change


def sheet_renamed(old: str, new: str) -> Change:
    def change(book: Any) -> None:
        book[old].title = new

    return change


def row_inserted(at: int) -> Change:
    return on_run_list(lambda sheet: sheet.insert_rows(at))


def column_inserted(at: int) -> Change:
    return on_run_list(lambda sheet: sheet.insert_cols(at))


def row_shuffled(seed: int) -> Change:
    def change(sheet: Any) -> None:
        rows = rows_of(sheet)
        random.Random(seed).shuffle(rows)
        write_rows(sheet, rows)

    return on_run_list(change)


def columns_reversed(sheet: Any) -> None:
    everything = [[cell.value for cell in row] for row in sheet.iter_rows()]
    for number, row in enumerate(everything, start=1):
        for column, value in enumerate(reversed(row), start=1):
            put(sheet.cell(number, column), value)


def rows_hidden(sheet: Any) -> None:
    for row in range(3, 9):
        sheet.row_dimensions[row].hidden = True


def rows_deleted(sheet: Any) -> None:
    sheet.delete_rows(4, 7)


def rows_blanked(sheet: Any) -> None:
    for row in range(4, 8):
        for cell in sheet[row]:
            cell.value = None


def totals_below(sheet: Any) -> None:
    sheet.cell(sheet.max_row + 2, headed(sheet)["GFP [RFU]"]).value = 54321.0


def row_copied(sheet: Any) -> None:
    for cell in list(sheet[3]):
        sheet.cell(sheet.max_row + (cell.column == 1), cell.column).value = cell.value


def second_sheet(book: Any) -> None:
    copy = book.copy_worksheet(book["Run list"])
    copy.title = "my copy"
    copy.cell(2, headed(copy)["GFP [RFU]"]).value = 99.0


def sorted_without_values(sheet: Any) -> None:
    """A person sorts the planned columns by a factor, and leaves ids and values where they are."""
    columns = headed(sheet)
    factors = [columns[name] for name in columns if name.startswith(("Mg", "NTP", "plasmid", "temp"))]
    rows = [[sheet.cell(row, column).value for column in factors] for row in range(2, sheet.max_row + 1)]
    rows.sort(key=lambda row: (row[0] is None, row[0]))
    for number, row in enumerate(rows, start=2):
        for column, value in zip(factors, row, strict=True):
            put(sheet.cell(number, column), value)


def one_id_changed(value: Any) -> Change:
    return typed("Sample", value)


def sorted_alone(sheet: Any) -> None:
    """A person sorts the column of results, and nothing else."""
    column = headed(sheet)["GFP [RFU]"]
    values = sorted(sheet.cell(row, column).value for row in range(2, sheet.max_row + 1))
    for row, value in enumerate(reversed(values), start=2):
        sheet.cell(row, column).value = value


def second_column(sheet: Any) -> None:
    sheet.cell(1, headed(sheet)["Note"]).value = "gfp"
    sheet.cell(6, headed(sheet)["gfp"]).value = 5.0


def extra_column(sheet: Any) -> None:
    column = sheet.max_column + 1
    sheet.cell(1, column).value = "my own remarks"
    sheet.cell(2, column).value = "looked odd"


MERGED: dict[str, Change] = {
    "untouched": lambda book: None,
    **{f"rows in another order {seed}": row_shuffled(seed) for seed in range(3)},
    "columns in the opposite order": on_run_list(columns_reversed),
    "rows hidden by a filter": on_run_list(rows_hidden),
    "rows deleted": on_run_list(rows_deleted),
    "rows blanked in place": on_run_list(rows_blanked),
    "an empty row above": row_inserted(1),
    "an empty row between": row_inserted(9),
    "an empty column between": column_inserted(4),
    "a column of their own": on_run_list(extra_column),
    "a copy of the run list": second_sheet,
    "the hidden sheet lost": sheet_removed("_bioal"),
    "all other sheets lost": sheet_removed(
        "_bioal", "_lists", "Read me", "Paste sheet", "Plate details", "Added conditions"
    ),
    "the run list renamed": sheet_renamed("Run list", "Sheet1"),
    "a heading with spaces": heading_changed("GFP [RFU]", "  GFP  [RFU] "),
    "the other micro sign": heading_changed("NTP [\u00b5M]", "NTP [\u03bcM]"),
    "a heading without its unit": heading_changed("GFP [RFU]", "gfp"),
    "a number as text": retyped(str),
    "a number as text with a hard space": retyped(lambda value: f"{value}\u00a0"),
    "a status in capitals": typed("Status", " OK "),
    "an id in small letters": typed("Sample", "r01-s0004"),
    "a note": typed("Note", '=HYPERLINK("x")'),
    "a currency": retyped(float, '"$"#,##0.00'),
    "an actual value as planned": lambda book: typed(
        "Mg-glutamate [mM] actual",
        book["Run list"].cell(5, headed(book["Run list"])["Mg-glutamate [mM]"]).value,
    )(book),
}

REFUSED: dict[str, tuple[Change, str]] = {
    "ids moved by a row": (rolled("Sample"), "row-contradicts-id"),
    "ids and plates moved by a row": (rolled("Sample", "Plate"), "row-contradicts-id"),
    "ids and values moved by a row": (rolled("Sample", "GFP [RFU]"), "row-contradicts-id"),
    "conditions moved by a row": (rolled("Condition"), "row-contradicts-id"),
    "wells moved by a row": (rolled("Well"), "row-contradicts-id"),
    "factors moved by a row": (
        rolled("Mg-glutamate [mM]", "NTP [\u00b5M]", "plasmid", "temperature [C]"),
        "conditions-shuffled",
    ),
    "one factor moved by a row": (rolled("NTP [\u00b5M]"), "condition-changed"),
    "only some columns sorted": (on_run_list(sorted_without_values), "conditions-shuffled"),
    "a level edited": (typed("Mg-glutamate [mM]", 5.0), "condition-changed"),
    "an option edited": (typed("plasmid", "pDC"), "factor-unreadable"),
    "a level cleared": (typed("Mg-glutamate [mM]", None), "condition-blank"),
    "a level with its unit": (typed("Mg-glutamate [mM]", "4 mM"), "factor-unreadable"),
    "an error as level": (typed("NTP [\u00b5M]", "#REF!"), "factor-unreadable"),
    "an actual value that differs": (typed("Mg-glutamate [mM] actual", 7.5), "condition-changed"),
    "an actual value below zero": (typed("Mg-glutamate [mM] actual", -1), "factor-below-zero"),
    "an actual value in words": (typed("Mg-glutamate [mM] actual", "more"), "factor-unreadable"),
    "an id twice": (on_run_list(row_copied), "sample-twice"),
    "an id of nobody": (one_id_changed("R01-S0999"), "sample-unknown"),
    "an id of another round": (one_id_changed("R02-S0004"), "sample-of-other-round"),
    "an id as date": (one_id_changed(dt.datetime(2026, 3, 1)), "sample-id-converted"),
    "an id as number": (one_id_changed(45200), "sample-id-converted"),
    "an id cleared": (one_id_changed(None), "sample-missing"),
    "totals under the table": (on_run_list(totals_below), "sample-missing"),
    "merged cells": (on_run_list(lambda sheet: sheet.merge_cells("A4:A5")), "cells-merged"),
    "a heading twice": (heading_changed("Note", "GFP [RFU]"), "heading-twice"),
    "another unit": (heading_changed("GFP [RFU]", "GFP [kRFU]"), "unit-changed"),
    "a factor's unit changed": (heading_changed("Mg-glutamate [mM]", "Mg-glutamate [M]"), "unit-changed"),
    "a status nobody knows": (value_and_status(5.0, "broken"), "status-unknown"),
    "failed": (value_and_status(None, "failed"), "status-unknown"),
    "ok without a value": (value_and_status(None, "ok"), "status-contradicts-value"),
    "below limit without the limit": (value_and_status(None, "below limit"), "status-contradicts-value"),
    "over range without the range": (value_and_status(None, "over range"), "status-contradicts-value"),
    "missing with a value": (value_and_status(7.0, "missing"), "status-contradicts-value"),
    "out of the readout's range": (typed("GFP [RFU]", 2e6), "value-out-of-range"),
    "below the readout's range": (typed("GFP [RFU]", -5), "value-out-of-range"),
    "a percent format": (typed("GFP [RFU]", 0.123, number_format="0.0%"), "value-has-unit"),
    "a unit in the format": (typed("GFP [RFU]", 12.5, number_format='0.0" kRFU"'), "value-has-unit"),
    "a heading twice, once without unit": (on_run_list(second_column), "heading-twice"),
    "round brackets": (heading_changed("GFP [RFU]", "GFP (kRFU)"), "unit-changed"),
}

# What may stand in a value cell and is no number: the code of its refusal.
NO_NUMBERS: dict[Any, str] = {
    dt.datetime(2026, 3, 1): "value-is-date",
    dt.time(12, 30): "value-is-date",
    True: "value-is-truth",
    "=A1*2": "formula-uncomputed",
    **dict.fromkeys(("#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!"), "value-is-error"),
    "12,3": "value-decimal-comma",
    "1,234": "value-ambiguous",
    **dict.fromkeys(("1,234.5", "1,234,567", "1.234,5", "1 234.5", "1'234", "1\u202f234"), "value-thousands"),
    **dict.fromkeys(("12.3 uM", "12.3%", "12 RFU", "12.3 OD600"), "value-has-unit"),
    **dict.fromkeys(("out of range", "< 5 RFU", "below 5"), "value-is-limit"),
    **dict.fromkeys(("n.d.", "Undetermined"), "value-ambiguous"),
    # Two numbers, a doubt, a number of programmers: which number to type nobody can say.
    **dict.fromkeys(("12 / 13", "12 13", "12?", "1_000", "0x10"), "value-is-text"),
    **dict.fromkeys(("inf", "--", "12.3.4"), "value-is-text"),
    # Full-width digits and the typographic minus are numbers to Python, or to people, but not to both.
    **dict.fromkeys(("\uff11\uff12", "\u221212"), "value-is-text"),
    "1e400": "value-not-finite",
    **dict.fromkeys((1e300, "-9.99e307"), "value-too-large"),
    **dict.fromkeys((1e-200, "-9.9e-31"), "value-too-small"),
}


def test_every_cell_without_a_number_is_refused_at_once_with_its_own_sentence(bench):
    values: list[Any] = []

    def change(sheet: Any) -> None:
        for row, value in enumerate(values, start=2):
            sheet.cell(row, headed(sheet)["GFP [RFU]"]).value = value

    found: dict[Any, str] = {}
    for start in range(0, len(NO_NUMBERS), 20):
        values = [*NO_NUMBERS][start : start + 20]
        checked = bench.check(bench.filled(on_run_list(change)))
        found |= dict(zip(values, (problem.code for problem in checked.problems), strict=True))
        assert all(problem.sheet == "Run list" and problem.cell for problem in checked.problems)
    assert found == NO_NUMBERS


@pytest.mark.parametrize("name", MERGED)
def test_harmless_changes_are_merged_exactly(bench, name):
    checked = bench.check(bench.filled(MERGED[name]))
    assert checked.problems == (), [str(problem) for problem in checked.problems]
    assert len(checked.readings) >= len(bench.truth) - 7
    assert bench.merged_right(checked)


@pytest.mark.parametrize("name", REFUSED)
def test_damage_is_refused_with_its_cell(bench, codes, name):
    change, code = REFUSED[name]
    path = bench.filled(change)
    try:
        checked = bench.check(path)
    except Refused as error:
        problems = error.items
    else:
        problems = checked.problems
    assert code in {problem.code for problem in problems}, [str(problem) for problem in problems]
    assert all(problem.cell or problem.code == "column-missing" for problem in problems)
    assert all(problem.remedy and problem.expected and problem.found for problem in problems)


def test_results_that_were_sorted_alone_are_refused_unless_they_were_really_read_so(bench, codes):
    path = bench.filled(on_run_list(sorted_alone))
    assert codes(bench.check(path)) == {"values-sorted"}
    assert "values-sorted" not in codes(bench.check(path, orientation=["as-is"]))
    # Whole rows in the order of their results are nothing but rows in another order.
    order = sorted(bench.truth, key=lambda sample: bench.truth[sample])
    whole = bench.table().set_index("Sample").loc[order].reset_index()
    checked = bench.check(whole)
    assert checked.problems == ()
    assert bench.merged_right(checked)


def test_values_that_are_all_the_same_are_named(bench):
    def dead(sheet: Any) -> None:
        for row in range(2, sheet.max_row + 1):
            sheet.cell(row, headed(sheet)["GFP [RFU]"]).value = 0

    assert "All 22 values of GFP [RFU] are 0 RFU." in bench.check(bench.filled(on_run_list(dead))).warnings


def test_values_on_a_copy_of_the_run_list_are_looked_for_there(bench):
    def copied(book: Any) -> None:
        book.copy_worksheet(book["Run list"]).title = "Run list (2)"
        for row in range(2, book["Run list"].max_row + 1):
            book["Run list"].cell(row, headed(book["Run list"])["GFP [RFU]"]).value = None

    (problem,) = bench.check(bench.filled(copied)).problems
    assert problem.code == "nothing-to-merge"
    assert "'Run list (2)'" in problem.remedy
