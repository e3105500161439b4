"""All conditions that a protocol allows: counted, streamed, drawn, encoded, decoded, snapped.

Inside, a condition is a row of codes (level numbers); at the edges it is a table row in natural units,
or a point, an array row that models understand. One snapping rule serves all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bioal.errors import ProtocolError
from bioal.protocol.activity import Activity, activities, completed, one_encoding
from bioal.protocol.arrays import Bools, Codes, Floats, Ints
from bioal.protocol.constraints import Constraint
from bioal.protocol.counting import Count, Plan, distinct, planned
from bioal.protocol.factors import INACTIVE, OFF_GRID, Choice, Factor, Numeric
from bioal.protocol.feasibility import infeasible_problem
from bioal.protocol.moves import moves
from bioal.protocol.sums import Sums, compiled


@dataclass(frozen=True)
class Space:
    """Factors and the constraints between them; candidates in the sense of `acquisition.candidates`."""

    factors: tuple[Factor, ...]
    constraints: tuple[Constraint, ...] = ()

    def __post_init__(self) -> None:
        unknown = {name for rule in self.constraints for name in rule.names} - set(self.names)
        if not self.factors or len(set(self.names)) < len(self.names) or unknown:
            raise ValueError(
                f"Space needs factors of different names; its constraints name unknown {sorted(unknown)}"
            )

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Return the names of the factors, in order."""
        return tuple(factor.name for factor in self.factors)

    @property
    def width(self) -> int:
        """Return the number of columns of a point."""
        return sum(factor.width for factor in self.factors)

    @property
    def groups(self) -> Ints:
        """Return which factor each column of a point belongs to, shape (width,)."""
        return np.repeat(np.arange(len(self.factors)), [factor.width for factor in self.factors])

    @property
    def categorical(self) -> Bools:
        """Return which columns of a point are 0/1 columns of an unordered choice, shape (width,)."""
        one_hot = [isinstance(factor, Choice) and not factor.ordered for factor in self.factors]
        return np.asarray(one_hot)[self.groups]

    @property
    def plate_factors(self) -> tuple[str, ...]:
        """Return the names of the factors that are constant within each plate."""
        return tuple(factor.name for factor in self.factors if factor.per == "plate")

    @property
    def selected(self) -> bool:
        """Return False: every combination that the constraints allow is here."""
        return False

    @property
    def size(self) -> float:
        """Return how many conditions there are; an estimate where they cannot be counted."""
        return float(self.count().value)

    def count(self) -> Count:
        """Return how many conditions there are: exactly where possible, else with a 95 % interval."""
        return self._plan.count

    @property
    def places(self) -> int:
        """Return how long the list is that `block` cuts; some of its places may hold no condition."""
        return self._plan.diagram.count

    def block(self, start: int, stop: int) -> Codes:
        """Return the codes of the conditions at these places of the list, in the order of the levels."""
        return self._plan.block(start, stop)

    def blocks(self, rows: int) -> Iterator[Codes]:
        """Stream the codes of every condition once, at most `rows` at a time, in the order of the levels."""
        return self._plan.blocks(rows)

    def sample(self, count: int, rng: np.random.Generator) -> Codes:
        """Draw up to `count` distinct conditions uniformly; all of them if there are no more."""
        return self._plan.sample(count, rng)

    def neighbours(self, codes: Codes) -> Codes:
        """Return the distinct conditions one step of one factor away from any of these.

        A step is the next level, or any other option. Where a sum is fixed (a mixture), one factor
        gives what another takes.
        """
        near = moves(np.asarray(codes), self.factors, self._sums)
        near = completed(near, self.factors, self._activities)
        return distinct(near[self.feasible(near)])

    def crosses(self, codes: Codes, count: int, rng: np.random.Generator) -> Codes:
        """Return up to `count` distinct conditions that take each factor from one of two of these."""
        if not len(codes):
            return codes
        own, other = rng.integers(len(codes), size=(2, count))
        first = rng.random((count, len(self.factors))) < 0.5
        mixed, left = np.where(first, codes[own], codes[other]), np.where(first, codes[other], codes[own])
        # A factor that only one parent has comes from that one; what then needs it not is taken out again.
        mixed = completed(np.where(mixed == INACTIVE, left, mixed), self.factors, self._activities)
        return distinct(mixed[self.feasible(mixed)])

    def points(self, codes: Codes) -> Floats:
        """Return the points of codes, shape (n, width)."""
        # Filled row by row and turned in the end: writing a column of a long array is six times as slow.
        turned = np.empty((self.width, len(codes)))
        start = 0
        for column, table in zip(np.ascontiguousarray(np.asarray(codes).T), self._tables, strict=True):
            stop = start + len(table)
            np.take(table, column, axis=1, mode="wrap", out=turned[start:stop])
            start = stop
        return turned.T

    def settings(self, codes: Codes) -> Ints:
        """Return the number of each row's combination of per-plate levels, shape (n,); zeros without any."""
        settings = np.zeros(len(codes), np.intp)
        for column, factor in zip(codes.T, self.factors, strict=True):
            if factor.per == "plate":
                settings = settings * (factor.size + 1) + (column + 1)
        return settings

    def conditions(self, codes: Codes) -> pd.DataFrame:
        """Return codes as a table in natural units, a column per factor; inactive is NaN or None."""
        columns = {}
        for column, factor in zip(np.asarray(codes).T, self.factors, strict=True):
            kind: type = object if isinstance(factor, Choice) else float
            values: NDArray[Any] = np.array(_values(factor), kind)
            columns[factor.name] = pd.Series(values[column], dtype=kind)
        return pd.DataFrame(columns, columns=list(self.names))

    def codes(self, conditions: pd.DataFrame) -> Codes:
        """Return the codes of a table of conditions: -1 where blank, -2 where a value is on no level."""
        codes = np.empty((len(conditions), len(self.factors)), np.int16)
        for number, factor in enumerate(self.factors):
            values = list(self._column(conditions, factor))
            found: dict[object, int] = {}
            for value in dict.fromkeys(values):
                code = factor.code(value)
                found[value] = OFF_GRID if code is None else code
            codes[:, number] = [found[value] for value in values]
        return codes

    def encode(self, conditions: pd.DataFrame) -> Floats:
        """Return the points of a table of conditions, on levels or not, shape (n, width)."""
        columns = [factor.encode(self._column(conditions, factor)) for factor in self.factors]
        return np.concatenate(columns, axis=1)

    def decode(self, points: Floats) -> pd.DataFrame:
        """Return the conditions on the levels nearest to points."""
        edges = np.cumsum([factor.width for factor in self.factors])[:-1]
        parts = np.split(np.asarray(points, float), edges, axis=1)
        codes = [factor.decode(part) for factor, part in zip(self.factors, parts, strict=True)]
        return self.conditions(self.one_encoding(_side_by_side(codes)))

    def snap(self, conditions: pd.DataFrame) -> pd.DataFrame:
        """Return conditions on the nearest levels; blank stays blank, and what is inactive becomes so."""
        codes = [factor.nearest(self._column(conditions, factor)) for factor in self.factors]
        snapped = self.conditions(self.one_encoding(_side_by_side(codes)))
        return snapped.set_axis(conditions.index)

    def contains(self, conditions: pd.DataFrame) -> Bools:
        """Return which conditions are on the levels and keep all constraints, shape (n,)."""
        return self.feasible(self.codes(conditions))

    def feasible(self, codes: Codes) -> Bools:
        """Return which rows of codes keep all constraints, shape (n,)."""
        return self._sums.feasible(np.asarray(codes))

    def one_encoding(self, codes: Codes) -> Codes:
        """Return codes with -1 for every factor that is not there with the options chosen."""
        return one_encoding(codes, self._activities)

    def spanning(self, conditions: pd.DataFrame) -> Space:
        """Return the space whose encoding also has room for these (past) conditions."""
        factors = (factor.spanning(self._column(conditions, factor)) for factor in self.factors)
        return replace(self, factors=tuple(factors))

    def restricted(self, codes: Codes) -> Restricted:
        """Return these rows of codes alone as candidates."""
        if (np.asarray(codes) == OFF_GRID).any():
            raise ValueError(
                "a condition on no level (code -2) cannot be a candidate; snap or refuse it first"
            )
        return Restricted(self, distinct(np.asarray(codes)))

    def require_feasible(self, file: str = "") -> None:
        """Raise a `ProtocolError` that names what clashes if no condition keeps all constraints."""
        if self._plan.diagram.exact and self._plan.count.value:
            return
        problem = infeasible_problem(self._sums, self.constraints)
        if problem is not None:
            raise ProtocolError(replace(problem, file=file))

    def _column(self, conditions: pd.DataFrame, factor: Factor) -> list[Any] | Floats:
        name = factor.name
        if name not in conditions.columns:
            raise ValueError(f"the conditions have no column {name!r}; they have {list(conditions.columns)}")
        # Plain floats need no parsing one by one.
        if isinstance(factor, Numeric) and conditions[name].dtype == np.float64:
            return conditions[name].to_numpy()
        return conditions[name].astype(object).tolist()

    @cached_property
    def _sums(self) -> Sums:
        return compiled(self.factors, self.constraints)

    @cached_property
    def _plan(self) -> Plan:
        return planned(self._sums)

    @cached_property
    def _activities(self) -> tuple[Activity, ...]:
        return activities(self.factors, self.constraints)

    @cached_property
    def _tables(self) -> tuple[Floats, ...]:
        return tuple(np.ascontiguousarray(factor.encode(_values(factor)).T) for factor in self.factors)


def _side_by_side(columns: list[list[int]]) -> Codes:
    return np.stack([np.array(column, np.int16) for column in columns], axis=1)


def _values(factor: Factor) -> list[float | str | None]:
    """Return the value of each code, last that of -1."""
    return [factor.value(code) for code in (*range(factor.size), INACTIVE)]


@dataclass(frozen=True)
class Restricted:
    """Some conditions of a space alone, as distinct rows of codes."""

    space: Space
    listed: Codes

    @property
    def selected(self) -> bool:
        """Return True: somebody listed them."""
        return True

    @property
    def size(self) -> float:
        """Return the length of the list."""
        return float(len(self.listed))

    @property
    def places(self) -> int:
        """Return the length of the list."""
        return len(self.listed)

    def block(self, start: int, stop: int) -> Codes:
        """Return the rows at these places of the list."""
        return self.listed[start:stop]

    def blocks(self, rows: int) -> Iterator[Codes]:
        """Stream the list, at most `rows` at a time."""
        for start in range(0, self.places, rows):
            yield self.block(start, start + rows)

    def sample(self, count: int, rng: np.random.Generator) -> Codes:
        """Draw up to `count` rows without replacement."""
        return self.listed[rng.permutation(len(self.listed))[:count]]

    def neighbours(self, codes: Codes) -> Codes:
        """Return nothing: a list is screened whole."""
        return codes[:0]

    def crosses(self, codes: Codes, count: int, rng: np.random.Generator) -> Codes:
        """Return nothing: a list is screened whole."""
        return codes[:0]

    def points(self, codes: Codes) -> Floats:
        """Return the points of codes, shape (n, width)."""
        return self.space.points(codes)

    def settings(self, codes: Codes) -> Ints:
        """Return the number of each row's combination of per-plate levels, shape (n,)."""
        return self.space.settings(codes)
