"""Conditions of the scientist's own, and what is typed about plates."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest

from bioal.measurements.checking import Known
from bioal.protocol.constraints import Forbidden, Limits, Linear, OnlyWith
from bioal.sheets.names import ADDED_HEADER_ROW, DETAILS_HEADER_ROW


def with_rows(bench, *rows, name="added.xlsx"):
    """Return a filled workbook with added conditions, each a mapping from heading to value."""
    book = openpyxl.load_workbook(bench.filled())
    sheet = book["Added conditions"]
    columns = {cell.value: cell.column for cell in sheet[ADDED_HEADER_ROW]}
    for number, row in enumerate(rows, start=ADDED_HEADER_ROW + 1):
        for heading, value in row.items():
            cell = sheet.cell(number, columns[heading])
            cell.value = value
    path = bench.folder / name
    book.save(path)
    return path


def own(**change):
    row = {
        "Plate": "plate-1",
        "Well": "d06",
        "Mg-glutamate [mM]": 3.3,
        "NTP [\u00b5M]": 1,
        "plasmid": "pTAC",
        "temperature [C]": 30,
        "GFP [RFU]": 4321.0,
        "Note": "just tried",
    }
    return {**row, **change}


def free_well(bench):
    samples = bench.rounds[1].samples
    used = set(samples.loc[samples["plate"] == "plate-1", "well"])
    return next(f"{row}{column}" for row in "ABCD" for column in range(1, 7) if f"{row}{column}" not in used)


def test_an_added_condition_comes_back_whole(bench):
    well = free_well(bench)
    checked = bench.check(with_rows(bench, own(Well=well)))
    assert checked.problems == ()
    (row,) = checked.added.to_dict("records")
    assert row == {
        "Mg-glutamate": 3.3,
        "NTP": 1.0,
        "plasmid": "pTAC",
        "temperature": 30.0,
        "plate": "plate-1",
        "well": well,
        "note": "just tried",
    }
    assert checked.added_readings[["sample", "readout", "value"]].to_numpy().tolist() == [
        [checked.added.index[0], "GFP", 4321.0]
    ]
    assert set(checked.readings["sample"]) == set(bench.truth)


def test_an_added_condition_that_is_known_is_not_added_again(bench):
    path = with_rows(bench, own(Well=free_well(bench)))
    first = bench.check(path)
    added = first.added.set_axis(["R01-S0099"])
    readings = pd.concat([first.readings, first.added_readings.assign(sample="R01-S0099")])
    again = bench.check(path, readings, known=Known(added=added))
    assert again.problems == ()
    assert again.nothing_new


def test_two_equal_added_rows_are_two_samples(bench):
    row = own()
    del row["Well"]
    checked = bench.check(with_rows(bench, row, row))
    assert checked.problems == ()
    assert len(checked.added) == 2
    assert len(checked.added_readings) == 2


def test_two_added_rows_cannot_share_a_well(bench):
    well = free_well(bench)
    (problem,) = bench.check(with_rows(bench, own(Well=well), own(Well=well, plasmid="NA"))).problems
    assert problem.code == "well-taken"
    assert problem.found == f"{well} on plate-1 a second time"


def test_an_added_condition_without_a_value_waits(bench):
    checked = bench.check(with_rows(bench, own(**{"GFP [RFU]": None, "Well": free_well(bench)})))
    assert checked.problems == ()
    assert not len(checked.added)
    assert any("1 rows without a value wait" in warning for warning in checked.warnings)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Mg-glutamate [mM]": None}, "added-incomplete"),
        ({"Mg-glutamate [mM]": "some"}, "factor-unreadable"),
        ({"plasmid": "pXYZ"}, "factor-unreadable"),
        ({"Plate": "plate-7"}, "plate-unknown"),
        ({"Plate": None}, "plate-missing"),
        ({"Well": "Z99"}, "well-unknown"),
        ({"Well": "Q"}, "well-unknown"),
        ({"GFP [RFU]": "12,5"}, "value-decimal-comma"),
        ({"GFP [RFU]": 3e7}, "value-out-of-range"),
    ],
)
def test_an_added_row_that_cannot_be_read_is_refused_with_its_cell(bench, change, code):
    checked = bench.check(with_rows(bench, own(**{"Well": free_well(bench), **change})))
    assert [problem.code for problem in checked.problems] == [code]
    assert checked.problems[0].sheet == "Added conditions"


def test_what_is_set_for_the_whole_plate_need_not_be_typed(bench):
    rows = own(Well=free_well(bench), **{"temperature [C]": None}), own(Plate="plate-2", Well=None)
    checked = bench.check(with_rows(bench, rows[0], {**rows[1], "temperature [C]": None}))
    assert checked.problems == ()
    assert checked.added["temperature"].tolist() == [30.0, 37.0]


def test_an_added_condition_that_differs_from_its_plate_is_refused_unless_it_is_accepted(bench):
    path = with_rows(bench, own(Well=free_well(bench), **{"temperature [C]": 25}))
    (problem,) = bench.check(path).problems
    assert problem.code == "plate-setting"
    assert (problem.found, problem.expected) == ("25 C", "30 C, set for the whole of plate-1")
    assert problem.sheet == "Added conditions"
    accepted = bench.check(path, accept=["actuals"])
    assert accepted.problems == ()
    assert accepted.added["temperature"].tolist() == [25.0]
    known = Known(added=accepted.added.set_axis(["R01-S0099"]))
    again = accepted.added_readings.assign(sample="R01-S0099")
    assert bench.check(path, pd.concat([accepted.readings, again]), known=known).nothing_new


def test_an_added_condition_that_breaks_a_rule_is_taken_and_the_rule_is_named(bench):
    rules = (Linear({"Mg-glutamate": 1.0, "NTP": 2.0}, Limits(at_most=5)), Forbidden({"plasmid": ("pTAC",)}))
    ruled = replace(bench, protocol=replace(bench.protocol, constraints=rules))
    rows = (
        own(Well=free_well(bench)),
        own(Plate="plate-2", Well=None, plasmid="NA", **{"temperature [C]": 37}),
    )
    checked = ruled.check(with_rows(bench, *rows))
    assert checked.problems == ()
    assert len(checked.added) == 2
    said = [warning for warning in checked.warnings if "breaks the rule" in warning]
    first, second, third = said
    assert "Mg-glutamate + 2 x NTP is at most 5" in first
    assert "plasmid pTAC is forbidden" in second
    assert "Mg-glutamate + 2 x NTP is at most 5" in third
    assert all("it teaches, but is not proposed" in warning for warning in said)


def test_an_added_row_in_a_planned_well_is_refused(bench):
    taken = bench.rounds[1].samples.query("plate == 'plate-1'")["well"].iloc[0]
    (problem,) = bench.check(with_rows(bench, own(Well=taken))).problems
    assert problem.code == "well-taken"


def details_typed(bench, **values):
    book = openpyxl.load_workbook(bench.filled())
    sheet = book["Plate details"]
    columns = {cell.value: cell.column for cell in sheet[DETAILS_HEADER_ROW]}
    for heading, value in values.items():
        sheet.cell(DETAILS_HEADER_ROW + 1, columns[heading]).value = value
    path = bench.folder / "details.xlsx"
    book.save(path)
    return path


def test_plate_details_are_kept_as_text(bench):
    path = details_typed(bench, Date=dt.datetime(2026, 3, 1), Operator="Ada", Gain=61, Barcode="0012")
    details = bench.check(path).details
    assert details == {"plate-1": {"Date": "2026-03-01", "Operator": "Ada", "Gain": "61", "Barcode": "0012"}}
    assert bench.check(path, known=Known(details=details)).details == {}


def test_a_plate_detail_of_an_unknown_plate_is_refused(bench):
    (problem,) = bench.check(details_typed(bench, Plate="plate-4", Operator="Ada")).problems
    assert problem.code == "plate-unknown"


@pytest.mark.parametrize(
    ("plasmid", "ntp", "codes"),
    [
        ("pTAC", 1, []),
        ("pTAC", None, ["added-incomplete"]),
        ("1.10", None, []),
        ("1.10", 1, ["added-incomplete"]),
    ],
)
def test_a_factor_that_is_there_only_with_an_option_is_blank_without_it(bench, plasmid, ntp, codes):
    rules = (OnlyWith("NTP", {"plasmid": ("pTAC",)}),)
    conditional = replace(bench, protocol=replace(bench.protocol, constraints=rules))
    row = own(**{"Well": free_well(bench), "plasmid": plasmid, "NTP [\u00b5M]": ntp})
    checked = conditional.check(with_rows(bench, row))
    assert [problem.code for problem in checked.problems] == codes
    assert len(checked.added) == (not codes)
