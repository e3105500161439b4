"""The plate map: what is in which well, one A4 page per plate, in words and colours.

Corner and well A1 carry a mark, because a turned plate is the commonest mistake that nobody sees.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

import pandas as pd
from openpyxl.styles import Border, Side
from openpyxl.worksheet.worksheet import Worksheet

from bioal.plates.operators import operators_of
from bioal.plates.rounds import CONTROL_ROLES, ROLES
from bioal.plates.wells import row_name, shape_of_plate, well_from_ij
from bioal.sheets.outgoing_bench import Bench
from bioal.sheets.outgoing_rules import plain_sheet, protect, set_page
from bioal.sheets.style import (
    ACCENT,
    HINT,
    PALE,
    ROLE_FILLS,
    ROLE_SHORT,
    TITLE,
    WHITE,
    Look,
    cell_at,
    write_text,
)

TOP = 4  # the row of the column numbers
WORDS_WIDE = 110  # characters that title and legend may need
BARRED = "\u00d7"  # in a well that stays empty


@dataclass(frozen=True)
class WellSize:
    """How large a well is drawn: width in characters, height and letters in points."""

    width: float
    height: float
    letters: float


WELL_SIZES = {96: WellSize(11, 38, 11), 384: WellSize(7.5, 29, 9), 1536: WellSize(7, 24, 7)}
LARGE = WellSize(15, 54, 12)

ROLE_MEANINGS = {
    "sample": "a proposed condition",
    "reference": "reference, the same recipe on every plate",
    "negative": "negative control, where nothing should be made",
    "blank": "blank, to see what the reader shows for nothing",
    "carried over": "a condition carried over from an earlier round",
}


def write_plate_map(sheet: Worksheet, bench: Bench, plate: str) -> None:
    """Draw one plate, a legend below it, and set the page."""
    samples = bench.samples_on(plate)
    size = WELL_SIZES.get(bench.round.size, LARGE)
    _write_title(sheet, bench, plate, len(samples))
    _write_frame(sheet, bench.round.size, size)
    _write_wells(sheet, bench, samples, size)
    _write_legend(sheet, bench, samples, size)
    plain_sheet(sheet)
    protect(sheet)
    set_page(sheet, bench.title, pages_high=1)


def _write_title(sheet: Worksheet, bench: Bench, plate: str, count: int) -> None:
    number, plates = bench.round.plates.index(plate) + 1, len(bench.round.plates)
    which = f" ({number} of {plates})" if plates > 1 else ""
    write_text(cell_at(sheet, 1, 1), f"{bench.title} \u00b7 {plate}{which}", TITLE)
    held = bench.plate_settings(plate)
    words = f"{count} of {bench.round.size} wells used. The mark \u25e4 is the corner of well A1."
    words += f" Whole plate: {held}." if held else ""
    barred = len(bench.protocol.plate.places) < bench.round.size
    words += f" Wells with {BARRED} stay empty." if barred else ""
    write_text(cell_at(sheet, 2, 1), f"{words}{_operators(bench, plate)}", HINT)
    sheet.row_dimensions[1].height, sheet.row_dimensions[3].height = 28, 8


def _operators(bench: Bench, plate: str) -> str:
    """Return who fills which wells of a plate, in words; "" where the protocol names nobody."""
    places = bench.samples_on(plate)["well"]
    people = operators_of(bench.round.samples, bench.protocol.plate)[places.index]
    parts = [(name, places[people == name].tolist()) for name in dict.fromkeys(people) if name]
    if len(parts) < 2:
        return f" Made by {parts[0][0]}." if parts else ""
    order = "along the rows" if bench.protocol.plate.order == "rows" else "down the columns"
    said = ", ".join(f"{name} {wells[0]} to {wells[-1]}" for name, wells in parts)
    return f" Made by {said}, {order}."


def _write_frame(sheet: Worksheet, wells: int, size: WellSize) -> None:
    rows, columns = shape_of_plate(wells)
    head = Look(fill=PALE, bold=True, across="center", size=size.letters)
    corner = Look(fill=ACCENT, colour=WHITE, bold=True, across="center", size=size.letters)
    write_text(cell_at(sheet, TOP, 1), "\u25e4 A1", corner)
    for j in range(columns):
        write_text(cell_at(sheet, TOP, 2 + j), str(j + 1), head)
        sheet.column_dimensions[cell_at(sheet, TOP, 2 + j).column_letter].width = size.width
    for i in range(rows):
        write_text(cell_at(sheet, TOP + 1 + i, 1), row_name(i), head)
        sheet.row_dimensions[TOP + 1 + i].height = size.height
    sheet.column_dimensions["A"].width = max(6.5, size.letters * 0.65)
    sheet.row_dimensions[TOP].height = 20
    # A small plate is narrower than the words above and below it: an empty cell holds the page open.
    cell_at(sheet, 1, max(1 + columns, ceil(WORDS_WIDE / size.width)))


def _write_wells(sheet: Worksheet, bench: Bench, samples: pd.DataFrame, size: WellSize) -> None:
    rows, columns = shape_of_plate(bench.round.size)
    content = {row.well: row for row in samples.itertuples()}
    repeated = set(bench.round.samples["condition"][bench.round.samples["condition"].duplicated()])
    look = Look(wrap=True, across="center", size=size.letters)
    used = set(bench.protocol.plate.places)
    for i in range(rows):
        for j in range(columns):
            cell, row = cell_at(sheet, TOP + 1 + i, 2 + j), content.get(well_from_ij(i, j))
            role = "empty" if row is None else str(row.role)
            nothing = "" if well_from_ij(i, j) in used else BARRED
            text = nothing if row is None else well_text(bench, str(row.condition), role)
            if row is not None and row.condition in repeated:
                text += f"\n{_numbered(bench, row.replicate)}"
            write_text(cell, text, replace(look, fill=ROLE_FILLS[role], bold=role != "sample"))
    mark = Side(style="thick", color=ACCENT)
    first = cell_at(sheet, TOP + 1, 2)
    first.border = Border(left=mark, top=mark, right=first.border.right, bottom=first.border.bottom)


def well_text(bench: Bench, condition: str, role: str) -> str:
    """Return what stands in a well of the map: `C017`, `R01-C017` for another round's, `REF`, `REF 2`."""
    if role in ROLE_SHORT and role != "carried over":
        several = [name for name in bench.round.conditions.index if str(name).startswith(f"{role}-")]
        number = condition.rsplit("-", 1)[-1]
        return f"{ROLE_SHORT[role]} {number}" if len(several) > 1 else ROLE_SHORT[role]
    return condition.removeprefix(f"R{bench.round.number:02d}-")


def _write_legend(sheet: Worksheet, bench: Bench, samples: pd.DataFrame, size: WellSize) -> None:
    row = TOP + shape_of_plate(bench.round.size).rows + 2
    sheet.row_dimensions[row - 1].height = 8
    look = Look(across="center", size=size.letters)
    words_look = Look(line=None, across="left", indent=1)
    for role in (role for role in ROLES if (samples["role"] == role).any()):
        found = samples[samples["role"] == role].sort_values("condition", kind="stable")
        text = well_text(bench, str(found["condition"].iloc[0]), role)
        write_text(cell_at(sheet, row, 2), text, replace(look, fill=ROLE_FILLS[role], bold=role != "sample"))
        write_text(cell_at(sheet, row, 3), _legend_words(bench, found, role), words_look)
        sheet.row_dimensions[row].height = 19
        row += 1


def _legend_words(bench: Bench, found: pd.DataFrame, role: str) -> str:
    wells = f"{len(found)} well" + ("s" if len(found) > 1 else "")
    words = f"{ROLE_MEANINGS[role]}, {wells}"
    if role in CONTROL_ROLES:
        held = [factor.name for factor in bench.protocol.factors if factor.per == "plate"]
        words += f", at the plate's {' and '.join(held)}" if held else ""
        return f"{words} ({', '.join(dict.fromkeys(found['condition']))} on the run list)"
    example = str(found["condition"].iloc[0])
    repeated = bench.protocol.plate.replicates > 1
    second = "the second well of its mix" if bench.protocol.plate.premix else "its replicate 2"
    said = f", {_numbered(bench, 2)} {second}" if repeated else ""
    return f"{words}; {example} on the run list{said}"


def _numbered(bench: Bench, replicate: object) -> str:
    """Return how a well says which of its condition's replicates it is, or which well of one mix."""
    word = "mix" if bench.protocol.plate.premix else "rep"
    return f"{word} {replicate}" if bench.round.size <= 96 else f"{word[0]}{replicate}"
