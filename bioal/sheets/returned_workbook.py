"""A returned workbook as `Returned`: every sheet of ours read by its headings, nothing judged yet.

It is loaded twice where it has formulas (results and formulas), so that an uncomputed formula is not taken
for a blank. A returned file is never written to.
"""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.etree.ElementTree import ParseError

from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from bioal.errors import Refused
from bioal.measurements.cells import Cell, Returned, ReturnedTable
from bioal.protocol.headings import normalised
from bioal.sheets.names import (
    ADDED,
    BY_HAND,
    CHECK_LIST,
    DETAILS,
    FROM_A_READER,
    HIDDEN_SHEETS,
    MANIFEST,
    NOTE,
    PASTE,
    PLATE,
    PLATE_MAP,
    PROBLEMS,
    READ_ME,
    REAGENTS,
    RECIPES,
    RUN_CARDS,
    RUN_DETAILS,
    RUN_LIST,
    SAMPLE,
    VESSEL,
)
from bioal.sheets.preflight import Preflight, refusal
from bioal.sheets.preflight_xml import Limits
from bioal.sheets.returned_cells import Page, page_of
from bioal.sheets.returned_grids import grids_in
from bioal.sheets.returned_table import HEADER_SEARCH, header_row, holds_headings, table_at

# What openpyxl raises on parts that contradict each other; anything else would be our own fault.
UNREADABLE = (
    zipfile.BadZipFile, zlib.error, InvalidFileException, ParseError, EOFError, OSError, ArithmeticError,
    KeyError, ValueError, TypeError, AttributeError, IndexError, AssertionError, RecursionError,
)  # fmt: skip


MOST_SHEETS = 100
HEADER_COLUMNS = 200

# Our own sheets that are no run list, though the word Sample may stand in them.
_READ = (READ_ME, PLATE_MAP, PASTE, ADDED, DETAILS, RUN_DETAILS, PROBLEMS, *HIDDEN_SHEETS)
_FOR_THE_BENCH = (CHECK_LIST, REAGENTS, RECIPES, BY_HAND, RUN_CARDS)
OTHER_SHEETS = tuple(map(normalised, (*_READ, *_FOR_THE_BENCH)))


def read_workbook(path: Path, facts: Preflight) -> Returned:
    """Return a workbook that has passed the preflight, read but not judged."""
    book, formulas = open_pages(path, facts)
    run_list, more = _run_list(path, book)
    pages = {name: _page(path, sheet, formulas) for name, sheet in _our_sheets(book, run_list).items()}
    runs, said = table_at(pages[RUN_LIST], _header(pages[RUN_LIST]))
    grids, problems = grids_in(pages[PASTE]) if PASTE in pages else ((), ())
    if problems:
        raise Refused(problems)
    added, told = _added(pages.get(ADDED))
    return Returned(
        file=path.name,
        sha256="",
        content="",
        manifest=_manifest(book),
        runs=runs,
        grids=grids,
        added=added,
        details=_details(pages.get(DETAILS)),
        warnings=(*more, *said, *told, *_seen(pages.values(), facts)),
    )


def open_pages(path: Path, facts: Preflight) -> tuple[Workbook, Workbook | None]:
    """Return the workbook with results, and once more with formulas where it has any."""
    book = _loaded(path, results=True)
    if len(book.worksheets) > MOST_SHEETS:
        found = f"a workbook of {len(book.worksheets)} sheets"
        raise Refused(refusal(path, "file-is-hostile", found, "Return the round's sheets alone."))
    for sheet in book.worksheets:
        if sheet.max_row > Limits().rows or sheet.max_column > Limits().columns:
            found = f"sheet '{sheet.title}' with {sheet.max_row} rows and {sheet.max_column} columns"
            raise Refused(refusal(path, "file-is-hostile", found, "Delete what lies far outside the table."))
    return book, _loaded(path, results=False) if facts.formulas else None


def _loaded(path: Path, *, results: bool) -> Workbook:
    try:
        with warnings.catch_warnings():
            # openpyxl says which decorations it will not write back; nothing is written back here.
            warnings.filterwarnings("ignore", category=UserWarning, module=r"openpyxl\.")
            book = load_workbook(path, data_only=results, keep_links=False)
    except UNREADABLE as error:
        remedy = "Open it in the spreadsheet program, save it again as .xlsx, and return that."
        raise Refused(
            refusal(path, "file-damaged", "a workbook whose parts cannot be read", remedy)
        ) from error
    if not book.worksheets:
        raise Refused(
            refusal(path, "file-damaged", "a workbook without sheets", "Return the round's workbook.")
        )
    return book


def _run_list(path: Path, book: Workbook) -> tuple[Worksheet, tuple[str, ...]]:
    """Return the sheet with the run list: the one of that name, else the only one that has its headings."""
    alike = [sheet for sheet in book.worksheets if _has_sample_column(sheet)]
    named = [sheet for sheet in alike if normalised(sheet.title) == normalised(RUN_LIST)]
    if not alike:
        remedy = f"Return the workbook of the round; its run list has a column 'Sample'. {FROM_A_READER}"
        raise Refused(refusal(path, "run-list-missing", "a workbook without a run list", remedy))
    if not named and len(alike) > 1:
        found = "several sheets with a column 'Sample': " + ", ".join(f"'{sheet.title}'" for sheet in alike)
        raise Refused(refusal(path, "run-list-twice", found, f"Name the one that counts '{RUN_LIST}'."))
    chosen = (named or alike)[0]
    others = [sheet.title for sheet in alike if sheet is not chosen]
    said = tuple(f"Sheet '{title}' also has a column 'Sample'; it is not read." for title in others)
    return chosen, said


def _has_sample_column(sheet: Worksheet) -> bool:
    if normalised(sheet.title).startswith(OTHER_SHEETS):
        return False
    last, right = min(sheet.max_row, HEADER_SEARCH), min(sheet.max_column, HEADER_COLUMNS)
    rows = sheet.iter_rows(min_row=1, max_row=last, max_col=right, values_only=True)
    return any(holds_headings([str(value) for value in row if value is not None], [SAMPLE]) for row in rows)


def _our_sheets(book: Workbook, run_list: Worksheet) -> Mapping[str, Worksheet]:
    known = {normalised(name): name for name in (PASTE, ADDED, DETAILS)} | {normalised(RUN_DETAILS): DETAILS}
    ours = {known[key]: sheet for sheet in book.worksheets if (key := normalised(sheet.title)) in known}
    return {**ours, RUN_LIST: run_list}


def _page(path: Path, sheet: Worksheet, formulas: Workbook | None) -> Page:
    return page_of(path.name, sheet, None if formulas is None else formulas[sheet.title])


def _header(page: Page) -> int:
    header = header_row(page.rows, [SAMPLE])
    assert header is not None  # the sheet was chosen for it
    return header


def _manifest(book: Workbook) -> dict[str, str]:
    if MANIFEST not in book.sheetnames:
        return {}
    rows = book[MANIFEST].iter_rows(max_col=2, values_only=True)
    return {
        str(row[0]): "" if row[1] is None else str(row[1])
        for row in rows
        if len(row) == 2 and row[0] is not None
    }


def _added(page: Page | None) -> tuple[ReturnedTable | None, tuple[str, ...]]:
    if page is None or (header := header_row(page.rows, [NOTE])) is None:
        return None, ()
    return table_at(page, header)


def _details(page: Page | None) -> dict[str, dict[str, Cell]]:
    places = tuple(map(normalised, (PLATE, VESSEL)))
    headers = (None if page is None else header_row(page.rows, [place]) for place in (PLATE, VESSEL))
    header = next((row for row in headers if row is not None), None)
    if page is None or header is None:
        return {}
    table, _ = table_at(page, header)
    named = [
        (row, cell) for row in table.rows for heading, cell in row.items() if normalised(heading) in places
    ]
    return {
        str(plate.value).strip(): {
            heading: cell for heading, cell in row.items() if cell is not plate and cell.kind != "blank"
        }
        for row, plate in named
        if plate.kind != "blank"
    }


def _seen(pages: Iterable[Page], facts: Preflight) -> tuple[str, ...]:
    said: list[str] = []
    for page in pages:
        if page.hidden_words:
            said.append(page.hidden_words)
        if page.formulas:
            said.append(f"'{page.name}': {page.formulas} cells hold formulas; their results were read.")
    if facts.links:
        said.append("The workbook links to other files; the links were not followed.")
    return tuple(said)
