"""What charts share: scales with round ticks, axes, marks. Everything is in units of the drawing.

Colours are classes, so that the page can turn them for a dark screen and for paper; every colour has a word
or a shape beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

import numpy as np

from bioal.evidence import Floats
from bioal.markup import Markup, joined, number, tag
from bioal.report.words import brief

WIDTH, HEIGHT = 640.0, 320.0
SHADES = 9


@dataclass(frozen=True)
class Scale:
    """From values `low` to `high` to places `start` to `stop`."""

    low: float
    high: float
    start: float
    stop: float

    def __call__(self, value: float) -> float:
        """Return the place of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.stop - self.start)

    def ticks(self, count: int = 5) -> tuple[float, ...]:
        """Return round values within the scale, about so many.

        >>> Scale(0.13, 4.2, 0, 100).ticks()
        (1.0, 2.0, 3.0, 4.0)
        """
        rough = (self.high - self.low) / count
        power = 10.0 ** floor(log10(rough))
        step = min((f * power for f in (1, 2, 5, 10)), key=lambda size: abs(size - rough))
        first, last = ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9)
        return tuple(round(k * step, 12) + 0.0 for k in range(first, last + 1))


def scale_over(values: Iterable[float] | Floats, start: float, stop: float, *, zero: bool = False) -> Scale:
    """Return a scale that holds all finite values, with a little room; 0 to 1 where there are none."""
    array = np.asarray(list(values), float)
    array = array[np.isfinite(array)]
    low, high = (float(array.min()), float(array.max())) if len(array) else (0.0, 1.0)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    room = 0.05 * (high - low) or 0.5 * abs(high) or 0.5
    return Scale(low if zero and low == 0 else low - room, high + room, start, stop)


def plain(value: float) -> str:
    """Return a tick's number.

    >>> plain(0.1 + 0.2), plain(1500.0)
    ('0.3', '1500')
    """
    return f"{value:.6g}" if isfinite(value) else ""


@dataclass(frozen=True)
class Frame:
    """A chart's area and its two scales."""

    x: Scale
    y: Scale
    width: float = WIDTH
    height: float = HEIGHT

    def axes(self, across: str, up: str, *, ticks: Sequence[tuple[float, str]] | None = None) -> Markup:
        """Return both axes with their titles; `ticks` replace the round numbers across."""
        marks = ticks if ticks is not None else [(value, plain(value)) for value in self.x.ticks(6)]
        parts = [self._across(value, text) for value, text in marks]
        parts += [self._up(value) for value in self.y.ticks()]
        parts.append(_line(self.x.start, self.y.start, self.x.stop, self.y.start, "axis"))
        middle = (self.x.start + self.x.stop) / 2
        parts.append(label(middle, self.height - 6, across, "middle title"))
        parts.append(label(4, 14, up, "title"))
        return joined(parts)

    def _across(self, value: float, text: str) -> Markup:
        place = self.x(value)
        return joined(
            [
                _line(place, self.y.start, place, self.y.start + 4, "axis"),
                label(place, self.y.start + 17, text, "middle"),
            ]
        )

    def _up(self, value: float) -> Markup:
        place = self.y(value)
        return joined(
            [
                _line(self.x.start, place, self.x.stop, place, "grid"),
                label(self.x.start - 6, place + 4, plain(value), "end"),
            ]
        )

    def line(self, xs: Iterable[float], ys: Iterable[float], class_: str) -> Markup:
        """Return a line through points."""
        return path(zip(map(self.x, xs), map(self.y, ys), strict=True), class_)

    def band(self, xs: Sequence[float], low: Iterable[float], high: Iterable[float], class_: str) -> Markup:
        """Return the area between two lines."""
        upper = list(zip(map(self.x, xs), map(self.y, high), strict=True))
        lower = list(zip(map(self.x, xs), map(self.y, low), strict=True))
        return path([*upper, *reversed(lower)], class_, closed=True)

    def dots(self, xs: Iterable[float], ys: Iterable[float], class_: str) -> Markup:
        """Return round dots, all in one path."""
        places = zip(map(self.x, xs), map(self.y, ys), strict=True)
        return tag("path", class_=class_, d="".join(f"M{number(x)} {number(y)}h0" for x, y in places))

    def whiskers(
        self, xs: Iterable[float], low: Iterable[float], high: Iterable[float], class_: str
    ) -> Markup:
        """Return an upright line for each interval."""
        each = zip(map(self.x, xs), map(self.y, low), map(self.y, high), strict=True)
        steps = "".join(f"M{number(x)} {number(a)}V{number(b)}" for x, a, b in each)
        return tag("path", class_=class_, d=steps)


def frame_of(
    x: Scale | None = None, y: Scale | None = None, *, width: float = WIDTH, height: float = HEIGHT
) -> Frame:
    """Return a frame with the usual margins around scales from 0 to 1, or around those given."""
    left, right, top, bottom = 62.0, width - 14.0, 26.0, height - 46.0
    across = Scale(x.low, x.high, left, right) if x is not None else Scale(0.0, 1.0, left, right)
    up = Scale(y.low, y.high, bottom, top) if y is not None else Scale(0.0, 1.0, bottom, top)
    return Frame(across, up, width, height)


def label(x: float, y: float, text: str, class_: str = "") -> Markup:
    """Return text at a place."""
    return tag("text", text, x=float(x), y=float(y), class_=class_ or None)


def path(places: Iterable[tuple[float, float]], class_: str, *, closed: bool = False) -> Markup:
    """Return a path through places."""
    steps = "L".join(f"{number(x)} {number(y)}" for x, y in places)
    return tag("path", class_=class_, d=f"M{steps}{'z' if closed else ''}" if steps else "")


def cells(places: Iterable[tuple[float, float]], width: float, height: float, class_: str) -> Markup:
    """Return rectangles of one size and kind, all in one path."""
    shape = f"h{number(width)}v{number(height)}h-{number(width)}z"
    steps = "".join(f"M{number(x)} {number(y)}{shape}" for x, y in places)
    return tag("path", class_=class_, d=steps) if steps else Markup("")


def _line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    return tag("path", class_=class_, d=f"M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}")


def drawing(name: str, title: str, words: str, width: float, height: float, *parts: Markup) -> Markup:
    """Return an SVG with a title and a description for those who do not see it."""
    inner = joined([tag("title", title, id=f"{name}-title"), tag("desc", words, id=f"{name}-words"), *parts])
    return tag(
        "svg",
        inner,
        viewbox=f"0 0 {number(width)} {number(height)}",
        role="img",
        aria_labelledby=f"{name}-title {name}-words",
        style=f"max-width:{number(width)}px",
    )


def shade(values: Floats, low: float, high: float) -> list[int]:
    """Return the shade of each value, 0 to 8; -1 where there is none.

    >>> shade(np.array([0.0, 0.5, 1.0, np.nan]), 0, 1)
    [0, 4, 8, -1]
    """
    reach = high - low or 1.0
    place = np.clip((values - low) / reach * (SHADES - 1), 0, SHADES - 1)
    return [round(one) if isfinite(one) else -1 for one in place.tolist()]


def legend(x: float, y: float, kind: str, low: float, high: float, title: str) -> Markup:
    """Return a strip of shades with the values at its ends."""
    strip = [cells([(x + 14 * k, y)], 14, 10, f"{kind}{k}") for k in range(SHADES)]
    return joined(
        [
            *strip,
            label(x, y - 5, title, "small"),
            label(x, y + 22, brief(low), "small"),
            label(x + 14 * SHADES, y + 22, brief(high), "small end"),
        ]
    )
