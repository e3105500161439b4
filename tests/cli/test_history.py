"""Old data and misread plates at the command line."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from bioal.campaign.campaign import Campaign
from bioal.measurements.orienting import cells_on, ways_of
from bioal.sheets.filling import fill_in

OLD = "Mg,salt,vector,signal\n4,60,pA,900\n8,90,pB,1400\n20,90,pB,100\n,90,pB,100\n"
COLUMNS = {"Mg": ("Mg", "mM"), "K": ("salt", "mM"), "plasmid": ("vector", None), "GFP": ("signal", "RFU")}


def test_old_data_are_mapped_looked_at_and_recorded(begun):
    Path("thesis.csv").write_text(OLD, encoding="utf-8")
    said = begun("history thesis.csv")
    assert said.code == 0
    assert "4 rows under 4 headings" in said.out
    path = Path("thesis (mapping).xlsx")
    book = openpyxl.load_workbook(path)
    sheet = book["Mapping"]
    for row in range(4, sheet.max_row + 1):
        for column, text in zip((3, 4), COLUMNS.get(sheet.cell(row, 1).value, ()), strict=False):
            sheet.cell(row, column).value = text
    book.save(path)
    looked = begun("history thesis.csv --mapping", str(path))
    assert "row 4: used; outside Mg [mM], teaches only" in looked.out
    assert "row 5: left out; no value of Mg [mM]" in looked.out
    assert "3 rows are used, 1 left out" in looked.out
    merged = begun("history thesis.csv --merge --mapping", str(path))
    assert merged.code == 0
    assert "Source H01, 'thesis': 3 rows with 3 conditions recorded, 1 rows left out." in merged.out
    assert begun("history thesis.csv --merge --mapping", str(path)).code == 5
    assert "old data H01 'thesis' recorded from thesis.csv" in begun("undo --list").out
    assert begun("undo").code == 0


def test_a_table_without_headings_and_a_merge_without_mapping_are_refused(begun):
    Path("bare.csv").write_text("1\n2\n", encoding="utf-8")
    assert begun("history bare.csv").code == 2
    assert begun("history bare.csv --merge").code == 3


@pytest.fixture
def turned(begun) -> Path:
    """Propose a plate and fill it with what a reader says of it upside down."""
    assert begun("propose --conditions 40").code == 0
    round_ = Campaign.open(".").rounds[1]
    made = round_.conditions.loc[round_.samples["condition"], ["Mg", "K"]].to_numpy(float)
    samples = map(str, round_.samples.index)
    truth = {sample: 1000 + 300 * mg + 3 * k for sample, (mg, k) in zip(samples, made, strict=True)}
    places = cells_on(round_, "plate-1")
    at = {cell: truth[sample] for sample, cell in places.items()}
    source = ways_of(round_, "plate-1")["turned by 180 degrees"]
    read = {sample: at[int(source[cell])] for sample, cell in places.items() if int(source[cell]) in at}
    path = Path("rounds/round-01.xlsx")
    fill_in(path, "GFP [RFU]", read)
    return path


def test_a_turned_plate_is_refused_with_the_way_on_and_then_put_back(begun, turned):
    checked = begun(f"check {turned}")
    assert checked.code == 2
    assert "plate-1/GFP=rot180" in checked.err
    assert begun(f"merge {turned}").code == 2
    again = begun(f"check {turned} --orientation", "turned by 180 degrees")
    assert '--orientation "turned by 180 degrees"' in again.out
    merged = begun(f"merge {turned} --orientation rot180")
    assert merged.code == 0
    assert "put back as read so: GFP turned by 180 degrees" in merged.err
    assert begun(f"merge {turned} --orientation upside").code == 3
