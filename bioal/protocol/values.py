"""The value in a returned cell: a number, or an option that a spreadsheet may have changed its type of.

Excel turns `MARCH1` into a date, `TRUE` into a truth value and `1.10` into 1.1. Such a value is taken for
an option only where exactly one option can have become it.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from difflib import get_close_matches
from numbers import Real

from bioal.protocol.headings import normalised
from bioal.protocol.levels import written

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY_MONTH = re.compile(r"(\d{1,2})[ .\-/]?([a-z]{3,9})\.?(?:[ .\-/]?(\d{4}|\d{2}))?")
_MONTH_DAY = re.compile(r"([a-z]{3,9})[ .\-/]?(\d{1,2}|\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})[.\-/](\d{1,2})[.\-/](\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})[.\-/](\d{1,2})(?:[.\-/](\d{4}|\d{2}))?")


class FactorValueError(ValueError):
    """A returned value is no value of its factor: what was found, what is expected, what to do."""

    def __init__(self, found: str, expected: str, remedy: str) -> None:
        super().__init__(f"found {found}; expected {expected}. {remedy}")
        self.found, self.expected, self.remedy = found, expected, remedy

    @classmethod
    def unknown_option(cls, value: object, options: Sequence[str]) -> FactorValueError:
        """Return the error for a value that is no option, with the nearest one as a suggestion."""
        near = get_close_matches(normalised(str(value)), [normalised(option) for option in options], 1)
        meant = [option for option in options if near and normalised(option) == near[0]]
        remedy = (
            f"Did you mean {meant[0]!r}?"
            if meant
            else "Write one of these, or add the option with 'bioal amend'."
        )
        return cls(shown(value), "one of " + ", ".join(map(repr, options)), remedy)


def is_blank(value: object) -> bool:
    """Return whether a value says nothing: None, NaN, NaT or empty text."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return True
    # NaN, NaT and pandas' NA are the only values that are not themselves.
    try:
        return not isinstance(value, str) and bool(value != value)  # noqa: PLR0124
    except TypeError:
        return True


def shown(value: object) -> str:
    """Return a found value in words, for an error."""
    if is_blank(value):
        return "an empty cell"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, dt.date):
        return f"the date {value:%Y-%m-%d}"
    if isinstance(value, Real):
        return written(float(value))
    return repr(str(value))


def number_in(value: object) -> float:
    """Return the finite number in a value; text is read where it is plainly one.

    Raises
    ------
    FactorValueError
        For text, dates, truth values, blanks and infinities.
    """
    if isinstance(value, Real) and not isinstance(value, bool):
        number = float(value)
        if math.isfinite(number):
            return number
    if isinstance(value, str):
        plain = value.strip().replace("\u2212", "-")
        if re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", plain) and math.isfinite(float(plain)):
            return float(plain)
    raise FactorValueError(shown(value), "a number", _remedy_for(value))


def _remedy_for(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(r"\s*[+-]?\d+,\d+\s*", value):
        return f"Write {value.strip().replace(',', '.')} with a decimal point if that is meant."
    if isinstance(value, str) and re.match(r"\s*[+-]?\d", value):
        return "Write the number alone; the unit stands in the heading."
    return "Write a number, or put back the planned one."


def option_meant(value: object, options: Sequence[str]) -> str | None:
    """Return the one option that a cell's value means, None where it means none or several.

    >>> option_meant(1.1, ("1.10", "2")), option_meant(True, ("TRUE", "NA"))
    ('1.10', 'TRUE')
    >>> option_meant(1.1, ("1.10", "1.1"))
    """
    if isinstance(value, str) and value in options:
        return value
    if is_blank(value):
        return None
    meant = [option for option in options if _became(value, option)]
    return meant[0] if len(meant) == 1 else None


def _became(value: object, option: str) -> bool:
    if isinstance(value, str):
        return normalised(value) == normalised(option)
    if isinstance(value, bool):
        return normalised(option) == str(value).casefold()
    if isinstance(value, dt.date):
        return _is_date(option, value)
    if isinstance(value, Real):
        return _is_number(option, float(value))
    return str(value) == option


def _is_number(option: str, number: float) -> bool:
    try:
        return written(number_in(option)) == written(number)
    except FactorValueError:
        percent = option.strip().removesuffix("%")
        return percent != option.strip() and _is_number(percent, 100 * number)


def _is_date(option: str, date: dt.date) -> bool:
    text = normalised(option)
    day, month, year = date.day, date.month, date.year
    if match := _YEAR_FIRST.fullmatch(text):
        return (year, month, day) == tuple(map(int, match.groups()))
    if match := _DAY_FIRST.fullmatch(text):
        first, second = int(match[1]), int(match[2])
        return (first, second) in {(day, month), (month, day)} and _same_year(match[3], year)
    if match := _DAY_MONTH.fullmatch(text):
        return int(match[1]) == day and _month(match[2]) == month and _same_year(match[3], year)
    if match := _MONTH_DAY.fullmatch(text):
        # Excel reads MARCH1 as the first of March, and DEC2023 as the first of December 2023.
        return _month(match[1]) == month and (
            int(match[2]) == day or (day == 1 and _same_year(match[2], year))
        )
    return False


def _month(word: str) -> int:
    return _MONTHS.index(word[:3]) + 1 if word[:3] in _MONTHS else 0


def _same_year(written_year: str | None, year: int) -> bool:
    return written_year is None or int(written_year) % 100 == year % 100
