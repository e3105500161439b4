"""What a file is, by its first bytes, and whether it is safe to open: answered before any parser runs.

Every wrong kind of file has its own sentence. A workbook is measured while it streams through expat: members,
expanded size, cells, the furthest cell, merged areas, depth; nothing is extracted, no entity is expanded.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.parsers import expat

from bioal.errors import Problem, Refused
from bioal.sheets.preflight_xml import Limits, Tally, TooLargeError, tally

FileKind = Literal["workbook", "text"]

MEGABYTE = 1_000_000
LARGEST_FILE = 25 * MEGABYTE
LARGEST_EXPANDED = 100 * MEGABYTE
LARGEST_RATIO = 100
SMALL_ENOUGH = 10 * MEGABYTE  # below this a high ratio harms nobody
MOST_MEMBERS = 1_000
MOST_LINES, MOST_FIELDS = 60_000, 1_500_000  # of a text: 30 transfers into each of 1,536 wells, and more
SAVE_AS = "Save it as an Excel workbook (.xlsx) or CSV and return that."
RESAVE = "Open it in the spreadsheet program and save it again as .xlsx, or return the CSV of the run list."


@dataclass(frozen=True)
class Preflight:
    """What is known of a file before it is parsed: its kind, whether it has formulas, links to elsewhere."""

    kind: FileKind
    formulas: bool = False
    links: bool = False


def preflight(path: Path) -> Preflight:
    """Return what a file is; refuse, in one line, what bioal cannot or will not open."""
    _refuse_by_name(path)
    with path.open("rb") as stream:
        start = stream.read(4096)
    if start[:4] == b"PK\x03\x04":
        return _workbook(path)
    if (refusal := _refusal_by_bytes(path, start)) is not None:
        raise Refused(refusal)
    _refuse_endless_text(path)
    return Preflight("text")


def _refuse_endless_text(path: Path) -> None:
    lines = fields = 0
    with path.open("rb") as stream:
        while chunk := stream.read(MEGABYTE):
            lines += chunk.count(b"\n") + chunk.count(b"\r")
            fields += chunk.count(b",") + chunk.count(b";") + chunk.count(b"\t")
    # a line may end with two signs
    if lines > 2 * MOST_LINES or fields > MOST_FIELDS:
        found = f"a text of more than {MOST_LINES} lines or {MOST_FIELDS} fields"
        raise Refused(refusal(path, "file-too-large", found, "Return the table of one round alone."))


def refusal(path: Path, code: str, found: str, remedy: str) -> Problem:
    """Return the problem with a file as a whole."""
    return Problem(
        code, found, "the round's workbook (.xlsx) or a table (.csv, .tsv)", remedy, file=path.name
    )


# Excel writes ~$round-02.xlsx beside an open file (without the first two letters where the name is long),
# LibreOffice .~lock.round-02.xlsx#.
_OPENED = re.compile(r"~\$(.+)|\.~lock\.(.+)#")


def _refuse_by_name(path: Path) -> None:
    opened = _OPENED.fullmatch(path.name)
    if opened is not None:
        remedy = f"Return {opened[1] or opened[2]} after closing it in the spreadsheet program."
        raise Refused(refusal(path, "file-is-lock", "the marker of a file that is open in Excel", remedy))
    if path.name.startswith(".") and path.suffix == ".icloud":
        remedy = f"Let iCloud download {path.name[1:].removesuffix('.icloud')} first."
        raise Refused(refusal(path, "file-elsewhere", "the placeholder of a file that is in iCloud", remedy))
    if path.is_dir():
        raise Refused(refusal(path, "file-is-folder", "a folder", "Name one file in it."))
    if not path.is_file():
        raise Refused(refusal(path, "file-missing", "no such file", "Check the name and the folder."))
    size = path.stat().st_size
    if size == 0:
        raise Refused(refusal(path, "file-empty", "an empty file (0 bytes)", "Copy or download it again."))
    if size > LARGEST_FILE:
        found = f"a file of {size / MEGABYTE:.0f} MB (the limit is {LARGEST_FILE // MEGABYTE} MB)"
        raise Refused(
            refusal(path, "file-too-large", found, "Remove pictures and other sheets, and save it again.")
        )


_BY_FIRST_BYTES: tuple[tuple[bytes, str, str, str], ...] = (
    (b"%PDF", "file-is-pdf", "a PDF document", "Return the workbook itself."),
    (b"\x89PNG", "file-is-picture", "a picture", "Return the workbook itself."),
    (b"\xff\xd8\xff", "file-is-picture", "a picture", "Return the workbook itself."),
    (b"\x1f\x8b", "file-is-compressed", "a compressed file (gzip)", "Unpack it and return the workbook."),
    (b"7z\xbc\xaf", "file-is-compressed", "a compressed file (7z)", "Unpack it and return the workbook."),
    (b"Rar!", "file-is-compressed", "a compressed file (RAR)", "Unpack it and return the workbook."),
    (b"PK", "file-damaged", "a zip archive that is cut short", "Copy or download it again."),
    (b"{\\rtf", "file-is-document", "a text document (RTF)", SAVE_AS),
)


def _refusal_by_bytes(path: Path, start: bytes) -> Problem | None:
    if start[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return _ole_refusal(path)
    for magic, code, found, remedy in _BY_FIRST_BYTES:
        if start.startswith(magic):
            return refusal(path, code, found, remedy)
    head = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html", b"<table", b"<head", b"<meta")):
        return refusal(path, "file-is-html", "a web page, whatever its name says", SAVE_AS)
    if head.startswith(b"<?xml"):
        return refusal(path, "file-is-xml", "an XML file (perhaps an XML spreadsheet of 2003)", SAVE_AS)
    if b"\x00" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")) and not _looks_utf16(start):
        return refusal(path, "file-is-binary", "a file that is neither a workbook nor text", SAVE_AS)
    return None


def _looks_utf16(start: bytes) -> bool:
    # Plain letters in UTF-16 have a zero in every second byte, always on the same side.
    even, odd = start[0:512:2].count(0), start[1:512:2].count(0)
    return bool(max(even, odd) > 0.4 * (len(start[:512]) / 2) and min(even, odd) == 0)


def _ole_refusal(path: Path) -> Problem:
    if "EncryptedPackage".encode("utf-16-le") in path.read_bytes():
        remedy = "Remove the password (File, Info, Protect workbook) and save it again."
        return refusal(path, "file-is-encrypted", "a workbook that is protected by a password", remedy)
    return refusal(path, "file-is-xls", "a workbook of the old format (.xls)", SAVE_AS)


def _workbook(path: Path) -> Preflight:
    try:
        with zipfile.ZipFile(path) as archive:
            return _archive(path, archive)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        ValueError,
        OSError,
        RuntimeError,
    ) as error:
        # Cut short, a flipped byte, an offset before the file, an unknown or encrypted compression: zipfile's
        # ways to say so (NotImplementedError, of an unknown one, is a RuntimeError).
        remedy = "Copy or download it again; if that does not help, save it again as .xlsx."
        raise Refused(
            refusal(path, "file-damaged", "a workbook that is cut short or damaged", remedy)
        ) from error


_BY_MEMBER: tuple[tuple[Callable[[str], bool], str, str, str], ...] = (
    (
        lambda name: name.endswith(".iwa"),
        "file-is-numbers",
        "an Apple Numbers file",
        "Export it as Excel (.xlsx).",
    ),
    (lambda name: name == "xl/workbook.bin", "file-is-xlsb", "a binary workbook (.xlsb)", SAVE_AS),
    (lambda name: name == "content.xml", "file-is-ods", "an OpenDocument spreadsheet (.ods)", SAVE_AS),
    (lambda name: name == "word/document.xml", "file-is-document", "a Word document", SAVE_AS),
    (lambda name: name == "ppt/presentation.xml", "file-is-document", "a presentation", SAVE_AS),
    (
        lambda name: name.lower().endswith("vbaproject.bin"),
        "file-has-macros",
        "a workbook with macros (.xlsm)",
        "Save it as a workbook without macros (.xlsx).",
    ),
    (
        lambda name: ".." in name.split("/") or name.startswith("/") or "\\" in name or ":" in name,
        "file-is-hostile",
        "an archive with path names that lead out of it",
        RESAVE,
    ),
)


def _archive(path: Path, archive: zipfile.ZipFile) -> Preflight:
    members = archive.infolist()
    names = [member.filename for member in members]
    for matches, code, found, remedy in _BY_MEMBER:
        if any(map(matches, names)):
            raise Refused(refusal(path, code, found, remedy))
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise Refused(
            refusal(path, "file-is-archive", "a zip archive that is no workbook", "Unpack it first.")
        )
    _refuse_bombs(path, members)
    facts = _measured(path, archive)
    return Preflight(
        "workbook", facts.formulas > 0, any(name.startswith("xl/externalLinks/") for name in names)
    )


def _refuse_bombs(path: Path, members: list[zipfile.ZipInfo]) -> None:
    expanded = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    if len(members) > MOST_MEMBERS:
        raise Refused(refusal(path, "file-is-hostile", f"an archive of {len(members)} parts", RESAVE))
    if expanded > LARGEST_EXPANDED or (expanded > SMALL_ENOUGH and expanded > LARGEST_RATIO * packed):
        found = f"an archive that unpacks to {expanded / MEGABYTE:.0f} MB from {packed / MEGABYTE:.2f} MB"
        raise Refused(refusal(path, "file-is-hostile", found, RESAVE))


def _measured(path: Path, archive: zipfile.ZipFile) -> Tally:
    total = Tally()
    for member in archive.infolist():
        if not member.filename.endswith((".xml", ".rels", ".vml")):
            continue
        try:
            with archive.open(member) as stream:
                tally(stream, total, Limits())
        except TooLargeError as reason:
            raise Refused(refusal(path, "file-is-hostile", str(reason), RESAVE)) from reason
        except expat.ExpatError as error:
            raise Refused(
                refusal(path, "file-damaged", f"a damaged part, {member.filename}", RESAVE)
            ) from error
    return total
