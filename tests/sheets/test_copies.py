"""Conflict copies and open files are known by their names, and nothing else is taken for one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bioal.errors import Refused
from bioal.sheets.copies import copy_notes, original_of
from bioal.sheets.preflight import preflight

COPIES = [
    "round-02-PC7.xlsx",
    "round-02-DESKTOP-4F2K.xlsx",
    "round-02 (1).xlsx",
    "round-02 (Anna's conflicted copy 2026-03-01).xlsx",
    "round-02 (conflicted copy 2026-03-01 101500).xlsx",
    "round-02 (In Konflikt stehende Kopie von Ben 2026-03-01).xlsx",
    "round-02 (Copie en conflit de Ana 2026-03-01).xlsx",
    "round-02 [Conflict].xlsx",
    "round-02.sync-conflict-20260301-101500-ABCDEF7.xlsx",
    "round-02_conflict-20260301.xlsx",
    "round-02 copy.xlsx",
    "round-02 - Copy (2).xlsx",
    "round-02 - Kopie.xlsx",
    "Copy of round-02.xlsx",
    "Kopie von round-02.xlsx",
]
OTHERS = ["round-02.xlsx", "round-02 (checked).xlsx", "round-02-corrected.xlsx", "plate 1.csv"]


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_names_its_original(name):
    assert original_of(name) == "round-02.xlsx"


@pytest.mark.parametrize("name", OTHERS)
def test_no_other_file_is_taken_for_a_copy(name):
    assert original_of(name) is None


def test_the_note_says_whether_the_original_lies_beside_it(tmp_path: Path):
    copy = tmp_path / "round-02-PC7.xlsx"
    copy.write_bytes(b"x")
    (note,) = copy_notes(copy)
    assert "of 'round-02.xlsx', merge that too" in note
    (tmp_path / "round-02.xlsx").write_bytes(b"x")
    (note,) = copy_notes(copy)
    assert "which lies beside it; merge that one too" in note


def test_a_file_that_is_open_elsewhere_is_read_with_a_note(tmp_path: Path):
    path = tmp_path / "round-02.xlsx"
    assert copy_notes(path) == ()
    (tmp_path / "~$round-02.xlsx").write_bytes(b"x")
    (note,) = copy_notes(path)
    assert "is open in a spreadsheet program" in note


@pytest.mark.parametrize("name", ["~$round-02.xlsx", ".~lock.round-02.xlsx#", ".round-02.xlsx.icloud"])
def test_the_marker_of_an_open_file_is_refused_naming_the_file(tmp_path: Path, name: str):
    path = tmp_path / name
    path.write_bytes(b"Anna")
    with pytest.raises(Refused, match=r"round-02\.xlsx"):
        preflight(path)
