"""A file that is handed in: checked in the words of the command line, marked, merged when confirmed."""

from __future__ import annotations

import html
import re
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bioal.campaign.campaign import Campaign
from bioal.cli.main import run
from bioal.sheets.filling import fill_in
from bioal.web.uploads import LONGEST, MOST, Uploads, plain_name


@pytest.fixture
def filled(folder: Path, lab: Any) -> bytes:
    """Return the workbook of round 1 as it comes back from the bench."""
    path = folder / "rounds" / "round-01.xlsx"
    values = {sample: float(text) for sample, text in lab.values(Campaign.open(folder), 1).items()}
    fill_in(path, "GFP [RFU]", values, target=folder.parent / "filled.xlsx")
    return (folder.parent / "filled.xlsx").read_bytes()


def changed(content: bytes, row: int, value: object) -> bytes:
    book = openpyxl.load_workbook(BytesIO(content))
    sheet = book["Run list"]
    column = next(cell.column for cell in sheet[1] if cell.value == "GFP [RFU]")
    sheet.cell(row, column).value = value
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def dropped(person: Any, content: bytes, name: str = "round-01.xlsx", **said: str) -> Any:
    return person.sends("c/buffer/files", {"file": (BytesIO(content), name), **said})


def confirmed(person: Any, page: Any, **said: Any) -> Any:
    """Press a button of the page that shows a file's check."""
    action = re.search(r'<form method="post" action="(/[^"]*/files/[^"]+)"', page.text)
    head = re.search(r'name="head" value="([^"]+)"', page.text)
    assert action is not None
    assert head is not None
    return person.sends(action[1], {"head": head[1], **said})


def count(folder: Path) -> int:
    return len(Campaign.open(folder).state.readings)


def test_a_filled_workbook_is_shown_and_merged_only_when_confirmed(person, folder, filled):
    page = dropped(person, filled)
    assert "Round 1: 10 readings can be merged." in page.text
    assert count(folder) == 0
    done = confirmed(person, page, do="merge")
    assert "Round 1: 10 readings recorded." in done.text
    assert count(folder) == 10
    again = dropped(person, filled)
    assert "Everything in this file is recorded already." in again.text
    assert ">Merge<" not in again.text


def test_problems_are_said_in_the_words_of_the_command_line(person, folder, filled, capsys):
    spoilt = changed(changed(filled, 3, "about 900"), 4, "12,5")
    page = dropped(person, spoilt)
    assert page.status_code == 422
    path = folder.parent / "round-01.xlsx"
    path.write_bytes(spoilt)
    assert run(["check", str(path), "--campaign", str(folder)]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len([line for line in said if line.startswith("round-01.xlsx, sheet")]) == 2
    for cell in re.findall(r"<td>(.*?)</td>", page.text):
        assert html.unescape(cell) in " ".join(said), cell
    assert said[-1].partition(" The cells")[0] in page.text
    assert count(folder) == 0


def test_the_marked_copy_has_the_cell_marked(person, filled):
    page = dropped(person, changed(filled, 3, "about 900"))
    link = re.search(r'href="([^"]+/marked)"', page.text)
    assert link is not None
    answer = person.asks(link[1])
    assert "round-01 (checked).xlsx" in answer.headers["Content-Disposition"]
    book = openpyxl.load_workbook(BytesIO(answer.data))
    assert book.sheetnames[0] == "Problems"
    assert any(cell.comment for row in book["Run list"].iter_rows() for cell in row)


def test_what_is_sound_is_merged_and_what_is_not_is_named(person, folder, filled):
    page = dropped(person, changed(filled, 3, "about 900"))
    done = confirmed(person, page, do="skip")
    assert "9 readings recorded" in done.text
    assert "Left out:" in done.text
    assert count(folder) == 9


def test_a_correction_in_a_file_needs_consent(person, folder, filled):
    confirmed(person, dropped(person, filled), do="merge")
    page = dropped(person, changed(filled, 3, 123.0))
    assert page.status_code == 422
    assert 'value="corrections"' in page.text
    looked = confirmed(person, page, do="check", accept="corrections")
    assert "1 correction can be merged" in looked.text
    done = confirmed(person, looked, do="merge", accept="corrections")
    assert "Corrected:" in done.text
    assert 123.0 in set(Campaign.open(folder).state.readings["value"])


def test_a_check_that_was_overtaken_is_shown_again(person, folder, filled):
    page = dropped(person, filled)
    Campaign.open(folder).exclude("R01-S0001", "bubble")
    told = confirmed(person, page, do="merge")
    assert told.status_code == 409
    assert "Something else was recorded since this page was opened" in told.text
    assert count(folder) == 0
    assert "10 readings recorded" in confirmed(person, told, do="merge").text


def test_a_readers_grid_is_read_by_the_layout(person, folder):
    head = ",".join(("", *"123456"))
    rows = [
        ",".join((letter, *(f"{100 * i + j + 500}" for j in range(6)))) for i, letter in enumerate("ABCD")
    ]
    grid = "\n".join((head, *rows))
    page = dropped(person, grid.encode(), "reader.csv", plate="round-01/plate-1")
    assert "10 readings can be merged" in page.text, page.text
    assert "10 readings recorded" in confirmed(person, page, do="merge").text
    values = Campaign.open(folder).state.readings.set_index("sample")["value"]
    wells = Campaign.open(folder).rounds[1].samples["well"]
    assert values[wells.index[wells == "B1"][0]] == 600


def bomb() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", "<a>" + " " * 120_000_000 + "</a>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("round.xlsx", b"%PDF-1.7 ...", "a PDF document"),
        ("round.xlsx", b"PK\x03\x04 cut short", "cut short or damaged"),
        ("empty.csv", b"", "an empty file"),
        ("page.csv", b"<html><script>alert(1)</script></html>", "a web page"),
        ("~$round-01.xlsx", b"x", "the marker of a file that is open in Excel"),
        ("round.csv", b"Sample,GFP [RFU]\nR77-S0001,5\n", "round 77"),
        ("<script>alert(1)<%2fscript>.csv", b"Sample\n<script>alert(2)</script>\n", "no sample id"),
    ],
)
def test_a_hostile_or_wrong_file_is_refused_in_words(person, folder, name, content, said):
    page = dropped(person, content, name)
    assert page.status_code == 422
    assert said in page.text
    assert "<script>" not in page.text
    assert ">Merge<" not in page.text
    assert count(folder) == 0


def test_a_bomb_is_refused_unopened(person):
    page = dropped(person, bomb())
    assert page.status_code == 422
    assert "file-" not in page.text
    assert "Nothing was changed" in page.text


def test_no_file_is_said_to_be_none(person):
    assert "No file was chosen" in person.sends("c/buffer/files", {"file": (BytesIO(b""), "")}).text


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../../etc/passwd", "passwd"),
        ("C:\\Users\\ana\\round-01.xlsx", "round-01.xlsx"),
        ("a\x00b.csv", "ab.csv"),
        ("..", "file"),
        (" ", "file"),
        ("x/", "file"),
        ("Messung µ β 日本.xlsx", "Messung µ β 日本.xlsx"),
        ("stream.csv:hidden", "stream.csvhidden"),
    ],
)
def test_of_a_files_name_only_its_last_part_is_kept(name, kept):
    assert plain_name(name) == kept


def test_a_long_name_keeps_its_ending():
    assert plain_name("x" * 5000 + ".xlsx").endswith("x.xlsx")
    assert len(plain_name("x" * 5000 + ".xlsx").encode()) == LONGEST
    assert plain_name("\u65e5" * 60 + ".xlsx") == "\u65e5" * 60 + ".xlsx"


@pytest.mark.parametrize("sign", ["\u65e5", "\U0001d7d9", "\u00b5"])
def test_a_name_of_long_letters_is_cut_between_two_of_them(sign):
    kept = plain_name(sign * 110 + ".xlsx")
    assert LONGEST - 4 < len(kept.encode()) <= LONGEST
    assert set(kept.removesuffix(".xlsx")) == {sign}
    with Uploads() as uploads:
        key = uploads.keep([b"x"], sign * 300 + ".xlsx", "buffer", {})
        assert uploads.get(key, "buffer").path.read_bytes() == b"x"


def test_a_file_with_a_long_name_in_another_script_is_shown(person, filled):
    assert "Round 1: 10 readings can be merged." in dropped(person, filled, "\u65e5" * 110 + ".xlsx").text


def test_files_lie_in_a_folder_of_their_own_and_go_with_the_program():
    with Uploads() as uploads:
        keys = [uploads.keep([b"x"], "../up.csv", "buffer", {}) for _ in range(MOST + 3)]
        kept = uploads.get(keys[-1], "buffer").path
        assert kept.name == "up.csv"
        assert kept.parent.parent.name.startswith("bioal-serve-")
        assert len(list(kept.parent.parent.iterdir())) == MOST
        for gone, whose in ((keys[0], "buffer"), (keys[-1], "another")):
            with pytest.raises(KeyError):
                uploads.get(gone, whose)
    assert not kept.parent.parent.exists()
