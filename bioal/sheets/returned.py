"""The way in for what a lab sends back: a workbook, a CSV file or a table in memory, as cells with addresses.

Reading judges nothing about the experiment; it refuses only what cannot be read in one way. Whether a sample
is known and a value plausible is asked in `bioal.measurements.checking`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from numbers import Real
from pathlib import Path

import numpy as np
import pandas as pd

from bioal.errors import Problem, Refused
from bioal.measurements.cells import Cell, CellKind, CellValue, Returned, ReturnedTable
from bioal.protocol.headings import normalised
from bioal.protocol.levels import written
from bioal.sheets.copies import copy_notes
from bioal.sheets.names import FROM_A_READER, SAMPLE
from bioal.sheets.preflight import preflight
from bioal.sheets.returned_cells import Page
from bioal.sheets.returned_table import header_row, table_at
from bioal.sheets.returned_text import decoded, text_table
from bioal.sheets.returned_workbook import read_workbook

IN_MEMORY = "the table"


def read_returned(path: Path) -> Returned:
    """Return a workbook (.xlsx) or table (.csv, .tsv) as cells with their addresses, unjudged.

    Raises
    ------
    Refused
        Where the file is no workbook or table, is unsafe, or could be read in more than one way.
    """
    facts = preflight(path)
    read = read_workbook(path, facts) if facts.kind == "workbook" else _read_text(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    notes = (*copy_notes(path), *read.warnings)
    return replace(read, sha256=digest, content=content_digest(read), warnings=notes)


def text_of(path: Path) -> str:
    """Return the text of a file that an instrument wrote.

    Raises
    ------
    Refused
        Where it is no text, or unsafe to read.
    """
    facts = preflight(path)
    if facts.kind == "workbook":
        remedy = "Export it as CSV from the instrument's program."
        raise Refused(Problem("not-text", "a workbook", "a text file", remedy, file=path.name))
    return decoded(path)[0]


def returned_from_table(table: pd.DataFrame) -> Returned:
    """Return a DataFrame with the columns of the run list as cells; the index may hold the sample ids.

    Raises
    ------
    Refused
        Where a column name appears twice.
    """
    page = page_of_table(table)
    runs, warnings = table_at(page, 0)
    read = Returned(file=IN_MEMORY, sha256="", content="", runs=runs, warnings=warnings)
    return replace(read, content=content_digest(read))


def page_of_table(table: pd.DataFrame) -> Page:
    """Return a DataFrame as cells under its column names; an index named Sample is a column too."""
    named = table.reset_index() if normalised(str(table.index.name)) == normalised(SAMPLE) else table
    head = [Cell(str(name), "text", IN_MEMORY, "", f"column '{name}'") for name in named.columns]
    # Labels that repeat (after pd.concat) would give two cells one address.
    labels = list(table.index) if table.index.is_unique else list(range(len(table)))
    body = [
        [
            cell_of_value(value, f"row {label}, column '{name}'")
            for value, name in zip(row, named.columns, strict=True)
        ]
        for label, row in zip(labels, named.astype(object).itertuples(index=False, name=None), strict=True)
    ]
    return Page(IN_MEMORY, "", [head, *body])


def cell_of_value(value: object, address: str) -> Cell:
    """Return a value of a DataFrame as a cell; NaN, None, NaT and empty text are blank.

    >>> cell_of_value(float("nan"), "row 0").kind, cell_of_value(2, "row 0").kind
    ('blank', 'number')
    """
    kept, kind = _plain_value(value)
    return Cell(kept, kind, IN_MEMORY, "", address)


def _plain_value(value: object) -> tuple[CellValue, CellKind]:
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, str) and not value.strip()):
        return None, "blank"
    if isinstance(value, bool | np.bool_):
        return bool(value), "bool"
    if isinstance(value, (dt.date, dt.time, dt.timedelta)):
        return value, "date"
    if isinstance(value, Real):
        number = float(value)
        return (None, "blank") if number != number else (number, "number")  # noqa: PLR0124
    return str(value), "text"


def content_digest(read: Returned) -> str:
    """Return a digest of all that bioal reads in a file: equal for a re-saved, re-sorted or renamed copy."""
    said = {
        "manifest": dict(read.manifest),
        "runs": _rows_said(read.runs),
        "added": _rows_said(read.added),
        "grids": sorted(
            [str(grid.readout.value), grid.plate, well, _said(cell)]
            for grid in read.grids
            for well, cell in grid.wells.items()
            if cell.kind != "blank"
        ),
        "details": {plate: _row_said(fields) for plate, fields in read.details.items()},
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _rows_said(table: ReturnedTable | None) -> list[list[list[str]]]:
    return [] if table is None else sorted(_row_said(row) for row in table.rows)


def _row_said(row: Mapping[str, Cell]) -> list[list[str]]:
    return sorted([normalised(heading), _said(cell)] for heading, cell in row.items() if cell.kind != "blank")


def _said(cell: Cell) -> str:
    value = cell.value
    is_number = cell.kind == "number" and isinstance(value, (int, float))
    return f"{cell.kind} {written(float(value)) if is_number else value}"  # type: ignore[arg-type]


def _read_text(path: Path) -> Returned:
    expected = f"a header row with the heading '{SAMPLE}'"
    table = text_table(path, [frozenset((normalised(SAMPLE),))], expected, FROM_A_READER)
    header = header_row(table.page.rows, [SAMPLE])
    if header is None:  # the separator was chosen for it, but it stands too low, or beside its double
        remedy = "Keep the header row of the run list as the first row, and each heading once."
        raise Refused(Problem("header-unknown", "no such row", expected, remedy, file=path.name))
    runs, warnings = table_at(table.page, header)
    return Returned(path.name, "", "", runs=runs, warnings=(*table.warnings, *warnings))
