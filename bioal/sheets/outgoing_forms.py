"""The sheets to fill in beside the run list: paste grids, plate details, added conditions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from openpyxl.worksheet.worksheet import Worksheet

from bioal.plates.operators import operator_of_places
from bioal.plates.wells import row_name, shape_of_plate, well_from_ij
from bioal.protocol.factors import Factor, Numeric
from bioal.protocol.objective import Readout
from bioal.sheets import names
from bioal.sheets.outgoing_bench import PLATE_LIST, Bench
from bioal.sheets.outgoing_columns import (
    closing_columns,
    factor_entry,
    factor_format,
    factor_value,
    outcome_validation,
    readout_columns,
)
from bioal.sheets.outgoing_rules import (
    date_validation,
    list_validation,
    number_validation,
    plain_sheet,
    protect,
    set_page,
)
from bioal.sheets.outgoing_table import ROW_HEIGHT, CellValue, Column, width_for, write_table
from bioal.sheets.style import (
    AMOUNT,
    BODY,
    DATE_FORMAT,
    ENTRY,
    GENERAL,
    HEAD_FACTOR,
    HEAD_INPUT,
    HEAD_SAMPLE,
    HINT,
    NUMBER_ENTRY,
    PALE,
    TEXT_FORMAT,
    TITLE,
    Look,
    cell_at,
    write_number,
    write_text,
)

FRAME = Look(fill=PALE, bold=True, across="center", locked=False)
LABEL = Look(line=None, bold=True)
UNUSED = replace(NUMBER_ENTRY, fill="E6E9ED")
DETAIL_WIDTHS = {"Date": 13, "Operator": 18, "Lab": 18, "Barcode": 18, "Lots": 34, "Gain": 10, "Note": 34}
DETAIL_FORMATS = {"Date": DATE_FORMAT, "Gain": GENERAL}
DETAIL_COMMENTS = {
    "Date": "The day of measurement, as 2025-03-31.",
    "Lab": "Which lab measured this plate, if several labs take part.",
    "Lots": "Lot or batch of extract, lysate, cells, enzymes, plates ...",
    "Gain": "Gain or sensitivity of the reader, if it was set by hand.",
}


def _write_head(sheet: Worksheet, title: str, hint: str) -> None:
    write_text(cell_at(sheet, 1, 1), title, TITLE)
    write_text(cell_at(sheet, 2, 1), hint, HINT)
    sheet.row_dimensions[1].height, sheet.row_dimensions[2].height = 28, ROW_HEIGHT
    plain_sheet(sheet, HEAD_INPUT)


def write_paste_sheet(sheet: Worksheet, bench: Bench) -> None:
    """Write an empty plate grid for each plate and readout."""
    hint = "Instead of typing into the run list: copy the plate in your reader's software, click A1 of the "
    _write_head(sheet, f"{bench.title} \u00b7 paste sheet", hint + "right grid, and paste.")
    rows, columns = shape_of_plate(bench.round.size)
    for index, (plate, readout) in enumerate(product(bench.round.plates, bench.protocol.readouts)):
        _write_grid(sheet, bench, names.grid_top(index, rows), plate, readout)
    for j in range(1 + columns):
        sheet.column_dimensions[cell_at(sheet, 1, 1 + j).column_letter].width = 10
    sheet.freeze_panes = f"B{names.GRID_FIRST_ROW}"
    protect(sheet)
    set_page(sheet, bench.title)


def _write_grid(sheet: Worksheet, bench: Bench, top: int, plate: str, readout: Readout) -> None:
    rows, columns = shape_of_plate(bench.round.size)
    for row, (label, words) in enumerate(((names.GRID_READOUT, readout.heading), (names.GRID_PLATE, plate))):
        write_text(cell_at(sheet, top + row, 1), label, LABEL)
        write_text(cell_at(sheet, top + row, 2), words, LABEL)
    write_text(cell_at(sheet, top + 2, 1), "", FRAME)
    for j in range(columns):
        write_number(cell_at(sheet, top + 2, 2 + j), j + 1, "0", FRAME)
    used = set(bench.samples_on(plate)["well"])
    for i, j in product(range(rows), range(columns)):
        entry = NUMBER_ENTRY if readout.outcomes is None else ENTRY
        look = entry if well_from_ij(i, j) in used else UNUSED
        look.applied(cell_at(sheet, top + 3 + i, 2 + j), GENERAL)
    for i in range(rows):
        write_text(cell_at(sheet, top + 3 + i, 1), row_name(i), FRAME)
        sheet.row_dimensions[top + 3 + i].height = ROW_HEIGHT
    words = "Numbers only, without units. Leave a well empty that was not read."
    if readout.outcomes is not None:
        rule = outcome_validation(bench, readout, readout.outcomes)
    else:
        rule = number_validation(readout.heading, words)
    rule.add(f"B{top + 3}:{cell_at(sheet, top + 2 + rows, 1 + columns).coordinate}")
    sheet.add_data_validation(rule)


def write_details(sheet: Worksheet, bench: Bench) -> None:
    """Write one row per plate for what is known of it besides its readings."""
    plates, what, heading = bench.round.plates, "plate", names.PLATE
    if bench.round.in_vessels:
        plates, what, heading = tuple(bench.round.samples["well"]), "run", names.VESSEL
    hint = f"What you know of each {what}. None of it is required; it helps to explain differences later."
    _write_head(sheet, f"{bench.title} \u00b7 {what} details", hint)
    held = [factor for factor in bench.protocol.factors if factor.per == "plate"]
    known = operator_of_places(bench.round.samples, bench.protocol.plate)
    given = {names.OPERATOR: [known.get(place) for place in plates]}
    columns = [
        Column(heading, HEAD_SAMPLE, plates, width_for(heading, plates, least=11)),
        *(_held_column(bench, factor) for factor in held),
        *(_detail_column(field, given.get(field, [None] * len(plates))) for field in names.DETAIL_FIELDS),
    ]
    write_table(sheet, columns, names.DETAILS_HEADER_ROW)
    for row in range(len(plates)):
        sheet.row_dimensions[names.DETAILS_HEADER_ROW + 1 + row].height = 2 * ROW_HEIGHT
    protect(sheet)
    set_page(sheet, bench.title)


def _held_column(bench: Bench, factor: Factor) -> Column:
    """Return what a factor is on each plate, for whoever sets the incubator."""
    settings = [bench.plate_setting(plate, factor) for plate in bench.round.plates]
    values = [factor_value(factor, setting) for setting in settings]
    width = width_for(factor.heading, [factor.text(setting) for setting in settings])
    look = AMOUNT if isinstance(factor, Numeric) else BODY
    return Column(factor.heading, HEAD_FACTOR, values, width, look, factor_format(factor, settings))


def _detail_column(field: str, values: Sequence[CellValue]) -> Column:
    look = replace(NUMBER_ENTRY if field == "Gain" else ENTRY, wrap=True)
    rule = (
        date_validation(field, "Type the day as a date, for example 2025-03-31.") if field == "Date" else None
    )
    shown, comment = DETAIL_FORMATS.get(field, TEXT_FORMAT), DETAIL_COMMENTS.get(field, "")
    return Column(field, HEAD_INPUT, values, DETAIL_WIDTHS[field], look, shown, rule, comment)


def write_added(sheet: Worksheet, bench: Bench) -> None:
    """Write empty rows for conditions that the person tried besides those proposed."""
    rows = names.ADDED_ROWS
    places = _place_columns(bench, rows)
    kind = "vessel" if bench.round.in_vessels else "well"
    where = "beside these runs" if bench.round.in_vessels else "on these plates"
    hint = f"Tried something of your own {where}? One row per {kind}: place, content, result."
    _write_head(sheet, f"{bench.title} \u00b7 added conditions", hint)
    entries = [factor_entry(bench, factor, factor.heading, rows) for factor in bench.protocol.factors]
    columns = [
        *places,
        *(replace(entry, head=HEAD_FACTOR) for entry in entries),
        *readout_columns(bench, rows),
        *closing_columns(bench, rows),
    ]
    write_table(sheet, columns, names.ADDED_HEADER_ROW)
    sheet.freeze_panes = cell_at(sheet, names.ADDED_HEADER_ROW + 1, len(places) + 1).coordinate
    sheet.print_title_rows = f"{names.ADDED_HEADER_ROW}:{names.ADDED_HEADER_ROW}"
    protect(sheet)
    set_page(sheet, bench.title)


def _place_columns(bench: Bench, rows: int) -> list[Column]:
    """Return the columns in which somebody says where a condition of their own is."""
    blank: list[CellValue] = [None] * rows
    if bench.round.in_vessels:
        words = "The name of the vessel, which is none of this round's."
        return [Column(names.VESSEL, HEAD_SAMPLE, blank, 14, ENTRY, comment=words)]
    words = "Choose one of this round's plates from the list."
    plate = list_validation(bench.lists[PLATE_LIST], names.PLATE, words)
    well = "A well that is empty on the plate map, as H12."
    return [
        Column(names.PLATE, HEAD_SAMPLE, blank, 11, ENTRY, rule=plate),
        Column(names.WELL, HEAD_SAMPLE, blank, 8, ENTRY, comment=well),
    ]
