"""Rules that every condition keeps, each as sums of terms, one term per factor, between two bounds.

A weighted sum is one; so is a product (its logarithm), a ratio (numerator minus bound times
denominator), a count of factors above zero, a forbidden combination (how many of its parts are there),
a factor that is only there with an option. One form means one way to count, sample and refute.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from bioal.protocol.arrays import Bools
from bioal.protocol.factors import Value
from bioal.protocol.levels import written
from bioal.protocol.terms import (
    LOG_OF_ZERO,
    Bounded,
    Limits,
    all_hold,
    amount,
    listed,
    log_times,
    one_of,
    there,
    times,
)
from bioal.protocol.volume_limit import VolumeLimit

__all__ = [
    "AtMostNonzero",
    "Constraint",
    "Forbidden",
    "Limits",
    "Linear",
    "OnlyWith",
    "Product",
    "Ratio",
    "VolumeLimit",
]


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
        terms = {name: times(weight) for name, weight in self.weights.items()}
        return (Bounded(terms, self.limits.low, self.limits.high),)

    def holds(self, conditions: pd.DataFrame) -> Bools:
        """Return which conditions keep it, on levels or not, shape (n,)."""
        return all_hold(self.sums(), conditions)

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
        return (Bounded({name: log_times(power) for name, power in self.powers.items()}, low, high),)

    def holds(self, conditions: pd.DataFrame) -> Bools:
        """Return which conditions keep it, on levels or not, shape (n,)."""
        return all_hold(self.sums(), conditions)

    def words(self) -> str:
        """Return the rule as a sentence."""
        parts = [name if p == 1 else f"{name}^{written(p)}" for name, p in self.powers.items()]
        return f"{' x '.join(parts)} is {self.limits.words()}"


@dataclass(frozen=True)
class Ratio:
    """One numeric factor divided by another between limits; where both are zero it holds.

    An inactive factor counts as zero.
    """

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
            Bounded({self.of: times(1.0), self.to: times(-limit)}, low, high)
            for limit, low, high in lower + upper
        )

    def holds(self, conditions: pd.DataFrame) -> Bools:
        """Return which conditions keep it, on levels or not, shape (n,)."""
        return all_hold(self.sums(), conditions)

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
                {name: lambda value: float(amount(value) != 0) for name in self.factors},
                -math.inf,
                self.count,
            ),
        )

    def holds(self, conditions: pd.DataFrame) -> Bools:
        """Return which conditions keep it, on levels or not, shape (n,)."""
        return all_hold(self.sums(), conditions)

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
        terms = {name: one_of(values) for name, values in self.combination.items()}
        return (Bounded(terms, -math.inf, len(terms) - 1),)

    def holds(self, conditions: pd.DataFrame) -> Bools:
        """Return which conditions keep it, on levels or not, shape (n,)."""
        return all_hold(self.sums(), conditions)

    def words(self) -> str:
        """Return the rule as a sentence."""
        parts = [f"{name} {listed(values)}" for name, values in self.combination.items()]
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
        wanted = {name: one_of(values) for name, values in self.options.items()}
        return Bounded(wanted, len(wanted), math.inf).holds(conditions)

    def sums(self) -> tuple[Bounded, ...]:
        """Return the sums that are bounded: the factor is there exactly where all its options are."""
        wanted = {name: one_of(values) for name, values in self.options.items()}
        needed = len(wanted)
        return (
            Bounded({self.factor: there(-needed), **wanted}, 0.0, math.inf),
            Bounded({self.factor: there(-1), **wanted}, -math.inf, needed - 1.0),
        )

    def holds(self, conditions: pd.DataFrame) -> Bools:
        """Return which conditions keep it, on levels or not, shape (n,)."""
        return all_hold(self.sums(), conditions)

    def words(self) -> str:
        """Return the rule as a sentence."""
        parts = [f"{name} {listed(values)}" for name, values in self.options.items()]
        return f"{self.factor} is there only with {' and '.join(parts)}"


Constraint = Linear | Product | Ratio | AtMostNonzero | Forbidden | OnlyWith | VolumeLimit
