"""Whatever people type as a name, option, stock, operator or note stays text in every file that goes out."""

from __future__ import annotations

import ast
import csv
import io
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from bioal.campaign.campaign import Campaign
from bioal.protocol.protocol import protocol_from_file
from bioal.sheets.marked import mark_problems
from bioal.sheets.protocol_returned import protocol_from_workbook
from bioal.sheets.protocol_workbook import write_protocol_workbook
from bioal.sheets.tables import write_table

STARTS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four: full width
FORMULA = "1+cmd|' /C calc'!A0"
CODE = "x'); __import__('os').system('id') #"

PROTOCOL = """
[campaign]
name = "{evil} campaign"
[readouts."{evil} readout"]
unit = "{evil} unit"
[objective]
readout = "{evil} readout"
name = "{evil} goal"
[liquids]
volume = "20 uL"
device = "{evil} device"
filler = "{evil} water"
[devices."{evil} device"]
step = "100 nL"
least = "1 uL"
most = "300 uL"
format = "{form}"
source = "{evil} tubes"
[source_plates."{evil} tubes"]
wells = 24
dead = "20 uL"
full = "1500 uL"
[factors."{evil} salt"]
unit = "mM"
low = 2
high = 6
step = 2
made = {{ stock = "40 mM" }}
[factors."{evil} plasmid"]
options = ["{evil} pA", "{evil} pB"]
made = {{ volume = "1 uL" }}
[plate]
size = 96
replicates = 2
operators = ["{evil} Ana", "{evil} Ben"]
"""


def protocol_text(evil: str, form: str) -> str:
    said = evil.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("\r", "\\r")
    return PROTOCOL.format(evil=said, form=form)


def live_cells(path: Path) -> list[str]:
    """Return the cells of a workbook that a spreadsheet program would calculate."""
    book = openpyxl.load_workbook(path)
    return [
        f"{sheet.title}!{cell.coordinate}"
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    ]


def live_fields(text: str) -> list[str]:
    """Return the fields of a table as text that a spreadsheet program would calculate."""
    fields = [field for row in csv.reader(io.StringIO(text, newline="")) for field in row]
    return [
        one for one in fields if one.startswith(STARTS) and not one.lstrip("-+").replace(".", "").isdigit()
    ]


def begun(tmp_path: Path, evil: str, form: str) -> Campaign:
    path = tmp_path / "evil.toml"
    path.write_text(protocol_text(evil, form), encoding="utf-8")
    campaign = Campaign.new(tmp_path / "c", protocol_from_file(path))
    campaign.propose(3)
    return campaign


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\uff1d"])
@pytest.mark.parametrize("form", ["hamilton", "biomek", "opentrons"])
def test_a_formula_typed_as_any_name_is_text_in_workbooks_and_worklists(tmp_path, start, form):
    campaign = begun(tmp_path, start + FORMULA, form)
    files = [path for path in (campaign.folder / "rounds").rglob("*") if path.is_file()]
    assert len(files) >= 3
    for path in files:
        if path.suffix == ".xlsx":
            assert live_cells(path) == []
        elif path.suffix == ".csv":
            text = path.read_bytes().decode("utf-8-sig")
            assert live_fields(text) == [], path.name
            assert start + FORMULA in text or "deck" not in path.name  # it is there, and inert


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_a_protocols_workbook_and_a_marked_copy_hold_text_and_bring_it_back(tmp_path, start):
    evil = start + FORMULA
    campaign = begun(tmp_path, evil, "hamilton")
    book = tmp_path / "protocol.xlsx"
    write_protocol_workbook(book, campaign.protocol)
    assert live_cells(book) == []
    back = protocol_from_workbook(book)
    assert [factor.name for factor in back.factors] == [factor.name for factor in campaign.protocol.factors]
    returned = tmp_path / "back.csv"
    returned.write_text(
        f"Sample,Note,{evil} readout [{evil} unit]\nR01-S0001,{evil},{evil}\n", encoding="utf-8"
    )
    problems = campaign.check(returned).problems
    assert problems
    marked = tmp_path / "marked.xlsx"
    mark_problems(returned, marked, problems)
    assert live_cells(marked) == []


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_table_that_goes_out_is_text(tmp_path, start, suffix):
    path = tmp_path / f"out{suffix}"
    write_table(path, pd.DataFrame({start + "head": [start + FORMULA], "number": [-1.5]}))
    found: list[Any] = (
        live_cells(path) if suffix == ".xlsx" else live_fields(path.read_text(encoding="utf-8"))
    )
    assert found == []


@pytest.mark.parametrize("evil", [CODE, 'x""" + import os', "x\\", "{evil!r}", "'''", "%s %(a)s"])
def test_code_typed_as_a_name_does_not_run_in_an_opentrons_protocol(tmp_path, evil):
    called = []
    for name, said in (("plain", "honest"), ("evil", evil)):
        (tmp_path / name).mkdir()
        called.append(scripts_calls(begun(tmp_path / name, said, "opentrons")))
    assert called[0] == called[1]


def scripts_calls(campaign: Campaign) -> set[str]:
    """Return what a campaign's robot protocols call, and import."""
    (path,) = (campaign.folder / "rounds").rglob("*.py")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return calls | {
        ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)
    }
