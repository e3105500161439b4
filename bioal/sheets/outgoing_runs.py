"""The run list: one row per sample, what to make on the left, where to type on the right.

It is one rectangle with its header in the first row. All rows are unlocked, because Excel sorts only unlocked
cells on a protected sheet; what is planned refuses typing by a validation, and the reader compares it anyway.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import floor, log10

import numpy as np
import pandas as pd
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from bioal.plates.columns import REASON_WORDS
from bioal.protocol.factors import Choice, Factor, Numeric
from bioal.protocol.levels import rounded, written
from bioal.protocol.objective import Readout
from bioal.sheets import names
from bioal.sheets.outgoing_bench import FACTOR_LIST, STATUS_LIST, Bench
from bioal.sheets.outgoing_rules import (
    list_validation,
    no_typing,
    number_validation,
    plain_sheet,
    protect,
    set_page,
)
from bioal.sheets.outgoing_table import CellValue, Column, width_for, write_table
from bioal.sheets.style import (
    BODY,
    ENTRY,
    GENERAL,
    HEAD_EXPECTED,
    HEAD_FACTOR,
    HEAD_INPUT,
    HEAD_SAMPLE,
    INK,
    QUIET,
    ROLE_FILLS,
    number_format_of,
)

PLANNED = replace(BODY, locked=False)
CENTRED = replace(PLANNED, across="center")
EXPECTED = replace(PLANNED, colour=QUIET)
FROZEN = "D2"


def write_run_list(sheet: Worksheet, bench: Bench) -> None:
    """Write the run list with its rules, filter, colours, protection and page."""
    columns = run_columns(bench)
    write_table(sheet, columns, names.RUN_LIST_HEADER_ROW)
    last = names.RUN_LIST_HEADER_ROW + len(bench.round.samples)
    sheet.freeze_panes = FROZEN
    sheet.auto_filter.ref = f"A{names.RUN_LIST_HEADER_ROW}:{get_column_letter(len(columns))}{last}"
    # Folded columns open with the mark above the column on their left, the factor's own.
    sheet.sheet_properties.outlinePr.summaryRight = False
    _colour_roles(sheet, columns, last)
    sheet.print_title_rows = f"{names.RUN_LIST_HEADER_ROW}:{names.RUN_LIST_HEADER_ROW}"
    plain_sheet(sheet, HEAD_INPUT)
    protect(sheet)
    set_page(sheet, bench.title)


def run_columns(bench: Bench) -> list[Column]:
    """Return all columns of the run list, in order."""
    keep = no_typing(
        "Planned by bioal",
        "This cell is part of the plan. Unhide the column 'actual' beside the factor and "
        "type there what you really used. Anything else goes into Note.",
    )
    return [
        *_sample_columns(bench, keep),
        *(column for factor in bench.protocol.factors for column in _factor_columns(bench, factor, keep)),
        *_expected_columns(bench, keep),
        *(readout_column(readout, [None] * len(bench.round.samples)) for readout in bench.protocol.readouts),
        *closing_columns(bench, len(bench.round.samples)),
    ]


def _sample_columns(bench: Bench, keep: DataValidation) -> Iterator[Column]:
    samples = bench.round.samples
    texts = {
        names.SAMPLE: [str(sample) for sample in samples.index],
        names.PLATE: [str(plate) for plate in samples["plate"]],
        names.WELL: [str(well) for well in samples["well"]],
        names.ROLE: [str(role) for role in samples["role"]],
        names.CONDITION: [str(condition) for condition in samples["condition"]],
    }
    for heading, values in texts.items():
        look = CENTRED if heading == names.WELL else PLANNED
        yield Column(heading, HEAD_SAMPLE, values, width_for(heading, values), look, rule=keep)
    replicates = [float(replicate) for replicate in samples["replicate"]]
    yield Column(names.REPLICATE, HEAD_SAMPLE, replicates, 10.5, CENTRED, "0", rule=keep)


def _factor_columns(bench: Bench, factor: Factor, keep: DataValidation) -> Iterator[Column]:
    planned = bench.planned(factor)
    shown = factor_format(factor, planned)
    width = width_for(factor.heading, shown_texts(factor, planned), least=8)
    values = [factor_value(factor, value) for value in planned]
    yield Column(factor.heading, HEAD_FACTOR, values, width, PLANNED, shown, rule=keep)
    actual = names.actual_heading(factor.heading)
    yield replace(
        factor_entry(bench, factor, actual, len(values)),
        number_format=shown,
        folded=True,
        comment=(
            f"Leave this empty if you used what is planned. Otherwise type the {factor.name} that is really in the well."
        ),
    )


def factor_value(factor: Factor, value: object) -> CellValue:
    """Return a planned value as it is written: a number, text, or None where the factor is inactive."""
    if value is None or pd.isna(value):
        return None
    return float(str(value)) if isinstance(factor, Numeric) else factor.text(value)


def shown_texts(factor: Factor, planned: Sequence[object]) -> list[str]:
    """Return all texts that a factor's column has to show."""
    present = [factor.text(value) for value in planned if not pd.isna(value)]
    return sorted({*present, *(factor.text(factor.value(code)) for code in range(factor.size))})


def factor_format(factor: Factor, planned: Sequence[object]) -> str:
    """Return the number format that shows every digit of a factor's levels; text for options."""
    return number_format_of(shown_texts(factor, planned)) if isinstance(factor, Numeric) else "@"


def factor_entry(bench: Bench, factor: Factor, heading: str, rows: int) -> Column:
    """Return an empty column in which a factor's value may be typed."""
    if isinstance(factor, Choice):
        source = bench.lists[FACTOR_LIST + factor.name]
        words = f"Choose one of the options of {factor.name} from the list."
        rule, shown = list_validation(source, factor.name, words), "@"
    else:
        unit = f" in {factor.unit}" if factor.unit else ""
        words = f"Type a number{unit}, without the unit. Use the decimal sign of your computer."
        rule, shown = number_validation(factor.heading, words), GENERAL
    width = width_for(heading, shown_texts(factor, []), least=9)
    return Column(heading, HEAD_INPUT, [None] * rows, width, ENTRY, shown, rule)


def _expected_columns(bench: Bench, keep: DataValidation) -> Iterator[Column]:
    expected = bench.round.predictions.reindex(bench.round.samples["condition"])
    numbers = expected[["mean", "low", "high"]].to_numpy(dtype=float)
    unit = bench.protocol.readout.evaluated_unit
    comment = f"What bioal expects of {bench.protocol.objective.name}; it will probably (9 in 10) lie between low and high."
    shown = _estimate_format(numbers)
    for heading, values in zip(names.predicted_headings(unit), numbers.T, strict=True):
        cells = [None if np.isnan(value) else rounded(float(value)) for value in values]
        yield Column(
            heading,
            HEAD_EXPECTED,
            cells,
            max(11.5, width_for(heading, [])),
            EXPECTED,
            shown,
            keep,
            comment,
            folded=not bench.predicted,
        )
    reasons = [
        REASON_WORDS.get(str(reason), "") if not pd.isna(reason) else "" for reason in expected["reason"]
    ]
    yield Column(names.REASON, HEAD_EXPECTED, reasons, width_for(names.REASON, reasons), EXPECTED, rule=keep)


def _estimate_format(numbers: np.ndarray) -> str:
    """Return a number format with as many digits as the intervals support: two of the narrowest half-width."""
    wide = (numbers[:, 2] - numbers[:, 1]) / 2
    wide = wide[np.isfinite(wide) & (wide > 0)]
    largest = float(np.nanmax(np.abs(numbers), initial=0.0, where=np.isfinite(numbers)))
    if largest >= 1e7 or (0 < largest < 1e-3):
        return "0.00E+00"
    places = max(0, min(6, 1 - floor(log10(float(np.median(wide)))))) if len(wide) else 2
    return "0" + ("." + "0" * places if places else "")


def readout_column(readout: Readout, values: Sequence[CellValue]) -> Column:
    """Return the column in which a readout is typed."""
    unit = f" in {readout.unit}" if readout.unit else ""
    words = (
        f"Type a number{unit}, without the unit. If there is none, leave this empty and choose a word under Status. "
        "Remarks go into Note."
    )
    comment = f"Type {readout.name}{unit} here, one number per well." + _range_words(readout)
    return Column(
        readout.heading,
        HEAD_INPUT,
        values,
        max(12, width_for(readout.heading, [])),
        ENTRY,
        GENERAL,
        number_validation(readout.heading, words),
        comment,
    )


def _range_words(readout: Readout) -> str:
    if readout.low is None and readout.high is None:
        return ""
    low = f" from {written(readout.low)}" if readout.low is not None else ""
    high = f" up to {written(readout.high)}" if readout.high is not None else ""
    return f" Expected{low}{high}."


def closing_columns(bench: Bench, rows: int) -> tuple[Column, Column]:
    """Return the columns for status and note."""
    words = "Choose a word from the list, or leave this empty. Your own words go into Note."
    rule = list_validation(bench.lists[STATUS_LIST], names.STATUS, words)
    comment = "Empty means: the number counts. The other words are explained on the sheet 'Read me'."
    status = Column(names.STATUS, HEAD_INPUT, [None] * rows, 13, ENTRY, rule=rule, comment=comment)
    return status, Column(names.NOTE, HEAD_INPUT, [None] * rows, 26, ENTRY)


def _colour_roles(sheet: Worksheet, columns: Sequence[Column], last: int) -> None:
    """Colour the first columns by role, by rule and not by cell, so that colours stay right after sorting."""
    headings = [column.heading for column in columns]
    first, role = names.RUN_LIST_HEADER_ROW + 1, get_column_letter(headings.index(names.ROLE) + 1)
    area = f"A{first}:{get_column_letter(headings.index(names.REPLICATE) + 1)}{last}"
    for word, colour in ROLE_FILLS.items():
        if word in ("sample", "empty"):
            continue
        fill = PatternFill("solid", start_color=colour, end_color=colour)
        sheet.conditional_formatting.add(
            area, FormulaRule(formula=[f'${role}{first}="{word}"'], fill=fill, font=Font(color=INK))
        )
