"""The mapping sheet of old data: written for somebody's table, filled in by a person, read back.

What a column might be is suggested beside the place where it is to be written; only what is written counts.
"""

from __future__ import annotations

import csv
import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook
from openpyxl.worksheet.datavalidation import DataValidation

from bioal.errors import Problem, Refused
from bioal.measurements.cells import Cell, ReturnedTable
from bioal.measurements.history import HistoryMap, Mapped
from bioal.measurements.numbers import plain
from bioal.protocol.factors import Factor
from bioal.protocol.headings import normalised
from bioal.protocol.objective import Readout
from bioal.protocol.protocol import Protocol
from bioal.sheets.outgoing_file import save_workbook
from bioal.sheets.preflight import preflight, refusal
from bioal.sheets.returned_cells import Page, page_of
from bioal.sheets.returned_table import HEADER_SEARCH, header_row, heading_text, table_at
from bioal.sheets.returned_text import DELIMITERS, SEP_LINE, decoded, text_table
from bioal.sheets.returned_workbook import open_pages
from bioal.sheets.style import (
    BODY,
    ENTRY,
    HEAD_FACTOR,
    HEAD_INPUT,
    HINT,
    cell_at,
    headed,
    set_widths,
    write_text,
)

MAPPING, THEIRS = "Mapping", "Their columns"
OURS, UNIT, COLUMN, THEIR_UNIT, BLANK, SUGGESTED = HEADINGS = (
    "Ours",
    "Our unit",
    "Their column",
    "Their unit",
    "Value when blank",
    "Perhaps",
)
PLATE, SOURCE = "Plate or batch (optional)", "Source"
NEAR = 0.6  # of two names' letters that agree
INTENT = (
    "Write into the yellow cells which of their columns is which of ours, and their unit. 'Perhaps' is only "
    "a suggestion: what is not written is not used. A value without a column holds for every row."
)


@dataclass(frozen=True)
class OldTable:
    """Somebody's table: its rows, the file that it is in, and what had to be assumed to read it."""

    table: ReturnedTable
    file: str
    warnings: tuple[str, ...]


def read_old_table(path: Path, sheet: str | None = None) -> OldTable:
    """Return the table in a CSV file or workbook; its header is the first row with two texts or more.

    Raises
    ------
    Refused
        Where there is no table, or several sheets hold one and none is named.
    """
    facts = preflight(path)
    if facts.kind == "text":
        read = text_table(path, _possible_headers(decoded(path)[0]), "a header row with two headings or more")
        page, warnings = read.page, read.warnings
    else:
        page, warnings = _sheet_of(path, sheet), ()
    header = _header(page)
    if header is None:
        remedy = "Give each column a heading, in one row above the values."
        raise Refused(refusal(path, "header-unknown", "no row of headings", remedy))
    table, more = table_at(page, header)
    return OldTable(table, path.name, (*warnings, *more))


def _possible_headers(text: str) -> list[frozenset[str]]:
    """Return the headings that the first line of a text has with each separator that gives two or more."""
    lines = (line for line in text.splitlines() if line.strip() and not SEP_LINE.fullmatch(line))
    head = next(lines, "")
    fields = [next(csv.reader([head], delimiter=mark), []) for mark in DELIMITERS]
    names = [frozenset(map(normalised, row)) - {""} for row in fields]
    # A header that no file has: the refusal then says what was found.
    return [one for one in names if len(one) > 1] or [frozenset(("a", "b", text))]


def _sheet_of(path: Path, wanted: str | None) -> Page:
    book, formulas = open_pages(path, preflight(path))
    visible = [one for one in book.worksheets if one.sheet_state == "visible"]
    tops = {one.title: page_of(path.name, one, None, rows=HEADER_SEARCH) for one in visible}
    fitting = [one for one in visible if _header(tops[one.title]) is not None]
    named = [one for one in fitting if wanted is None or normalised(one.title) == normalised(wanted)]
    if len(named) != 1:
        names = ", ".join(f"'{one.title}'" for one in fitting) or "none with a row of headings"
        found = f"sheets {names}" if wanted is None else f"no table on a sheet '{wanted}', but on {names}"
        raise Refused(refusal(path, "sheets-several", found, "Name one of them with --sheet."))
    return page_of(path.name, named[0], None if formulas is None else formulas[named[0].title])


def _header(page: Page) -> int | None:
    for at, row in enumerate(page.rows[:HEADER_SEARCH]):
        if sum(cell.kind == "text" for cell in row) > 1:
            return at
    return None


def write_mapping(path: Path, protocol: Protocol, old: OldTable) -> None:
    """Write the mapping sheet of a table: our factors and readouts, their columns to choose from.

    Raises
    ------
    Refused
        Where there is a file of this name already: it may be filled in.
    """
    if path.exists():
        remedy = "Fill it in and give it with --mapping, or move it away."
        found = "a file that is there already"
        raise Refused(Problem("file-exists", found, "a new file", remedy, file=path.name))
    theirs = list(old.table.headings)
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = MAPPING
    write_text(cell_at(sheet, 1, 1), INTENT, HINT)
    for column, heading in enumerate(HEADINGS, start=1):
        fill = HEAD_INPUT if heading in (COLUMN, THEIR_UNIT, BLANK) else HEAD_FACTOR
        write_text(cell_at(sheet, 3, column), heading, headed(fill))
    things = _lines(protocol, old)
    for row, texts in enumerate(things, start=4):
        for column, text in enumerate(texts, start=1):
            look = ENTRY if HEADINGS[column - 1] in (COLUMN, THEIR_UNIT, BLANK) else BODY
            write_text(cell_at(sheet, row, column), text, look)
    set_widths(sheet, {1: 30, 2: 12, 3: 34, 4: 14, 5: 20, 6: 34})
    _list_theirs(book, theirs, 4, 3 + len(things))
    save_workbook(book, path)


def _lines(protocol: Protocol, old: OldTable) -> list[tuple[str, ...]]:
    """Return the rows of a mapping sheet under its `HEADINGS`."""
    theirs = list(old.table.headings)
    return [
        *((one.name, one.unit, "", "", "", _near(one, theirs)) for one in protocol.factors),
        *((one.name, one.evaluated_unit, "", "", "", _near(one, theirs)) for one in protocol.readouts),
        (PLATE, "", "", "", "", ""),
        (SOURCE, "", "", "", Path(old.file).stem, ""),
    ]


def _list_theirs(book: Workbook, theirs: Sequence[str], first: int, last: int) -> None:
    """Write their headings on a sheet of their own, and offer them where a column is asked for."""
    sheet = book.create_sheet(THEIRS)
    for row, heading in enumerate(theirs, start=1):
        write_text(cell_at(sheet, row, 1), heading)
    set_widths(sheet, {1: 40})
    choice = DataValidation("list", formula1=f"='{THEIRS}'!$A$1:$A${max(len(theirs), 1)}", allow_blank=True)
    book.worksheets[0].add_data_validation(choice)
    choice.add(f"C{first}:C{last}")


def _near(thing: Factor | Readout, theirs: Sequence[str]) -> str:
    """Return the heading of theirs that is most like a name of ours, "" where none is much like it.

    >>> _near(Readout("GFP", "RFU"), ["mg", "gfp fluorescence", "GFP"])
    'GFP'
    """
    names = {_letters(heading): heading for heading in theirs}
    wanted = _letters(thing.name)
    found = difflib.get_close_matches(wanted, names, n=1, cutoff=NEAR)
    return names[found[0]] if found else ""


def _letters(heading: str) -> str:
    bare = normalised(heading).partition("[")[0].partition("(")[0]
    return "".join(sign for sign in bare if sign.isalnum())


def read_mapping(path: Path, protocol: Protocol) -> HistoryMap:
    """Return a mapping sheet that was filled in.

    Raises
    ------
    Refused
        Where it is no mapping sheet of this protocol, with every row that is not.
    """
    facts = preflight(path)
    if facts.kind == "text":
        raise Refused(refusal(path, "file-is-text", "a text file", "Return the mapping sheet as a workbook."))
    book, formulas = open_pages(path, facts)
    sheets = [one for one in book.worksheets if normalised(one.title) == normalised(MAPPING)]
    pages = [
        page_of(path.name, one, None if formulas is None else formulas[one.title]) for one in sheets[:1]
    ]
    header = header_row(pages[0].rows, HEADINGS[:5]) if pages else None
    if header is None:
        remedy = "Write a new one with 'bioal history FILE'."
        raise Refused(refusal(path, "mapping-unknown", f"no sheet '{MAPPING}' with its headings", remedy))
    table, _ = table_at(pages[0], header)
    names = {normalised(heading): heading for heading in table.headings}
    rows = [{word: row[names[normalised(word)]] for word in HEADINGS[:5]} for row in table.rows]
    return _mapping(rows, protocol)


def _mapping(rows: Sequence[dict[str, Cell]], protocol: Protocol) -> HistoryMap:
    ours = {normalised(one.name): one.name for one in (*protocol.factors, *protocol.readouts)}
    columns: dict[str, Mapped] = {}
    plate, source = "", ""
    problems: list[Problem] = []
    for row in rows:
        name = normalised(heading_text(row[OURS]))
        theirs, blank = heading_text(row[COLUMN]), row[BLANK]
        if name == normalised(PLATE):
            plate = theirs
        elif name == normalised(SOURCE):
            source = "" if blank.kind == "blank" else plain(str(blank.value))
        elif name not in ours or ours[name] in columns:
            expected = "each factor and readout of the protocol once"
            remedy = "Put the name back as it was written."
            problems.append(row[OURS].problem("mapping-row", expected, remedy))
        elif theirs or blank.kind != "blank":
            value = None if blank.kind == "blank" else blank
            columns[ours[name]] = Mapped(theirs, heading_text(row[THEIR_UNIT]), value, row[COLUMN])
    if not source:
        remedy = f"Write a name for these data under '{BLANK}' in the row '{SOURCE}'."
        problems.append(Problem("mapping-source", "no name of the source", "a name", remedy, sheet=MAPPING))
    if problems:
        raise Refused(problems)
    return HistoryMap(source, columns, plate)
