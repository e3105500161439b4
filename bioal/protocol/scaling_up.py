"""A condition at another scale: how much of each stock, and how much substance that is, by weight too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bioal.protocol.factors import Numeric, Value
from bioal.protocol.levels import rounded, written
from bioal.protocol.liquids import Dose
from bioal.protocol.protocol import Protocol
from bioal.protocol.units import unit_of, volume_words
from bioal.protocol.values import is_blank, number_in

DIGITS = 4
_SMALL = ((1.0, ""), (1e-3, "m"), (1e-6, "u"), (1e-9, "n"), (1e-12, "p"), (1e-15, "f"), (1e-18, "a"))


@dataclass(frozen=True)
class Line:
    """One thing that goes in.

    Parameters
    ----------
    final
        Its concentration in words.
    stock
        Which stock, "" where none is known; `volume` how much of it (nL), None where unknown.
    amount, weight
        How much substance, in words; "" where its unit does not say.
    """

    name: str
    final: str
    stock: str
    volume: float | None
    amount: str
    weight: str

    def words(self) -> str:
        """Return the line as a person reads it."""
        taken = "" if self.volume is None else f"{volume_words(self.volume)} of {self.stock}"
        parts = [part for part in (self.final, taken, self.amount, self.weight) if part]
        return f"{self.name}: {'; '.join(parts)}"


def recipe_lines(
    protocol: Protocol,
    condition: Mapping[str, Value | None],
    volume: float,
    changed: Mapping[str, Value] | None = None,
) -> tuple[Line, ...]:
    """Return what goes into `volume` nL of a condition, in the order of addition.

    Proportions are those of a well as it was dispensed: what was found in the plate holds in the flask.

    Parameters
    ----------
    changed
        Fixed part -> value, for a control that differs in one.

    Raises
    ------
    ValueError
        Where the condition does not fit into a well of the protocol.
    """
    liquids = protocol.liquids
    if liquids is None:
        return tuple(_undispensed(protocol, name, value, volume) for name, value in condition.items())
    scale = volume / liquids.volume
    dispensed = tuple(_dispensed(dose, volume, scale) for dose in liquids.recipe(condition, changed))
    settings = [factor.name for factor in protocol.factors if factor.name in liquids.settings]
    said = tuple(_undispensed(protocol, name, condition.get(name), volume) for name in settings)
    fixed = tuple(
        Line(name, str(part), "", None, "", "")
        for name, part in protocol.fixed.items()
        if name in liquids.settings
    )
    return (*dispensed, *said, *fixed)


def _dispensed(dose: Dose, volume: float, scale: float) -> Line:
    stock, unit = dose.stock, dose.stock.unit
    of = (
        stock.name if stock.concentration is None else f"{stock.name} ({written(stock.concentration)} {unit})"
    )
    final = "" if dose.actual is None else f"{written(dose.actual)} {unit}".rstrip()
    amount, weight = ("", "")
    if stock.concentration is not None:
        made = dose.volume * stock.concentration / (volume / scale)
        amount, weight = substance(made, unit, volume, dose.component.molar_mass)
    name = dose.component.name + (" (up to the volume)" if dose.component.kind == "filler" else "")
    return Line(name, final, of, dose.volume * scale, amount, weight)


def _undispensed(protocol: Protocol, name: str, value: Value | None, volume: float) -> Line:
    factor = protocol.factor(name)
    if is_blank(value):
        return Line(name, "none", "", None, "", "")
    final = f"{factor.text(value)} {factor.unit}".rstrip()
    if not isinstance(factor, Numeric):
        return Line(name, final, "", None, "", "")
    amount, weight = substance(number_in(value), factor.unit, volume, None)
    return Line(name, final, "", None, amount, weight)


def substance(concentration: float, unit: str, volume: float, molar_mass: float | None) -> tuple[str, str]:
    """Return how much substance a concentration is in so many nL: an amount, and a weight where it is known.

    >>> substance(5.0, "mM", 50e6, 211.2)
    ('250 umol', '52.8 mg')
    >>> substance(2.0, "g/L", 50e6, None), substance(30.0, "C", 50e6, None)
    (('', '100 mg'), ('', ''))
    """
    known, litres = unit_of(unit), volume / 1e9
    if known is None:
        return "", ""
    held = concentration * float(known.size) * litres
    if known.kind == "mol/L":
        weight = "" if molar_mass is None else _in_prefix(held * molar_mass, "g")
        return _in_prefix(held, "mol"), weight
    if known.kind == "g/L":
        return "", _in_prefix(held, "g")
    if known.kind == "% w/v":
        return "", _in_prefix(concentration * 10.0 * litres, "g")
    return "", ""


def _in_prefix(value: float, unit: str) -> str:
    for size, prefix in _SMALL:
        if value >= size:
            return f"{written(rounded(value / size, DIGITS))} {prefix}{unit}"
    return f"{written(rounded(value, DIGITS))} {unit}"
