"""The factors of a protocol as a table for people: what may vary, and how far."""

from __future__ import annotations

from collections.abc import Sequence

from bioal.cards import Grid
from bioal.protocol.factors import Choice, Factor, Numeric

FEW = 8  # levels or options that are all named


def factor_grid(factors: Sequence[Factor]) -> Grid:
    """Return a row per factor: name, unit, what may vary, what is particular."""
    rows = [[factor.name, factor.unit, _levels(factor), _remark(factor)] for factor in factors]
    return Grid("What may vary", ("Factor", "Unit", "Levels", ""), rows)


def _levels(factor: Factor) -> str:
    every = factor.size if factor.size <= FEW else 0
    named = ", ".join(factor.text(factor.value(code)) for code in range(every))
    if named:
        return named
    if isinstance(factor, Numeric):
        ends = (factor.text(factor.value(code)) for code in (0, factor.size - 1))
        return f"{' to '.join(ends)} ({factor.size} levels)"
    some = ", ".join(factor.text(factor.value(code)) for code in range(FEW))
    return f"{some}, \u2026 ({factor.size} options)"


def _remark(factor: Factor) -> str:
    said = []
    if isinstance(factor, Choice) and factor.width == 1:
        said.append("in order")
    if isinstance(factor, Numeric) and factor.scale == "log":
        said.append("on a log scale")
    if factor.per == "plate":
        said.append("one value on each plate")
    return ", ".join(said)
