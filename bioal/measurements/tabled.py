"""A notebook's table as numbers: which columns are factors, which rows are one condition, what was measured.

All that is wrong with a table is found before anything is refused. Conditions are put into an order of
their own, so that the order of rows and columns changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bioal.errors import Problem, Refused, UsageError
from bioal.evidence import Bools, Floats, Ints
from bioal.measurements.numbers import LARGEST
from bioal.measurements.tabled_columns import (
    Column,
    columns_of,
    failures_in,
    numbers_in,
    outcomes_in,
    problem,
)
from bioal.protocol.definition import Protocol
from bioal.protocol.outcomes import Outcomes
from bioal.protocol.space import Space
from bioal.protocol.spelling import suggestion


@dataclass(frozen=True)
class Tabled:
    """A table read: its rows, and the distinct conditions among them.

    Parameters
    ----------
    space
        The factors, spanning every value in the table.
    values, variances
        Per row: the objective (or which outcome), NaN where not measured; its variance, NaN where not given.
    failed
        Per row: whether it did not work, so that there is no objective.
    plates, condition
        Per row: the number of its plate, and of its condition.
    points, conditions
        Per distinct condition: its point, and the values of its factors.
    first_rows
        Per distinct condition: the first row of the table that is blank, else the first row.
    """

    space: Space
    values: Floats
    variances: Floats
    plates: Ints
    condition: Ints
    points: Floats
    conditions: pd.DataFrame
    first_rows: Ints
    failed: Bools

    @property
    def conditions_measured(self) -> Bools:
        """Return which conditions have a measured row."""
        return self._any(np.isfinite(self.values) | self.failed)

    @property
    def conditions_blank(self) -> Bools:
        """Return which conditions have a row that is not measured."""
        return self._any(np.isnan(self.values) & ~self.failed)

    def _any(self, rows: Bools) -> Bools:
        return np.bincount(self.condition[rows], minlength=len(self.points)) > 0


def tabled(  # noqa: PLR0913  the columns that may stand beside the factors, each by name
    table: pd.DataFrame,
    objective: str,
    *,
    factors: Sequence[str] | None = None,
    plate: str | None = None,
    variance: str | None = None,
    plan: Protocol | None = None,
    outcomes: Outcomes | None = None,
    works: str | None = None,
) -> Tabled:
    """Return what a table says; with `outcomes` the objective is one of them.

    Raises
    ------
    UsageError
        When an option names no column.
    Refused
        With every problem of the table.
    """
    beside = [name for name in (objective, plate, variance, works) if name is not None]
    _require(table, [*beside, *(factors or ())])
    if plan is None and table.empty:
        remedy = "Add a row for each condition that could be measured, its yield blank."
        raise Refused(Problem("no-rows", "a table without rows", "one row per condition", remedy))
    problems: list[Problem] = []
    column = table[objective]
    values = numbers_in(column, problems) if outcomes is None else outcomes_in(column, outcomes, problems)
    failed = np.zeros(len(table), bool) if works is None else failures_in(table[works], problems)
    # What failed shows no yield, whatever was read.
    values = np.where(failed, np.nan, values)
    variances = np.full(len(table), np.nan) if variance is None else _squares(table[variance], problems)
    if (variances < 0).any():
        problems.append(
            problem("variance-negative", "a negative number", "0 or more", "Mend it.", str(variance))
        )
    columns = columns_of(table, beside, factors, plan, problems)
    if problems:
        raise Refused(problems)
    plates = np.zeros(len(table), np.intp) if plate is None else pd.factorize(table[plate], sort=True)[0]
    told = _Told(values, variances, np.asarray(plates, np.intp), failed)
    return _assembled(columns, told, plan)


def _squares(column: pd.Series, problems: list[Problem]) -> Floats:
    return numbers_in(column, problems, LARGEST**2)


def _require(table: pd.DataFrame, names: Sequence[str]) -> None:
    """Raise UsageError where the table is none, or an option names no column of it."""
    if not isinstance(table, pd.DataFrame):
        raise UsageError(f"table is a {type(table).__name__}; a pandas DataFrame is needed.")
    unknown = [str(name) for name in names if name not in table.columns]
    if unknown:
        known = tuple(map(str, table.columns))
        listed = f"{', '.join(map(repr, unknown))} in the table. {suggestion(unknown[0], known)}".rstrip()
        raise UsageError(f"There is no column {listed} Columns: {', '.join(known)}.")
    twice = [str(name) for name in names if (table.columns == name).sum() > 1]
    if twice:
        raise UsageError(f"The table has several columns {twice[0]!r}: rename or drop all but one.")


@dataclass(frozen=True)
class _Told:
    """What the columns beside the factors say, one entry per row."""

    values: Floats
    variances: Floats
    plates: Ints
    failed: Bools


def _assembled(columns: Sequence[Column], told: _Told, plan: Protocol | None) -> Tabled:
    spanning = tuple(column.factor.spanning(column.values) for column in columns)
    space = Space(spanning, () if plan is None else plan.constraints)
    rows = np.column_stack([column.which for column in columns])
    distinct, condition = np.unique(rows, axis=0, return_inverse=True)
    condition = np.asarray(condition.ravel(), np.intp)
    parts = [
        factor.encode(column.values)[distinct[:, number]]
        for number, (factor, column) in enumerate(zip(spanning, columns, strict=True))
    ]
    frame = {
        factor.name: np.array(column.values, object)[distinct[:, number]]
        for number, (factor, column) in enumerate(zip(spanning, columns, strict=True))
    }
    # Later assignments win: the first row of each condition, a blank one before any other.
    order = np.lexsort((-np.arange(len(rows)), np.isnan(told.values) & ~told.failed))
    first = np.zeros(len(distinct), np.intp)
    first[condition[order]] = order
    return Tabled(
        space=space,
        values=told.values,
        variances=told.variances,
        plates=told.plates,
        failed=told.failed,
        condition=condition,
        points=np.concatenate(parts, axis=1),
        conditions=pd.DataFrame(frame, columns=list(space.names), dtype=object),
        first_rows=first,
    )
