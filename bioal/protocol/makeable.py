"""What a lab can and cannot make of a protocol: levels, volumes, what fits, and what binds, in words."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bioal.protocol.constraints import Constraint
from bioal.protocol.counting import Count
from bioal.protocol.definition import Protocol
from bioal.protocol.factors import Factor, Numeric
from bioal.protocol.levels import written
from bioal.protocol.liquids import Component, Liquids
from bioal.protocol.sums import compiled
from bioal.protocol.units import volume_words
from bioal.protocol.volume_limit import VolumeLimit

DRAWS = 20_000
MOST_NAMED = 3


@dataclass(frozen=True)
class Levels:
    """A factor as it can be made.

    Parameters
    ----------
    least, most
        nL of its stock in a well, zero where nothing is dispensed.
    """

    name: str
    count: int
    words: str
    made: str
    least: float = 0.0
    most: float = 0.0


@dataclass(frozen=True)
class Binding:
    """A rule, and the share of all combinations of levels that it forbids by itself."""

    words: str
    forbids: float


@dataclass(frozen=True)
class Makeable:
    """What can be made.

    Parameters
    ----------
    box
        All combinations of levels, allowed or not.
    room
        What the factors' volumes come to at most, and how much there is; "" without liquids.
    """

    levels: tuple[Levels, ...]
    count: Count
    box: float
    room: str
    rules: tuple[Binding, ...]
    notes: tuple[str, ...]

    @property
    def share(self) -> float:
        """Return the share of the box that can be made."""
        return self.count.value / self.box

    def lines(self) -> tuple[str, ...]:
        """Return what a person wants to know, line by line."""
        width = max(len(each.name) for each in self.levels)
        named = [f"    {each.name:{width}}  {each.words}{each.made}" for each in self.levels]
        said = f"{self.count} conditions: {_share(self.share)} of the {self.box:,.0f} combinations of levels."
        rules = [f"    {each.words}: forbids {_share(each.forbids)}" for each in self.rules]
        binding = ["What keeps the others out, each by itself:", *rules] if rules else []
        return ("What can be made:", *named, *([self.room] if self.room else []), said, *binding)


def makeable(protocol: Protocol) -> Makeable:
    """Return what can be made of a protocol; its factors stand on doses already."""
    space, liquids = protocol.space, protocol.liquids
    box = float(np.prod([float(factor.size) for factor in protocol.factors]))
    levels = tuple(_levels(factor, liquids) for factor in protocol.factors)
    if liquids is not None:
        levels = _with_misfits(protocol, liquids, levels)
    rules = sorted(_binding(protocol), key=lambda each: -each.forbids)
    limit = protocol.volume_limit
    room = "" if limit is None else _room(limit, levels)
    return Makeable(levels, space.count(), box, room, tuple(rules), protocol.notes)


def _levels(factor: Factor, liquids: Liquids | None) -> Levels:
    component = None if liquids is None else liquids.component(factor.name)
    words = _span(factor)
    if liquids is None or component is None:
        return Levels(factor.name, factor.size, words, "" if liquids is None else ", no volume of its own")
    volumes = _volumes(factor, component, liquids)
    stocks = _stocks(component)
    reach = " to ".join(dict.fromkeys(map(volume_words, (min(volumes), max(volumes)))))
    made = f": {reach} of {stocks} ({component.device.name})"
    return Levels(factor.name, factor.size, words, made, min(volumes), max(volumes))


def _with_misfits(protocol: Protocol, liquids: Liquids, levels: tuple[Levels, ...]) -> tuple[Levels, ...]:
    """Return levels that say how many of them leave no room for the least of everything else."""
    room = VolumeLimit(liquids, protocol.factors).room
    least = sum(each.least for each in levels)
    found = []
    for factor, each in zip(protocol.factors, levels, strict=True):
        component = liquids.component(factor.name)
        volumes = [] if component is None else _volumes(factor, component, liquids)
        misfits = sum(volume > room - (least - each.least) for volume in volumes)
        said = f"; {misfits} of them never fit" if misfits else ""
        found.append(replace(each, made=each.made + said))
    return tuple(found)


def _span(factor: Factor) -> str:
    counted = "1 level" if factor.size == 1 else f"{factor.size} levels"
    if isinstance(factor, Numeric):
        ends = " to ".join(dict.fromkeys(map(written, (factor.levels[0], factor.levels[-1]))))
        return f"{counted}, {ends} {factor.unit}".rstrip()
    return f"{factor.size} options"


def _stocks(component: Component) -> str:
    stocks = component.everything
    if len(stocks) > MOST_NAMED:
        return f"{len(stocks)} stocks"
    if stocks[0].concentration is None:
        return ", ".join(stock.name for stock in stocks)
    return ", ".join(f"{written(stock.concentration or 0.0)} {stock.unit}".strip() for stock in stocks)


def _volumes(factor: Factor, component: Component, liquids: Liquids) -> list[float]:
    options = list(component.stocks) if component.by and component.by != factor.name else [""]
    found = []
    for option in options:
        for code in range(factor.size):
            condition = {component.by: option, factor.name: factor.value(code)}
            dose = liquids.dose(component, condition, {})
            found.append(0.0 if dose is None else dose.volume)
    return found


def _room(limit: VolumeLimit, levels: tuple[Levels, ...]) -> str:
    liquids, most = limit.liquids, limit.span[1]
    fixed = liquids.volume - limit.room
    parts = f"fixed parts take {volume_words(fixed)}" if fixed else "no fixed parts"
    said = f"A well holds {volume_words(liquids.volume)}: {parts}, {volume_words(limit.room)} are left."
    if not limit.binds:
        rest = f"{volume_words(limit.room - most)} of {liquids.filler.name}"
        return f"{said} The largest levels together take {volume_words(most)}: there is always {rest}."
    if most <= limit.room:
        rest, least = volume_words(limit.room - most), volume_words(limit.least_filler)
        few = f"leaves {rest} for {liquids.filler.name}, of which {least} or more can be dispensed"
        return f"{said} The largest levels together take {volume_words(most)}, which {few}."
    largest = max(levels, key=lambda each: each.most)
    over = f"{volume_words(most)}, {volume_words(most - limit.room)} too much"
    most_of_one = f"{largest.name} takes the most, {volume_words(largest.most)}"
    return f"{said} The largest levels together would take {over}; {most_of_one}."


def _binding(protocol: Protocol) -> list[Binding]:
    """Return each rule with the share of combinations that it forbids, from draws with a fixed seed."""
    rules: tuple[Constraint, ...] = protocol.space.constraints
    if not rules:
        return []
    sums = compiled(protocol.factors, rules)
    rng = np.random.default_rng(0)
    columns = [rng.choice(domain, DRAWS) for domain in sums.domains]
    codes = np.stack(columns, axis=1)
    found = []
    for number, rule in enumerate(rules):
        kept = float(sums.only([number]).feasible(codes).mean())
        found.append(Binding(rule.words(), 1.0 - kept))
    return found


def _share(share: float) -> str:
    """Return a share in words.

    >>> _share(1.0), _share(0.1234), _share(1e-7), _share(1 - 1e-7)
    ('all', '12 %', 'less than 0.01 %', 'more than 99.99 %')
    """
    if share >= 1.0:
        return "all"
    if share < 1e-4:
        return "less than 0.01 %"
    if share > 1 - 1e-4:
        return "more than 99.99 %"
    return f"{100 * share:.2g} %" if share < 0.995 else f"{100 * share:.4g} %"
