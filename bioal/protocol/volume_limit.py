"""The rule that everything fits into the well, in the one form that all constraints have: bounded sums.

A well is full when its components leave room for at least the filler's smallest transfer, or exactly none.
Where the stock of a factor depends on an option of another, there is a sum for each combination of options,
which a large number takes out of play wherever the options are others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import inf, prod

import pandas as pd

from bioal.protocol.arrays import Bools
from bioal.protocol.factors import Choice, Factor, Value
from bioal.protocol.liquids import Component, Liquids
from bioal.protocol.terms import Bounded, Term, all_hold
from bioal.protocol.units import volume_words
from bioal.protocol.values import is_blank

MOST_COMBINATIONS = 256


@dataclass(frozen=True)
class VolumeLimit:
    """Everything that is dispensed into a well fits, filler included.

    Parameters
    ----------
    optional
        The factors that may be inactive (blank); then nothing of them, or of what they choose, is dispensed.
    """

    liquids: Liquids
    factors: tuple[Factor, ...]
    optional: frozenset[str] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """Return the factors it speaks of: those that take volume, and those that choose a stock."""
        return tuple(dict.fromkeys(name for each in self._varying for name in (each.name, each.by) if name))

    @cached_property
    def room(self) -> float:
        """Return how many nL the fixed parts leave for everything else, the filler included."""
        fixed = (self.liquids.dose(each, {}, {}) for each in self.liquids.components if each.kind == "fixed")
        return self.liquids.volume - sum(dose.volume for dose in fixed if dose is not None)

    @property
    def least_filler(self) -> float:
        """Return the filler's smallest transfer (nL)."""
        return self.liquids.filler.device.least

    def sums(self) -> tuple[Bounded, ...]:
        """Return the sums that are bounded: the volume (nL) of what varies, for each way to choose stocks."""
        return tuple(self._sum(options) for options in self._combinations())

    def _sum(self, options: Mapping[str, str]) -> Bounded:
        terms: dict[str, Term] = {}
        for each in self._varying:
            _add(terms, each.name, self._volume(each, options))
        for name, option in options.items():
            _add(terms, name, _unless(option, 10.0 * self.liquids.volume))
        return Bounded(terms, -inf, self.room, self.gap)

    def _volume(self, component: Component, options: Mapping[str, str]) -> Term:
        def term(value: Value | None) -> float:
            own = {component.name: value, **options}
            dose = self.liquids.dose(component, own, {})
            return 0.0 if dose is None else dose.volume

        return term

    def _combinations(self) -> list[dict[str, str]]:
        choosing = [
            name for name in dict.fromkeys(each.by for each in self._varying if each.by != each.name) if name
        ]
        factors = {each.name: each for each in self.factors}
        options = [
            (*factor.options, *([""] if name in self.optional else []))
            for name in choosing
            if isinstance(factor := factors[name], Choice)
        ]
        if prod(map(len, options)) > MOST_COMBINATIONS:
            raise ValueError(f"{' x '.join(choosing)}: more than {MOST_COMBINATIONS} ways to choose stocks")
        return [dict(zip(choosing, each, strict=True)) for each in product(*options)]

    @cached_property
    def _varying(self) -> tuple[Component, ...]:
        return tuple(each for each in self.liquids.components if each.kind == "factor")

    @property
    def gap(self) -> tuple[float, float] | None:
        """Return between which sums (nL) the filler would be less than can be dispensed; None where never."""
        devices = {each.device for each in self.liquids.everything}
        step = self.liquids.filler.device.step
        # Whole steps of the filler from zero on: nothing lies between none and its smallest transfer.
        if self.least_filler <= step and all((each.step / step).is_integer() for each in devices):
            return None
        return (self.room - self.least_filler, self.room)

    @cached_property
    def span(self) -> tuple[float, float]:
        """Return the least and the most volume (nL) that factors take, each by itself."""
        low = high = 0.0
        for each in self._varying:
            volumes = [
                self._volume(each, options)(value)
                for options in self._combinations()
                for value in self._values(each)
            ]
            low, high = low + min(volumes), high + max(volumes)
        return low, high

    def _values(self, component: Component) -> list[Value | None]:
        factor = next(each for each in self.factors if each.name == component.name)
        inactive: list[Value | None] = [None] if component.name in self.optional else []
        return [*(factor.value(code) for code in range(factor.size)), *inactive]

    @property
    def binds(self) -> bool:
        """Return whether any combination of levels would not fit."""
        return self.span[1] > self.room - (0.0 if self.gap is None else self.least_filler)

    def holds(self, conditions: pd.DataFrame) -> Bools:
        """Return which conditions keep it, on levels or not, shape (n,)."""
        return all_hold(self.sums(), conditions)

    def words(self) -> str:
        """Return the rule as a sentence."""
        filler = self.liquids.filler
        rest = (
            ""
            if self.gap is None
            else f", with no {filler.name} or at least {volume_words(self.least_filler)} of it"
        )
        return f"everything fits into {volume_words(self.liquids.volume)}{rest}"


def _add(terms: dict[str, Term], name: str, term: Term) -> None:
    before = terms.get(name)
    terms[name] = term if before is None else (lambda value: before(value) + term(value))


def _unless(option: str, large: float) -> Term:
    """Return the term that takes a sum out of play where another option (none: "") is chosen."""
    return lambda value: 0.0 if ("" if is_blank(value) else value) == option else -large
