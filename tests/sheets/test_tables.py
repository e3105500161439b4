"""Conditions in, results out: the same values come back, and nothing in them is ever run."""

from __future__ import annotations

import csv

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bioal.errors import Refused
from bioal.protocol.protocol import Protocol, protocol_from_toml
from bioal.sheets.tables import read_conditions, write_table

TEXT = """
[campaign]
name = "Lists"
[readouts.GFP]
unit = "RFU"
[objective]
readout = "GFP"
name = "GFP"
direction = "maximize"
[factors.Mg]
unit = "mM"
levels = [0.4, 1.2, 2, 4]
[factors.plasmid]
options = ["pTAC", "1.10", "TRUE", "=pDC"]
"""


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return protocol_from_toml(TEXT)


LIST = pd.DataFrame({"Mg": [0.4, 3.3, 2.0], "plasmid": ["=pDC", "1.10", "TRUE"]})


@pytest.mark.parametrize("name", ["list.csv", "list.xlsx"])
@pytest.mark.parametrize("headings", [["Mg [mM]", "plasmid"], ["mg", "Plasmid"]])
def test_a_list_of_conditions_comes_back_as_it_was_written(tmp_path, protocol, name, headings):
    write_table(tmp_path / name, LIST.set_axis(headings, axis=1).assign(remark="mine"))
    back = read_conditions(tmp_path / name, protocol)
    pd.testing.assert_frame_equal(back, LIST.astype({"plasmid": object}))


def test_a_table_in_memory_is_read_the_same_way(protocol):
    pd.testing.assert_frame_equal(read_conditions(LIST, protocol), LIST.astype({"plasmid": object}))


def test_every_cell_that_is_no_value_is_named(tmp_path, protocol):
    bad = pd.DataFrame({"Mg [mM]": ["a lot", "2 mM", None], "plasmid": ["pTAC", "pTAX", "pTAC"]})
    write_table(tmp_path / "list.xlsx", bad)
    with pytest.raises(Refused, match="Did you mean 'pTAC'") as refused:
        read_conditions(tmp_path / "list.xlsx", protocol)
    assert sorted(problem.cell for problem in refused.value.items) == ["A2", "A3", "A4", "B3"]


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ("Mg [mM]\n2\n", "no column 'plasmid'"),
        ("Mg [M],plasmid\n2,pTAC\n", r"expected 'Mg \[mM\]'"),
        ("Mg [mM],plasmid\n", "no conditions"),
        ("yield\n2\n", "header with the headings"),
        ("Mg [mM];plasmid\n2,5;pTAC\n1.5;pTAC\n", "beside"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused(tmp_path, protocol, content, match):
    path = tmp_path / "list.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(Refused, match=match):
        read_conditions(path, protocol)


def test_conditions_on_two_sheets_are_refused(tmp_path, protocol):
    write_table(tmp_path / "list.xlsx", LIST)
    book = openpyxl.load_workbook(tmp_path / "list.xlsx")
    book.copy_worksheet(book.active)
    book.save(tmp_path / "two.xlsx")
    with pytest.raises(Refused, match="several sheets"):
        read_conditions(tmp_path / "two.xlsx", protocol)


@pytest.mark.parametrize("sign", list("=+-@\t"))
def test_text_that_a_spreadsheet_would_run_is_written_as_text(tmp_path, sign):
    table = pd.DataFrame({"note": [f"{sign}HYPERLINK(1)"], "value": [-1.5]})
    write_table(tmp_path / "out.csv", table)
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as stream:
        assert list(csv.reader(stream))[1] == [f"'{sign}HYPERLINK(1)", "-1.5"]
    write_table(tmp_path / "out.xlsx", table)
    cell = openpyxl.load_workbook(tmp_path / "out.xlsx").active["A2"]
    assert (cell.data_type, cell.value) == ("s", f"{sign}HYPERLINK(1)")


def test_a_table_that_cannot_be_written_leaves_the_old_one(tmp_path):
    path = tmp_path / "there"
    path.mkdir()
    with pytest.raises(Refused, match="can be written"):
        write_table(path, LIST)
    assert [one.name for one in tmp_path.iterdir()] == ["there"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(st.floats(0, 1e6), st.sampled_from(["pTAC", "1.10", "TRUE", "=pDC"])), min_size=1)
)
def test_any_list_survives_csv_to_twelve_digits(tmp_path, protocol, rows):
    table = pd.DataFrame(rows, columns=["Mg [mM]", "plasmid"])
    write_table(tmp_path / "list.csv", table)
    back = read_conditions(tmp_path / "list.csv", protocol)
    np.testing.assert_allclose(back["Mg"], table["Mg [mM]"], rtol=1e-11, atol=0)
    assert back["plasmid"].tolist() == table["plasmid"].tolist()


def test_missing_values_are_written_as_blanks_and_the_named_index_as_a_column(tmp_path):
    table = pd.DataFrame({"x": [1.5, np.nan], "y": ["a", None]}, index=pd.Index(["A", "B"], name="condition"))
    write_table(tmp_path / "out.csv", table)
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == "condition,x,y\nA,1.5,a\nB,,\n"
