"""The reagent sheet: how much of each stock and master mix to prepare, and what fills which source well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from math import ceil

from openpyxl.worksheet.worksheet import Worksheet

from bioal.plates.transfers import Source
from bioal.plates.wells import ij_from_well
from bioal.protocol.levels import written
from bioal.sheets.outgoing_rules import plain_sheet, protect, set_page
from bioal.sheets.outgoing_table import ROW_HEIGHT, CellValue, Column, width_for, write_table
from bioal.sheets.outgoing_work import HandStock, Work, counted, enough, in_unit, unit_for, volume_text
from bioal.sheets.style import (
    ACCENT,
    AMOUNT,
    CENTRED,
    HEAD_FACTOR,
    HEAD_INPUT,
    HEAD_SAMPLE,
    HINT,
    TICK_BOX,
    TITLE,
    WRAPPED,
    Look,
    cell_at,
    number_format_of,
    write_text,
)

SECTION = Look(line=None, size=13, bold=True, colour=ACCENT, down="bottom")
HEADER_ROW = 4
BOLD = replace(AMOUNT, bold=True)
DONE, STOCK, PLATE, SMALL, DEVICE, VOLUME, WELLS, NOTES = 7.0, 20.0, 22.0, 8.0, 16.0, 15.5, 40.0, 30.0
NEAR = 0.9  # of its solubility: a stock that may have crystals


def write_reagents(sheet: Worksheet, work: Work) -> None:
    """Write what to prepare, master mixes, and source wells in the order in which they are used."""
    wells = len(work.plan.recipes)
    words = f"For {counted(wells, 'well')} of {volume_text(work.liquids.volume, 'uL')}, dead volumes and "
    words += f"{work.liquids.excess:.0%} excess included. Tick off what is done."
    write_text(cell_at(sheet, 1, 1), f"{work.bench.title} · reagents", TITLE)
    write_text(cell_at(sheet, 2, 1), words, HINT)
    sheet.row_dimensions[1].height, sheet.row_dimensions[2].height = 28, ROW_HEIGHT
    widths, fills = _widths(work), list(filled(work))
    row = _write_part(sheet, HEADER_ROW, _stock_columns(work), widths)
    for mix in (one for one in work.by_hand if one.mixed):
        row = _write_section(sheet, row, f"{mix.name} {mix_words(mix, work.liquids.excess)}")
        row = _write_part(sheet, row, _mix_columns(mix, work.liquids.excess), widths)
    if fills:
        row = _write_section(sheet, row, "Source wells, in the order in which they are used")
        _write_part(sheet, row, _fill_columns(fills), widths)
    plain_sheet(sheet)
    protect(sheet)
    set_page(sheet, work.bench.title)


def mix_words(mix: HandStock, excess: float) -> str:
    """Return for how many wells a master mix is made, and how much each of them gets."""
    each = sum(mix.stocks.values())
    made = f"for {counted(mix.wells_to_mix(excess), 'well')}"
    return f"{made}; each of {len(mix.portions)} gets {volume_text(each, unit_for([each]))}"


def _write_section(sheet: Worksheet, row: int, title: str) -> int:
    write_text(cell_at(sheet, row + 1, 1), title, SECTION)
    sheet.row_dimensions[row + 1].height = 24
    return row + 2


def _widths(work: Work) -> list[float]:
    """Return the widths of the columns, which all tables of the sheet share."""
    sources = [source.plate for run in work.plan.runs for source in run.sources if source.type.wells]
    stock = width_for("Stock", list(work.needs), least=STOCK, most=40)
    plate = width_for("Concentration", sources, least=PLATE, most=40)
    return [DONE, stock, plate, SMALL, DEVICE, VOLUME, VOLUME, WELLS, NOTES]


def _write_part(
    sheet: Worksheet, header_row: int, columns: Sequence[Column], widths: Sequence[float]
) -> int:
    """Write a table, its rows as high as their words, and return the first row below it."""
    columns = [replace(column, width=width) for column, width in zip(columns, widths, strict=False)]
    write_table(sheet, columns, header_row)
    count = len(columns[0].values)
    for at in range(count):
        lines = max(_lines(column.values[at], column.width) for column in columns)
        sheet.row_dimensions[header_row + 1 + at].height = max(ROW_HEIGHT, 15 * lines + 2)
    return header_row + 1 + count


def _lines(value: CellValue, width: float) -> int:
    return ceil(len(value) / (width - 2)) if isinstance(value, str) else 1


def _stock_columns(work: Work) -> list[Column]:
    needs = list(work.needs.values())
    unit = unit_for(need.used for need in needs)
    used = [in_unit(need.used, unit) for need in needs]
    prepare = [enough(max(need.prepare, _for_mix(work, need.stock)), unit) for need in needs]
    steps = [float(work.component(need.stock).addition) for need in needs]
    stocks, devices = [need.stock for need in needs], [need.device for need in needs]
    step = "The order in which liquids are added; the lowest comes first."
    concentrations = [need.concentration for need in needs]
    return [
        Column("Done", HEAD_INPUT, [None] * len(needs), DONE, TICK_BOX),
        Column("Stock", HEAD_SAMPLE, stocks, STOCK, WRAPPED),
        Column("Concentration", HEAD_FACTOR, concentrations, PLATE, WRAPPED),
        Column("Step", HEAD_FACTOR, steps, SMALL, CENTRED, "0", comment=step),
        Column("Dispensed by", HEAD_FACTOR, devices, DEVICE, WRAPPED),
        Column(f"Used [{unit}]", HEAD_FACTOR, used, VOLUME, AMOUNT, _shown(used)),
        Column(f"Prepare [{unit}]", HEAD_FACTOR, prepare, VOLUME, BOLD, _shown(prepare)),
        Column("Goes into", HEAD_FACTOR, [_places(work, stock) for stock in stocks], WELLS, WRAPPED),
        Column("Notes", HEAD_FACTOR, [_notes(work, stock) for stock in stocks], NOTES, WRAPPED),
    ]


def _for_mix(work: Work, stock: str) -> float:
    """Return how much of a stock its master mix takes; 0 where it is in none."""
    mixes = [one for one in work.by_hand if one.mixed and stock in one.stocks]
    return sum(mix.stocks[stock] * mix.wells_to_mix(work.liquids.excess) for mix in mixes)


def _places(work: Work, stock: str) -> str:
    """Return where a stock is filled in: a mix, single vessels, or the wells of source plates."""
    mixes = [one.name for one in work.by_hand if one.mixed and stock in one.stocks]
    if mixes:
        return mixes[0]
    sources = work.sources(stock)
    vessels = [source for source in sources if source.type.wells == 0]
    if vessels:
        return vessels[0].type.name if len(vessels) == 1 else f"{len(vessels)} × {vessels[0].type.name}"
    plates = groupby(sources, key=lambda source: source.plate)
    return "; ".join(f"{plate} {spans([source.well for source in held])}" for plate, held in plates)


def spans(wells: Sequence[str]) -> str:
    """Return wells in few words: neighbours in a row or a column as a range, in the order given.

    >>> spans(["A1", "A2", "A3", "B1"]), spans(["A1", "B1", "C1"]), spans(["A1", "A2"])
    ('A1 to A3, B1', 'A1 to C1', 'A1, A2')
    """
    found: list[list[str]] = []
    for well in wells:
        if found and _follows(found[-1], well):
            found[-1].append(well)
        else:
            found.append([well])
    return ", ".join(", ".join(run) if len(run) < 3 else f"{run[0]} to {run[-1]}" for run in found)


def _follows(run: Sequence[str], well: str) -> bool:
    """Return whether a well goes on in the direction of a run."""
    (i, j), (row, column) = ij_from_well(run[-1]), ij_from_well(well)
    step = (row - i, column - j)
    if len(run) == 1:
        return step in {(0, 1), (1, 0)}
    before = ij_from_well(run[-2])
    return step == (i - before[0], j - before[1])


def _notes(work: Work, stock: str) -> str:
    """Return what to know of a stock: that it is viscous, how much dissolves, what it is diluted from."""
    component, held = work.component(stock), work.stock(stock)
    said = ["viscous: dispensed apart"] if component.viscous else []
    if held is not None and held.solubility is not None and held.concentration is not None:
        limit = f"dissolves up to {written(held.solubility)} {held.unit}"
        near = held.concentration >= NEAR * held.solubility
        said.append(f"{limit}: close to it, look for crystals" if near else limit)
    if work.needs[stock].note:
        said.append(work.needs[stock].note)
    return "; ".join(said)


def _mix_columns(mix: HandStock, excess: float) -> list[Column]:
    """Return what to mix, the sum at the end; the columns stand below those of the stocks."""
    wells, unit = mix.wells_to_mix(excess), unit_for(mix.stocks.values())
    volumes = [*mix.stocks.values(), sum(mix.stocks.values())]
    each = [in_unit(volume, unit) for volume in volumes]
    total = [in_unit(volume * wells, unit) for volume in volumes]
    rows = len(volumes)
    return [
        Column("Done", HEAD_INPUT, [None] * rows, DONE, TICK_BOX),
        Column("Stock", HEAD_SAMPLE, [*mix.stocks, "together"], STOCK, WRAPPED),
        Column(f"Per well [{unit}]", HEAD_FACTOR, each, PLATE, AMOUNT, _shown(each)),
        Column("Wells", HEAD_FACTOR, [float(wells)] * rows, SMALL, CENTRED, "0"),
        Column(f"Mix in [{unit}]", HEAD_FACTOR, total, DEVICE, BOLD, _shown(total)),
    ]


def filled(work: Work) -> Iterator[tuple[str, str, str, float, list[str]]]:
    """Yield source plate, its type, stock, what each well gets (nL), and the wells that get as much."""
    sources = [source for run in work.robots for source in run.sources if source.type.wells > 0]
    sources += [source for source in _hand_sources(work) if source.type.wells > 0]
    alike = groupby(sources, key=lambda one: (one.plate, one.type.name, one.stock, one.fill))
    for (plate, kind, stock, fill), held in alike:
        yield plate, kind, stock, fill, [source.well for source in held]


def _hand_sources(work: Work) -> list[Source]:
    runs = [run for run in work.plan.runs if run.device.format == "hand"]
    return [source for run in runs for source in run.sources]


def _fill_columns(fills: Sequence[tuple[str, str, str, float, list[str]]]) -> list[Column]:
    unit = unit_for(fill for *_, fill, _ in fills)
    volumes = [enough(fill, unit) for *_, fill, _ in fills]
    rows = len(fills)
    order = [float(number + 1) for number in range(rows)]
    return [
        Column("Done", HEAD_INPUT, [None] * rows, DONE, TICK_BOX),
        Column("Stock", HEAD_SAMPLE, [stock for _, _, stock, _, _ in fills], STOCK, WRAPPED),
        Column("Source plate", HEAD_FACTOR, [plate for plate, *_ in fills], PLATE, WRAPPED),
        Column("Order", HEAD_FACTOR, order, SMALL, CENTRED, "0"),
        Column("Type", HEAD_FACTOR, [kind for _, kind, *_ in fills], DEVICE, WRAPPED),
        Column("Wells", HEAD_FACTOR, [float(len(wells)) for *_, wells in fills], VOLUME, AMOUNT, "0"),
        Column(f"Fill each [{unit}]", HEAD_FACTOR, volumes, VOLUME, BOLD, _shown(volumes)),
        Column("Into", HEAD_FACTOR, [spans(wells) for *_, wells in fills], WELLS, WRAPPED),
    ]


def _shown(numbers: Sequence[float]) -> str:
    """Return the number format that shows all digits of a column."""
    return number_format_of([written(number) for number in numbers])
