"""A cell as it came back: its value, what kind of value, and its address. Nobody has judged it yet.

`sheets` makes cells from workbooks, CSV files and tables; `checking` judges them. A cell keeps the
difference between blank, error, uncomputed formula and text, which a DataFrame loses.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bioal.errors import Problem

CellKind = Literal["blank", "number", "text", "bool", "date", "error", "formula"]
CellValue = float | int | str | bool | dt.date | dt.datetime | dt.time | dt.timedelta | None


@dataclass(frozen=True)
class Cell:
    """One value with its address.

    `kind` is "formula" only where a formula has no computed value; "error" for #N/A, #DIV/0! and the like.
    `raw` is what stood there, where the value was computed from it; `error` and `curve_error` are what that
    leaves uncertain, as of a `Reading`.
    """

    value: CellValue
    kind: CellKind
    file: str = ""
    sheet: str = ""
    address: str = ""
    raw: str = ""
    error: float = math.nan
    curve_error: float = math.nan

    def problem(self, code: str, expected: str, remedy: str, *, found: str | None = None) -> Problem:
        """Return a problem located at this cell."""
        said = found if found is not None else ("an empty cell" if self.kind == "blank" else repr(self.value))
        return Problem(code, said, expected, remedy, file=self.file, sheet=self.sheet, cell=self.address)


@dataclass(frozen=True)
class ReturnedTable:
    """A list of rows under one header row; headings are normalised (NFKC, single spaces, stripped)."""

    headings: Mapping[str, Cell]
    rows: tuple[Mapping[str, Cell], ...]


@dataclass(frozen=True)
class ReturnedGrid:
    """One plate grid of a paste sheet: the readout's heading, the plate's name, a cell per well."""

    readout: Cell
    plate: str
    wells: Mapping[str, Cell]


@dataclass(frozen=True)
class Returned:
    """A returned file, read but not judged.

    Parameters
    ----------
    file, sha256
        Name without folder; digest of the bytes ("" for a table handed over in memory).
    content
        Digest of everything in it that bioal reads, equal for a re-saved copy.
    manifest
        The hidden sheet's keys (campaign, round, head, schema, ...); empty where it is lost.
    runs
        The run list, or None where there is none.
    grids
        The paste-sheet grids, one per plate and readout.
    added
        The rows of "Added conditions", or None.
    details
        The plate details as typed: plate name -> field -> cell.
    warnings
        Sentences for the person: hidden rows, ignored columns, renamed headings.
    operator, lab
        Who read all of it, where the person said so; "" where nobody is named.
    """

    file: str
    sha256: str
    content: str
    manifest: Mapping[str, str] = field(default_factory=dict)
    runs: ReturnedTable | None = None
    grids: tuple[ReturnedGrid, ...] = ()
    added: ReturnedTable | None = None
    details: Mapping[str, Mapping[str, Cell]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    operator: str = ""
    lab: str = ""
