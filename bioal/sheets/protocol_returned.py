"""A protocol workbook, filled in: read as the tables of a TOML text, then held to the same rules as one.

What is wrong is said by sheet and cell, all at once. The text that a campaign records is TOML, made here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from string import ascii_uppercase

from bioal.errors import Problem, ProtocolError, Refused
from bioal.protocol.protocol import Protocol, protocol_from_file, protocol_from_toml
from bioal.protocol.writing import toml_text
from bioal.sheets.preflight import preflight
from bioal.sheets.protocol_forms import CONTROLS
from bioal.sheets.protocol_pages import Pages, pages_in
from bioal.sheets.protocol_tables_returned import Tables, tables_in

SPREADSHEETS = frozenset((".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".numbers"))
EXPECTED = "a protocol: a workbook (.xlsx) or a TOML text"


def is_spreadsheet(path: Path) -> bool:
    """Return whether a file is to be read as a workbook, by its name."""
    return path.suffix.lower() in SPREADSHEETS


def protocol_from_path(path: str | Path) -> Protocol:
    """Return the protocol in a TOML file or workbook.

    Raises
    ------
    ProtocolError
        With everything that is wrong with it, by place in the text, or by sheet and cell.
    """
    path = Path(path)
    return protocol_from_workbook(path) if is_spreadsheet(path) else protocol_from_file(path)


def protocol_from_workbook(path: Path) -> Protocol:
    """Return the protocol in a workbook.

    Raises
    ------
    ProtocolError
        Where the file is no such workbook, with the reason; or with every problem, by sheet and cell.
    """
    pages, read = _read(path)
    text = toml_text(read.raw, read.notes)
    try:
        protocol = protocol_from_toml(text, path.name)
    except ProtocolError as error:
        found = [read.places.readdressed(problem, path.name) for problem in error.items]
        raise ProtocolError(_all(pages, read, found)) from error
    if read.problems:
        raise ProtocolError(read.problems)
    return replace(protocol, notes=(*protocol.notes, *pages.notes))


def readdressed(path: Path, error: ProtocolError) -> ProtocolError:
    """Return what was found wrong with the protocol of a workbook, by sheet and cell."""
    places = _read(path)[1].places
    return ProtocolError(places.readdressed(problem, path.name) for problem in error.items)


def _read(path: Path) -> tuple[Pages, Tables]:
    try:
        facts = preflight(path)
        if facts.kind == "text":
            remedy = "Save it as an Excel workbook (.xlsx); a protocol in TOML has a name that ends in .toml."
            raise Refused(Problem("file-is-text", "a text file", EXPECTED, remedy, file=path.name))
        pages = pages_in(path, facts)
        return pages, tables_in(pages)
    except Refused as error:
        # The preflight knows workbooks that come back from the bench.
        raise ProtocolError(_of_protocol(problem) for problem in error.items) from error


def _of_protocol(problem: Problem) -> Problem:
    return replace(problem, expected=EXPECTED) if "the round's workbook" in problem.expected else problem


def _all(pages: Pages, read: Tables, found: Sequence[Problem]) -> list[Problem]:
    """Return the problems of cells, and those of the protocol that do not follow from them."""
    spoilt = {_spoilt(problem, pages) for problem in read.problems}
    own = [problem for problem in found if _spoilt(problem, pages) not in spoilt]
    return [*read.problems, *(problem for problem in own if not _follows(problem, read, pages))]


def _follows(problem: Problem, read: Tables, pages: Pages) -> bool:
    """Return whether a problem would not be there, had all cells been readable."""
    sheets = {each.sheet for each in read.problems}
    if problem.code == "missing-table":
        return problem.sheet in sheets
    if problem.code == "no-reference":
        return pages.titles.get(CONTROLS) in sheets
    if problem.code == "unknown-name" and sheets:
        unread = any(each.code in ("name-missing", "name-unreadable") for each in read.problems)
        return unread or problem.found in {f"the factor {name!r}" for name in read.names}
    return False


def _spoilt(problem: Problem, pages: Pages) -> tuple[str, str]:
    """Return what a wrong cell spoils: its row, or among controls, which stand side by side, itself."""
    side_by_side = problem.sheet == pages.titles.get(CONTROLS)
    return problem.sheet, problem.cell if side_by_side else problem.cell.lstrip(ascii_uppercase)
