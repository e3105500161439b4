"""Numbers as people read them: no more digits than their uncertainty leaves."""

from __future__ import annotations

import math
from collections.abc import Sequence

RELATIVE = "x reference"  # the unit of what was divided by the reference wells
LARGE = 1e6  # numbers from which on powers of ten are easier to read


def shown(value: float, reach: float = math.nan) -> str:
    """Return a number with two digits of its uncertainty `reach`, four digits where there is none.

    >>> shown(1331.7, 68.2), shown(0.51, 0.0123), shown(2.0), shown(math.nan)
    ('1332', '0.510', '2', 'not known')
    """
    if not math.isfinite(value):
        return "not known"
    if not (math.isfinite(reach) and reach > 0):
        return f"{value:.4g}"
    if not value:
        return "0"
    digits = 1 - math.floor(math.log10(reach))
    number = round(value, digits) + 0.0
    return f"{number:.{digits}f}" if digits > 0 and abs(number) < LARGE else f"{number:.12g}"


def between(low: float, high: float) -> str:
    """Return an interval.

    >>> between(1.2345, 2.3456)
    '1.23 to 2.35'
    """
    reach = (high - low) / 2
    return f"{shown(low, reach)} to {shown(high, reach)}"


def with_unit(number: str, unit: str) -> str:
    """Return a number and its unit.

    >>> with_unit("3", "mM"), with_unit("3", "")
    ('3 mM', '3')
    """
    return f"{number} {unit}".strip()


def on_scale(number: str, unit: str) -> str:
    """Return a model's estimate with its unit; one relative to the reference does not look like a fold.

    >>> on_scale("3.1", "RFU"), on_scale("3.1", RELATIVE)
    ('3.1 RFU', '3.1 where the reference is 1')
    """
    return f"{number} where the reference is 1" if unit == RELATIVE else with_unit(number, unit)


def counted(count: int, noun: str) -> str:
    """Return a count with its noun.

    >>> counted(1, "condition"), counted(12, "condition")
    ('1 condition', '12 conditions')
    """
    return f"{count} {noun}{'' if count == 1 else 's'}"


def percent(share: float) -> str:
    """Return a share in percent.

    >>> percent(0.914)
    '91 %'
    """
    return f"{100 * share:.0f} %"


def alike(values: Sequence[float]) -> list[str]:
    """Return numbers to the same place, the largest with three digits; "" where there is none.

    >>> alike([1.234, 0.00688, -12.3, math.nan]), alike([16123.0, 258.0])
    (['1.2', '0.0', '-12.3', ''], ['16100', '300'])
    """
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    digits = 2 - math.floor(math.log10(largest)) if largest else 0
    if largest >= LARGE or 0 < largest < 1e-3:
        return [brief(value) for value in values]
    rounded = [round(value, digits) + 0.0 if math.isfinite(value) else value for value in values]
    return [f"{value:.{max(digits, 0)}f}" if math.isfinite(value) else "" for value in rounded]


def brief(value: float) -> str:
    """Return a number in a few letters: three digits, a power of ten only where it is shorter.

    >>> brief(16123.0), brief(0.1234), brief(2.5e7), brief(math.nan)
    ('16100', '0.123', '2.5e+07', '')
    """
    if not math.isfinite(value):
        return ""
    return f"{float(f'{value:.3g}'):.12g}" if 1e-3 <= abs(value) < LARGE else f"{value:.3g}"
