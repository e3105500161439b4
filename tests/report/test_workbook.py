"""The figures as a workbook: the numbers of the page, native charts over them, nothing that runs."""

from __future__ import annotations

import numpy as np
import openpyxl
import pytest
from openpyxl.chart import BarChart, ScatterChart
from openpyxl.utils import range_boundaries

from bioal.campaign.campaign import Campaign
from bioal.campaign.figure_pages import figure_pages
from bioal.cli.main import run
from bioal.report.findings import Findings, findings_of
from bioal.report.page import NOT_YET
from bioal.sheets.report_workbook import figures_workbook


@pytest.fixture(scope="module")
def found(material) -> Findings:
    return findings_of(material, np.random.default_rng(0))


@pytest.fixture(scope="module")
def book(found, tmp_path_factory) -> openpyxl.Workbook:
    path = tmp_path_factory.mktemp("book") / "report.xlsx"
    figures_workbook("title", figure_pages(found)).save(path)
    return openpyxl.load_workbook(path)


def column(sheet, heading: str) -> list[object]:
    """Return what stands below the first cell with this text, down to the first blank."""
    cell = next(one for row in sheet.iter_rows() for one in row if one.value == heading)
    below = (sheet.cell(row, cell.column).value for row in range(cell.row + 1, sheet.max_row + 1))
    values: list[object] = []
    for value in below:
        if value is None:
            break
        values.append(value)
    return values


def test_every_section_of_the_page_has_its_sheet(book):
    plates = ["R02 plate-1", "R01 plate-1"]
    assert [name for name in book.sheetnames if not name.startswith("R0")] == [
        "Summary",
        "Progress",
        "Still to be found",
        "Predictions",
        "Importance",
        "Responses",
        "Interactions",
        "Around the best",
        "Why these wells",
    ]
    assert book.sheetnames[-2:] == plates


def test_the_numbers_are_those_of_the_page(book, found):
    best = column(book["Progress"], "Mean")
    assert best == pytest.approx(found.progress.best["mean"].tolist(), rel=1e-4)
    assert len(column(book["Progress"], "Well")) == len(found.progress.wells)
    total = column(book["Importance"], "Total index")
    assert total == pytest.approx(found.effects.importance["total"].tolist(), rel=1e-4)
    predicted = column(book["Predictions"], "Predicted")
    assert predicted == pytest.approx(found.parity.table["predicted"].tolist(), rel=1e-4)
    assert column(book["Why these wells"], "Condition") == list(found.why.index)
    assert found.material.best in str(book["Summary"]["A3"].value)


def test_charts_are_drawn_over_the_cells_of_their_sheet(book):
    charts = {sheet.title: sheet._charts for sheet in book.worksheets}
    assert {name for name, some in charts.items() if some} == {
        "Progress",
        "Still to be found",
        "Predictions",
        "Importance",
        "Responses",
    }
    assert len(charts["Responses"]) == 3
    assert isinstance(charts["Importance"][0], BarChart)
    progress = charts["Progress"][0]
    assert isinstance(progress, ScatterChart)
    for series in (one for some in charts.values() for chart in some for one in chart.series):
        values = series.yVal or series.val
        assert values.numRef.f.startswith("'")
    best = progress.series[-1]
    where = best.yVal.numRef.f.rpartition("!")[2].replace("$", "")
    assert [cell.value for (cell,) in book["Progress"][where]] == column(book["Progress"], "Mean")
    assert best.errBars.plus.numRef.f


def test_what_only_charts_need_stands_outside_what_is_printed(book):
    helping = {"down to low", "up to high", "drawn at", "ends", "equal", "Own level", "Its mean", "Well"}
    seen = set()
    for sheet in book.worksheets:
        assert sheet.page_setup.fitToWidth == 1, sheet.title
        _, _, last, bottom = range_boundaries(sheet.print_area.rpartition("!")[2])
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value in helping:
                    assert cell.column > last + 1, (sheet.title, cell.coordinate)
                    seen.add(cell.value)
                elif cell.value is not None and cell.column <= last:
                    assert cell.row <= bottom, (sheet.title, cell.coordinate)
        gap = [sheet.cell(row, last + 1).value for row in range(1, sheet.max_row + 1)]
        assert set(gap) == {None}, sheet.title
    assert seen >= {"down to low", "drawn at", "ends", "Own level", "Well"}
    assert book["Importance"].page_setup.fitToHeight == 1


def test_a_plate_stands_on_one_page_well_by_well(book, found):
    sheet, plate = book["R01 plate-1"], found.maps[0]
    assert (sheet.page_setup.fitToHeight, sheet.page_setup.fitToWidth, sheet.page_setup.paperSize) == (
        1,
        1,
        9,
    )
    corners = [cell.row for (cell,) in sheet["A1:A60"] if cell.value == "A"]
    assert len(corners) == 3  # conditions, values, residuals: nothing is normalised here
    for row, name in zip(corners[1:], ("value", "residual"), strict=True):
        shown = [[sheet.cell(row + i, 2 + j).value for j in range(12)] for i in range(8)]
        for one in plate.wells.itertuples():
            # three digits of the largest: hundreds of a thousand and more
            assert shown[one.row][one.column] == pytest.approx(getattr(one, name), abs=5.1)
    assert len(sheet.conditional_formatting) == 2


def test_nothing_in_the_workbook_is_a_formula(tmp_path):
    protocol = """
    [campaign]
    name = "=1+1"
    [readouts."+cmd|' /C calc'!A0"]
    [objective]
    readout = "+cmd|' /C calc'!A0"
    [factors."=HYPERLINK(1)"]
    levels = [1, 2, 3, 4]
    [factors."@b"]
    options = ["-2+3", "=u", "&A"]
    [plate]
    size = 24
    """
    (tmp_path / "own.toml").write_text(protocol, encoding="utf-8")
    campaign = Campaign.new(tmp_path / "c", tmp_path / "own.toml")
    round_ = campaign.propose(8, model="gp").round
    made = round_.conditions.loc[round_.samples["condition"]].set_axis(round_.samples.index.rename("Sample"))
    readout = campaign.protocol.readout.heading
    campaign.merge(made.assign(**{readout: made["=HYPERLINK(1)"] * 2.0 + 1}).reset_index())
    book = openpyxl.load_workbook(campaign.report_workbook())
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"n", "s"}
    said = {cell.value for cell in cells}
    assert {"=HYPERLINK(1)", "=u", "-2+3"} <= said
    assert not any(sheet._hyperlinks for sheet in book.worksheets)


def test_before_any_result_the_workbook_says_so(tmp_path, material):
    campaign = Campaign.new(tmp_path / "fresh", material.protocol)
    campaign.propose(4)
    book = openpyxl.load_workbook(campaign.report_workbook())
    assert book.sheetnames == ["Summary", "Why these wells"]
    assert NOT_YET in [cell.value for (cell,) in book["Summary"]["A1:A9"]]


def test_the_command_writes_page_workbook_and_figures(played, capsys):
    pytest.importorskip("matplotlib", reason="the figures need the extra 'plots'")
    assert run(["report", "--figures", "svg", "--campaign", str(played.folder)]) == 0
    said = capsys.readouterr().out.replace("\\", "/")
    assert "reports/round-03.html" in said
    assert "reports/report.xlsx" in said
    drawn = sorted((played.folder / "reports" / "round-03").glob("*.svg"))
    assert f"Wrote {len(drawn)} figures" in said
    names = {path.stem for path in drawn}
    assert {"progress", "parity", "importance", "around-the-best", "R01-plate-1-residuals"} <= names


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_equal_numbers_give_equal_bytes(found, kind):
    pytest.importorskip("matplotlib", reason="the figures need the extra 'plots'")
    from bioal.report.pictures import pictures

    first, again = next(pictures(found, kind)), next(pictures(found, kind))
    assert first == again
    assert first[1].startswith(b"\x89PNG" if kind == "png" else b"<?xml")


def test_figures_without_matplotlib_are_refused_before_the_work(played, capsys, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert run(["report", "--figures", "png", "--campaign", str(played.folder)]) == 3
    assert "bioal[plots]" in capsys.readouterr().err
