"""Every wrong or hostile file gets its own sentence, before any parser of workbooks has seen it."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import openpyxl
import pytest

from bioal.errors import Refused
from bioal.sheets.preflight import preflight
from bioal.sheets.preflight_xml import column_number
from bioal.sheets.returned import read_returned

SHEET = "xl/worksheets/sheet1.xml"
OPEN = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


def honest(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.append(["Sample", "GFP [RFU]"])
    book.active.append(["R01-S0001", 1.5])
    path = tmp_path / "honest.xlsx"
    book.save(path)
    return path


def with_part(tmp_path: Path, name: str, content: bytes) -> Path:
    """Return an honest workbook in which one part is replaced or added."""
    path = tmp_path / "changed.xlsx"
    with zipfile.ZipFile(honest(tmp_path)) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            if member != name:
                new.writestr(member, old.read(member))
        new.writestr(name, content)
    return path


def sheet(rows: str, rest: str = "") -> bytes:
    return f"{OPEN}<sheetData>{rows}</sheetData>{rest}</worksheet>".encode()


def code_of(path: Path) -> str:
    with pytest.raises(Refused, match=re.escape(path.name)) as refused:
        read_returned(path)
    (problem,) = refused.value.items
    assert "\n" not in str(problem)
    assert problem.remedy
    return problem.code


def test_an_honest_workbook_passes(tmp_path):
    facts = preflight(honest(tmp_path))
    assert (facts.kind, facts.formulas, facts.links) == ("workbook", False, False)


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)

WRONG: dict[str, tuple[str, bytes, str]] = {
    "an empty file": ("a.xlsx", b"", "file-empty"),
    "an old workbook": ("a.xls", OLE, "file-is-xls"),
    "an old workbook with a new name": ("a.xlsx", OLE, "file-is-xls"),
    "a password": ("a.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "file-is-encrypted"),
    "a web page": ("a.xlsx", b"\xef\xbb\xbf <html><table></table></html>", "file-is-html"),
    "a table of a web page": ("a.xls", b"<table><tr><td>1</td></tr></table>", "file-is-html"),
    "XML of 2003": ("a.xlsx", b'<?xml version="1.0"?><Workbook/>', "file-is-xml"),
    "a PDF": ("a.xlsx", b"%PDF-1.7 ...", "file-is-pdf"),
    "a picture": ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(20), "file-is-picture"),
    "a gzip": ("a.xlsx", b"\x1f\x8b" + bytes(20), "file-is-compressed"),
    "cut after the first bytes": ("a.xlsx", b"PK\x05\x06" + bytes(4), "file-damaged"),
    "cut in the middle": ("a.xlsx", b"PK\x03\x04" + bytes(200), "file-damaged"),
    "noise": ("a.xlsx", bytes(range(256)) * 4, "file-is-binary"),
    "the marker of Excel": ("~$round-01.xlsx", b"user", "file-is-lock"),
    "prose": ("a.csv", b"Dear colleague, the values are attached.", "header-unknown"),
}


@pytest.mark.parametrize("name", WRONG)
def test_every_wrong_kind_of_file_has_its_own_sentence(tmp_path, name):
    file, content, code = WRONG[name]
    path = tmp_path / file
    path.write_bytes(content)
    assert code_of(path) == code


def archive(tmp_path: Path, *names: str) -> Path:
    path = tmp_path / "archive.xlsx"
    with zipfile.ZipFile(path, "w") as new:
        for name in names:
            new.writestr(name, "<a/>")
    return path


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (("mimetype", "content.xml"), "file-is-ods"),
        (("Index/Document.iwa",), "file-is-numbers"),
        (("[Content_Types].xml", "xl/workbook.bin"), "file-is-xlsb"),
        (("[Content_Types].xml", "word/document.xml"), "file-is-document"),
        (("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"), "file-has-macros"),
        (("photo.jpg",), "file-is-archive"),
        (("[Content_Types].xml", "xl/workbook.xml", "../../etc/passwd"), "file-is-hostile"),
        (("[Content_Types].xml", "xl/workbook.xml", "/etc/passwd"), "file-is-hostile"),
        (("[Content_Types].xml", "xl/workbook.xml", "C:\\windows"), "file-is-hostile"),
        ((*(f"xl/{i}" for i in range(1100)), "[Content_Types].xml"), "file-is-hostile"),
        (("[Content_Types].xml", "xl/nothing.xml"), "file-damaged"),
    ],
)
def test_every_other_archive_has_its_own_sentence(tmp_path, names, code):
    assert code_of(archive(tmp_path, *names)) == code


LAUGHS = b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>' + sheet("<row><c><v>&b;</v></c></row>")
OUTSIDE = b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + sheet("<row><c><v>&a;</v></c></row>")

HEADER = '<row r="1"><c r="A1" t="inlineStr"><is><t>Sample</t></is></c></row>'

HOSTILE: dict[str, tuple[str, bytes]] = {
    "a cell at the end of the world": (SHEET, sheet('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')),
    "a far row": (SHEET, sheet('<row r="1048576"><c r="A1048576"><v>1</v></c></row>')),
    "a far cell written in character references": (
        SHEET,
        sheet('<row r="1"><c r="&#88;FD1"><v>1</v></c></row>'),
    ),
    "a merged area as large as a sheet": (
        SHEET,
        sheet("", '<mergeCells><mergeCell ref="A1:SF20000"/></mergeCells>'),
    ),
    "two cells far apart": (SHEET, sheet(f'{HEADER}<row r="20000"><c r="SF20000"><v>1</v></c></row>')),
    "a million rows": (SHEET, sheet("<row><c><v>1</v></c></row>" * 1_000_000)),
    "a bomb of blanks": ("xl/media/blank.xml", b"<a>" + b" " * 30_000_000 + b"</a>"),
    "brackets inside brackets": (SHEET, sheet("<x>" * 100_000 + "</x>" * 100_000)),
    "billion laughs": (SHEET, LAUGHS),
    "a file from outside": (SHEET, OUTSIDE),
    "laughs in the words": ("xl/sharedStrings.xml", LAUGHS),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workbook_is_refused_in_one_line_and_little_memory(tmp_path, name):
    resource = pytest.importorskip("resource")
    path = with_part(tmp_path, *HOSTILE[name])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert code_of(path) == "file-is-hostile"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kilobytes on Linux


def test_every_cut_and_many_changed_bytes_of_a_workbook_are_read_or_refused_without_a_fault(tmp_path):
    content = honest(tmp_path).read_bytes()
    path = tmp_path / "damaged.xlsx"
    for place in range(1, len(content), 97):
        flipped = bytearray(content)
        flipped[place] ^= 0x55
        for damaged in (content[:place], bytes(flipped)):
            path.write_bytes(damaged)
            assert readable(path) in (True, False)


def readable(path: Path) -> bool:
    """Return whether a file is read; anything but a refusal passes through and fails the test."""
    try:
        return read_returned(path).runs is not None
    except Refused:
        return False


def test_links_to_other_files_are_not_followed_and_said(tmp_path):
    path = with_part(tmp_path, "xl/externalLinks/externalLink1.xml", b"<externalLink/>")
    assert any("links were not followed" in warning for warning in read_returned(path).warnings)


def test_columns_are_counted_as_spreadsheets_do():
    for number in (1, 26, 27, 702, 703, 16384):
        assert column_number(openpyxl.utils.get_column_letter(number)) == number


def test_a_missing_file_a_folder_and_a_huge_file_are_each_named(tmp_path):
    assert code_of(tmp_path / "nowhere.xlsx") == "file-missing"
    (tmp_path / "folder.xlsx").mkdir()
    assert code_of(tmp_path / "folder.xlsx") == "file-is-folder"
    with (tmp_path / "huge.xlsx").open("wb") as stream:
        stream.truncate(26_000_000)
    assert code_of(tmp_path / "huge.xlsx") == "file-too-large"


@pytest.mark.parametrize(
    "content",
    [sheet('<row r="1"><c r="??"><v>1</v></c></row>'), sheet("<row><c><v>1</v></c></row>" * 110_000)],
)
def test_addresses_that_cannot_be_read_and_too_many_cells_are_refused(tmp_path, content):
    assert code_of(with_part(tmp_path, SHEET, content)) == "file-is-hostile"


def test_a_part_that_is_no_xml_is_called_damaged(tmp_path):
    assert code_of(with_part(tmp_path, SHEET, b"<worksheet><sheetData>")) == "file-damaged"


def test_a_book_of_very_many_sheets_is_refused(tmp_path):
    book = openpyxl.Workbook()
    for number in range(101):
        book.create_sheet(f"s{number}")
    book.save(tmp_path / "many.xlsx")
    assert code_of(tmp_path / "many.xlsx") == "file-is-hostile"
