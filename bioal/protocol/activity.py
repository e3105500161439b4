"""Which conditional factors are there: compiled from `OnlyWith`, applied to codes.

An inactive factor has one encoding, -1, whatever was written beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bioal.protocol.arrays import Bools, Codes
from bioal.protocol.constraints import Constraint, OnlyWith
from bioal.protocol.factors import INACTIVE, Factor


@dataclass(frozen=True)
class Activity:
    """A conditional factor, and for each factor it depends on, which codes it needs (last: inactive)."""

    factor: int
    needs: tuple[tuple[int, Bools], ...]

    def active(self, codes: Codes) -> Bools:
        """Return in which rows the factor is there, shape (n,)."""
        return np.asarray(np.logical_and.reduce([wanted[codes[:, number]] for number, wanted in self.needs]))


def activities(factors: Sequence[Factor], constraints: Sequence[Constraint]) -> tuple[Activity, ...]:
    """Return the conditional factors of a space."""
    names = [factor.name for factor in factors]
    found = []
    for rule in constraints:
        if isinstance(rule, OnlyWith):
            needs = [
                (names.index(name), _wanted(factors[names.index(name)], rule, name)) for name in rule.options
            ]
            found.append(Activity(names.index(rule.factor), tuple(needs)))
    return tuple(found)


def _wanted(factor: Factor, rule: OnlyWith, name: str) -> Bools:
    codes = {factor.code(value) for value in rule.options[name]}
    return np.array([code in codes for code in range(factor.size)] + [False])


def one_encoding(codes: Codes, conditional: Sequence[Activity]) -> Codes:
    """Return codes with -1 wherever a factor is not there."""
    codes = np.array(codes)
    # One pass per rule: a factor that goes may take another with it.
    for _ in conditional:
        for rule in conditional:
            codes[~rule.active(codes), rule.factor] = INACTIVE
    return codes


def completed(codes: Codes, factors: Sequence[Factor], conditional: Sequence[Activity]) -> Codes:
    """Return codes with one encoding; a factor that has just become active starts at its middle level."""
    codes = np.array(codes)
    for _ in conditional:
        for rule in conditional:
            new = rule.active(codes) & (codes[:, rule.factor] == INACTIVE)
            codes[new, rule.factor] = factors[rule.factor].size // 2
    return one_encoding(codes, conditional)
