"""Tables without the columns of the factors: sample ids from an instrument, and what vouches for them.

The key beside each id does (`bioal samples` writes it); else the person, on purpose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bioal.errors import Problem
from bioal.measurements.cells import Cell
from bioal.measurements.checking_columns import Columns
from bioal.measurements.checking_samples import Row
from bioal.measurements.numbers import plain
from bioal.plates.columns import KEY

LOST = "column-missing"


def key_problems(rows: Sequence[Row], columns: Columns, keys: Mapping[str, str]) -> tuple[Problem, ...]:
    """Return the problem of each row whose key is not that of its sample, none without a column of keys."""
    if KEY not in columns.own:
        return ()
    return tuple(
        _problem(row, cell) for row in rows if _said(cell := row.cells[columns.own[KEY]]) != keys[row.sample]
    )


def _said(cell: Cell) -> str:
    """Return a key as it was written: a spreadsheet program may have made 12345678 of it."""
    value = cell.value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{int(value):08d}" if float(value).is_integer() else ""
    return plain(str(value)).casefold()


def _problem(row: Row, cell: Cell) -> Problem:
    remedy = (
        "The row belongs to another campaign, or to a condition before a veto, or the columns were moved "
        "against each other; export the queue again with bioal samples."
    )
    return cell.problem("key-other", f"the key of {row.sample} in this campaign", remedy)


def unwitnessed(
    missing: Sequence[Problem], columns: Columns
) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """Return the problems of missing columns that stand, and those that a person may accept.

    Where all factors are missing, keys vouch for the ids; without keys, the person may.
    """
    lost = [problem for problem in missing if problem.code == LOST]
    rest = tuple(problem for problem in missing if problem.code != LOST)
    if columns.factors or not lost:
        return tuple(missing), ()
    if KEY in columns.own:
        return rest, ()
    remedy = (
        "Keep the factor columns of the run list, or the column Key that bioal samples writes; if the ids "
        "are surely of this campaign, accept them alone: --accept ids."
    )
    return rest, tuple(
        Problem("ids-alone", f"sample ids alone: {one.found}", one.expected, remedy, one.file)
        for one in lost
    )
