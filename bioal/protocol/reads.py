"""How a series of readings over time becomes one number: `last`, `max`, `at 6 h`, `slope 1 h to 3 h`, growth.

The protocol says it for each readout, or the person when merging. It is never assumed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["first", "last", "max", "at", "slope", "area", "growth"]

UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86400.0),
    "ms": 0.001,
}
SIMPLE: dict[str, Kind] = {"first": "first", "last": "last", "max": "max", "maximum": "max"}
# The one list of what a person may write, for refusals and help; a test holds docs and templates to it.
WAYS = (
    "last, first, max, at 6 h, slope 1 h to 3 h, area 0 h to 12 h, "
    "growth, growth over 2 h, or growth 1 h to 3 h"
)

_CLOCK = re.compile(r"(?:(\d+)[.d]\s?)?(\d+):([0-5]?\d):([0-5]?\d(?:\.\d+)?)", re.ASCII)
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)\s*", re.IGNORECASE | re.ASCII)
_STRETCH = re.compile(r"growth over (.+)")
_WINDOW = re.compile(r"(slope|area|growth)(?:\s+(?:from\s+)?(.+?)\s*(?:\bto\b|\u2013|-)\s*(.+))?")


@dataclass(frozen=True)
class Read:
    """A way to reduce a series; `start` and `end` in seconds, equal for a time, None for all of it.

    Growth with an `end` alone is the steepest over a stretch of so many seconds.
    """

    kind: Kind
    start: float | None = None
    end: float | None = None

    def __str__(self) -> str:
        """Return it as it is written.

        >>> str(read_in("slope 60 min to 3h")), str(read_in("6 h"))
        ('slope 1:00:00 to 3:00:00', 'at 6:00:00')
        """
        if self.start is None and self.end is not None:
            return f"{self.kind} over {clock(self.end)}"
        if self.start is None or self.end is None:
            return self.kind
        if self.kind == "at":
            return f"at {clock(self.start)}"
        return f"{self.kind} {clock(self.start)} to {clock(self.end)}"


def read_in(text: str) -> Read:
    """Return the way that a text names.

    >>> read_in("last"), read_in("at 90 s")
    (Read(kind='last', start=None, end=None), Read(kind='at', start=90.0, end=90.0))
    >>> str(read_in("growth over 2 h")), str(read_in("growth 1 h to 3 h"))
    ('growth over 2:00:00', 'growth 1:00:00 to 3:00:00')

    Raises
    ------
    ValueError
        When the text names none.
    """
    words = " ".join(text.casefold().split())
    if words in SIMPLE:
        return Read(SIMPLE[words])
    if (stretch := _STRETCH.fullmatch(words)) is not None:
        return Read("growth", None, seconds_in(stretch[1]))
    if (window := _WINDOW.fullmatch(words)) is not None:
        return _windowed(window[1], window[2], window[3])
    time = seconds_in(words.removeprefix("at "))
    return Read("at", time, time)


def _windowed(kind: str, start: str | None, end: str | None) -> Read:
    kinds: dict[str, Kind] = {"slope": "slope", "area": "area", "growth": "growth"}
    named = kinds[kind]
    if start is None or end is None:
        return Read(named)
    first, last = seconds_in(start), seconds_in(end)
    if first >= last:
        raise ValueError(f"{start} is not before {end}")
    return Read(named, first, last)


def seconds_in(text: str) -> float:
    """Return the seconds that a text says.

    >>> seconds_in("66:35:00"), seconds_in("1 h 30 min"), seconds_in("0.5h")
    (239700.0, 5400.0, 1800.0)

    Raises
    ------
    ValueError
        When it is no time, or could be two: `12:30`, a number without a unit.
    """
    words = text.strip()
    if (clocked := _CLOCK.fullmatch(words)) is not None:
        days, hours, minutes, seconds = clocked.groups()
        return int(days or 0) * 86400.0 + int(hours) * 3600.0 + int(minutes) * 60.0 + float(seconds)
    parts = [(match[1], match[2].casefold()) for match in _PART.finditer(words)]
    whole = "".join(match[0] for match in _PART.finditer(words))
    if not parts or whole != words or any(unit not in UNITS for _, unit in parts):
        raise ValueError(f"{text!r} is no time such as 90 s, 1 h 30 min or 1:30:00")
    return sum(float(number) * UNITS[unit] for number, unit in parts)


def clock(seconds: float) -> str:
    """Return seconds as h:mm:ss.

    >>> clock(239700), clock(22.5)
    ('66:35:00', '0:00:22.5')
    """
    whole = int(seconds)
    rest = f"{seconds - whole:.3f}".strip("0").rstrip(".") if seconds != whole else ""
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}{rest}"
