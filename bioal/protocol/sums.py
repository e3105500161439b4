"""Constraints compiled for codes: a table of terms per factor and sum, looked up, added and compared.

Row `code` of a table is the term of that level; the last row, which -1 finds, that of an inactive factor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bioal.protocol.arrays import Bools, Codes, Floats
from bioal.protocol.constraints import Constraint, OnlyWith
from bioal.protocol.factors import INACTIVE, Factor
from bioal.protocol.terms import RELATIVE_SLACK


@dataclass(frozen=True)
class Sums:
    """All bounded sums of a space.

    Parameters
    ----------
    tables
        One per factor, shape (levels + 1, sums).
    low, high
        Bounds, shape (sums,), already widened by the rounding of their terms.
    gaps
        Ends of the open interval inside the bounds that no sum may lie in, shape (2, sums), already narrowed;
        infinite where there is none.
    owners
        Which constraint each sum comes from, shape (sums,).
    domains
        The codes that each factor may have; -1 last where it may be inactive.
    """

    tables: tuple[Floats, ...]
    low: Floats
    high: Floats
    owners: tuple[int, ...]
    domains: tuple[Codes, ...]
    gaps: Floats

    @property
    def gapped(self) -> bool:
        """Return whether any sum has a gap."""
        return bool(np.isfinite(self.gaps[0]).any())

    def feasible(self, codes: Codes) -> Bools:
        """Return which rows of codes keep all bounds and use only codes there are, shape (n,)."""
        kept = np.ones(len(codes), bool)
        for column, domain in zip(codes.T, self.domains, strict=True):
            kept &= (column >= domain.min()) & (column <= domain.max())
        safe = np.where(kept[:, None], codes, 0)
        for number in range(len(self.low)):
            total = np.zeros(len(codes))
            for column, table in zip(safe.T, self.tables, strict=True):
                if table[:, number].any():
                    total += table[column, number]
            kept &= (total >= self.low[number]) & (total <= self.high[number])
            kept &= (total <= self.gaps[0, number]) | (total >= self.gaps[1, number])
        return kept

    def only(self, keep: Sequence[int]) -> Sums:
        """Return the sums of some constraints alone."""
        chosen = [number for number, owner in enumerate(self.owners) if owner in keep]
        owners = tuple(self.owners[number] for number in chosen)
        tables = tuple(table[:, chosen] for table in self.tables)
        return Sums(tables, self.low[chosen], self.high[chosen], owners, self.domains, self.gaps[:, chosen])

    def branches(self) -> tuple[Sums, ...]:
        """Return sums without gaps that together allow the same: all below their gaps, or one above."""
        without = np.full_like(self.gaps, np.inf)
        below = replace(self, high=np.minimum(self.high, self.gaps[0]), gaps=without)
        above = [number for number in range(len(self.low)) if np.isfinite(self.gaps[0, number])]
        lows = [np.where(np.arange(len(self.low)) == number, self.gaps[1], self.low) for number in above]
        return (below, *(replace(self, low=low, gaps=without) for low in lows))


def compiled(factors: Sequence[Factor], constraints: Sequence[Constraint]) -> Sums:
    """Return constraints as tables over the levels of these factors."""
    bounded = [(owner, each) for owner, rule in enumerate(constraints) for each in rule.sums()]
    tables = []
    for factor in factors:
        values = [factor.value(code) for code in (*range(factor.size), INACTIVE)]
        terms = [each.terms.get(factor.name) for _, each in bounded]
        rows = [[term(value) if term else 0.0 for term in terms] for value in values]
        tables.append(np.asarray(rows, float).reshape(len(values), len(bounded)))
    low = np.array([each.low for _, each in bounded], float)
    high = np.array([each.high for _, each in bounded], float)
    largest = sum((np.abs(table).max(axis=0) for table in tables), np.zeros(len(bounded)))
    room = RELATIVE_SLACK * np.maximum(largest, 1e-300)
    gaps = np.array([each.gap or (np.inf, np.inf) for _, each in bounded], float).reshape(-1, 2).T
    conditional = {rule.factor for rule in constraints if isinstance(rule, OnlyWith)}
    domains = tuple(_domain(factor, factor.name in conditional) for factor in factors)
    owners = tuple(owner for owner, _ in bounded)
    gaps = np.stack([gaps[0] + room, gaps[1] - room])
    return Sums(tuple(tables), low - room, high + room, owners, domains, gaps)


def _domain(factor: Factor, conditional: bool) -> Codes:
    codes = np.arange(factor.size, dtype=np.int16)
    return np.append(codes, np.int16(INACTIVE)) if conditional else codes
