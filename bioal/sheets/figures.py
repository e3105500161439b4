"""What a workbook of figures is made of: pages of blocks, each a drawing over its numbers.

Whoever knows the numbers describes pages in these words; `sheets.report_workbook` alone writes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

Kind = Literal["scatter", "columns", "bars"]
Mark = Literal["line", "dashed", "dots", "crosses", "both"]
Shading = Literal["none", "rising", "parting"]

ACCENT, SECOND, QUIET, PALE = "0B5CAD", "B0440A", "7D868F", "B9C4CF"


@dataclass(frozen=True)
class Series:
    """One series of a drawing: columns of one of its block's tables.

    Parameters
    ----------
    table
        Which of the block's tables, from 0.
    across, up
        Columns of the table.
    below, above
        Columns with the lengths of the error bars; "" where there are none.
    """

    name: str
    across: str
    up: str
    table: int = 0
    mark: Mark = "both"
    colour: str = ACCENT
    below: str = ""
    above: str = ""


@dataclass(frozen=True)
class Drawing:
    """A native chart; `bars` lie, the first row on top."""

    kind: Kind
    across: str
    up: str
    series: tuple[Series, ...]
    high: int = 17  # rows that it covers


@dataclass(frozen=True)
class Table:
    """Numbers and texts under headings.

    Parameters
    ----------
    frame
        Texts and numbers; None and NaN are blank cells.
    shading
        Whether numbers are tinted from low to high, or about zero.
    fills
        (row, column) of single cells, from 0 -> their fill.
    strong
        Cells (row, column) that are marked.
    narrow
        Width of every column but the first in characters; 0 fits each to its content.
    aside
        Its last columns, where only the chart needs them: they stand beside the printed page.
    printed
        Whether it is printed; the long lists behind a chart stand beside the page.
    """

    frame: pd.DataFrame
    shading: Shading = "none"
    fills: Mapping[tuple[int, int], str] = field(default_factory=dict)
    strong: frozenset[tuple[int, int]] = frozenset()
    narrow: float = 0.0
    aside: tuple[str, ...] = ()
    printed: bool = True

    @property
    def page(self) -> pd.DataFrame:
        """Return the columns that stand on the printed page."""
        return self.frame.drop(columns=list(self.aside if self.printed else self.frame.columns))

    @property
    def beside(self) -> pd.DataFrame:
        """Return the columns that stand beside it."""
        return self.frame[list(self.aside)] if self.printed else self.frame


@dataclass(frozen=True)
class Block:
    """A heading, words, a drawing and the tables that it shows, side by side."""

    heading: str
    words: str = ""
    tables: tuple[Table, ...] = ()
    drawing: Drawing | None = None

    @property
    def wide(self) -> int:
        """Return how many columns of the printed page its tables take, with one between two."""
        taken = [len(table.page.columns) for table in self.tables if table.printed]
        return sum(taken) + max(len(taken) - 1, 0)


@dataclass(frozen=True)
class FigurePage:
    """A sheet; `whole` prints all of it on one page of A4."""

    name: str
    title: str
    blocks: tuple[Block, ...]
    whole: bool = False
    landscape: bool = True
