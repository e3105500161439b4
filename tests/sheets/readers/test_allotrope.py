"""What bioal reads by itself is what the library allotropy reads; other instruments come through it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from bioal.errors import Refused, UsageError

DATA = Path(os.environ.get("BIOAL_DATA", Path(__file__).parents[4] / "shared" / "data"))
EXPORTS = DATA / "reader_exports"
# allotropy asks dateutil for time zones in a way that dateutil no longer likes; it is no business of ours.
pytestmark = pytest.mark.filterwarnings("ignore:The `dateutil.zoneinfo` module:DeprecationWarning")
there = pytest.mark.skipif(not EXPORTS.is_dir(), reason="the instruments' files are not here")

# file -> plate size, how a series is read, our channel, the instrument and the channel of allotropy.
BOTH = {
    "bmg_mars_384_fluorescence.csv": (384, None, None, "BMG MARS", None),
    "bmg_mars_missing_line_end_separators.csv": (384, None, None, "BMG MARS", None),
    "bmg_smart_control_fluorescence.xlsx": (
        96, None, "Raw Data (480-14/520-30)", "BMG_LABTECH_SMART_CONTROL", None),
    "envision_fluorescence.csv": (
        96, None, "Results for AC HTRF Laser [Eu](1) - channel 1", "PERKIN_ELMER_ENVISION",
        "fluorescence 320/665"),
    "gen5_abs450_non_numeric_values.txt": (96, None, None, "Agilent Gen5", None),
    "gen5_fluorescence_endpoint.txt": (
        96, None, "DAPI/GFP:485/20,528/20", "Agilent Gen5", "fluorescence 485/528 nm"),
    "gen5_kinetic_growth_curve.txt": (24, "last", "600", "Agilent Gen5", None),
    "skanit_luciferase.xlsx": (96, None, None, "THERMO_SKANIT", None),
    "softmax_absorbance_endpoint.txt": (
        96, None, "Absorbance 426 (at row 18, column 16)", "MOLDEV_SOFTMAX_PRO", "absorbance 426 nm (2)"),
    "softmax_fluorescence_kinetic.txt": (
        6, "last", "Fluorescence 525 (at row 24, column 7)", "MOLDEV_SOFTMAX_PRO",
        "fluorescence emission 485/525 nm (2)"),
    "softmax_partial_plate_utf16.txt": (
        96, None, "Absorbance 340", "MOLDEV_SOFTMAX_PRO", "absorbance 340 nm"),
    "tecan_magellan_elisa.xlsx": (384, None, "Label1", "TECAN_MAGELLAN", "absorbance 485 nm"),
    "tecan_magellan_od.xlsx": (96, None, None, "TECAN_MAGELLAN", None),
}  # fmt: skip


@there
@pytest.mark.parametrize("name", BOTH)
def test_two_readers_of_one_file_agree_in_every_well(name, returned, numbers):
    pytest.importorskip("allotropy")
    size, how, channel, reader, its = BOTH[name]
    own = numbers(returned(EXPORTS / name, size, how=how, channel=channel))
    other = numbers(returned(EXPORTS / name, size, how=how, channel=its, reader=reader))
    assert other == own


@there
def test_a_file_of_another_instrument_is_refused_in_its_words(returned):
    pytest.importorskip("allotropy")
    with pytest.raises(Refused, match=r"no export of it .*--range"):
        returned(EXPORTS / "gen5_garbage.txt", reader="AGILENT_GEN5")
    with pytest.raises(Refused, match="the well 'e1', which may be in row E or AE"):
        returned(EXPORTS / "bmg_mars_1536_luminescence.csv", 1536, reader="BMG MARS")
    with pytest.raises(UsageError, match=r"'Agilent Gem5'; near: .*AGILENT_GEN5"):
        returned(EXPORTS / "gen5_garbage.txt", reader="Agilent Gem5")


def test_without_the_library_the_person_is_told_what_to_install(tmp_path, returned, monkeypatch):
    monkeypatch.setitem(sys.modules, "allotropy", None)
    monkeypatch.setitem(sys.modules, "allotropy.exceptions", None)
    path = tmp_path / "reader.txt"
    path.write_text("A1\t1.5\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"pip install 'bioal\[readers\]'"):
        returned(path, reader="AGILENT_GEN5")
