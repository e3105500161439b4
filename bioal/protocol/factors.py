"""A factor: an experimental variable with finitely many levels, defined once.

It names its column, writes and reads its values, turns them into codes (level numbers) and into the
columns of a point, and words its own error. Code -1 is an inactive factor: blank on the sheet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from bioal.protocol.arrays import Floats
from bioal.protocol.headings import heading
from bioal.protocol.levels import Scale, fits, rounded, written
from bioal.protocol.values import FactorValueError, is_blank, number_in, option_meant

Per = Literal["well", "plate"]
Value = float | str

INACTIVE = -1
OFF_GRID = -2

__all__ = ["INACTIVE", "OFF_GRID", "Choice", "Factor", "FactorValueError", "Numeric", "Per", "Scale", "Value"]


def _numbers(values: Sequence[object] | Floats) -> Floats:
    if isinstance(values, np.ndarray) and values.dtype.kind == "f" and not np.isinf(values).any():
        return np.asarray(values, float)
    return np.array([np.nan if is_blank(value) else number_in(value) for value in values], float)


@dataclass(frozen=True)
class Numeric:
    """A factor whose levels are numbers.

    Parameters
    ----------
    levels
        All levels, rounded to 12 significant digits and sorted.
    scale
        "log" spreads the levels by their logarithm in a point; a level 0 then lies one step below the
        smallest other level.
    per
        "plate": constant within each plate.
    span
        The range that encodes to 0 ... 1; by default that of the levels. Wider where past conditions
        lie outside the present levels.
    """

    name: str
    unit: str
    levels: tuple[float, ...]
    scale: Scale = "linear"
    per: Per = "well"
    span: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        levels = tuple(sorted(rounded(level) for level in self.levels))
        if not levels or len(set(levels)) < len(levels) or not np.isfinite(levels).all():
            raise ValueError(f"Numeric {self.name!r} needs one or more different, finite levels")
        if self.scale == "log" and levels[0] < 0:
            raise ValueError(f"Numeric {self.name!r} is on a log scale and has a level below zero")
        object.__setattr__(self, "levels", levels)

    @property
    def heading(self) -> str:
        """Return the column heading, `Mg-glutamate [mM]`."""
        return heading(self.name, self.unit)

    @property
    def size(self) -> int:
        """Return the number of levels."""
        return len(self.levels)

    @property
    def width(self) -> int:
        """Return the number of columns in a point."""
        return 1

    def text(self, value: object) -> str:
        """Return a value as written on sheets; "" where inactive."""
        return "" if is_blank(value) else written(number_in(value))

    def value(self, code: int) -> float:
        """Return the level of a code; NaN for an inactive factor."""
        return float("nan") if code == INACTIVE else self.levels[code]

    def code(self, value: object) -> int | None:
        """Return the level a value means at its written precision; None where it fits none or several."""
        if is_blank(value):
            return INACTIVE
        typed = rounded(number_in(value))
        if typed in self.levels:
            return self.levels.index(typed)
        meant = [code for code, level in enumerate(self.levels) if fits(typed, level)]
        return meant[0] if len(meant) == 1 else None

    def parsed(self, value: object) -> float:
        """Return the number in a returned cell, on a level or not.

        Raises
        ------
        FactorValueError
            Where the cell holds no number.
        """
        return rounded(number_in(value))

    def same(self, planned: object, returned: object) -> bool:
        """Return whether a returned value is the planned one: it fits the planned level and no other."""
        if is_blank(planned) or is_blank(returned):
            return is_blank(planned) and is_blank(returned)
        plan, typed = rounded(number_in(planned)), rounded(number_in(returned))
        if plan == typed:
            return True
        others = (level for level in self.levels if level != plan)
        return fits(typed, plan) and not any(fits(typed, level) for level in others)

    def nearest(self, values: Sequence[object] | Floats) -> list[int]:
        """Return the code of the nearest level on the factor's scale; inactive stays inactive."""
        numbers = _numbers(values)
        gaps = np.abs(self._place(numbers)[:, None] - self._place(np.asarray(self.levels)))
        nearest = np.where(np.isnan(numbers)[:, None], np.inf, gaps).argmin(axis=1)
        return [int(code) for code in np.where(np.isnan(numbers), INACTIVE, nearest)]

    def encode(self, values: Sequence[object] | Floats) -> Floats:
        """Return the point columns of values, shape (n, 1); off the levels is allowed, inactive is 0.5."""
        numbers = _numbers(values)
        low, high = self._place(np.asarray(self.range))
        scaled = (
            (self._place(numbers) - low) / (high - low) if high > low else self._place(numbers) - low + 0.5
        )
        return np.where(np.isnan(numbers), 0.5, scaled)[:, None]

    def decode(self, columns: Floats) -> list[int]:
        """Return the codes of the levels nearest to point columns, shape (n, 1)."""
        places = self.encode(self.levels)[:, 0]
        return [int(code) for code in np.abs(columns - places).argmin(axis=1)]

    def spanning(self, values: Sequence[object] | Floats) -> Numeric:
        """Return the factor with a span that holds its present range and these values."""
        numbers = [rounded(value) for value in _numbers(values) if not np.isnan(value)]
        span = (min((self.range[0], *numbers)), max((self.range[1], *numbers)))
        return Numeric(self.name, self.unit, self.levels, self.scale, self.per, span)

    @property
    def range(self) -> tuple[float, float]:
        """Return the ends that encode to 0 and 1."""
        return self.span or (self.levels[0], self.levels[-1])

    @cached_property
    def _floor(self) -> float:
        # A logarithm has no zero: none at all is put one step below the smallest level above zero.
        above = sorted({level for level in (*self.levels, *self.range) if level > 0})
        step = above[0] / above[1] if len(above) > 1 else 0.1
        return above[0] * step if above else 1.0

    def _place(self, numbers: Floats) -> Floats:
        if self.scale == "linear":
            return np.asarray(numbers, float)
        return np.asarray(np.log10(np.maximum(numbers, self._floor)))


@dataclass(frozen=True)
class Choice:
    """A factor whose levels are named options.

    Parameters
    ----------
    ordered
        True where the options have an order (low, medium, high); they then share one column of a point.
    known
        Options seen in past conditions, encoded but never proposed (unordered choices only).
    """

    name: str
    options: tuple[str, ...]
    ordered: bool = False
    per: Per = "well"
    known: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        everything = self.options + self.known
        if not self.options or len(set(everything)) < len(everything):
            raise ValueError(f"Choice {self.name!r} needs one or more different options")
        if self.ordered and self.known:
            raise ValueError(
                f"Choice {self.name!r} is ordered: an option of the past has no place in the order"
            )

    @property
    def unit(self) -> str:
        """Return "": options have no unit."""
        return ""

    @property
    def heading(self) -> str:
        """Return the column heading, `plasmid`."""
        return heading(self.name)

    @property
    def size(self) -> int:
        """Return the number of options."""
        return len(self.options)

    @property
    def width(self) -> int:
        """Return the number of columns in a point: one per option, or one for all if they are ordered."""
        return 1 if self.ordered else self.size + len(self.known)

    def text(self, value: object) -> str:
        """Return an option as written on sheets; "" where inactive."""
        return "" if is_blank(value) else str(value)

    def value(self, code: int) -> str | None:
        """Return the option of a code; None for an inactive factor."""
        return None if code == INACTIVE else self.options[code]

    def code(self, value: object) -> int | None:
        """Return the option's number, INACTIVE for a blank, None for anything else."""
        if is_blank(value):
            return INACTIVE
        meant = option_meant(value, self.options)
        return None if meant is None else self.options.index(meant)

    def parsed(self, value: object) -> str:
        """Return the option that a returned cell means.

        A spreadsheet may have turned it into a number, a date or a truth value.

        Raises
        ------
        FactorValueError
            Where the cell means none of the options, or more than one.
        """
        meant = option_meant(value, self.options + self.known)
        if meant is None:
            raise FactorValueError.unknown_option(value, self.options)
        return meant

    def same(self, planned: object, returned: object) -> bool:
        """Return whether a returned value means the planned option."""
        if is_blank(planned) or is_blank(returned):
            return is_blank(planned) and is_blank(returned)
        everything = tuple(dict.fromkeys((*self.options, *self.known, str(planned))))
        return option_meant(returned, everything) == str(planned)

    def nearest(self, values: Sequence[object] | Floats) -> list[int]:
        """Return the codes of options; an option of the past has no nearest one and is refused."""
        codes = [self.code(value) for value in values]
        if None in codes:
            raise ValueError(
                f"{self.name}: {values[codes.index(None)]!r} is none of the options {self.options}"
            )
        return [code for code in codes if code is not None]

    def encode(self, values: Sequence[object] | Floats) -> Floats:
        """Return the point columns of options, shape (n, width); inactive is 0.5 (ordered) or all 0."""
        everything = self.options + self.known
        ranks = np.array([self._rank(value, everything) for value in values], int)
        if self.ordered:
            last = max(self.size - 1, 1)
            return np.where(ranks < 0, 0.5, ranks / last if self.size > 1 else 0.5)[:, None]
        return np.asarray(ranks[:, None] == np.arange(len(everything)), float)

    def decode(self, columns: Floats) -> list[int]:
        """Return the codes of the options nearest to point columns, shape (n, width)."""
        if self.ordered:
            places = self.encode(self.options)[:, 0]
            return [int(code) for code in np.abs(columns - places).argmin(axis=1)]
        return [int(code) for code in columns[:, : self.size].argmax(axis=1)]

    def spanning(self, values: Sequence[object] | Floats) -> Choice:
        """Return the choice that also knows the options among these values."""
        present = self.options + self.known
        new = {
            str(value): None
            for value in values
            if not is_blank(value) and option_meant(value, present) is None
        }
        return Choice(self.name, self.options, self.ordered, self.per, (*self.known, *new))

    def _rank(self, value: object, everything: tuple[str, ...]) -> int:
        if is_blank(value):
            return INACTIVE
        meant = option_meant(value, everything)
        if meant is None:
            raise ValueError(f"{self.name}: {value!r} is none of the options {everything}")
        return everything.index(meant)


Factor = Numeric | Choice
