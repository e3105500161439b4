"""Pages for hands: for each stock and plate, how much goes into which well; a list where there are vessels.

All pages stand on one sheet, below each other, in the order of addition, with a page break after each: one
print gives them in the order in which they are needed. Equal volumes have one tint, and are counted below the
grid from small to large, so that a pipette is set once for each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import NamedTuple

from openpyxl.styles import Border, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from bioal.plates.wells import row_name, shape_of_plate, well_from_ij
from bioal.protocol.levels import written
from bioal.sheets import names
from bioal.sheets.outgoing_bench import shortened
from bioal.sheets.outgoing_rules import plain_sheet, protect, set_page
from bioal.sheets.outgoing_table import ROW_HEIGHT, Column, width_for, write_table
from bioal.sheets.outgoing_work import HandStock, Portion, Work, counted, in_unit, unit_for, volume_text
from bioal.sheets.style import (
    ACCENT,
    AMOUNT,
    BODY,
    ENTRY,
    GENERAL,
    HEAD_FACTOR,
    HEAD_INPUT,
    HEAD_SAMPLE,
    HINT,
    PALE,
    QUIET,
    TITLE,
    WHITE,
    Look,
    cell_at,
    number_format_of,
    set_widths,
    write_number,
    write_text,
)

# Tints of volumes, small to large; where there are more volumes, they begin again.
TINTS = ("E3EEF6", "BCD9E8", "A9D3C3", "CBE3B4", "F3D2B8", "EDB9A4", "D9C6E6", "B9AEDB")
BOX = replace(ENTRY, line=QUIET)
HEAD_LINES = 4  # title, amounts, how to go on, and a gap
WORDS_WIDE = 92  # characters that the words above a grid may need
LONGEST = 44  # of a stock's name in a title
PAGE = (777.0, 505.0)  # points of an A4 page in landscape, within the margins
SPARE = 0.95  # fonts differ from program to program
MOST_SCALE, LEAST_SCALE = 130, 10


class WellSize(NamedTuple):
    """How large a well is drawn: width in characters, height and letters in points."""

    width: float
    height: float
    letters: float


WELL_SIZES = {96: WellSize(9, 32, 12), 384: WellSize(6, 26, 10), 1536: WellSize(5, 16, 8)}
LARGE = WellSize(14, 44, 13)


@dataclass(frozen=True)
class _Page:
    """A stock on a plate: place on the sheet, and how it is drawn."""

    sheet: Worksheet
    top: int
    stock: HandStock
    plate: str
    unit: str
    size: WellSize

    @property
    def portions(self) -> dict[str, Portion]:
        """Return what each well of the plate gets."""
        return self.stock.on(self.plate)

    @property
    def tints(self) -> dict[float, str]:
        """Return the tint of each volume of the stock, the same on every plate."""
        volumes = sorted({portion.volume for portion in self.stock.portions.values()})
        return {volume: TINTS[rank % len(TINTS)] for rank, volume in enumerate(volumes)}

    @property
    def number_format(self) -> str:
        """Return the format that shows all digits of its volumes."""
        return number_format_of([written(in_unit(volume, self.unit)) for volume in self.tints])


def write_by_hand(sheet: Worksheet, work: Work) -> None:
    """Write a page for each stock and plate that hands dispense, and set the pages."""
    wells = work.bench.round.size
    size = _well_size(work)
    tops, top = [], 1
    for number, stock in enumerate(work.by_hand, start=1):
        for plate in stock.plates:
            tops.append(top)
            unit = unit_for(portion.volume for portion in stock.portions.values())
            page = _Page(sheet, top, stock, plate, unit, size)
            _write_head(page, work, f"{number} of {len(work.by_hand)}")
            top = _write_grid(page, wells) if wells else _write_list(page, work)
    if wells:
        _set_columns(sheet, wells, size)
    plain_sheet(sheet)
    protect(sheet)
    set_page(sheet, work.bench.title, landscape=bool(wells))
    for first in tops[1:]:
        sheet.row_breaks.append(Break(id=first - 1))
    _set_scale(sheet, [*tops, top], landscape=bool(wells))


def _well_size(work: Work) -> WellSize:
    """Return how large wells are drawn: wide enough for the longest volume."""
    size = WELL_SIZES.get(work.bench.round.size, LARGE)
    longest = 0
    for stock in work.by_hand:
        unit = unit_for(portion.volume for portion in stock.portions.values())
        texts = {written(in_unit(portion.volume, unit)) for portion in stock.portions.values()}
        whole = max(len(text.partition(".")[0]) for text in texts)
        places = max(len(text.partition(".")[2]) for text in texts)
        longest = max(longest, whole + places + bool(places))
    return size._replace(width=max(size.width, (longest + 1) * size.letters / 11))


def _write_head(page: _Page, work: Work, place: str) -> None:
    stock, portions = page.stock, page.portions
    several = len(work.bench.round.plates) > 1
    title = f"{place}: {shortened(stock.name, LONGEST)} into {page.plate}"
    write_text(cell_at(page.sheet, page.top, 1), title, replace(TITLE, size=16))
    total = volume_text(sum(portion.volume for portion in portions.values()), page.unit)
    amounts = f"{counted(len(portions), 'well')}, {total} altogether, all volumes in {page.unit}. "
    amounts += tip_words(stock) + (f" for {counted(len(stock.plates), 'plate')}." if several else ".")
    write_text(cell_at(page.sheet, page.top + 1, 1), amounts, HINT)
    write_text(cell_at(page.sheet, page.top + 2, 1), _source_words(page, work), HINT)
    for at, height in enumerate((26, ROW_HEIGHT, ROW_HEIGHT, 8)):
        page.sheet.row_dimensions[page.top + at].height = height


def tip_words(stock: HandStock) -> str:
    """Return how many tips a stock takes, and why."""
    if not stock.touched:
        return "One tip, because the wells are dry"
    return f"{counted(stock.tips, 'tip')}, a new one each time"


def _source_words(page: _Page, work: Work) -> str:
    stock = page.stock
    if stock.mixed:
        return shortened(f"It holds {', '.join(stock.stocks)}: see the sheet '{names.REAGENTS}'.", 110)
    need = work.needs[stock.name]
    said = f"Stock {need.concentration}. " if need.concentration else ""
    wells = [f"{source.plate} {source.well}" for source in work.sources(stock.name) if source.type.wells]
    return said + (f"Take it from {', '.join(wells[:4])}{' ...' * (len(wells) > 4)}." if wells else "")


def _write_grid(page: _Page, wells: int) -> int:
    """Draw a plate with its volumes and the legend, and return the first row below."""
    rows, columns = shape_of_plate(wells)
    first = page.top + HEAD_LINES
    _write_frame(page, first, rows, columns)
    portions, tints, shown = page.portions, page.tints, page.number_format
    look = Look(across="center", size=page.size.letters)
    filled = {volume: replace(look, fill=tint) for volume, tint in tints.items()}
    for i in range(rows):
        for j in range(columns):
            cell, portion = cell_at(page.sheet, first + 1 + i, 2 + j), portions.get(well_from_ij(i, j))
            if portion is None:
                look.applied(cell, GENERAL)
                continue
            write_number(cell, in_unit(portion.volume, page.unit), shown, filled[portion.volume])
    _mark_corner(page, first)
    page.sheet.row_dimensions[first + 1 + rows].height = 8
    return _write_legend(page, first + 2 + rows, columns)


def _write_frame(page: _Page, first: int, rows: int, columns: int) -> None:
    head = Look(fill=PALE, bold=True, across="center", size=page.size.letters)
    corner = replace(head, fill=ACCENT, colour=WHITE)
    write_text(cell_at(page.sheet, first, 1), "\u25e4 A1", corner)
    for j in range(columns):
        write_text(cell_at(page.sheet, first, 2 + j), str(j + 1), head)
    for i in range(rows):
        write_text(cell_at(page.sheet, first + 1 + i, 1), row_name(i), head)
        page.sheet.row_dimensions[first + 1 + i].height = page.size.height
    page.sheet.row_dimensions[first].height = 20


def _mark_corner(page: _Page, first: int) -> None:
    mark, cell = Side(style="thick", color=ACCENT), cell_at(page.sheet, first + 1, 2)
    cell.border = Border(left=mark, top=mark, right=cell.border.right, bottom=cell.border.bottom)


def _write_legend(page: _Page, row: int, columns: int) -> int:
    """Write each volume with how many wells get it, and return the first row below."""
    cells = 2 + ceil(12 / page.size.width)
    across = max(1, (columns + 1) // cells)
    look = Look(across="center", size=page.size.letters)
    words_look = Look(line=None, across="left", indent=1, size=page.size.letters)
    legend = list(_legend(page))
    for at, (volume, words) in enumerate(legend):
        line, column = row + at // across, 1 + cells * (at % across)
        BOX.applied(cell_at(page.sheet, line, column))
        amount = cell_at(page.sheet, line, column + 1)
        tint = replace(look, fill=page.tints[volume])
        write_number(amount, in_unit(volume, page.unit), page.number_format, tint)
        write_text(cell_at(page.sheet, line, column + 2), words, words_look)
        page.sheet.row_dimensions[line].height = 18
    return row + ceil(len(legend) / across) + 1


def _legend(page: _Page) -> Iterator[tuple[float, str]]:
    """Yield each volume on the plate, from small to large, and how many wells get it."""
    goes: Mapping[float, int] = {portion.volume: portion.goes for portion in page.portions.values()}
    counts = [portion.volume for portion in page.portions.values()]
    for volume in sorted(goes):
        portions = f", {goes[volume]} goes" if goes[volume] > 1 else ""
        yield volume, counted(counts.count(volume), "well") + portions


def _write_list(page: _Page, work: Work) -> int:
    """Write a row per vessel, and return the first row below."""
    samples = work.bench.samples_on(page.plate)
    conditions = dict(zip(samples["well"], samples["condition"], strict=True))
    portions, rows = page.portions, len(page.portions)
    vessels = [str(vessel) for vessel in portions]
    volumes = [in_unit(portion.volume, page.unit) for portion in portions.values()]
    goes = [float(portion.goes) for portion in portions.values()]
    columns = [
        Column("Done", HEAD_INPUT, [None] * rows, 8, BOX),
        Column("Vessel", HEAD_SAMPLE, vessels, width_for("Vessel", vessels, least=28), BODY),
        Column("Condition", HEAD_SAMPLE, [str(conditions[one]) for one in vessels], 20, BODY),
        Column(f"Volume [{page.unit}]", HEAD_FACTOR, volumes, 16, AMOUNT, page.number_format),
        Column("Goes", HEAD_FACTOR, goes, 9, AMOUNT, "0", comment="In how many portions."),
        Column("Note", HEAD_INPUT, [None] * rows, 26, ENTRY),
    ]
    write_table(page.sheet, columns, page.top + HEAD_LINES)
    return page.top + HEAD_LINES + rows + 2


def _set_columns(sheet: Worksheet, wells: int, size: WellSize) -> None:
    columns = shape_of_plate(wells).columns
    # A small plate is narrower than the words above it: empty cells hold the page open.
    last = max(1 + columns, ceil(WORDS_WIDE / size.width))
    set_widths(sheet, {1: max(7, size.width)} | {2 + j: size.width for j in range(last - 1)})
    cell_at(sheet, 1, last)


def _set_scale(sheet: Worksheet, tops: Sequence[int], *, landscape: bool) -> None:
    """Scale so that each page fits: spreadsheet programs that fit pages themselves forget page breaks."""
    wide = sum(_points(sheet, column) for column in range(1, sheet.max_column + 1))
    across, down = PAGE if landscape else (PAGE[1], PAGE[0])
    scale = across / wide
    if landscape:
        blocks = zip(tops, tops[1:], strict=False)
        high = max(sum(_height(sheet, row) for row in range(one, other)) for one, other in blocks)
        scale = min(scale, down / high)
    sheet.page_setup.fitToPage = False
    sheet.page_setup.fitToWidth = sheet.page_setup.fitToHeight = None
    sheet.page_setup.scale = min(max(int(100 * SPARE * scale), LEAST_SCALE), MOST_SCALE)


def _points(sheet: Worksheet, column: int) -> float:
    """Return how wide a column is in points; a character of the standard font has 7 pixels, 96 an inch."""
    return (7 * sheet.column_dimensions[get_column_letter(column)].width + 5) * 0.75


def _height(sheet: Worksheet, row: int) -> float:
    return float(sheet.row_dimensions[row].height or ROW_HEIGHT)
