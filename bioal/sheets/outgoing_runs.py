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
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Font, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from bioal.plates.columns import REASON_WORDS
from bioal.protocol.arrays import Floats
from bioal.protocol.factors import Factor, Numeric
from bioal.protocol.levels import rounded
from bioal.protocol.objective import Objective
from bioal.sheets import names
from bioal.sheets.outgoing_bench import Bench
from bioal.sheets.outgoing_columns import (
    closing_columns,
    factor_entry,
    factor_format,
    factor_value,
    readout_columns,
    shown_texts,
)
from bioal.sheets.outgoing_rules import no_typing, plain_sheet, protect, set_page
from bioal.sheets.outgoing_table import Column, width_for, write_table
from bioal.sheets.style import (
    AMOUNT,
    BODY,
    HEAD_EXPECTED,
    HEAD_FACTOR,
    HEAD_INPUT,
    HEAD_SAMPLE,
    INK,
    QUIET,
    ROLE_FILLS,
)

PLANNED = replace(BODY, locked=False)
PLANNED_AMOUNT = replace(AMOUNT, locked=False)
CENTRED = replace(PLANNED, across="center", indent=0)
EXPECTED = replace(PLANNED, colour=QUIET)
EXPECTED_AMOUNT = replace(PLANNED_AMOUNT, colour=QUIET)
FROZEN, FROZEN_VESSELS = "D2", "C2"


def write_run_list(sheet: Worksheet, bench: Bench) -> None:
    """Write the run list with its rules, filter, colours, protection and page."""
    columns = run_columns(bench)
    header, last = names.RUN_LIST_HEADER_ROW, names.RUN_LIST_HEADER_ROW + len(bench.round.samples)
    write_table(sheet, columns, header)
    sheet.freeze_panes = FROZEN_VESSELS if bench.round.in_vessels else FROZEN
    sheet.auto_filter.ref = f"A{header}:{get_column_letter(len(columns))}{last}"
    _colour_roles(sheet, columns, last)
    sheet.print_title_rows = f"{header}:{header}"
    plain_sheet(sheet, HEAD_INPUT)
    protect(sheet)
    set_page(sheet, bench.title)


def run_columns(bench: Bench) -> list[Column]:
    """Return all columns of the run list, in order."""
    words = (
        "This cell is part of the plan. Unhide the column 'actual' beside the factor and type there what you "
    )
    keep = no_typing("Planned by bioal", words + "really used. Anything else goes into Note.")
    rows = len(bench.round.samples)
    return [
        *_sample_columns(bench, keep),
        *(column for factor in bench.protocol.factors for column in _factor_columns(bench, factor, keep)),
        *_expected_columns(bench, keep),
        *readout_columns(bench, rows),
        *closing_columns(bench, rows),
    ]


def _sample_columns(bench: Bench, keep: DataValidation) -> Iterator[Column]:
    samples = bench.round.samples
    in_vessels, operators = bench.round.in_vessels, bench.protocol.plate.operators
    place = names.VESSEL if in_vessels else names.WELL
    texts = {
        names.SAMPLE: [str(sample) for sample in samples.index],
        **({} if in_vessels else {names.PLATE: [str(plate) for plate in samples["plate"]]}),
        place: [str(well) for well in samples["well"]],
        **({names.OPERATOR: bench.operators} if operators else {}),
        names.ROLE: [str(role) for role in samples["role"]],
        names.CONDITION: [str(condition) for condition in samples["condition"]],
    }
    for heading, values in texts.items():
        look = CENTRED if heading == names.WELL else PLANNED
        yield Column(heading, HEAD_SAMPLE, values, width_for(heading, values), look, rule=keep)
    replicates = [float(replicate) for replicate in samples["replicate"]]
    mixed = "The wells of a condition hold one mix: this numbers them." if bench.protocol.plate.premix else ""
    yield Column(names.REPLICATE, HEAD_SAMPLE, replicates, 10.5, CENTRED, "0", rule=keep, comment=mixed)


def _factor_columns(bench: Bench, factor: Factor, keep: DataValidation) -> Iterator[Column]:
    planned = bench.planned(factor)
    values = [factor_value(factor, value) for value in planned]
    look = PLANNED_AMOUNT if isinstance(factor, Numeric) else PLANNED
    width = width_for(factor.heading, shown_texts(factor, planned), least=8)
    yield Column(factor.heading, HEAD_FACTOR, values, width, look, factor_format(factor, planned), keep)
    words = f"Empty means: as planned. Otherwise type the {factor.name} that is really in the well."
    actual = factor_entry(bench, factor, names.actual_heading(factor.heading), len(values))
    # In a vessel the value achieved is always of interest; in wells it is the exception.
    yield replace(actual, comment=words, folded=not bench.round.in_vessels)


def _expected_columns(bench: Bench, keep: DataValidation) -> Iterator[Column]:
    """Yield what is expected; folded away while nothing is known yet."""
    expected = bench.round.predictions.reindex(bench.round.samples["condition"])
    numbers = expected[["mean", "low", "high"]].to_numpy(dtype=float)
    words = expected_words(bench.protocol.objective)
    shown, folded = estimate_format(numbers), not bench.predicted
    for heading, values in zip(predicted_headings(bench), numbers.T, strict=True):
        cells = [None if np.isnan(value) else rounded(float(value)) for value in values]
        width = max(11.5, width_for(heading, []))
        yield Column(heading, HEAD_EXPECTED, cells, width, EXPECTED_AMOUNT, shown, keep, words, folded)
    reasons = ["" if pd.isna(reason) else REASON_WORDS[str(reason)] for reason in expected["reason"]]
    yield Column(names.REASON, HEAD_EXPECTED, reasons, width_for(names.REASON, reasons), EXPECTED, rule=keep)


def expected_words(objective: Objective) -> str:
    """Return what the columns of predictions mean.

    >>> expected_words(Objective("growth", "growth", wish="strong"))
    'How likely growth is strong, in percent: 9 times in 10 between low and high.'
    """
    if objective.wish:
        likely = f"How likely {objective.name} is {objective.wish}, in percent"
        return f"{likely}: 9 times in 10 between low and high."
    return f"What bioal expects of {objective.name}: 9 times in 10 between low and high."


def predicted_headings(bench: Bench) -> tuple[str, str, str]:
    """Return the headings of the prediction, in the unit in which the objective is judged."""
    return names.predicted_headings(bench.protocol.readout.evaluated_unit)


def estimate_format(numbers: Floats) -> str:
    """Return a number format with as many digits as the intervals support.

    Parameters
    ----------
    numbers
        Mean, low and high, shape (n, 3); NaN where nothing is predicted.

    >>> estimate_format(np.array([[12.345, 11.9, 12.8]])), estimate_format(np.array([[12345.0, 9000, 15000]]))
    ('0.00', '0')
    """
    wide = (numbers[:, 2] - numbers[:, 1]) / 2
    wide = wide[np.isfinite(wide) & (wide > 0)]
    largest = float(np.max(np.abs(numbers[np.isfinite(numbers)]), initial=0.0))
    if largest >= 1e7 or 0 < largest < 1e-3:
        return "0.00E+00"
    places = max(0, min(6, 1 - floor(log10(float(np.median(wide)))))) if len(wide) else 2
    return "0" + ("." + "0" * places if places else "")


def _colour_roles(sheet: Worksheet, columns: Sequence[Column], last: int) -> None:
    """Colour the first columns by role, by rule and not by cell, so that colours stay right after sorting."""
    headings = [column.heading for column in columns]
    first, role = names.RUN_LIST_HEADER_ROW + 1, get_column_letter(headings.index(names.ROLE) + 1)
    area = f"A{first}:{get_column_letter(headings.index(names.REPLICATE) + 1)}{last}"
    for word in (word for word in ROLE_FILLS if word not in ("sample", "empty")):
        fill = PatternFill("solid", start_color=ROLE_FILLS[word], end_color=ROLE_FILLS[word])
        look = DifferentialStyle(font=Font(color=INK), fill=fill)
        rule = Rule(type="expression", dxf=look, formula=[f'${role}{first}="{word}"'])
        sheet.conditional_formatting.add(area, rule)
