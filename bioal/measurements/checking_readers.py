"""Who read each value: what the person said of the file, or what its columns Operator and Lab say row by row.

The column Operator of a run list says who was to make a sample. Where it still says so, it says nothing of
who read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from bioal.errors import Problem
from bioal.measurements.cells import Cell, Returned
from bioal.measurements.checking_columns import Columns
from bioal.measurements.checking_samples import Row
from bioal.measurements.numbers import plain
from bioal.measurements.readings import Reading
from bioal.plates.columns import LAB
from bioal.protocol.headings import LONGEST_NAME, OPERATOR

Readers = Mapping[str, tuple[str, str]]  # sample -> operator, lab


def readers_of(
    rows: Sequence[Row], columns: Columns, planned: pd.Series
) -> tuple[Readers, tuple[Problem, ...]]:
    """Return who read each sample by the columns of a table, and the problems of cells that are no name.

    Parameters
    ----------
    planned
        Sample id -> the operator of the plan, "" where there is none.
    """
    found: dict[str, tuple[str, str]] = {}
    problems: list[Problem] = []
    for row in rows:
        said = [_named(columns.cell(row.cells, word)) for word in (OPERATOR, LAB)]
        problems += [one for one in said if isinstance(one, Problem)]
        operator, lab = ("" if isinstance(one, Problem) else one for one in said)
        found[row.sample] = ("" if operator == planned.get(row.sample, "") else operator, lab)
    return found, tuple(problems)


def _named(cell: Cell | None) -> str | Problem:
    if cell is None:
        return ""
    name = " ".join(plain(str(cell.value)).split())
    if cell.kind not in ("text", "number") or not name.isprintable() or len(name) > LONGEST_NAME:
        remedy = "Type the name, or clear the cell."
        return cell.problem("name-unreadable", "the name of a person or lab", remedy)
    return name


def named(readings: Iterable[Reading], readers: Readers, returned: Returned) -> tuple[Reading, ...]:
    """Return readings with who read them: by the columns, else as was said of the whole file."""
    made = []
    for reading in readings:
        operator, lab = readers.get(reading.sample, ("", ""))
        made.append(replace(reading, operator=operator or returned.operator, lab=lab or returned.lab))
    return tuple(made)
