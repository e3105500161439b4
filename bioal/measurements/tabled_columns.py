"""The columns of a notebook's table: numbers, options, and factors, with all that is wrong with them.

Numeric columns are numeric factors; text, booleans and categories are choices. Without a protocol a
factor spans its own column; with one, values are read as the protocol's factor reads a returned cell.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bioal.errors import DataWarning, Problem
from bioal.evidence import Bools, Floats, Ints
from bioal.measurements.numbers import LARGEST
from bioal.protocol.constraints import OnlyWith
from bioal.protocol.definition import Protocol
from bioal.protocol.factors import Choice, Factor, FactorValueError, Numeric
from bioal.protocol.levels import rounded
from bioal.protocol.outcomes import Outcomes
from bioal.protocol.spelling import suggestion

BLANK = "(blank)"
# Columns that stand beside an experiment and are hardly ever what was varied.
_BESIDE = re.compile(
    r"(notes?|comments?|remarks?|plates?|wells?|samples?|id|index|unnamed: \d+|replicates?|operator|date"
    r"|predicted_mean|predicted_sd|reason|chance of .*|(.*[_ ])?(std|sd|sem|stdev|stderr|var|variance))",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Column:
    """A factor with the number of each row's value among `values`."""

    factor: Factor
    values: tuple[float | str | None, ...]
    which: Ints


def problem(code: str, found: str, expected: str, remedy: str, column: str, row: object = None) -> Problem:
    """Return a problem of a column, or of one row of it, named by its index label."""
    place = f'column "{column}"' if row is None else f'column "{column}", row {row}'
    return Problem(code, found, expected, remedy, place=place)


def numbers_in(column: pd.Series, problems: list[Problem], largest: float = LARGEST) -> Floats:
    """Return a column of numbers, NaN where blank; what is no number, or too large or small, is a problem.

    Zero is fine; another number is too small where it is less than 1 / `largest`.
    """
    if pd.api.types.is_float_dtype(column.dtype) or pd.api.types.is_integer_dtype(column.dtype):
        # Numbers already, as nearly always: looked at together, and one by one only where one is wrong.
        plain = column.to_numpy(np.float64, na_value=np.nan)
        size = np.abs(plain[~np.isnan(plain)])
        if ((size <= largest) & ((size == 0) | (size >= 1 / largest))).all():
            return plain.copy()
    numbers = np.full(len(column), np.nan)
    for row in np.flatnonzero(~column.isna().to_numpy()):
        value = column.iloc[row]
        number = _number(value)
        where = str(column.name), column.index[int(row)]
        if number is None or not abs(number) <= largest:
            remedy = "Write the number, or leave it blank where nothing was measured."
            expected = f"a number of at most {largest:g}"
            problems.append(problem("value-no-number", repr(value), expected, remedy, *where))
        elif 0 < abs(number) < 1 / largest:
            remedy, expected = "Write 0, or change the unit of the column.", f"0, or at least {1 / largest:g}"
            problems.append(problem("value-too-small", repr(value), expected, remedy, *where))
        else:
            numbers[row] = number
    return numbers


def outcomes_in(column: pd.Series, outcomes: Outcomes, problems: list[Problem]) -> Floats:
    """Return which outcome each row has, NaN where blank; a word that is none of them is a problem."""
    codes = np.full(len(column), np.nan)
    for row in np.flatnonzero(~column.isna().to_numpy()):
        value = column.iloc[row]
        code = outcomes.code(str(value))
        if code is None:
            expected = f"one of {', '.join(outcomes.names)}"
            remedy = suggestion(str(value), outcomes.names) or "Write one of them, or leave it blank."
            where = str(column.name), column.index[int(row)]
            problems.append(problem("outcome-unknown", repr(value), expected, remedy, *where))
        else:
            codes[row] = code
    return codes


def failures_in(column: pd.Series, problems: list[Problem]) -> Bools:
    """Return which rows failed: a column of true and false, blank where that is not known."""
    told = [None if pd.isna(value) else value for value in column]
    wrong = [row for row, value in enumerate(told) if not isinstance(value, bool | np.bool_ | None)]
    for row in wrong:
        where = str(column.name), column.index[row]
        remedy = "Write True where it worked, False where it failed."
        problems.append(problem("value-no-truth", repr(told[row]), "True or False", remedy, *where))
    return np.array([value is not None and not bool(value) for value in told], bool)


def _number(value: object) -> float | None:
    """Return what is a number already; a text is never one."""
    return float(value) if isinstance(value, (int, float, np.number, np.bool_)) else None


def columns_of(
    table: pd.DataFrame,
    beside: Sequence[str],
    factors: Sequence[str] | None,
    plan: Protocol | None,
    problems: list[Problem],
) -> list[Column]:
    """Return the columns that are factors; what is wrong with them is added to the problems."""
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
        problem("column-twice", "two of this name", "one", "Rename or drop one.", name)
        for name in sorted(twice)
    )
    if factors is None:
        remedy = "Drop the column or, if it was varied, name all factors: propose(..., factors=[...])."
        problems.extend(
            problem("not-a-factor", "a name that is hardly a factor's", "factors only", remedy, str(name))
            for name in names
            if _BESIDE.fullmatch(str(name))
        )
    if not names:
        problems.append(Problem("no-factor", "no column of a factor", "one or more", "Add what was varied."))
    return [name for name in names if str(name) not in twice]


def _column(column: pd.Series, problems: list[Problem]) -> Column | None:
    """Return a column as a factor of its own values; None, and a problem, where it cannot be one."""
    name = str(column.name)
    if isinstance(column.dtype, pd.CategoricalDtype) or not _is_numeric(column):
        return _choice(column, problems)
    before = len(problems)
    numbers = numbers_in(column, problems)
    blank = np.flatnonzero(column.isna().to_numpy())
    if len(blank):
        remedy = "Fill in the amount (0 if there was none), or drop these rows."
        found = f"no value in {len(blank)} rows, the first {column.index[blank[0]]!r}"
        problems.append(problem("factor-blank", found, "a number in every row", remedy, name))
    if len(problems) > before:
        return None
    raw, inverse = np.unique(numbers, return_inverse=True)
    levels, which = np.unique([rounded(float(level)) for level in raw], return_inverse=True)
    factor = Numeric(name, "", tuple(float(level) for level in levels))
    return Column(factor, factor.levels, np.asarray(which[inverse], np.intp))


def _is_numeric(column: pd.Series) -> bool:
    """Return whether every value is a number; booleans are options."""
    if pd.api.types.is_bool_dtype(column.dtype):
        return False
    if pd.api.types.is_numeric_dtype(column.dtype):
        return not pd.api.types.is_complex_dtype(column.dtype)
    there = [value for value in column.dropna() if isinstance(value, bool) or _number(value) is None]
    return not there and bool(column.notna().any())


def _choice(column: pd.Series, problems: list[Problem]) -> Column | None:
    name = str(column.name)
    if pd.api.types.is_datetime64_any_dtype(column.dtype) or pd.api.types.is_timedelta64_dtype(column.dtype):
        remedy = "Drop the column, or turn it into numbers."
        problems.append(problem("factor-date", "dates", "numbers or options", remedy, name))
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
    return Column(Choice(name, tuple(options), ordered=ordered), tuple(options), which)


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


def _planned_columns(table: pd.DataFrame, plan: Protocol, problems: list[Problem]) -> list[Column]:
    """Return the protocol's factors, each found by its name or its heading with the unit."""
    conditional = {rule.factor for rule in plan.constraints if isinstance(rule, OnlyWith)}
    columns = []
    for factor in plan.factors:
        name = next((known for known in (factor.name, factor.heading) if known in table.columns), None)
        if name is None:
            expected = f'a column "{factor.heading}"'
            problems.append(problem("column-missing", "none", expected, "Add it.", factor.name))
            continue
        columns.append(_planned_column(table[name], factor, factor.name in conditional, problems))
    return columns


def _planned_column(column: pd.Series, factor: Factor, blank: bool, problems: list[Problem]) -> Column:
    codes, raw = pd.factorize(column.astype(object), use_na_sentinel=False)
    values: list[float | str | None] = []
    for value in raw:
        parsed: float | str | None = None
        if not pd.isna(value):
            parsed = _parsed(value, factor, column, problems)
        elif not blank:
            remedy = "Fill it in."
            problems.append(problem("factor-blank", "a blank", factor.heading, remedy, str(column.name)))
        values.append(parsed)
    return Column(factor, tuple(values), np.asarray(codes, np.intp))


def _parsed(value: object, factor: Factor, column: pd.Series, problems: list[Problem]) -> float | str | None:
    try:
        return factor.parsed(value)
    except FactorValueError as error:
        found, expected, remedy = error.found, error.expected, error.remedy
        problems.append(problem("factor-value", found, expected, remedy, str(column.name)))
        return None
