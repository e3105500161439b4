"""A file as pages of cells, whatever separates its columns, and the channels that they offer.

A separator is taken only if channels are found by it and by no other. Lines may be of any length, as
instruments write them: what is missing at the end of a line is blank, and said.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bioal.errors import Problem, Refused
from bioal.measurements.cells import Cell
from bioal.sheets.names import MANIFEST
from bioal.sheets.preflight import preflight
from bioal.sheets.readers.grids import grid_offers
from bioal.sheets.readers.lists import list_offers
from bioal.sheets.readers.offers import Offer, distinct
from bioal.sheets.readers.softmax import softmax_offers
from bioal.sheets.readers.wide import wide_offers
from bioal.sheets.returned_cells import Page, page_of
from bioal.sheets.returned_text import DELIMITERS, SEP_LINE, decoded
from bioal.sheets.returned_workbook import open_pages

# What stands in the first lines of a program's export. These programs never group digits by thousands.
PROGRAMS = {
    "SoftMax Pro": ("##BLOCKS=",),
    "Gen5": ("Software Version", "Reader Type:"),
    "MARS": ("User:", "Path:", "Test name:"),
    "EnVision": ("Plate information", "Background information"),
}
_HEAD = 4000
MOST_FIELDS = 300_000  # 384 wells, 700 times
MOST_PLACES = 1_000_000  # with what is missing at the ends of lines


@dataclass(frozen=True)
class Found:
    """What a file offers.

    Parameters
    ----------
    separator
        What separates the columns of a text; "" for a workbook.
    program
        The program that wrote it, "" where that is not known.
    """

    file: str
    pages: tuple[Page, ...]
    offers: tuple[Offer, ...]
    separator: str = ""
    program: str = ""
    warnings: tuple[str, ...] = ()


def found_in(path: Path) -> Found:
    """Return the pages of a file and the channels that they offer.

    Raises
    ------
    Refused
        Where it is unsafe, no table, or reads differently by different separators.
    """
    facts = preflight(path)
    if facts.kind == "text":
        return _text(path)
    book, formulas = open_pages(path, facts)
    if MANIFEST in book.sheetnames:
        remedy = "Merge it without --plate: its run list and paste sheet say what is in which well."
        expected = "a file of a reader"
        raise Refused(Problem("own-workbook", "the workbook of a round", expected, remedy, file=path.name))
    shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    pages = tuple(
        page_of(path.name, sheet, None if formulas is None else formulas[sheet.title]) for sheet in shown
    )
    offers = distinct([offer for page in pages for offer in _offers(page, "")])
    hidden = tuple(page.hidden_words for page in pages if page.hidden_words)
    return Found(path.name, pages, offers, warnings=hidden)


def _offers(page: Page, program: str) -> list[Offer]:
    kinds: tuple[Callable[[Page], list[Offer]], ...] = (grid_offers, list_offers, wide_offers)
    if program == "SoftMax Pro":
        kinds = (softmax_offers, wide_offers)
    return [offer for kind in kinds for offer in kind(page)]


def _text(path: Path) -> Found:
    text, warnings = decoded(path)
    program = next((name for name, marks in PROGRAMS.items() if all(m in text[:_HEAD] for m in marks)), "")
    first, _, rest = text.partition("\n")
    stated = SEP_LINE.fullmatch(first.strip("\r"))
    body, separators = (text, DELIMITERS) if stated is None else (rest, (stated[1],))
    skipped = stated is not None
    used = [one for one in separators if one in body] or [separators[0]]
    found = {one: _offered(path, body, one, program, skipped=skipped) for one in used}
    fitting = {one: page for one, page in found.items() if page[1]}
    if len(fitting) > 1:
        said = "a table that several separators fit"
        remedy = "Write sep=, or sep=; as the first line."
        raise Refused(Problem("dialect-ambiguous", said, "one separator", remedy, file=path.name))
    separator, (page, offers) = next(iter((fitting or found).items()))
    return Found(path.name, (page,), offers, separator, program, warnings)


def _offered(
    path: Path, text: str, separator: str, program: str, *, skipped: bool
) -> tuple[Page, tuple[Offer, ...]]:
    page = _page(path, text, separator, skipped=skipped)
    return page, distinct(_offers(page, program)) if any(len(row) > 1 for row in page.rows) else ()


def _page(path: Path, text: str, separator: str, *, skipped: bool) -> Page:
    try:
        rows: list[list[str]] = [[]] * skipped + list(
            csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        )
    except csv.Error as error:
        found = f"text that is no table ({error})"
        remedy = "Export it again as text or CSV."
        raise Refused(Problem("file-damaged", found, "a table", remedy, file=path.name)) from error
    width = max(map(len, rows), default=0)
    if len(rows) * width > MOST_PLACES or sum(map(len, rows)) > MOST_FIELDS:
        found = f"{len(rows)} rows of up to {width} columns"
        expected = f"a table of at most {MOST_FIELDS} cells"
        raise Refused(Problem("file-too-large", found, expected, "Return one plate alone.", file=path.name))
    cells = tuple(_row(path.name, row, number, width) for number, row in enumerate(rows, start=1))
    return Page(path.name, "", cells)


def _row(file: str, fields: Sequence[str], number: int, width: int) -> tuple[Cell, ...]:
    """Return a line as cells; a cell without an address stands for what is missing at its end."""
    cells = [_cell(file, field, f"row {number}, column {k}") for k, field in enumerate(fields, start=1)]
    missing = Cell(None, "blank", file)
    return (*cells, *[missing] * (width - len(cells)))


def _cell(file: str, field: str, address: str) -> Cell:
    filled = bool(field.strip())
    return Cell(field if filled else None, "text" if filled else "blank", file, "", address)
