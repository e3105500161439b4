"""A liquid handler without a lab: it does a worklist on virtual plates and notes what no robot can do.

It shares no code with what writes worklists but the names of wells, so that it can judge them:

    contents = execute(moves, sources=filled(run.sources), destinations={"plate-1": Destination(384, 50e3)},
                       limits=limits_of(run.device))
    contents["plate-1", "A1"]   ->   {"NTP": 250.0, "water": 9750.0}

`moves` are five values each: source plate and well, destination plate and well, nL, in the order in
which they are done. A second device goes on where the first stopped: hand its contents over as `already`.
Everything that is wrong is collected and raised at once as `Impossible`, whose `faults` are sentences.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bioal.plates.wells import wells_of_plate

DUST = 1e-3  # nL: rounding of sums, a millionth of what matters

Spot = tuple[str, str]
Contents = dict[Spot, dict[str, float]]


@dataclass(frozen=True)
class Filled:
    """A source well: what is in it (nL), what cannot be taken out, what fits in."""

    stock: str
    volume: float
    dead: float
    full: float


@dataclass(frozen=True)
class Destination:
    """A destination plate: its wells (0: vessels with names of any kind), and nL that fit into each."""

    wells: int
    capacity: float


@dataclass(frozen=True)
class Limits:
    """What the device can do, in nL: smallest increment, smallest and largest transfer."""

    step: float
    least: float
    most: float


class Impossible(AssertionError):  # noqa: N818  a sentence, like Refused
    """No robot could do it; `faults` say what, in the order in which it happened."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults[:20]))


def execute(
    moves: Iterable[tuple[str, str, str, str, float]],
    *,
    sources: Mapping[Spot, Filled],
    destinations: Mapping[str, Destination],
    limits: Limits,
    already: Mapping[Spot, Mapping[str, float]] | None = None,
) -> Contents:
    """Return what is in each destination well afterwards, by stock (nL)."""
    bench = _Bench(sources, destinations, limits)
    bench.contents = {spot: dict(held) for spot, held in (already or {}).items()}
    bench.check_fills()
    for move in moves:
        bench.do(*move)
    if bench.faults:
        raise Impossible(bench.faults)
    return bench.contents


def filled(sources: Iterable[Any]) -> dict[Spot, Filled]:
    """Return source wells from anything with plate, well, stock, fill and a type with dead and full."""
    return {
        (each.plate, each.well): Filled(each.stock, each.fill, each.type.dead, each.type.full)
        for each in sources
    }


def limits_of(device: Any) -> Limits:
    """Return the limits from anything with step, least and most."""
    return Limits(device.step, device.least, device.most)


@dataclass
class _Bench:
    sources: Mapping[Spot, Filled]
    destinations: Mapping[str, Destination]
    limits: Limits
    contents: Contents = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    left: dict[Spot, float] = field(default_factory=dict)

    def check_fills(self) -> None:
        self.left = {spot: each.volume for spot, each in self.sources.items()}
        for spot, each in self.sources.items():
            if each.volume > each.full + DUST:
                fill = f"filled with {each.volume:g} nL and holds {each.full:g}"
                self.faults.append(f"{_words(spot)} is {fill}")

    def do(self, source_plate: str, source_well: str, plate: str, well: str, volume: float) -> None:
        where = f"{source_plate} {source_well} -> {plate} {well}, {volume:g} nL"
        before = len(self.faults)
        self._check_volume(where, volume)
        self._check_source(where, (source_plate, source_well), volume)
        self._check_destination(where, (plate, well), volume)
        if len(self.faults) == before:
            stock = self.sources[source_plate, source_well].stock
            self.left[source_plate, source_well] -= volume
            held = self.contents.setdefault((plate, well), {})
            held[stock] = held.get(stock, 0.0) + volume

    def _check_volume(self, where: str, volume: float) -> None:
        steps = round(volume / self.limits.step)
        if abs(steps * self.limits.step - volume) > DUST:
            self.faults.append(f"{where}: not whole steps of {self.limits.step:g} nL")
        if volume < self.limits.least - DUST:
            self.faults.append(f"{where}: below the smallest transfer, {self.limits.least:g} nL")
        if volume > self.limits.most + DUST:
            self.faults.append(f"{where}: above the largest transfer, {self.limits.most:g} nL")

    def _check_source(self, where: str, spot: Spot, volume: float) -> None:
        source = self.sources.get(spot)
        if source is None:
            self.faults.append(f"{where}: nothing was filled into {_words(spot)}")
        elif self.left[spot] - volume < source.dead - DUST:
            left = f"{self.left[spot]:g} nL are left, {source.dead:g} of them dead"
            self.faults.append(f"{where}: goes below the dead volume; {left}")

    def _check_destination(self, where: str, spot: Spot, volume: float) -> None:
        target = self.destinations.get(spot[0])
        if target is None:
            self.faults.append(f"{where}: there is no plate {spot[0]}")
        elif target.wells and spot[1] not in wells_of_plate(target.wells):
            self.faults.append(f"{where}: a plate of {target.wells} wells has no {spot[1]}")
        elif sum(self.contents.get(spot, {}).values()) + volume > target.capacity + DUST:
            self.faults.append(f"{where}: overflows; the well holds {target.capacity:g} nL")


def _words(spot: Spot) -> str:
    return f"{spot[0]} {spot[1]}"
