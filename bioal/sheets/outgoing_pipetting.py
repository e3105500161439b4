"""Pages for hands: for each stock and plate, how much goes into which well; a list where there are vessels.

All pages stand on one sheet, below each other, in the order of addition, with a page break after each (short
lists share one): one print gives them in the order in which they are needed. Equal volumes have one tint, and
are counted below the grid from small to large, so that a pipette is set once for each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil

from openpyxl.styles import Border, Side
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from bioal.plates.wells import row_name, shape_of_plate, well_from_ij
from bioal.protocol.levels import written
from bioal.sheets.outgoing_bench import shortened
from bioal.sheets.outgoing_fitting import FRAME, GAP, HEAD_HEIGHTS, LEGEND, GridSize, grid_size
from bioal.sheets.outgoing_rules import plain_sheet, protect, set_page
from bioal.sheets.outgoing_table import Column, width_for, write_table
from bioal.sheets.outgoing_work import HandStock, Portion, Work, counted, in_unit, volume_text
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
    TICK_BOX,
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
HEAD_LINES = len(HEAD_HEIGHTS)
LONGEST = 44  # of a stock's name in a title
FEW = 3  # source wells that are named
MANY = 24  # wells that are worth a multichannel pipette
LIST_ROWS = 58  # of lists that one page takes at this scale
LIST_WIDE = 54  # characters of a vessel's name and a note
LIST_SCALE = 0.68  # at which a list of vessels is as wide as a page in every program


@dataclass(frozen=True)
class _Page:
    """A stock on a plate, and where on the sheet it begins."""

    sheet: Worksheet
    top: int
    stock: HandStock
    plate: str

    @property
    def portions(self) -> dict[str, Portion]:
        """Return what each well of the plate gets."""
        return self.stock.on(self.plate)

    @property
    def unit(self) -> str:
        """Return the unit of its volumes."""
        return self.stock.unit

    @property
    def list_end(self) -> int:
        """Return the first row below its list, where it is one: heading, vessels, and a gap of two."""
        return self.top + HEAD_LINES + 1 + len(self.portions) + 2

    @property
    def tints(self) -> dict[float, str]:
        """Return the tint of each volume of the stock, the same on every plate."""
        return {volume: TINTS[rank % len(TINTS)] for rank, volume in enumerate(self.stock.volumes())}

    @property
    def number_format(self) -> str:
        """Return the format that shows all digits of its volumes."""
        return number_format_of([written(in_unit(volume, self.unit)) for volume in self.stock.volumes()])


def write_by_hand(sheet: Worksheet, work: Work) -> None:
    """Write a page for each stock and plate that hands dispense, and set the pages."""
    wells = work.bench.round.size
    size = grid_size(wells, work.by_hand) if wells else None
    top = paper = 1
    for stock, plate in ((one, plate) for one in work.by_hand for plate in one.plates):
        page = _Page(sheet, top, stock, plate)
        if top > 1 and (size is not None or page.list_end - paper > LIST_ROWS):
            sheet.row_breaks.append(Break(id=top - 1))
            paper = top
        _write_head(page, work, f"{work.by_hand.index(stock) + 1} of {len(work.by_hand)}")
        top = _write_list(page, work) if size is None else _write_grid(page, wells, size)
    if size is not None:
        set_widths(sheet, dict.fromkeys(range(1, 1 + size.columns), size.width))
        cell_at(sheet, 1, size.columns)
    plain_sheet(sheet)
    protect(sheet)
    set_page(sheet, work.bench.title, landscape=size is not None)
    _set_scale(sheet, LIST_SCALE if size is None else size.scale)


def _set_scale(sheet: Worksheet, scale: float) -> None:
    """Print at a scale of our own instead of one that the program finds: page breaks count then."""
    sheet.page_setup.fitToPage = False
    sheet.page_setup.fitToWidth = sheet.page_setup.fitToHeight = None
    sheet.page_setup.scale = int(100 * scale)


def _write_head(page: _Page, work: Work, place: str) -> None:
    title = f"{place}: {shortened(page.stock.name, LONGEST)} into {page.plate}"
    write_text(cell_at(page.sheet, page.top, 1), title, replace(TITLE, size=16))
    total = volume_text(sum(portion.volume for portion in page.portions.values()), page.unit)
    wells = counted(len(page.portions), "well" if work.bench.round.size else "vessel")
    amounts = f"{wells}, {total} altogether; all volumes in {page.unit}. {tip_words(page.stock, page.plate)}."
    write_text(cell_at(page.sheet, page.top + 1, 1), amounts, HINT)
    write_text(cell_at(page.sheet, page.top + 2, 1), _source_words(page, work), HINT)
    for at, height in enumerate(HEAD_HEIGHTS):
        page.sheet.row_dimensions[page.top + at].height = height


def tip_words(stock: HandStock, plate: str | None = None) -> str:
    """Return how many tips a stock takes, on one plate or on all, and why."""
    if not stock.touched:
        return "One tip for all, because the wells are dry"
    tips = stock.tips if plate is None else sum(portion.goes for portion in stock.on(plate).values())
    return f"{counted(tips, 'tip')}{', a new one each time' if tips > 1 else ''}"


def _source_words(page: _Page, work: Work) -> str:
    """Return what it is, where it stands, and whether several wells can be served at once."""
    stock = page.stock
    held = f"It holds {', '.join(stock.stocks)}."
    said = [shortened(held, 70)] if stock.mixed else _taken(stock.name, work)
    if len(stock.volumes(page.plate)) == 1 and len(page.portions) >= MANY and work.bench.round.size:
        gaps = "; mind the empty wells" if len(page.portions) < work.bench.round.size else ""
        said.append(f"The same volume in each: a multichannel pipette saves time{gaps}.")
    return " ".join(said)


def _taken(stock: str, work: Work) -> list[str]:
    concentration = work.needs[stock].concentration
    wells = [f"{source.plate} {source.well}" for source in work.sources(stock) if source.type.wells]
    found = [f"Stock {concentration}."] if concentration else []
    more = " ..." if len(wells) > FEW else "."
    return [*found, f"Take it from {', '.join(wells[:FEW])}{more}"] if wells else found


def _write_grid(page: _Page, wells: int, size: GridSize) -> int:
    """Draw a plate with its volumes and the legend, and return the first row below."""
    rows, columns = shape_of_plate(wells)
    first = page.top + HEAD_LINES
    _write_frame(page, first, (rows, columns), size)
    portions, shown = page.portions, page.number_format
    look = Look(across="center", size=size.letters)
    filled = {volume: replace(look, fill=tint) for volume, tint in page.tints.items()}
    for i in range(rows):
        for j in range(columns):
            cell, portion = cell_at(page.sheet, first + 1 + i, 2 + j), portions.get(well_from_ij(i, j))
            if portion is None:
                look.applied(cell, GENERAL)
                continue
            write_number(cell, in_unit(portion.volume, page.unit), shown, filled[portion.volume])
    _mark_corner(page, first)
    page.sheet.row_dimensions[first + 1 + rows].height = GAP
    return _write_legend(page, first + 2 + rows, size)


def _write_frame(page: _Page, first: int, shape: tuple[int, int], size: GridSize) -> None:
    rows, columns = shape
    head = Look(fill=PALE, bold=True, across="center", size=size.letters)
    corner = replace(head, fill=ACCENT, colour=WHITE)
    write_text(cell_at(page.sheet, first, 1), "\u25e4 A1", corner)
    for j in range(columns):
        write_text(cell_at(page.sheet, first, 2 + j), str(j + 1), head)
    for i in range(rows):
        write_text(cell_at(page.sheet, first + 1 + i, 1), row_name(i), head)
        page.sheet.row_dimensions[first + 1 + i].height = size.height
    page.sheet.row_dimensions[first].height = FRAME


def _mark_corner(page: _Page, first: int) -> None:
    mark, cell = Side(style="thick", color=ACCENT), cell_at(page.sheet, first + 1, 2)
    cell.border = Border(left=mark, top=mark, right=cell.border.right, bottom=cell.border.bottom)


def _write_legend(page: _Page, row: int, size: GridSize) -> int:
    """Write each volume with how many wells get it, and return the first row below."""
    look = Look(across="center", size=size.letters)
    words_look = Look(line=None, across="left", indent=1, size=size.letters)
    legend, tints, shown = list(_legend(page)), page.tints, page.number_format
    for at, (volume, words) in enumerate(legend):
        line, column = row + at // size.across, 1 + size.legend_cells * (at % size.across)
        TICK_BOX.applied(cell_at(page.sheet, line, column))
        amount = cell_at(page.sheet, line, column + 1)
        write_number(amount, in_unit(volume, page.unit), shown, replace(look, fill=tints[volume]))
        write_text(cell_at(page.sheet, line, column + 2), words, words_look)
        page.sheet.row_dimensions[line].height = LEGEND
    return row + ceil(len(legend) / size.across) + 1


def _legend(page: _Page) -> Iterator[tuple[float, str]]:
    """Yield each volume on the plate, from small to large, and how many wells get it."""
    portions = list(page.portions.values())
    for volume in page.stock.volumes(page.plate):
        goes = [portion.goes for portion in portions if portion.volume == volume]
        yield volume, counted(len(goes), "well") + (f", {goes[0]} goes" if goes[0] > 1 else "")


def _write_list(page: _Page, work: Work) -> int:
    """Write a row per vessel, and return the first row below."""
    samples = work.bench.samples_on(page.plate)
    conditions = dict(zip(samples["well"], samples["condition"], strict=True))
    portions, rows = page.portions, len(page.portions)
    vessels = [str(vessel) for vessel in portions]
    volumes = [in_unit(portion.volume, page.unit) for portion in portions.values()]
    goes = [float(portion.goes) for portion in portions.values()]
    everything = [str(vessel) for vessel in work.bench.round.samples["well"]]
    wide = width_for("Vessel", everything, least=20, most=40)
    columns = [
        Column("Done", HEAD_INPUT, [None] * rows, 8, TICK_BOX),
        Column("Vessel", HEAD_SAMPLE, vessels, wide, BODY),
        Column("Condition", HEAD_SAMPLE, [str(conditions[one]) for one in vessels], 20, BODY),
        Column(f"Volume [{page.unit}]", HEAD_FACTOR, volumes, 16, AMOUNT, page.number_format),
        Column("Goes", HEAD_FACTOR, goes, 9, AMOUNT, "0", comment="In how many portions."),
        Column("Note", HEAD_INPUT, [None] * rows, LIST_WIDE - wide, ENTRY),
    ]
    write_table(page.sheet, columns, page.top + HEAD_LINES)
    return page.list_end
