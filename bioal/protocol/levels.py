"""Numbers as people write them: twelve digits, grids of levels, and whether a typed value means a level.

A level is rounded once, here, to 12 significant digits; a spreadsheet keeps that many without change.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Literal

import numpy as np

Scale = Literal["linear", "log"]

LINEAR_LEVELS = 21
LOG_LEVELS = 25
# Two numbers further apart than this are different amounts, however few digits were typed.
LARGEST_ROUNDING = 0.05


def rounded(value: float, digits: int = 12) -> float:
    """Return a number at so many significant digits.

    >>> rounded(0.1 + 0.2)
    0.3
    """
    return float(f"{value:.{digits}g}") + 0.0


def written(value: float) -> str:
    """Return a number as it is written on sheets: the shortest text with all its digits.

    >>> written(4.0), written(0.0136), written(1e-6)
    ('4', '0.0136', '1e-06')
    """
    return f"{value + 0.0:.12g}"


def last_digit(value: float) -> Decimal:
    """Return the worth of one unit in the last digit that is written.

    >>> last_digit(0.392), last_digit(150.0)
    (Decimal('0.001'), Decimal('1'))
    """
    exponent = Decimal(written(value)).normalize().as_tuple().exponent
    return Decimal(1).scaleb(min(int(exponent), 0))


def fits(typed: float, level: float) -> bool:
    """Return whether a typed number can mean a level, at the precision at which it was typed.

    A number fits where it is the level, rounded; with four or more digits the last may be off by one
    (cut off, not rounded). Zero means none at all and fits nothing but zero.

    >>> fits(0.392, 0.392157), fits(0.39215, 0.39216), fits(1.0, 1.2), fits(0.0, 0.4)
    (True, True, False, False)
    """
    one, other = Decimal(written(typed)), Decimal(written(level))
    if one == other:
        return True
    if not one or not other or abs(one - other) > Decimal(str(LARGEST_ROUNDING)) * abs(other):
        return False
    unit = last_digit(typed)
    digits = len(one.normalize().as_tuple().digits)
    return abs(one - other) <= (unit if digits >= 4 else unit / 2)


def stepped(low: float, high: float, step: float) -> tuple[float, ...]:
    """Return the levels low, low + step, ... up to high.

    >>> stepped(0, 1, 0.25)
    (0.0, 0.25, 0.5, 0.75, 1.0)
    """
    steps = math.floor((high - low) / step + 1e-9)
    return tuple(rounded(low + i * step) for i in range(steps + 1))


def grid(low: float, high: float, scale: Scale, count: int = 0) -> tuple[float, ...]:
    """Return evenly spread levels from low to high: 21 on a linear scale, 25 on a log scale, or `count`.

    They are rounded to as few digits (three at least) as shift none by more than a twentieth of a step.

    >>> grid(0.1, 10, "log")[:4]
    (0.1, 0.121, 0.147, 0.178)
    """
    count = count or (LOG_LEVELS if scale == "log" else LINEAR_LEVELS)
    exact = np.geomspace(low, high, count) if scale == "log" else np.linspace(low, high, count)
    room = 0.05 * float(np.diff(exact).min()) if scale == "linear" else 0.05 * np.diff(exact, append=np.inf)
    for digits in range(3, 12):
        short = np.array([rounded(value, digits) for value in exact])
        short[[0, -1]] = rounded(low), rounded(high)
        if (np.abs(short - exact) <= room).all():
            return tuple(short.tolist())
    return tuple(rounded(value) for value in exact)
