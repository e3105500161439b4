"""Run cards: a page to print and take along for each vessel, with what to set and room for what was achieved.

They are for paper. What counts is typed into the run list, which has a row for each vessel.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from bioal.protocol.values import is_blank
from bioal.sheets import names
from bioal.sheets.outgoing_bench import Bench
from bioal.sheets.outgoing_rules import plain_sheet, protect, set_page
from bioal.sheets.style import (
    BODY,
    HEAD_FACTOR,
    HEAD_INPUT,
    HINT,
    PALE,
    ROLE_FILLS,
    TITLE,
    WRAPPED,
    Look,
    cell_at,
    headed,
    write_text,
)

WIDTHS = (34, 22, 14, 26)
HEADINGS = ("What to set", "Setpoint", "Unit", "Achieved")
LINE_HEIGHT, BOX_HEIGHT = 20, 28
LABEL = Look(fill=PALE, bold=True, across="left", indent=1)
VALUE = replace(BODY, size=12, bold=True)


@dataclass(frozen=True)
class _Card:
    """What stands on the card of one vessel."""

    vessel: str
    said: str
    role: str
    operator: str
    setpoints: Mapping[str, object]


def write_run_cards(sheet: Worksheet, bench: Bench) -> None:
    """Write a card for each vessel, one below the other, each on a page of its own."""
    for column, width in zip("ABCD", WIDTHS, strict=True):
        sheet.column_dimensions[column].width = width
    row = 1
    for card in _cards(bench):
        if row > 1:
            sheet.row_breaks.append(Break(id=row - 1))
        row = _write_card(sheet, bench, row, card)
    plain_sheet(sheet)
    protect(sheet)
    set_page(sheet, bench.title, landscape=False)


def _cards(bench: Bench) -> Iterator[_Card]:
    planned = {factor.name: bench.planned(factor) for factor in bench.protocol.factors}
    for number, (sample, at) in enumerate(bench.round.samples.to_dict("index").items()):
        said = f"Sample {sample}, condition {at['condition']}, {at['role']}, replicate {at['replicate']}"
        setpoints = {name: values[number] for name, values in planned.items()}
        yield _Card(str(at["well"]), said, str(at["role"]), bench.operators[number], setpoints)


def _write_card(sheet: Worksheet, bench: Bench, row: int, card: _Card) -> int:
    """Write one card from a row on, and return the row below it."""
    write_text(cell_at(sheet, row, 1), f"{bench.title} \u00b7 {card.vessel}", TITLE)
    sheet.row_dimensions[row].height = LINE_HEIGHT + 8
    hint = f"{card.said}. For paper: results are typed into the sheet '{names.RUN_LIST}'."
    write_text(cell_at(sheet, row + 1, 1), hint, HINT)
    row = _write_setpoints(sheet, bench, row + 3, card)
    row = _write_boxes(sheet, {readout.heading: "" for readout in bench.protocol.readouts}, row + 1)
    return _write_boxes(sheet, {"Operator": card.operator, "Date": "", "Note": ""}, row + 1) + 1


def _write_setpoints(sheet: Worksheet, bench: Bench, row: int, card: _Card) -> int:
    """Write what to set, with an empty box for what was achieved, and return the row below."""
    for column, heading in enumerate(HEADINGS, start=1):
        head = HEAD_INPUT if heading == HEADINGS[-1] else HEAD_FACTOR
        write_text(cell_at(sheet, row, column), heading, headed(head))
    sheet.row_dimensions[row].height = LINE_HEIGHT
    planned = [(factor, card.setpoints[factor.name]) for factor in bench.protocol.factors]
    lines = [
        (factor.name, "none" if is_blank(value) else factor.text(value), factor.unit)
        for factor, value in planned
    ]
    lines += [(name, str(part), "") for name, part in bench.protocol.fixed.items()]
    for name, value, unit in lines:
        row += 1
        looks = (replace(LABEL, fill=ROLE_FILLS[card.role]), VALUE, BODY, WRAPPED)
        for column, (text, look) in enumerate(zip((name, value, unit, ""), looks, strict=True), start=1):
            write_text(cell_at(sheet, row, column), text, look)
        sheet.row_dimensions[row].height = BOX_HEIGHT
    return row + 1


def _write_boxes(sheet: Worksheet, known: Mapping[str, str], row: int) -> int:
    """Write a line with a label and a box, empty where nothing is known, and return the row below them."""
    for label, text in known.items():
        write_text(cell_at(sheet, row, 1), label, LABEL)
        for column, words in ((2, text), (3, ""), (4, "")):
            write_text(cell_at(sheet, row, column), words, WRAPPED)
        sheet.row_dimensions[row].height = BOX_HEIGHT
        row += 1
    return row
