"""Files as instruments wrote them: each read exactly, as its numbers stand there, or refused with words."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bioal.errors import Refused
from bioal.protocol.objective import Readout
from bioal.sheets.readers.pages import found_in

DATA = Path(os.environ.get("BIOAL_DATA", Path(__file__).parents[4] / "shared" / "data"))
EXPORTS = DATA / "reader_exports"
pytestmark = pytest.mark.skipif(not EXPORTS.is_dir(), reason="the instruments' files are not here")

# file -> plate size, channel, how a series is read, number of filled wells, some wells as they stand there.
READ = {
    "bmg_mars_384_fluorescence.csv": (384, None, None, 68, {
        "A1": 23864, "A12": 231438, "C13": 2677, "A24": 24098, "N1": 23478, "P13": 120, "P24": 23949}),
    "bmg_mars_1536_luminescence.csv": (1536, None, None, 288, {
        "A1": 985, "A23": 39575, "G2": 21272893, "Y48": 53634, "AE1": 36809, "AE48": 19500}),
    "bmg_mars_missing_line_end_separators.csv": (384, None, None, 302, {
        "A1": 25104, "A20": 24361, "N20": 63882, "O6": 107, "O12": 59, "P12": 62}),
    "envision_fluorescence.csv": (
        96, "Results for AC HTRF Laser [Eu](1) - channel 2 window 1 (Counts)", None, 48, {
        "A1": 80368, "A5": 82252, "H7": 81633}),
    "gen5_abs450_non_numeric_values.txt": (96, None, None, 96, {
        "A1": 2.1, "A8": "OVRFLW", "D12": "MISSED", "H1": "OVRFLW", "H12": 2.5}),
    "gen5_fluorescence_endpoint.txt": (96, "DAPI/GFP:485/20,528/20", None, 96, {
        "A1": 8605, "B2": 889, "H12": 8665}),
    "gen5_no_results_matrix.txt": (96, "660", None, 96, {
        "A1": 0.044, "B6": 0.635, "H3": "*0.356*", "H12": 0.526}),
    "gen5_kinetic_growth_curve.txt": (24, "600", "at 4 min", 24, {"A1": -0.068, "B1": -0.058, "D6": -0.059}),
    "skanit_luciferase.xlsx": (96, None, None, 96, {"A1": 105.4, "B7": 398100, "H12": 1043}),
    "softmax_absorbance_endpoint.txt": (96, "Absorbance 426 (at row 18, column 16)", None, 96, {
        "A1": 0.02, "B1": 0.26, "H12": 1.92}),
    "softmax_fluorescence_kinetic.txt": (6, "Fluorescence 525 (at row 24, column 3)", "last", 6, {
        "A1": 107.20739, "A3": 30.01423, "B1": 112.43051}),
    "softmax_partial_plate_utf16.txt": (96, "Absorbance 260", None, 32, {
        "C3": 0.611, "C10": 0.868, "D3": 2.423, "F10": 0.697}),
    "tecan_magellan_elisa.xlsx": (384, "Label2", None, 384, {"A1": 0.0509, "A24": 0.0619, "P24": 0.05}),
    "tecan_magellan_od.xlsx": (96, None, None, 96, {"A1": 0.1462, "B1": 0.2118, "A2": 0.1418, "H12": 0.0461}),
    "bmg_smart_control_fluorescence.xlsx": (96, "Raw Data (480-14/520-30)", None, 96, {
        "A1": 8168026, "C5": 48245, "H12": 15882}),
}  # fmt: skip

# file -> plate size, what is asked, code of the refusal, words that it holds.
REFUSED = {
    "bmg_smart_control_fluorescence.xlsx": (
        96, {}, "channel-ambiguous", "'4. Raw Data (480-14/520-30)'"),
    "envision_fluorescence.csv": (96, {}, "channel-ambiguous", "channel 2 window 1 (Counts)"),
    "gen5_fluorescence_endpoint.txt": (
        96, {"channel": "DAPI"}, "channel-unknown", "'DAPI/GFP:485/20,528/20'"),
    "gen5_garbage.txt": (96, {}, "plate-not-found", "--range"),
    "gen5_kinetic_growth_curve.txt": (
        24, {"channel": "600"}, "read-unsaid", "20 readings from 0:00:22 to 1:16:22"),
    "gen5_abs450_non_numeric_values.txt": (384, {}, "file-plate-size", "a grid of 96 wells"),
    "gen5_no_results_matrix.txt": (
        96, {"channel": "660", "how": "slope"}, "read-impossible", "without a time"),
    "softmax_absorbance_endpoint.txt": (
        96, {"channel": "Absorbance 426 (at row 18, column 3)"}, "number-ambiguous", "0,02 beside 0.01"),
    "softmax_fluorescence_kinetic.txt": (6, {}, "channel-ambiguous", "4 times to 0:04:30"),
    "tecan_magellan_elisa.xlsx": (96, {"channel": "Label1"}, "well-unknown", "A13"),
    "tecan_magellan_od.xlsx": (384, {"how": "at 6 h"}, "read-impossible", "without a time"),
    "echo_cherry_pick_transfer_report.csv": (96, {}, "plate-not-found", "--transfer-report"),
    "echo_reformat_partial_transfer.csv": (96, {}, "plate-not-found", "--transfer-report"),
    "echo_reformat_exceptions_only.csv": (96, {}, "plate-not-found", "--transfer-report"),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_an_instruments_file_is_read_as_its_numbers_stand_there(name, returned, numbers):
    size, channel, how, count, some = READ[name]
    read = returned(EXPORTS / name, size, channel=channel, how=how)
    held = numbers(read)
    assert len(held) == count
    assert {well: held[well] for well in some} == some
    assert all(cell.address for grid in read.grids for cell in grid.wells.values() if cell.kind != "blank")


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_file_leaves_open_is_refused_with_its_choices(name, returned):
    size, asked, code, words = REFUSED[name]
    with pytest.raises(Refused) as refused:
        returned(EXPORTS / name, size, **asked)
    (problem,) = refused.value.items
    assert problem.code == code
    assert words in str(problem)


def test_every_file_is_read_or_refused_here():
    assert {path.name for path in EXPORTS.iterdir()} == {*READ, *REFUSED}


def test_the_grid_and_the_table_of_one_export_are_one_channel():
    offers = found_in(EXPORTS / "bmg_smart_control_fluorescence.xlsx").offers
    assert [offer.name for offer in offers if "Raw Data" in offer.name] == [
        "4. Raw Data (480-14/520-30)",
        "5. Blank corrected based on Raw Data (480-14/520-30)",
    ]


def test_lines_that_end_early_are_blank_at_their_end_and_said(returned):
    read = returned(EXPORTS / "bmg_mars_missing_line_end_separators.csv", 384)
    assert any("wells are missing at the end of their lines (first: A21)" in words for words in read.warnings)
    assert read.grids[0].wells["O11"].kind == "blank"


def test_a_channel_named_like_a_readout_is_that_readout(returned):
    readouts = (Readout("normGFP"), Readout("normDAPI"), Readout("OD"))
    read = returned(EXPORTS / "gen5_fluorescence_endpoint.txt", readouts=readouts)
    assert {grid.readout.value: grid.wells["A1"].value for grid in read.grids} == {
        "normDAPI": "0.992",
        "normGFP": "0.988",
    }


def test_the_slope_of_a_growth_curve_is_that_of_its_numbers(returned, numbers):
    import numpy as np

    read = returned(EXPORTS / "gen5_kinetic_growth_curve.txt", 24, channel="600", how="slope 4 min to 20 min")
    hours = (np.arange(4) * 240 + 262) / 3600  # 0:04:22, 0:08:22, 0:12:22, 0:16:22
    expected = np.polyfit(hours, [-0.068, -0.068, -0.068, -0.067], 1)[0]
    assert numbers(read)["A1"] == pytest.approx(expected, rel=1e-9)


def test_a_lag_time_is_a_number_in_the_unit_of_its_readout(returned, numbers):
    path = EXPORTS / "gen5_kinetic_growth_curve.txt"
    read = returned(path, 24, channel="Lagtime [600]", readouts=(Readout("lag", "h"),))
    held = numbers(read)
    assert held["A2"] == pytest.approx(20 / 60 + 22 / 3600)
    assert held["B4"] == "?????"
    assert numbers(returned(path, 24, channel="Lagtime [600]"))["A2"] == "0:20:22"
