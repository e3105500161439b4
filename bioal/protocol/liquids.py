"""How conditions become volumes: stocks, devices, doses that can be dispensed, and what fills a well.

A *component* is anything that is dispensed: a factor, a fixed part, the filler. A *dose* is a whole number of
a device's steps of one of its stocks; what it gives in the well is the *actual* concentration. Levels of a
factor are actual concentrations, so that space, model, duplicates and export all speak of the same doses.
Volumes are nL; concentrations are in the unit of their component.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil, floor
from typing import Literal

from bioal.protocol.factors import Value
from bioal.protocol.levels import rounded
from bioal.protocol.values import is_blank, number_in

Format = Literal["echo", "opentrons", "tecan", "hamilton", "biomek", "epmotion", "hand"]
FORMATS: tuple[Format, ...] = ("echo", "opentrons", "tecan", "hamilton", "biomek", "epmotion", "hand")

# Digits of an actual concentration: far finer than any pipette, and short enough to read.
DOSE_DIGITS = 5
# Two doses that differ by less are one: the rounding of written digits, not of a pipette.
SAME_DOSE = 1e-4
DUST = 1e-6  # of a step: what floating point leaves of whole steps


@dataclass(frozen=True)
class SourcePlate:
    """A plate (or, with no wells, single vessels) that holds stocks.

    Parameters
    ----------
    dead, full
        nL in a well that cannot be taken out, and the most that may be filled in.
    """

    name: str
    wells: int
    dead: float
    full: float

    @property
    def usable(self) -> float:
        """Return how much a full well gives (nL)."""
        return self.full - self.dead


@dataclass(frozen=True)
class Device:
    """What dispenses, robot or hand.

    Parameters
    ----------
    step, least, most
        nL: smallest increment, smallest transfer, largest single transfer (larger ones are split).
    format
        Which worklist it reads.
    seconds
        Of one transfer, roughly: for the estimate of a round's time.
    """

    name: str
    step: float
    least: float
    most: float
    format: Format
    source: SourcePlate
    seconds: float = 1.0

    @property
    def least_steps(self) -> int:
        """Return of how many steps the smallest transfer is."""
        return ceil(self.least / self.step - DUST)

    @property
    def most_steps(self) -> int:
        """Return of how many whole steps the largest single transfer is."""
        return floor(self.most / self.step + DUST)

    @property
    def splits(self) -> bool:
        """Return whether every volume above the largest transfer can be split into possible ones."""
        return (self.most_steps + 1) // 2 >= self.least_steps

    def steps(self, volume: float) -> float:
        """Return the nearest volume (nL) of whole steps, zero or at least the smallest transfer."""
        if volume <= 0:
            return 0.0
        count = max(round(volume / self.step), self.least_steps)
        return round(count * self.step, 6)

    def whole(self, volume: float) -> bool:
        """Return whether a volume is zero or whole steps of at least the smallest transfer."""
        return volume == 0 or (volume >= self.least - DUST and abs(self.steps(volume) - volume) < DUST)


@dataclass(frozen=True)
class Stock:
    """A liquid that is prepared; without a concentration where only its volume matters.

    Parameters
    ----------
    of, fold
        The stock of which it is an intermediate dilution, and how many times it is diluted with the filler.
    """

    name: str
    concentration: float | None = None
    unit: str = ""
    solubility: float | None = None
    of: str = ""
    fold: float = 1.0


@dataclass(frozen=True)
class Dose:
    """So much of a stock in a well: volume (nL), and the concentration of its component that it makes."""

    component: Component
    stock: Stock
    volume: float
    actual: float | None


@dataclass(frozen=True)
class Component:
    """One thing that is dispensed, and how.

    Parameters
    ----------
    name
        A factor's, a fixed part's, or the filler's.
    stocks
        Option -> stocks of different concentration; "" where there is no choice between liquids.
        An option without stocks adds nothing.
    by
        The factor whose value is the option; "" for none.
    amount
        The concentration that is always made (fixed parts, one stock per option); None where the factor
        says it.
    volume
        nL that are always dispensed, instead of a concentration.
    addition
        The step in which it is added; within a step the filler comes first.
    viscous
        Dispensed apart from the others, with a worklist of its own.
    molar_mass
        g/mol, for the weights of a recipe.
    contains
        Factor -> how much of it (in its unit) the stock holds besides.
    """

    name: str
    kind: Literal["factor", "fixed", "filler"]
    device: Device
    stocks: Mapping[str, tuple[Stock, ...]]
    by: str = ""
    amount: float | None = None
    volume: float | None = None
    addition: int = 1
    viscous: bool = False
    molar_mass: float | None = None
    contains: Mapping[str, float] = field(default_factory=dict)

    @property
    def everything(self) -> tuple[Stock, ...]:
        """Return all its stocks."""
        return tuple(stock for stocks in self.stocks.values() for stock in stocks)

    def dose(self, value: Value | None, option: str, total: float) -> Dose | None:
        """Return the dose for a value in a well of `total` nL; None where nothing is dispensed.

        The stock that comes nearest is taken and, of several as near, the one of which least is needed.
        """
        stocks = self.stocks.get(option, ())
        if not stocks or is_blank(value):
            return None
        if self.volume is not None:
            volume = self.device.steps(self.volume * number_in(value))
            return Dose(self, stocks[0], volume, None) if volume else None
        wanted = number_in(value)
        if wanted <= 0:
            return None
        doses = [self._from(stock, wanted, total) for stock in stocks]
        return min(doses, key=lambda dose: (_off(dose, wanted), dose.volume))

    def _from(self, stock: Stock, wanted: float, total: float) -> Dose:
        concentration = _known(stock)
        volume = self.device.steps(wanted * total / concentration)
        return Dose(self, stock, volume, rounded(volume * concentration / total, DOSE_DIGITS))

    def doses(self, low: float, high: float, total: float, room: float) -> tuple[float, ...]:
        """Return every concentration from low to high that can be dispensed within `room` nL, in order."""
        found = [0.0] if low <= 0 <= high else []
        for stock in self.stocks.get("", ()):
            per_step = self.device.step * _known(stock) / total
            least = max(self.device.least_steps, ceil(low / per_step - DUST), 1)
            most = floor(min(high / per_step, room / self.device.step) + DUST)
            found += [rounded(count * per_step, DOSE_DIGITS) for count in _counts(least, most)]
        return _distinct(sorted(found))


def _counts(least: int, most: int) -> Iterator[int]:
    """Yield numbers of steps; of those that lie so close together that doses may be one, only round ones."""
    finest = round(0.5 / SAME_DOSE)
    first, stride = least, 1
    while first <= most:
        last = min(most, finest * stride)
        yield from range(ceil(first / stride) * stride, last + 1, stride)
        first, stride = max(first, last + 1), 10 * stride


def _known(stock: Stock) -> float:
    if stock.concentration is None:
        raise ValueError(f"{stock.name} has no concentration: only its volume is known")
    return stock.concentration


def _off(dose: Dose, wanted: float) -> float:
    error = abs((dose.actual or 0.0) - wanted) / wanted
    return error if error > SAME_DOSE else 0.0


def _distinct(values: Sequence[float]) -> tuple[float, ...]:
    kept: list[float] = []
    for value in values:
        if not kept or value - kept[-1] > SAME_DOSE * value:
            kept.append(value)
    return tuple(kept)


@dataclass(frozen=True)
class Liquids:
    """Everything that goes into a well.

    Parameters
    ----------
    volume
        Of every well (nL).
    components
        Factors and fixed parts, in the order of the protocol.
    settings
        Factors and fixed parts without a volume: temperature, time.
    tolerance
        How far, relatively, a level that was asked for may lie from the dose that stands for it.
    excess
        The share that is prepared beyond what is needed.
    volumes_per_stock
        How many different volumes of a factor's stock there may be, for hands; None for any number.
    """

    volume: float
    filler: Component
    components: tuple[Component, ...]
    settings: tuple[str, ...] = ()
    tolerance: float = 0.02
    excess: float = 0.1
    volumes_per_stock: int | None = None

    @cached_property
    def everything(self) -> tuple[Component, ...]:
        """Return all components in the order in which they are added, the filler among them."""
        return tuple(sorted((self.filler, *self.components), key=lambda each: each.addition))

    def component(self, name: str) -> Component | None:
        """Return the component of a factor or fixed part; None for a setting or an option of another."""
        return next((each for each in self.components if each.name == name), None)

    def dose(
        self, component: Component, condition: Mapping[str, Value | None], changed: Mapping[str, Value]
    ) -> Dose | None:
        """Return the dose of a component in a condition; `changed` are fixed parts of a control."""
        option = "" if not component.by else str(condition.get(component.by) or "")
        if component.kind == "factor" and component.amount is None and component.volume is None:
            return component.dose(condition.get(component.name), option, self.volume)
        usual = 1.0 if component.volume is not None else component.amount
        if component.kind == "fixed" and component.name in changed:
            share = number_in(changed[component.name])
            usual = share / (component.amount or 1.0) if component.volume is not None else share
        return component.dose(usual, option, self.volume)

    def recipe(
        self, condition: Mapping[str, Value | None], changed: Mapping[str, Value] | None = None
    ) -> tuple[Dose, ...]:
        """Return what goes into a well, in the order of addition; the volumes add up to the well's.

        Parameters
        ----------
        condition
            Factor -> value; blank where inactive. An empty one is a well of filler alone.
        changed
            Fixed part -> value in this control.

        Raises
        ------
        ValueError
            Where the doses leave no room: constraints keep that from every proposal.
        """
        doses = [self.dose(each, condition, changed or {}) for each in self.components] if condition else []
        added = [dose for dose in doses if dose is not None and dose.volume > 0]
        rest = round(self.volume - sum(dose.volume for dose in added), 6)
        if rest < 0 or not self.filler.device.whole(rest):
            raise ValueError(f"{self.volume - rest:g} nL of components do not fit into {self.volume:g} nL")
        if rest:
            added.append(Dose(self.filler, self.filler.stocks[""][0], rest, None))
        order = {each.name: number for number, each in enumerate(self.everything)}
        return tuple(sorted(added, key=lambda dose: order[dose.component.name]))

    def totals(self, doses: Sequence[Dose]) -> dict[str, float]:
        """Return, for each factor that other parts contribute to, how much is in the well altogether."""
        found: dict[str, float] = {}
        for dose in doses:
            for name, held in dose.component.contains.items():
                found[name] = found.get(name, 0.0) + held * dose.volume / self.volume
        own = {dose.component.name: dose.actual or 0.0 for dose in doses}
        return {name: rounded(share + own.get(name, 0.0), DOSE_DIGITS) for name, share in found.items()}
