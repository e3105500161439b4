"""Typing results into a round's workbook as a person would: the demo and the replays of real campaigns do it.

Only input cells of the run list are touched, found by sample id and heading; the rest of the workbook stays
as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from bioal.sheets.names import RUN_LIST, RUN_LIST_HEADER_ROW, SAMPLE, STATUS
from bioal.sheets.outgoing_file import save_workbook


def fill_in(
    path: Path,
    heading: str,
    values: Mapping[str, float | str],
    statuses: Mapping[str, str] | None = None,
    *,
    target: Path | None = None,
) -> None:
    """Type values, and statuses where there are any, into the run list of a workbook and save it.

    Parameters
    ----------
    heading
        The input column, `GFP [RFU]`.
    values, statuses
        By sample id; a sample without a value stays blank.
    target
        Where to save; the workbook itself by default.

    Raises
    ------
    ValueError
        For a sample or heading that the run list has not.
    """
    book = openpyxl.load_workbook(path)
    sheet = book[RUN_LIST]
    _type_column(sheet, heading, values)
    _type_column(sheet, STATUS, statuses or {})
    save_workbook(book, target or path)


def _type_column(sheet: Worksheet, heading: str, entries: Mapping[str, float | str]) -> None:
    headings = {cell.value: cell.column for cell in sheet[RUN_LIST_HEADER_ROW] if cell.value is not None}
    if heading not in headings:
        raise ValueError(f"the run list has no column {heading!r}; it has {', '.join(map(str, headings))}")
    column, samples = headings[heading], headings[SAMPLE]
    rows = {
        str(sheet.cell(row, samples).value): row for row in range(RUN_LIST_HEADER_ROW + 1, sheet.max_row + 1)
    }
    unknown = sorted(set(entries) - set(rows))
    if unknown:
        raise ValueError(f"the run list has no sample {unknown[0]!r}")
    for sample, entry in entries.items():
        sheet.cell(rows[sample], column).value = entry
