"""Stocks with which every level wanted can be dispensed: one per factor where there is room, else two.

At first a stock is as strong as its smallest level allows: that level is a smallest transfer, or so many
steps that all other levels are whole steps too. Where the largest levels of all factors leave no room, those
with the largest volumes get a second stock, a stronger one for their upper levels. Where room is left, stocks
are weaker again, all by about the same factor: larger volumes are dispensed better, weaker stocks dissolve.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, inf, log10

from bioal.protocol.levels import rounded, written
from bioal.protocol.liquids import DUST, Device
from bioal.protocol.units import volume_words

MOST_STEPS = 400


@dataclass(frozen=True)
class Wish:
    """The levels of a factor that are to be made, in its unit: each (`whole`), or the ends of a range.

    `present` are the stocks that it has; they stay where they make everything.
    """

    name: str
    unit: str
    levels: tuple[float, ...]
    device: Device
    solubility: float | None = None
    whole: bool = True
    present: tuple[float, ...] = ()

    @property
    def wanted(self) -> tuple[float, ...]:
        """Return the levels above zero."""
        return tuple(sorted(level for level in self.levels if level > 0))


@dataclass(frozen=True)
class Suggestion:
    """Stocks for a factor (weakest first), the volume (nL) of its largest level, and why it is not enough."""

    name: str
    unit: str
    stocks: tuple[float, ...]
    most: float
    trouble: str = ""

    def line(self) -> str:
        """Return what to write into the protocol.

        >>> Suggestion("NTP", "mM", (156.0,), 400.0).line()
        'made = { stock = "156 mM" }'
        """
        said = [f'"{f"{written(stock)} {self.unit}".strip()}"' for stock in self.stocks]
        if len(said) == 1:
            return f"made = {{ stock = {said[0]} }}"
        return f"made = {{ stocks = [{', '.join(said)}] }}"


@dataclass(frozen=True)
class Suggested:
    """Stocks for every factor; `over` is how much (nL) the largest levels together still take too much."""

    stocks: tuple[Suggestion, ...]
    over: float

    def words(self) -> str:
        """Return whether all fits, in a sentence."""
        if any(each.trouble for each in self.stocks):
            named = " and ".join(each.name for each in self.stocks if each.trouble)
            return f"No stock makes all levels of {named}: change the levels, the device or the volume."
        if self.over <= 0:
            said = "With these stocks every level can be dispensed, and all largest levels together fit."
            return f'{said} What does not dissolve so well: write solubility = "..." beside its stock.'
        return (
            f"With these stocks every level can be dispensed; all largest levels together take "
            f"{volume_words(self.over)} too much, so some combinations stay out."
        )


def suggested_stocks(wishes: Sequence[Wish], volume: float, room: float, tolerance: float) -> Suggested:
    """Return stocks with which all levels can be dispensed.

    Parameters
    ----------
    volume
        Of a well (nL).
    room
        What fixed parts leave for the factors (nL), the filler's smallest transfer taken off.
    tolerance
        How far, relatively, a dose may lie from a level.
    """
    found = {wish.name: _one(wish, volume, tolerance) for wish in wishes}
    largest = sorted(wishes, key=lambda wish: -found[wish.name].most)
    for better in (_one_stronger, _two):
        for wish in largest:
            if sum(each.most for each in found.values()) > room:
                found[wish.name] = better(wish, found[wish.name], volume, tolerance)
    found |= {wish.name: _impossible(wish) for wish in wishes if found[wish.name].most > volume}
    strong = tuple(found[wish.name] for wish in wishes)
    total = sum(each.most for each in strong)
    if not 0 < total < room:
        return Suggested(strong, max(0.0, total - room))
    weaker = tuple(_weaker(wish, found[wish.name], volume, tolerance, room / total) for wish in wishes)
    return Suggested(weaker if sum(each.most for each in weaker) <= room else strong, 0.0)


def _weaker(wish: Wish, one: Suggestion, volume: float, tolerance: float, spare: float) -> Suggestion:
    """Return a suggestion with stocks weaker by up to a factor; the one there is where there are two."""
    if len(one.stocks) != 1 or one.stocks == wish.present:
        return one
    stock = _strongest(wish, wish.wanted, volume, tolerance, spare)
    if stock is None:
        return one
    return replace(one, stocks=(stock,), most=_largest(wish, stock, wish.wanted, volume))


def _one(wish: Wish, volume: float, tolerance: float) -> Suggestion:
    doses = [_present(wish, level, volume, tolerance) for level in wish.wanted]
    if wish.present and None not in doses:
        return Suggestion(
            wish.name, wish.unit, wish.present, max([dose for dose in doses if dose], default=0.0)
        )
    stock = _strongest(wish, wish.wanted, volume, tolerance)
    if stock is None:
        return _impossible(wish)
    return Suggestion(wish.name, wish.unit, (stock,), _largest(wish, stock, wish.wanted, volume))


def _one_stronger(wish: Wish, one: Suggestion, volume: float, tolerance: float) -> Suggestion:
    """Return the strongest single stock in the place of those there are, where it takes less room."""
    other = _one(replace(wish, present=()), volume, tolerance)
    return other if other.stocks and other.most < one.most else one


def _present(wish: Wish, level: float, volume: float, tolerance: float) -> float | None:
    """Return the volume (nL) that makes a level of a stock that there is; None where none does."""
    volumes = [(wish.device.steps(level * volume / stock), stock) for stock in wish.present]
    near = [
        dose
        for dose, stock in volumes
        if abs(dose * stock / volume - level) <= tolerance * level and dose <= volume
    ]
    return min(near, default=None)


def _two(wish: Wish, one: Suggestion, volume: float, tolerance: float) -> Suggestion:
    """Return two stocks, split where the largest volume is smallest; the one where that is no better."""
    best = one
    for at in range(1, len(_breaks(wish))):
        lower, upper = _breaks(wish)[:at], _breaks(wish)[at:]
        low = _strongest(wish, lower, volume, tolerance)
        high = _strongest(wish, upper, volume, tolerance)
        if low is None or high is None or high <= low:
            continue
        most = max(_largest(wish, low, lower, volume), _largest(wish, high, upper, volume))
        if most < best.most - DUST:
            best = Suggestion(wish.name, wish.unit, (low, high), most)
    return best


def _breaks(wish: Wish) -> tuple[float, ...]:
    """Return the levels between which two stocks may part; of a range, its geometric middle besides."""
    levels = wish.wanted
    if wish.whole or len(levels) < 2:
        return levels
    middle = rounded((levels[0] * levels[-1]) ** 0.5, 2)
    return tuple(dict.fromkeys((levels[0], middle, middle, levels[-1])))


def _strongest(
    wish: Wish, levels: Sequence[float], volume: float, tolerance: float, spare: float = 1.0
) -> float | None:
    """Return the strongest soluble stock that makes every level in whole steps; None where none does."""
    if not levels:
        return None
    device, least = wish.device, levels[0]
    first = max(1, floor(spare * ceil(device.least / device.step - DUST)))
    # Of nothing there is more than 100 % in a stock.
    largest = 100.0 if wish.unit.startswith("%") else inf
    solubility = largest if wish.solubility is None else wish.solubility
    for steps in range(first, first + MOST_STEPS):
        exact = least * volume / (steps * device.step)
        # The ends of a range need no exact steps: there, a stock of two digits is easier to make.
        stock = rounded(exact, 6) if wish.whole else _two_digits(exact)
        if stock > solubility:
            continue
        if not wish.whole or all(_near(level, stock, device, volume, tolerance) for level in levels):
            return stock
    return None


def _two_digits(value: float) -> float:
    """Return a number cut off, not rounded, after two digits: a stock is to be no stronger.

    >>> _two_digits(66.6667), _two_digits(0.0123), _two_digits(8000.0)
    (66.0, 0.012, 8000.0)
    """
    size = 10.0 ** (floor(log10(value)) - 1)
    return rounded(floor(value / size + DUST) * size, 6)


def _near(level: float, stock: float, device: Device, volume: float, tolerance: float) -> bool:
    wanted = level * volume / stock
    # A tenth of the tolerance: a suggestion is to be better than just good enough.
    return abs(device.steps(wanted) - wanted) <= 0.1 * tolerance * wanted + DUST


def _largest(wish: Wish, stock: float, levels: Sequence[float], volume: float) -> float:
    return wish.device.steps(levels[-1] * volume / stock)


def _impossible(wish: Wish) -> Suggestion:
    device = wish.device
    limits = f"{volume_words(device.step)} steps from {volume_words(device.least)}"
    dissolved = "" if wish.solubility is None else f" and {written(wish.solubility)} {wish.unit} dissolve"
    trouble = f"no stock makes all of its levels: {device.name} dispenses in {limits}{dissolved}"
    return Suggestion(wish.name, wish.unit, (), 0.0, trouble)
