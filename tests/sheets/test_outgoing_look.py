"""What the eye relies on: contrast, colours that all tell apart, words in every well, pages that fit."""

from __future__ import annotations

import re
import shutil
import subprocess
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from openpyxl import Workbook, load_workbook

from bioal.plates.rounds import ROLES, Round
from bioal.plates.wells import ij_from_well, shape_of_plate
from bioal.sheets import style
from bioal.sheets.outgoing_map import TOP

# Severe colour blindness of three kinds, on linear RGB:
# Machado, Oliveira and Fernandes 2009, doi 10.1109/TVCG.2009.113.
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE_POINT = TO_XYZ.sum(axis=1)


def linear(colour: str) -> np.ndarray:
    parts = np.array([int(colour[k : k + 2], 16) for k in (0, 2, 4)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((float(TO_XYZ[1] @ linear(colour)) for colour in (one, other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def lab(colour: str, kind: str) -> np.ndarray:
    ratio = TO_XYZ @ np.clip(BLINDNESS[kind] @ linear(colour), 0, 1) / WHITE_POINT
    root = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def test_contrast_is_that_of_black_on_white() -> None:
    assert contrast("000000", "FFFFFF") == pytest.approx(21)


HEADS = (style.HEAD_SAMPLE, style.HEAD_FACTOR, style.HEAD_EXPECTED, style.HEAD_INPUT)


@pytest.mark.parametrize("fill", [*style.ROLE_FILLS.values(), *HEADS, style.INPUT, style.PALE])
def test_ink_is_read_on_every_fill(fill: str) -> None:
    assert contrast(style.INK, fill) >= 7


def test_quiet_words_and_white_words_are_read_too() -> None:
    assert contrast(style.QUIET, style.WHITE) >= 4.5
    assert contrast(style.WHITE, style.ACCENT) >= 4.5


@pytest.mark.parametrize("kind", BLINDNESS)
def test_roles_are_told_apart_by_everyone(kind: str) -> None:
    fills = style.ROLE_FILLS
    gaps = {
        (one, other): float(np.linalg.norm(lab(fills[one], kind) - lab(fills[other], kind)))
        for one, other in combinations(fills, 2)
    }
    # 2.3 is a just noticeable difference (CIE 1976).
    assert min(gaps.values()) > 5, min(gaps, key=gaps.__getitem__)


def test_every_well_of_the_map_says_what_is_in_it(sent_book: Workbook, sent_round: Round) -> None:
    for number, plate in enumerate(sent_round.plates, start=1):
        sheet = sent_book[f"Plate map {number}"]
        rows, columns = shape_of_plate(sent_round.size)
        found = {(i, j): sheet.cell(TOP + 1 + i, 2 + j) for i in range(rows) for j in range(columns)}
        on_plate = sent_round.samples[sent_round.samples["plate"] == plate]
        for sample in on_plate.itertuples():
            cell = found.pop(ij_from_well(str(sample.well)))
            short = {"reference": "REF", "negative": "NEG"}.get(str(sample.role), str(sample.condition)[4:])
            assert cell.value == f"{short}\nrep {sample.replicate}"
            assert cell.fill.start_color.rgb[2:] == style.ROLE_FILLS[str(sample.role)]
        assert {cell.value for cell in found.values()} == {None}


def test_the_corner_of_a1_is_marked_and_the_legend_explains_each_role(sent_book: Workbook) -> None:
    sheet = sent_book["Plate map 1"]
    assert sheet.cell(TOP, 1).value == "\u25e4 A1"
    first = sheet.cell(TOP + 1, 2).border
    assert (first.left.style, first.top.style) == ("thick", "thick")
    legend = [str(sheet.cell(row, 3).value) for row in range(TOP + 10, TOP + 13)]
    assert [words.split(",")[0].split(";")[0] for words in legend] == [
        "a proposed condition",
        "reference",
        "negative control",
    ]
    assert "temperature 25 C" in str(sheet.cell(2, 1).value)


def test_every_role_has_a_colour() -> None:
    assert set(ROLES) < set(style.ROLE_FILLS)


def test_every_sheet_prints_on_a4_as_wide_as_the_page_with_page_numbers(sent_book: Workbook) -> None:
    for sheet in (sheet for sheet in sent_book.worksheets if sheet.sheet_state == "visible"):
        assert str(sheet.page_setup.paperSize) == "9"
        assert sheet.page_setup.orientation == ("portrait" if sheet.title == "Read me" else "landscape")
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.fitToWidth == 1
        one_page = sheet.title.startswith(("Plate map", "Read me"))
        assert sheet.page_setup.fitToHeight == (1 if one_page else 0)
        assert sheet.oddFooter.right.text == "Page &P of &N"
        assert sheet.oddHeader.left.text == "Buffer && energy =1+1 \u00b7 Round 2"


def test_roles_on_the_run_list_are_coloured_by_rule_so_that_sorting_moves_the_colour(
    sent_book: Workbook,
) -> None:
    rules = sent_book["Run list"].conditional_formatting
    formulas = {rule.formula[0] for area in rules for rule in area.rules}
    assert '$D2="reference"' in formulas
    assert {str(area.sqref) for area in rules} == {"A2:F71"}


def test_columns_are_wide_enough_for_what_they_hold(large_file: Path) -> None:
    sheet = load_workbook(large_file)["Run list"]
    for column in sheet.iter_cols(min_row=2):
        texts = [str(cell.value) for cell in column if cell.data_type == "s" and cell.value]
        width = sheet.column_dimensions[column[0].column_letter].width
        assert max(map(len, texts), default=0) <= width - 1


@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_each_plate_map_fills_one_page_on_paper(large_file: Path, tmp_path: Path) -> None:
    home = f"-env:UserInstallation={(tmp_path / 'office').as_uri()}"
    command = [
        "soffice",
        home,
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(tmp_path),
        str(large_file),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    pdf = (tmp_path / "round-02.pdf").read_bytes()
    pages = [
        tuple(map(float, box.split())) for box in re.findall(rb"/Type/Page/.*?/MediaBox ?\[([^\]]+)\]", pdf)
    ]
    upright = [width < height for _, _, width, height in pages[:4]]
    assert upright == [True, False, False, False], "read me, two plate maps, then the run list"
    sizes = {(round(min(page[2:])), round(max(page[2:]))) for page in pages}
    assert sizes == {(595, 842)}, "A4 in points"
