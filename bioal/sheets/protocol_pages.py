"""The sheets of a protocol workbook, found by name or, where somebody renamed them, by their headings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from bioal.errors import Problem, Refused
from bioal.measurements.cells import Cell, ReturnedTable
from bioal.protocol.headings import normalised
from bioal.protocol.spelling import suggestion
from bioal.sheets.names import READ_ME
from bioal.sheets.preflight import Preflight
from bioal.sheets.protocol_forms import CONTROL_KEY, CONTROLS, FACTORS, FORMS, MEANING, SHOWN, VALUE, Sheet
from bioal.sheets.protocol_tables import NOTE_TABLE, RULE_TABLE, STOCK_TABLE, TABLES
from bioal.sheets.returned_cells import page_of
from bioal.sheets.returned_table import HEADER_SEARCH, header_row, table_at
from bioal.sheets.returned_workbook import open_pages

# The headings that tell a sheet; a form has the same ones as the others but for the first.
_KEYS: dict[str, tuple[str, ...]] = {
    **{table.title: (table.key, table.fields[1].heading) for table in (*TABLES, STOCK_TABLE)},
    RULE_TABLE.title: tuple(field.heading for field in RULE_TABLE.fields[:4]),
    **{form.title: (form.key, VALUE) for form in FORMS},
    CONTROLS: (CONTROL_KEY,),
    NOTE_TABLE.title: (NOTE_TABLE.key,),
}
_TABLES: dict[str, Sheet] = {table.title: table for table in (*TABLES, STOCK_TABLE, RULE_TABLE)}


@dataclass(frozen=True)
class Pages:
    """The tables of the sheets that were found, by what the sheets are; and what a person should know."""

    file: str
    tables: Mapping[str, ReturnedTable]
    titles: Mapping[str, str]  # what a sheet is -> what it is called in this workbook
    notes: tuple[str, ...] = ()


def pages_in(path: Path, facts: Preflight) -> Pages:
    """Return the sheets of a workbook that has passed the preflight.

    Raises
    ------
    Refused
        Where a sheet is not what its name says, two could be meant, or headings are missing or merged.
    """
    book, formulas = open_pages(path, facts)
    chosen, problems = _chosen(path, book)
    tables: dict[str, ReturnedTable] = {}
    notes = [f"Sheet '{title}' is not read." for title in _others(book, chosen.values())]
    for name, sheet in chosen.items():
        page = page_of(path.name, sheet, None if formulas is None else formulas[sheet.title])
        header = header_row(page.rows, _KEYS[name])
        if header is None:
            problems.append(_without_header(path, name, sheet))
            continue
        try:
            table, said = table_at(page, header)
        except Refused as error:
            problems += error.items
            continue
        problems += _strange(name, table)
        notes += [*said, *_unread(name, table)]
        tables[name] = table
    if problems:
        raise Refused(problems)
    return Pages(path.name, tables, {name: sheet.title for name, sheet in chosen.items()}, tuple(notes))


def _chosen(path: Path, book: Workbook) -> tuple[dict[str, Worksheet], list[Problem]]:
    """Return the sheet for each part of the protocol: the one of its name, else the one with its headings."""
    named: dict[str, Worksheet] = {normalised(sheet.title): sheet for sheet in book.worksheets}
    chosen = {name: named[normalised(name)] for name in _KEYS if normalised(name) in named}
    taken = [sheet.title for sheet in chosen.values()]
    problems = []
    for name in _KEYS:
        alike = [sheet for sheet in book.worksheets if sheet.title not in taken and _is(sheet, path, name)]
        if name in chosen or not alike:
            continue
        if len(alike) > 1:
            found = "several sheets with its headings: " + ", ".join(f"'{sheet.title}'" for sheet in alike)
            remedy = f"Name the one that counts '{name}'."
            problems.append(Problem("sheets-several", found, f"one sheet '{name}'", remedy, file=path.name))
        chosen[name] = alike[0]
    if FACTORS not in chosen:
        found = "the sheets " + ", ".join(f"'{sheet.title}'" for sheet in book.worksheets)
        remedy = "Write one to fill in with: bioal new NAME --workbook"
        expected = f"a protocol workbook, with a sheet '{FACTORS}'"
        problems = [Problem("no-protocol-workbook", found, expected, remedy, file=path.name)]
    return chosen, problems


def _is(sheet: Worksheet, path: Path, name: str) -> bool:
    top = page_of(path.name, sheet, None, rows=HEADER_SEARCH)
    return header_row(top.rows, _KEYS[name]) is not None


def _without_header(path: Path, name: str, sheet: Worksheet) -> Problem:
    wanted = ", ".join(_KEYS[name])
    found = f"no row with the headings {wanted}"
    remedy = "Put the headings back, each in a cell of one row above the table."
    return Problem("heading-missing", found, "the headings of the sheet", remedy, path.name, sheet.title)


def _strange(name: str, table: ReturnedTable) -> list[Problem]:
    """Return headings that nobody knows where one of ours is missing: it may have been renamed."""
    ours = _TABLES.get(name)
    if ours is None:
        return []
    missing = [field.heading for field in ours.fields if _find(table, field.heading) is None]
    strange = [cell for heading, cell in table.headings.items() if heading in _used(name, table)]
    return [
        cell.problem(
            "heading-unknown",
            f"one of {', '.join(missing)}",
            suggestion(str(cell.value), missing) or "Put the heading back, or delete the column.",
        )
        for cell in strange
        if missing
    ]


def _used(name: str, table: ReturnedTable) -> list[str]:
    """Return the headings that are none of ours and have something below them."""
    known = {normalised(field.heading) for field in _TABLES[name].fields}
    return [
        heading
        for heading in table.headings
        if normalised(heading) not in known and any(row[heading].kind != "blank" for row in table.rows)
    ]


def _unread(name: str, table: ReturnedTable) -> list[str]:
    if name not in _TABLES:
        return []
    return [f"Sheet '{name}': the column '{heading}' is not read." for heading in _used(name, table)]


def _find(table: ReturnedTable, heading: str) -> str | None:
    return next((one for one in table.headings if normalised(one) == normalised(heading)), None)


def _others(book: Workbook, chosen: Iterable[Worksheet]) -> list[str]:
    ours = [sheet.title for sheet in chosen] + [READ_ME]
    return [
        sheet.title
        for sheet in book.worksheets
        if sheet.title not in ours and sheet.sheet_state == "visible" and sheet.max_row > 1
    ]


def cells_of(row: Mapping[str, Cell], heading: str) -> Cell | None:
    """Return the cell under a heading, None where the column was taken out."""
    return next((cell for name, cell in row.items() if normalised(name) == normalised(heading)), None)


def control_headings(table: ReturnedTable) -> list[str]:
    """Return the headings of the columns that hold controls."""
    apart = {normalised(one) for one in (CONTROL_KEY, SHOWN, MEANING)}
    return [heading for heading in table.headings if normalised(heading) not in apart]


def cell_under(row: Mapping[str, Cell], heading: str) -> Cell:
    """Return the cell under a heading by which its sheet was found."""
    cell = cells_of(row, heading)
    assert cell is not None
    return cell
