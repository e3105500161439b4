"""A formula of readouts: read by a small grammar, never by Python; evaluated on what is known of each.

    sum     = product { ("+" | "-") product }
    product = signed { ("*" | "/") signed }
    signed  = [ "-" ] ( number | name | "'" name "'" | '"' name '"' | "(" sum ")" )

Names are readouts and numeric factors; a name of other than letters, digits, dots and underscores stands in
quotes. Values are intervals: a measurement is one point, a reading below its limit reaches down without
end, and what comes out is again an interval (Moore 1966), so that a bound stays a bound where it can.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bioal.protocol.arrays import Floats

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[^\W\d][\w.]*)|'(?P<single>[^']+)'|\"(?P<double>[^\"]+)\"|(?P<sign>[-+*/()]))"
)
DEEPEST, LONGEST = 40, 500


class FormulaError(ValueError):
    """What is wrong with a formula: what was found where something else was expected."""

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(f"{found}; expected {expected}")
        self.found, self.expected = found, expected


@dataclass(frozen=True)
class Interval:
    """What is known of values: each lies from `low` to `high`, shape (n,); NaN where nothing is known."""

    low: Floats
    high: Floats

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.low + other.low, self.high + other.high)

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def __mul__(self, other: Interval) -> Interval:
        # 0 times an endless end is 0: the end is a limit, no value.
        with np.errstate(invalid="ignore"):
            ends = [
                np.where((one == 0) | (two == 0), 0.0 * np.nan_to_num(one * two), one * two)
                for one in (self.low, self.high)
                for two in (other.low, other.high)
            ]
        unknown = np.isnan(self.low) | np.isnan(other.low)
        low, high = np.min(ends, axis=0), np.max(ends, axis=0)
        return Interval(np.where(unknown, np.nan, low), np.where(unknown, np.nan, high))

    def inverse(self) -> Interval:
        """Return 1 divided by the values; NaN where they may be 0."""
        through = (self.low <= 0) & (self.high >= 0)
        with np.errstate(divide="ignore"):
            low, high = 1.0 / self.high, 1.0 / self.low
        return Interval(np.where(through, np.nan, low), np.where(through, np.nan, high))


@dataclass(frozen=True)
class _Node:
    """A part of a formula: a number, a name, or parts joined by a sign."""

    kind: str
    value: float = 0.0
    name: str = ""
    parts: tuple[_Node, ...] = ()


@dataclass(frozen=True)
class Formula:
    """A formula as it was typed, and the names in it in order."""

    text: str
    names: tuple[str, ...]
    root: _Node

    def of(self, values: Mapping[str, Interval]) -> Interval:
        """Return what is known of the formula where this is known of its names."""
        return _evaluated(self.root, values)


def formula_of(text: str) -> Formula:
    """Return the formula that a text says.

    >>> formula_of("(GFP - 5) / 'OD 600'").names
    ('GFP', 'OD 600')

    Raises
    ------
    FormulaError
        Where it is none, or is longer or nested deeper than a formula of readouts is.
    """
    if len(text) > LONGEST:
        raise FormulaError(f"{len(text)} characters", f"at most {LONGEST}")
    reader = _Reader(_tokens(text))
    root = reader.sum(0)
    if reader.kind:
        raise FormulaError(f"{reader.shown} after the end of the formula", "+, -, * or / between two parts")
    names = tuple(dict.fromkeys(_names(root)))
    if not names:
        raise FormulaError("no readout", "a readout in the formula")
    return Formula(text, names, root)


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            rest = text[at:].strip()[:20]
            raise FormulaError(f"{rest!r}", "names, numbers, + - * / and brackets; other names in quotes")
        kind = str(match.lastgroup)
        found.append(("name" if kind in ("single", "double") else kind, match[kind]))
        at = match.end()
    return found


class _Reader:
    """Reads tokens from left to right, one rule of the grammar at a time."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens, self.at = tokens, 0

    @property
    def kind(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    @property
    def shown(self) -> str:
        return repr(self.tokens[self.at][1]) if self.kind else "the end"

    def sign(self, signs: str) -> str:
        """Return the next token and step over it where it is one of these signs, else ""."""
        if self.kind == "sign" and self.tokens[self.at][1] in signs:
            self.at += 1
            return self.tokens[self.at - 1][1]
        return ""

    def sum(self, depth: int) -> _Node:
        if depth > DEEPEST:
            raise FormulaError(f"more than {DEEPEST} brackets or signs within each other", "fewer")
        node = self.product(depth)
        while sign := self.sign("+-"):
            node = _Node(sign, parts=(node, self.product(depth)))
        return node

    def product(self, depth: int) -> _Node:
        node = self.signed(depth)
        while sign := self.sign("*/"):
            node = _Node(sign, parts=(node, self.signed(depth)))
        return node

    def signed(self, depth: int) -> _Node:
        if self.sign("-"):
            return _Node("negative", parts=(self.single(depth),))
        return self.single(depth)

    def single(self, depth: int) -> _Node:
        if self.sign("("):
            node = self.sum(depth + 1)
            if not self.sign(")"):
                raise FormulaError(f"{self.shown} where a bracket is open", ")")
            return node
        kind = self.kind
        if kind not in ("number", "name"):
            raise FormulaError(self.shown, "a readout, a number or a bracket")
        self.at += 1
        token = self.tokens[self.at - 1][1]
        return _Node("number", value=float(token)) if kind == "number" else _Node("name", name=token)


def _names(node: _Node) -> list[str]:
    own = [node.name] if node.kind == "name" else []
    return own + [name for part in node.parts for name in _names(part)]


def _evaluated(node: _Node, values: Mapping[str, Interval]) -> Interval:
    if node.kind == "name":
        return values[node.name]
    if node.kind == "number":
        return Interval(np.asarray(node.value), np.asarray(node.value))
    first, *rest = (_evaluated(part, values) for part in node.parts)
    if node.kind == "negative":
        return -first
    second = rest[0]
    if node.kind in "+-":
        return first + (second if node.kind == "+" else -second)
    return first * (second if node.kind == "*" else second.inverse())
