"""Volumes and concentrations as people write them: `2.5 uL`, `156 mM`, `866 g/L`.

Inside, volumes are nL; a concentration stays in the unit of its factor. What a conversion would have to guess
(mM against mg/mL without a molar mass) is refused. General libraries of units read `x`, `%`, `U` and `C` as
something else, so the few units of the bench stand here.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from bioal.protocol.levels import rounded, written

_QUANTITY = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(\S.*?)?\s*")
_PREFIXES = {
    "": Fraction(1),
    "k": Fraction(1000),
    "d": Fraction(1, 10),
    "c": Fraction(1, 100),
    "m": Fraction(1, 10**3),
    "u": Fraction(1, 10**6),
    "n": Fraction(1, 10**9),
    "p": Fraction(1, 10**12),
    "f": Fraction(1, 10**15),
}
# What stands above the line of a concentration. A percent is its own kind: whether weight or volume is meant,
# nobody can tell, and a fold (`100 x`) has no amount at all.
_AMOUNTS = {"mol": "mol", "g": "g", "l": "L", "u": "U", "iu": "IU"}
_WHOLE = {"x": "x", "%": "%", "% w/v": "% w/v", "% v/v": "% v/v"}


LARGEST = 1e15  # of a number with a unit: more, or as small a part, is a slip


class UnitError(ValueError):
    """A text is no volume or concentration, or one unit cannot become another; the message says why."""


class Unit(NamedTuple):
    """A unit of concentration: what kind, and how much of the kind's base one is."""

    kind: str
    size: Fraction


def volume_in(text: str) -> float:
    """Return a volume in nL.

    >>> volume_in("20 uL"), volume_in("2.5 nL"), volume_in("1.5 mL")
    (20000.0, 2.5, 1500000.0)

    Raises
    ------
    UnitError
        Where the text is no number with nL, uL, mL or L.
    """
    number, unit = _parts(text)
    size = _prefixed(unit, "l")
    if size is None:
        raise UnitError(f'{text!r} is no volume: write a number with nL, uL, mL or L, as in "2.5 uL"')
    return float(Fraction(repr(number)) * size * 10**9)


def volume_words(volume: float) -> str:
    """Return a volume (nL) in the unit that people would choose.

    >>> volume_words(12.5), volume_words(1500), volume_words(2.5e6)
    ('12.5 nL', '1.5 uL', '2.5 mL')
    """
    for unit, size in (("L", 1e9), ("mL", 1e6), ("uL", 1e3)):
        if abs(volume) >= size:
            return f"{written(rounded(volume / size, 6))} {unit}"
    return f"{written(rounded(volume, 6))} nL"


def amount_in(text: str, default: str = "") -> tuple[float, str]:
    """Return number and unit of a concentration; a bare number has the default unit.

    >>> amount_in("156 mM"), amount_in("40", "%")
    ((156.0, 'mM'), (40.0, '%'))

    Raises
    ------
    UnitError
        Where the text does not begin with a number.
    """
    number, unit = _parts(text)
    return number, unit or default


def converted(value: float, unit: str, to: str, molar_mass: float | None = None) -> float:
    """Return a concentration in another unit; with a molar mass (g/mol) mass and substance become each other.

    >>> converted(156, "mM", "uM"), converted(1, "mg/mL", "g/L"), converted(2, "ug/uL", "mg/ml")
    (156000.0, 1.0, 2.0)
    >>> converted(5.844, "g/L", "mM", molar_mass=58.44)
    100.0
    >>> converted(5, "mM", "mg/mL")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    bioal.protocol.units.UnitError: mM is an amount of substance, mg/mL a mass: ...

    Raises
    ------
    UnitError
        Where the units are of different kinds, or one is unknown and they are not the same.
    """
    if _plain(unit) == _plain(to):
        return float(value)
    one, other = unit_of(unit), unit_of(to)
    if one is None or other is None:
        unknown = " and ".join(repr(each) for each, known in ((unit, one), (to, other)) if known is None)
        raise UnitError(f"{unknown} cannot be converted: write both in the same unit")
    exact = Fraction(repr(float(value))) * one.size / other.size
    if one.kind != other.kind:
        grams = {("g/L", "mol/L"): -1, ("mol/L", "g/L"): 1}.get((one.kind, other.kind))
        if grams is None or molar_mass is None:
            raise UnitError(_why_not(unit, one, to, other))
        exact *= Fraction(repr(float(molar_mass))) ** grams
    return rounded(float(exact), 15)


def unit_of(text: str) -> Unit | None:
    """Return what a unit of concentration means, None where it is none that is known.

    >>> unit_of("mM") == unit_of("mmol/L"), unit_of("ng/uL") == unit_of("mg/L") , unit_of("RFU")
    (True, True, None)
    """
    plain = _plain(text)
    if plain.lower() in _WHOLE:
        return Unit(_WHOLE[plain.lower()], Fraction(1))
    if plain.endswith("M") and plain[:-1] in _PREFIXES:
        return Unit("mol/L", _PREFIXES[plain[:-1]])
    above, line, below = plain.partition("/")
    volume = _prefixed(below, "l") if line else None
    if not volume:
        return None
    for symbol, name in _AMOUNTS.items():
        size = _prefixed(above, symbol)
        if size is not None:
            return Unit(f"{name}/L", size / volume)
    return None


def _parts(text: str) -> tuple[float, str]:
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise UnitError(f"{text!r} is no number with a unit")
    number = float(match[1])
    if number and not 1 / LARGEST < abs(number) < LARGEST:
        raise UnitError(f"{text!r} is beyond anything that is pipetted")
    return number, match[2] or ""


def _plain(unit: str) -> str:
    return " ".join(unit.replace("\u00b5", "u").replace("\u03bc", "u").split())


def _prefixed(unit: str, symbol: str) -> Fraction | None:
    """Return how many of a base unit one prefixed unit is; capitals of the base do not matter."""
    plain = _plain(unit)
    if not plain.lower().endswith(symbol):
        return None
    return _PREFIXES.get(plain[: len(plain) - len(symbol)])


_KINDS = {
    "mol/L": "an amount of substance",
    "g/L": "a mass",
    "L/L": "a volume",
    "U/L": "an activity",
    "IU/L": "an activity",
}


def _why_not(unit: str, one: Unit, to: str, other: Unit) -> str:
    said = f"{unit} is {_KINDS.get(one.kind, 'a share')}, {to} {_KINDS.get(other.kind, 'a share')}"
    if {one.kind, other.kind} == {"g/L", "mol/L"}:
        return f"{said}: write both in one unit, or molar_mass = ... (g/mol) beside the stock"
    return f"{said}: write both in one unit, for neither becomes the other"
