"""The recipes: what goes into each well, stock by stock, and what fixed parts add to a factor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import ceil

import numpy as np
import pandas as pd
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from bioal.protocol.headings import heading
from bioal.protocol.levels import rounded, written
from bioal.sheets import names
from bioal.sheets.outgoing_rules import plain_sheet, protect, set_page
from bioal.sheets.outgoing_table import CellValue, Column, width_for, write_table
from bioal.sheets.outgoing_work import Work, in_unit
from bioal.sheets.style import AMOUNT, BODY, HEAD_EXPECTED, HEAD_FACTOR, HEAD_SAMPLE, number_format_of

LARGE = 1e7  # nL: larger wells and vessels are written in mL
PAGE_WIDE = 215.0  # characters that an A4 page shows so that they can be read
MIX = "Mix"
SUM = "Sum"


def write_recipes(sheet: Worksheet, work: Work) -> None:
    """Write one row per sample: where it is, what it is, the volume of each stock, and their sum."""
    columns = [*_place_columns(work), *_volume_columns(work), *_total_columns(work)]
    write_table(sheet, columns, 1)
    sheet.freeze_panes = "C2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{1 + len(work.plan.recipes)}"
    sheet.print_title_rows, sheet.print_title_cols = "1:1", "A:B"
    plain_sheet(sheet)
    protect(sheet)
    set_page(sheet, work.bench.title)
    sheet.page_setup.fitToWidth = ceil(sum(column.width for column in columns) / PAGE_WIDE)


def _place_columns(work: Work) -> Iterator[Column]:
    samples = work.bench.round.samples.loc[work.plan.recipes.index]
    mixes = {each.sample: f"{each.source_plate} {each.source_well}" for each in work.plan.spread}
    if mixes:
        values = [mixes[str(sample)] for sample in samples.index]
        yield Column(MIX, HEAD_SAMPLE, values, width_for(MIX, values), BODY)
    texts = {
        names.PLATE: samples["plate"],
        names.WELL: samples["well"],
        names.CONDITION: samples["condition"],
        names.ROLE: samples["role"],
    }
    for title, column in texts.items():
        values = [str(value) for value in column]
        yield Column(title, HEAD_SAMPLE, values, width_for(title, values), BODY)


def _volume_columns(work: Work) -> Iterator[Column]:
    """Yield the volume of each stock, the filler last, and the sum; blank where there is none."""
    recipes, unit = work.plan.recipes, "mL" if work.liquids.volume >= LARGE else "uL"
    filler = work.liquids.filler.name
    stocks = sorted(work.needs, key=lambda stock: work.needs[stock].component == filler)
    for stock in stocks:
        volumes = [in_unit(volume, unit) for volume in recipes[stock]]
        yield _numbers(heading(stock, unit), HEAD_FACTOR, [volume or None for volume in volumes])
    sums = [in_unit(total, unit) for total in recipes[stocks].sum(axis=1)]
    yield replace(_numbers(heading(SUM, unit), HEAD_SAMPLE, sums), look=replace(AMOUNT, bold=True))


def _total_columns(work: Work) -> Iterator[Column]:
    """Yield, for each factor that fixed parts contribute to, what is added and what is there altogether."""
    for name in work.plan.totals.columns:
        unit = work.bench.protocol.factor(str(name)).unit
        for words, table in (("added", work.plan.actual), ("total", work.plan.totals)):
            if name not in table.columns:
                continue
            column = pd.to_numeric(table[name]).reindex(work.plan.recipes.index)
            values = [None if np.isnan(value) else rounded(value) for value in column.astype(float)]
            yield _numbers(heading(f"{name} {words}", unit), HEAD_EXPECTED, values)


def _numbers(title: str, head: str, values: Sequence[CellValue]) -> Column:
    texts = sorted({written(value) for value in values if isinstance(value, float)})
    return Column(title, head, values, width_for(title, texts, least=8), AMOUNT, number_format_of(texts))
