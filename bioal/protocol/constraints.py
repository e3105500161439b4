"""Rules that every condition keeps, each as sums of terms, one term per factor, between two bounds.

A weighted sum is one; so is a product (its logarithm), a ratio (numerator minus bound times
denominator), a count of factors above zero, a forbidden combination (how many of its parts are there),
a factor that is only there with an option. One form means one way to count, sample and refute.
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
    """A sum of terms, one per factor named, that lies between `low` and `high`."""

    terms: Mapping[str, Term]
    low: float
    high: float

    def holds(self, conditions: pd.DataFrame) -> Bools:
        """Return which conditions keep the bounds, shape (n,)."""
        columns = [[term(value) for value in conditions[name]] for name, term in self.terms.items()]
        return within(np.asarray(columns, float).T.reshape(len(conditions), -1), self.low, self.high)


def within(terms: Floats, low: float, high: float) -> Bools:
    """Return which rows of terms, shape (n, k), sum to something between the bounds."""
    sums, largest = terms.sum(axis=1), np.abs(terms).sum(axis=1)
    room = RELATIVE_SLACK * np.maximum(
        largest, max((abs(b) for b in (low, high) if np.isfinite(b)), default=0.0)
    )
    return np.asarray((sums >= low - room) & (sums <= high + room))


def _amount(value: object) -> float:
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


def _all_hold(sums: tuple[Bounded, ...], conditions: pd.DataFrame) -> Bools:
    return np.asarray(np.logical_and.reduce([bounded.holds(conditions) for bounded in sums]))


def _times(weight: float) -> Term:
    return lambda value: weight * _amount(value)


def _log_times(power: float) -> Term:
    def term(value: object) -> float:
        if is_blank(value):
            return 0.0
        number = number_in(value)
        return power * (math.log(number) if number > 0 else LOG_OF_ZERO if number == 0 else math.nan)

    return term


def _one_of(values: tuple[Value, ...], weight: float = 1.0) -> Term:
    wanted = {rounded(value) if isinstance(value, float | int) else value for value in values}
    return lambda value: weight * (not is_blank(value) and value in wanted)


def _there(weight: float) -> Term:
    return lambda value: weight * (not is_blank(value))


def _listed(values: tuple[Value, ...]) -> str:
    return " or ".join(value if isinstance(value, str) else written(value) for value in values)


@dataclass(frozen=True)
class Linear:
    """A weighted sum of numeric factors between limits; an inactive factor counts as zero."""

    weights: Mapping[str, float]
    limits: Limits

    @property
    def names(self) -> tuple[str, ...]:
        """Return the factors it speaks of."""
        return tuple(self.weights)

    def sums(self) -> tuple[Bounded, ...]:
        """Return the sums that are bounded."""
        terms = {name: _times(weight) for name, weight in self.weights.items()}
        return (Bounded(terms, self.limits.low, self.limits.high),)

    def holds(self, conditions: pd.DataFrame) -> Bools:
        """Return which conditions keep it, on levels or not, shape (n,)."""
        return _all_hold(self.sums(), conditions)

    def words(self) -> str:
        """Return the rule as a sentence."""
        parts = [name if w == 1 else f"{written(w)} x {name}" for name, w in self.weights.items()]
        return f"{' + '.join(parts)} is {self.limits.words()}"


@dataclass(frozen=True)
class Product:
    """A product of powers of numeric factors between limits; an inactive factor takes no part."""

    powers: Mapping[str, float]
    limits: Limits

    @property
    def names(self) -> tuple[str, ...]:
        """Return the factors it speaks of."""
        return tuple(self.powers)

    def sums(self) -> tuple[Bounded, ...]:
        """Return the sums that are bounded: logarithms."""
        low, high = self.limits.low, self.limits.high
        low = math.log(low) if low > 0 else -math.inf
        high = LOG_OF_ZERO / 2 if high <= 0 else math.log(high) if math.isfinite(high) else high
        return (Bounded({name: _log_times(power) for name, power in self.powers.items()}, low, high),)

    def holds(self, conditions: pd.DataFrame) -> Bools:
        """Return which conditions keep it, on levels or not, shape (n,)."""
        return _all_hold(self.sums(), conditions)

    def words(self) -> str:
        """Return the rule as a sentence."""
        parts = [name if p == 1 else f"{name}^{written(p)}" for name, p in self.powers.items()]
        return f"{' x '.join(parts)} is {self.limits.words()}"


@dataclass(frozen=True)
class Ratio:
    """One numeric factor divided by another between limits; where both are zero it holds."""

    of: str
    to: str
    limits: Limits

    @property
    def names(self) -> tuple[str, ...]:
        """Return the factors it speaks of."""
        return (self.of, self.to)

    def sums(self) -> tuple[Bounded, ...]:
        """Return the sums that are bounded: numerator minus limit times denominator."""
        limits = self.limits
        lower = [(limits.at_least, 0.0, math.inf)] if limits.at_least is not None else []
        upper = [(limits.at_most, -math.inf, 0.0)] if limits.at_most is not None else []
        return tuple(
            Bounded({self.of: _times(1.0), self.to: _times(-limit)}, low, high)
            for limit, low, high in lower + upper
        )

    def holds(self, conditions: pd.DataFrame) -> Bools:
        """Return which conditions keep it, on levels or not, shape (n,)."""
        return _all_hold(self.sums(), conditions)

    def words(self) -> str:
        """Return the rule as a sentence."""
        return f"{self.of} / {self.to} is {self.limits.words()}"


@dataclass(frozen=True)
class AtMostNonzero:
    """At most so many of these numeric factors are above zero at once."""

    count: int
    factors: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the factors it speaks of."""
        return self.factors

    def sums(self) -> tuple[Bounded, ...]:
        """Return the sums that are bounded: a one for each factor that is there."""
        return (
            Bounded(
                {name: lambda value: float(_amount(value) != 0) for name in self.factors},
                -math.inf,
                self.count,
            ),
        )

    def holds(self, conditions: pd.DataFrame) -> Bools:
        """Return which conditions keep it, on levels or not, shape (n,)."""
        return _all_hold(self.sums(), conditions)

    def words(self) -> str:
        """Return the rule as a sentence."""
        return f"at most {self.count} of {', '.join(self.factors)} may be above zero"


@dataclass(frozen=True)
class Forbidden:
    """These values never come together."""

    combination: Mapping[str, tuple[Value, ...]]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the factors it speaks of."""
        return tuple(self.combination)

    def sums(self) -> tuple[Bounded, ...]:
        """Return the sums that are bounded: how many parts of the combination are there."""
        terms = {name: _one_of(values) for name, values in self.combination.items()}
        return (Bounded(terms, -math.inf, len(terms) - 1),)

    def holds(self, conditions: pd.DataFrame) -> Bools:
        """Return which conditions keep it, on levels or not, shape (n,)."""
        return _all_hold(self.sums(), conditions)

    def words(self) -> str:
        """Return the rule as a sentence."""
        parts = [f"{name} {_listed(values)}" for name, values in self.combination.items()]
        return f"{' with '.join(parts)} is forbidden"


@dataclass(frozen=True)
class OnlyWith:
    """A factor that is there only with certain options of other factors, and otherwise inactive (blank)."""

    factor: str
    options: Mapping[str, tuple[Value, ...]]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the factors it speaks of."""
        return (self.factor, *self.options)

    def allows(self, conditions: pd.DataFrame) -> Bools:
        """Return in which conditions the factor is there, shape (n,)."""
        wanted = {name: _one_of(values) for name, values in self.options.items()}
        return Bounded(wanted, len(wanted), math.inf).holds(conditions)

    def sums(self) -> tuple[Bounded, ...]:
        """Return the sums that are bounded: the factor is there exactly where all its options are."""
        wanted = {name: _one_of(values) for name, values in self.options.items()}
        needed = len(wanted)
        return (
            Bounded({self.factor: _there(-needed), **wanted}, 0.0, math.inf),
            Bounded({self.factor: _there(-1), **wanted}, -math.inf, needed - 1.0),
        )

    def holds(self, conditions: pd.DataFrame) -> Bools:
        """Return which conditions keep it, on levels or not, shape (n,)."""
        return _all_hold(self.sums(), conditions)

    def words(self) -> str:
        """Return the rule as a sentence."""
        parts = [f"{name} {_listed(values)}" for name, values in self.options.items()]
        return f"{self.factor} is there only with {' and '.join(parts)}"


Constraint = Linear | Product | Ratio | AtMostNonzero | Forbidden | OnlyWith
