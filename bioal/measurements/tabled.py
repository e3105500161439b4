"""A notebook's table as numbers: which columns are factors, which rows are one condition, what was measured.

All that is wrong with a table is found before anything is refused. Conditions are put into an order of
their own, so that the order of rows and columns changes nothing.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bioal.errors import DataWarning, Problem, Refused, UsageError
from bioal.evidence import Bools, Floats, Ints
from bioal.protocol.constraints import OnlyWith
from bioal.protocol.factors import Choice, Factor, FactorValueError, Numeric
from bioal.protocol.levels import rounded
from bioal.protocol.protocol import Protocol
from bioal.protocol.space import Space

BLANK = "(blank)"
# Columns that stand beside an experiment and are hardly ever what was varied.
_BESIDE = re.compile(
    r"(notes?|comments?|remarks?|plates?|wells?|samples?|id|index|unnamed: \d+|replicates?|operator|date"
    r"|predicted_mean|predicted_sd|reason|(.*[_ ])?(std|sd|sem|stdev|stderr|var|variance))",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Tabled:
    """A table read: its rows, and the distinct conditions among them.

    Parameters
    ----------
    space
        The factors, spanning every value in the table.
    values, variances
        Per row: the objective, NaN where not measured; its variance, NaN where not given.
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

    @property
    def conditions_measured(self) -> Bools:
        """Return which conditions have a measured row."""
        return self._any(np.isfinite(self.values))

    @property
    def conditions_blank(self) -> Bools:
        """Return which conditions have a row that is not measured."""
        return self._any(np.isnan(self.values))

    def _any(self, rows: Bools) -> Bools:
        return np.bincount(self.condition[rows], minlength=len(self.points)) > 0


@dataclass(frozen=True)
class _Column:
    """A factor with the number of each row's value among `values`."""

    factor: Factor
    values: tuple[float | str | None, ...]
    which: Ints


def tabled(
    table: pd.DataFrame,
    objective: str,
    *,
    factors: Sequence[str] | None = None,
    plate: str | None = None,
    variance: str | None = None,
    plan: Protocol | None = None,
) -> Tabled:
    """Return what a table says.

    Raises
    ------
    UsageError
        When an option names no column.
    Refused
        With every problem of the table.
    """
    beside = [name for name in (objective, plate, variance) if name is not None]
    _require(table, [*beside, *(factors or ())])
    problems: list[Problem] = []
    values = _numbers(table[objective], problems)
    variances = np.full(len(table), np.nan) if variance is None else _numbers(table[variance], problems)
    if (variances < 0).any():
        problems.append(
            _problem("variance-negative", "a negative number", "0 or more", "Mend it.", str(variance))
        )
    columns = _columns(table, beside, factors, plan, problems)
    if problems:
        raise Refused(problems)
    plates = np.zeros(len(table), np.intp) if plate is None else pd.factorize(table[plate], sort=True)[0]
    return _assembled(columns, values, variances, np.asarray(plates, np.intp), plan)


def _require(table: pd.DataFrame, names: Sequence[str]) -> None:
    """Raise UsageError where the table is none, or an option names no column of it."""
    if not isinstance(table, pd.DataFrame):
        raise UsageError(f"table is a {type(table).__name__}; a pandas DataFrame is needed.")
    unknown = [str(name) for name in names if name not in table.columns]
    if unknown:
        known = ", ".join(map(str, table.columns))
        raise UsageError(
            f"There is no column {', '.join(map(repr, unknown))} in the table. Columns: {known}."
        )


def _problem(code: str, found: str, expected: str, remedy: str, column: str, row: object = None) -> Problem:
    place = f'column "{column}"' if row is None else f'column "{column}", row {row}'
    return Problem(code, found, expected, remedy, place=place)


def _numbers(column: pd.Series, problems: list[Problem]) -> Floats:
    """Return a column of numbers, NaN where blank; what is no number becomes a problem."""
    numbers = np.full(len(column), np.nan)
    blank = column.isna().to_numpy()
    for row in np.flatnonzero(~blank):
        value = column.iloc[row]
        number = _number(value)
        if number is None or not np.isfinite(number):
            remedy = "Write the number, or leave it blank where nothing was measured."
            where = str(column.name), column.index[int(row)]
            problems.append(_problem("value-no-number", repr(value), "a number", remedy, *where))
        else:
            numbers[row] = number
    return numbers


def _number(value: object) -> float | None:
    """Return what is a number already; a text is never one."""
    return float(value) if isinstance(value, (int, float, np.number, np.bool_)) else None


def _columns(
    table: pd.DataFrame,
    beside: Sequence[str],
    factors: Sequence[str] | None,
    plan: Protocol | None,
    problems: list[Problem],
) -> list[_Column]:
    if plan is not None:
        return _planned_columns(table, plan, problems)
    names = _factor_names(table, beside, factors, problems)
    # In an order of their own, so that moving a column changes nothing.
    columns = [_column(table[name], problems) for name in sorted(names, key=str)]
    return [column for column in columns if column is not None]


def _factor_names(
    table: pd.DataFrame, beside: Sequence[str], factors: Sequence[str] | None, problems: list[Problem]
) -> list[str]:
    names = [name for name in table.columns if name not in beside] if factors is None else list(factors)
    twice = {str(name) for name in names if names.count(name) > 1 or (table.columns == name).sum() > 1}
    problems.extend(
        _problem("column-twice", "two of this name", "one", "Rename or drop one.", name)
        for name in sorted(twice)
    )
    if factors is None:
        remedy = "Drop the column or, if it was varied, name all factors: propose(..., factors=[...])."
        problems.extend(
            _problem("not-a-factor", "a name that is hardly a factor's", "factors only", remedy, str(name))
            for name in names
            if _BESIDE.fullmatch(str(name))
        )
    if not names:
        problems.append(Problem("no-factor", "no column of a factor", "one or more", "Add what was varied."))
    return [name for name in names if str(name) not in twice]


def _column(column: pd.Series, problems: list[Problem]) -> _Column | None:
    """Return a column as a factor of its own values; None, and a problem, where it cannot be one."""
    name = str(column.name)
    if isinstance(column.dtype, pd.CategoricalDtype) or not _is_numeric(column):
        return _choice(column, problems)
    before = len(problems)
    numbers = _numbers(column, problems)
    blank = np.flatnonzero(column.isna().to_numpy())
    if len(blank):
        remedy = "Fill in the amount (0 if there was none), or drop these rows."
        found = f"no value in {len(blank)} rows, the first {column.index[blank[0]]!r}"
        problems.append(_problem("factor-blank", found, "a number in every row", remedy, name))
    if len(problems) > before:
        return None
    raw, inverse = np.unique(numbers, return_inverse=True)
    levels, which = np.unique([rounded(float(level)) for level in raw], return_inverse=True)
    factor = Numeric(name, "", tuple(float(level) for level in levels))
    return _Column(factor, factor.levels, np.asarray(which[inverse], np.intp))


def _is_numeric(column: pd.Series) -> bool:
    """Return whether every value is a number; booleans are options."""
    if pd.api.types.is_bool_dtype(column.dtype):
        return False
    if pd.api.types.is_numeric_dtype(column.dtype):
        return not pd.api.types.is_complex_dtype(column.dtype)
    there = [value for value in column.dropna() if isinstance(value, bool) or _number(value) is None]
    return not there and bool(column.notna().any())


def _choice(column: pd.Series, problems: list[Problem]) -> _Column | None:
    name = str(column.name)
    if pd.api.types.is_datetime64_any_dtype(column.dtype) or pd.api.types.is_timedelta64_dtype(column.dtype):
        remedy = "Drop the column, or turn it into numbers."
        problems.append(_problem("factor-date", "dates", "numbers or options", remedy, name))
        return None
    ordered = isinstance(column.dtype, pd.CategoricalDtype) and bool(column.cat.ordered)
    texts = [BLANK if missing else str(value) for value, missing in zip(column, column.isna(), strict=True)]
    options = [str(option) for option in column.cat.categories] if ordered else sorted(set(texts))
    there = set(texts)
    options = [option for option in options if option in there]
    _warn_of_options(name, options)
    if ordered and BLANK in there:
        options.append(BLANK)
    number = {option: code for code, option in enumerate(options)}
    which = np.array([number[text] for text in texts], np.intp)
    return _Column(Choice(name, tuple(options), ordered=ordered), tuple(options), which)


def _warn_of_options(name: str, options: Sequence[str]) -> None:
    said = []
    if BLANK in options:
        said.append(f'Column "{name}" has blanks: they are taken as an option of their own.')
    if sum(_reads_as_number(option) for option in options) > max(1, len(options) // 2):
        said.append(f'Column "{name}" holds numbers written as text: they are taken as options, not amounts.')
    for sentence in said:
        warnings.warn(sentence, DataWarning, stacklevel=7)


def _reads_as_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _planned_columns(table: pd.DataFrame, plan: Protocol, problems: list[Problem]) -> list[_Column]:
    """Return the protocol's factors, each found by its name or its heading with the unit."""
    conditional = {rule.factor for rule in plan.constraints if isinstance(rule, OnlyWith)}
    columns = []
    for factor in plan.factors:
        name = next((known for known in (factor.name, factor.heading) if known in table.columns), None)
        if name is None:
            expected = f'a column "{factor.heading}"'
            problems.append(_problem("column-missing", "none", expected, "Add it.", factor.name))
            continue
        columns.append(_planned_column(table[name], factor, factor.name in conditional, problems))
    return columns


def _planned_column(column: pd.Series, factor: Factor, blank: bool, problems: list[Problem]) -> _Column:
    codes, raw = pd.factorize(column.astype(object), use_na_sentinel=False)
    values: list[float | str | None] = []
    for value in raw:
        parsed: float | str | None = None
        if not pd.isna(value):
            parsed = _parsed(value, factor, column, problems)
        elif not blank:
            remedy = "Fill it in."
            problems.append(_problem("factor-blank", "a blank", factor.heading, remedy, str(column.name)))
        values.append(parsed)
    return _Column(factor, tuple(values), np.asarray(codes, np.intp))


def _parsed(value: object, factor: Factor, column: pd.Series, problems: list[Problem]) -> float | str | None:
    try:
        return factor.parsed(value)
    except FactorValueError as error:
        found, expected, remedy = error.found, error.expected, error.remedy
        problems.append(_problem("factor-value", found, expected, remedy, str(column.name)))
        return None


def _assembled(
    columns: Sequence[_Column], values: Floats, variances: Floats, plates: Ints, plan: Protocol | None
) -> Tabled:
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
        factor.name: pd.Series([column.values[code] for code in distinct[:, number]], dtype=object)
        for number, (factor, column) in enumerate(zip(spanning, columns, strict=True))
    }
    # Later assignments win: the first row of each condition, a blank one before any other.
    order = np.lexsort((-np.arange(len(rows)), np.isnan(values)))
    first = np.zeros(len(distinct), np.intp)
    first[condition[order]] = order
    return Tabled(
        space=space,
        values=values,
        variances=variances,
        plates=plates,
        condition=condition,
        points=np.concatenate(parts, axis=1),
        conditions=pd.DataFrame(frame, columns=list(space.names)),
        first_rows=first,
    )
