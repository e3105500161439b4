"""Terms of a condition's values, sums of them between bounds, and bounds in words.

An inactive (blank) factor is worth nothing in a sum and takes no part in a product.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from bioal.protocol.arrays import Bools, Floats
from bioal.protocol.factors import Value
from bioal.protocol.levels import rounded, written
from bioal.protocol.values import is_blank, number_in

Term = Callable[[Any], float]
# Stands for the logarithm of zero: far below any product that can be written, and finite for the solver.
LOG_OF_ZERO = -1e3
RELATIVE_SLACK = 1e-9


@dataclass(frozen=True)
class Bounded:
    """A sum of terms, one per factor named, that lies between `low` and `high`, and not inside `gap`."""

    terms: Mapping[str, Term]
    low: float
    high: float
    gap: tuple[float, float] | None = None

    def holds(self, conditions: pd.DataFrame) -> Bools:
        """Return which conditions keep the bounds, shape (n,)."""
        columns = [[term(value) for value in conditions[name]] for name, term in self.terms.items()]
        terms = np.asarray(columns, float).T.reshape(len(conditions), -1)
        return within(terms, self.low, self.high, self.gap)


def within(terms: Floats, low: float, high: float, gap: tuple[float, float] | None = None) -> Bools:
    """Return which rows of terms, shape (n, k), sum to something between the bounds and outside the gap."""
    sums, largest = terms.sum(axis=1), np.abs(terms).sum(axis=1)
    room = RELATIVE_SLACK * largest
    kept = (sums >= low - room) & (sums <= high + room)
    if gap is not None:
        kept &= (sums <= gap[0] + room) | (sums >= gap[1] - room)
    return np.asarray(kept)


def amount(value: object) -> float:
    """Return the number in a value, 0 for a blank."""
    return 0.0 if is_blank(value) else number_in(value)


@dataclass(frozen=True)
class Limits:
    """The bounds of a constraint as written: at least, at most, or both; equals is both at once."""

    at_least: float | None = None
    at_most: float | None = None

    def __post_init__(self) -> None:
        if self.at_least is None and self.at_most is None:
            raise ValueError("a constraint needs at_least, at_most or equals")
        if self.low > self.high:
            raise ValueError(f"at_least {self.low:g} lies above at_most {self.high:g}")

    @property
    def low(self) -> float:
        """Return the lower bound, -inf where there is none."""
        return -np.inf if self.at_least is None else self.at_least

    @property
    def high(self) -> float:
        """Return the upper bound, inf where there is none."""
        return np.inf if self.at_most is None else self.at_most

    def words(self) -> str:
        """Return the bounds in words.

        >>> Limits(1, 3).words(), Limits(2, 2).words()
        ('at least 1 and at most 3', 'exactly 2')
        """
        if self.at_least == self.at_most and self.at_least is not None:
            return f"exactly {written(self.at_least)}"
        lower = [] if self.at_least is None else [f"at least {written(self.at_least)}"]
        upper = [] if self.at_most is None else [f"at most {written(self.at_most)}"]
        return " and ".join(lower + upper)


def all_hold(sums: tuple[Bounded, ...], conditions: pd.DataFrame) -> Bools:
    """Return which conditions keep all sums, shape (n,)."""
    return np.asarray(np.logical_and.reduce([bounded.holds(conditions) for bounded in sums]))


def times(weight: float) -> Term:
    """Return the term that multiplies an amount."""
    return lambda value: weight * amount(value)


def log_times(power: float) -> Term:
    """Return the term that multiplies the logarithm of an amount; 0 for a blank, NaN below zero."""

    def term(value: object) -> float:
        if is_blank(value):
            return 0.0
        number = number_in(value)
        return power * (math.log(number) if number > 0 else LOG_OF_ZERO if number == 0 else math.nan)

    return term


def one_of(values: tuple[Value, ...], weight: float = 1.0) -> Term:
    """Return the term that is worth its weight where a value is one of these."""
    wanted = {_comparable(value) for value in values}
    return lambda value: weight * (not is_blank(value) and _comparable(value) in wanted)


def _comparable(value: object) -> Value:
    return value if isinstance(value, str) else rounded(number_in(value))


def there(weight: float) -> Term:
    """Return the term that is worth its weight where a value is there."""
    return lambda value: weight * (not is_blank(value))


def listed(values: tuple[Value, ...]) -> str:
    """Return values in words: a or b."""
    return " or ".join(value if isinstance(value, str) else written(value) for value in values)
