"""The sheets to fill in beside the run list: paste grids, plate details, added conditions."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from openpyxl.worksheet.worksheet import Worksheet

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
from bioal.sheets.outgoing_table import ROW_HEIGHT, Column, width_for, write_table
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
DETAIL_WIDTHS = {"Date": 13, "Operator": 18, "Barcode": 18, "Lots": 34, "Gain": 10, "Note": 34}
DETAIL_FORMATS = {"Date": DATE_FORMAT, "Gain": GENERAL}
DETAIL_COMMENTS = {
    "Date": "The day of measurement, as 2025-03-31.",
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
        look = NUMBER_ENTRY if well_from_ij(i, j) in used else UNUSED
        look.applied(cell_at(sheet, top + 3 + i, 2 + j), GENERAL)
    for i in range(rows):
        write_text(cell_at(sheet, top + 3 + i, 1), row_name(i), FRAME)
        sheet.row_dimensions[top + 3 + i].height = ROW_HEIGHT
    words = "Numbers only, without units. Leave a well empty that was not read."
    rule = number_validation(readout.heading, words)
    rule.add(f"B{top + 3}:{cell_at(sheet, top + 2 + rows, 1 + columns).coordinate}")
    sheet.add_data_validation(rule)


def write_details(sheet: Worksheet, bench: Bench) -> None:
    """Write one row per plate for what is known of it besides its readings."""
    hint = "What you know of each plate. None of it is required; it helps to explain differences later."
    _write_head(sheet, f"{bench.title} \u00b7 plate details", hint)
    plates = bench.round.plates
    held = [factor for factor in bench.protocol.factors if factor.per == "plate"]
    columns = [
        Column(names.PLATE, HEAD_SAMPLE, plates, 11),
        *(_held_column(bench, factor) for factor in held),
        *(_detail_column(field, len(plates)) for field in names.DETAIL_FIELDS),
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


def _detail_column(field: str, rows: int) -> Column:
    look = replace(NUMBER_ENTRY if field == "Gain" else ENTRY, wrap=True)
    rule = (
        date_validation(field, "Type the day as a date, for example 2025-03-31.") if field == "Date" else None
    )
    shown, comment = DETAIL_FORMATS.get(field, TEXT_FORMAT), DETAIL_COMMENTS.get(field, "")
    return Column(field, HEAD_INPUT, [None] * rows, DETAIL_WIDTHS[field], look, shown, rule, comment)


def write_added(sheet: Worksheet, bench: Bench) -> None:
    """Write empty rows for conditions that the person tried besides those proposed."""
    hint = "Tried something of your own on these plates? One row per well: place, content, result."
    _write_head(sheet, f"{bench.title} \u00b7 added conditions", hint)
    rows = names.ADDED_ROWS
    plate = list_validation(
        bench.lists[PLATE_LIST], names.PLATE, "Choose one of this round's plates from the list."
    )
    well = "A well that is empty on the plate map, as H12."
    entries = [factor_entry(bench, factor, factor.heading, rows) for factor in bench.protocol.factors]
    columns = [
        Column(names.PLATE, HEAD_SAMPLE, [None] * rows, 11, ENTRY, rule=plate),
        Column(names.WELL, HEAD_SAMPLE, [None] * rows, 8, ENTRY, comment=well),
        *(replace(entry, head=HEAD_FACTOR) for entry in entries),
        *readout_columns(bench, rows),
        *closing_columns(bench, rows),
    ]
    write_table(sheet, columns, names.ADDED_HEADER_ROW)
    sheet.freeze_panes = f"C{names.ADDED_HEADER_ROW + 1}"
    sheet.print_title_rows = f"{names.ADDED_HEADER_ROW}:{names.ADDED_HEADER_ROW}"
    protect(sheet)
    set_page(sheet, bench.title)
