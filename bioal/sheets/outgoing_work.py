"""What the sheets for hands ask of a plan: stocks in the order of addition, what hands dispense, and mixes.

Fixed parts that hands add in the same step, to the same wells, each with one volume, are dispensed as one
master mix: fewer tips, and a volume that a pipette measures better. Volumes are nL here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil
from pathlib import PurePosixPath

from bioal.plates.transfers import BenchPlan, DeviceRun, Need, Source, Transfer
from bioal.protocol.levels import rounded, written
from bioal.protocol.liquids import Component, Device, Liquids, Stock
from bioal.sheets.outgoing_bench import Bench

MASTER_MIX = "Master mix"
SIZES = {"uL": 1e3, "mL": 1e6}  # nL of a unit
DUST = 1e-9

Place = tuple[str, str]  # plate and well


@dataclass(frozen=True)
class Portion:
    """What one well gets of a stock: how much altogether (nL), and in how many goes."""

    volume: float
    goes: int = 1


@dataclass(frozen=True)
class HandStock:
    """A stock, or a master mix of several, that hands dispense.

    Parameters
    ----------
    stocks
        What is in it, with the volume that each gives to a well; one stock has volumes of its own per well.
    step
        The step of addition.
    portions
        Plate and well -> what it gets, in the order of the plan.
    touched
        Whether there is liquid in the wells already, so that every transfer takes a new tip.
    """

    name: str
    stocks: Mapping[str, float]
    device: Device
    step: int
    portions: Mapping[Place, Portion]
    touched: bool = True

    @property
    def mixed(self) -> bool:
        """Return whether it is a master mix."""
        return len(self.stocks) > 1

    @property
    def total(self) -> float:
        """Return how much is dispensed altogether (nL)."""
        return rounded(sum(portion.volume for portion in self.portions.values()))

    @property
    def tips(self) -> int:
        """Return how many tips it takes: one for dry wells, a new one for each transfer into liquid."""
        return self.transfers if self.touched else 1

    @property
    def transfers(self) -> int:
        """Return how often a pipette is emptied."""
        return sum(portion.goes for portion in self.portions.values())

    @property
    def plates(self) -> tuple[str, ...]:
        """Return the plates that it goes to."""
        return tuple(dict.fromkeys(plate for plate, _ in self.portions))

    @cached_property
    def unit(self) -> str:
        """Return the unit in which all its volumes are written."""
        return unit_for(portion.volume for portion in self.portions.values())

    def volumes(self, plate: str | None = None) -> list[float]:
        """Return the different volumes that wells get, on one plate or on all, from small to large."""
        return sorted({held.volume for (on, _), held in self.portions.items() if plate in {None, on}})

    def on(self, plate: str) -> dict[str, Portion]:
        """Return what the wells of one plate get."""
        return {well: portion for (held, well), portion in self.portions.items() if held == plate}

    def wells_to_mix(self, excess: float) -> int:
        """Return for how many wells a master mix is made: those that get it, the excess, and what stays."""
        wells, each = len(self.portions), sum(self.stocks.values())
        return ceil(rounded(wells * (1 + excess) + self.device.source.dead / each) - DUST)


@dataclass(frozen=True)
class Work:
    """A round with its plan.

    Parameters
    ----------
    files
        The worklists beside the workbook, as people find them: `round-02/echo-525.csv`.
    """

    bench: Bench
    plan: BenchPlan
    liquids: Liquids
    files: tuple[str, ...] = ()

    @cached_property
    def needs(self) -> dict[str, Need]:
        """Return what is needed of each stock, in the order of addition."""
        order = {each.name: number for number, each in enumerate(self.liquids.everything)}
        return {need.stock: need for need in sorted(self.plan.needs, key=lambda one: order[one.component])}

    @cached_property
    def by_hand(self) -> tuple[HandStock, ...]:
        """Return what hands dispense, in the order of addition."""
        groups = _alike(self, _hand_stocks(self))
        mixes = [group for group in groups if len(group) > 1]
        titles = [MASTER_MIX] if len(mixes) == 1 else [f"{MASTER_MIX} {k + 1}" for k in range(len(mixes))]
        found = [group[0] for group in groups if len(group) == 1]
        found += [_mixed(title, group) for title, group in zip(titles, mixes, strict=True)]
        order = list(self.needs)
        return tuple(sorted(found, key=lambda one: (one.step, order.index(next(iter(one.stocks))))))

    @cached_property
    def robots(self) -> tuple[DeviceRun, ...]:
        """Return the runs of devices that read a worklist, in the order of addition."""
        runs = [run for run in self.plan.runs if run.device.format != "hand" and run.transfers]
        return tuple(sorted(runs, key=self.steps))

    def component(self, stock: str) -> Component:
        """Return what a stock is a stock of."""
        name = self.needs[stock].component
        return self.liquids.component(name) or self.liquids.filler

    def stock(self, name: str) -> Stock | None:
        """Return a stock as the protocol has it."""
        return next((stock for stock in self.component(name).everything if stock.name == name), None)

    def steps(self, run: DeviceRun) -> tuple[int, int]:
        """Return the first and the last step of addition of a run."""
        steps = {self.component(transfer.stock).addition for transfer in run.transfers}
        return min(steps), max(steps)

    def files_of(self, run: DeviceRun) -> list[str]:
        """Return the worklists of a run: those that bear its label."""
        labels = sorted((one.label for one in self.plan.runs), key=len, reverse=True)
        owner = {file: _owner(PurePosixPath(file).name, labels) for file in self.files}
        return [file for file, label in owner.items() if label == run.label]

    def sources(self, stock: str) -> list[Source]:
        """Return the wells that a stock is taken from, in the order in which they are used."""
        return [source for run in self.plan.runs for source in run.sources if source.stock == stock]


def work_of(bench: Bench, plan: BenchPlan | None, files: Sequence[str]) -> Work | None:
    """Return a round with its plan; None where it has none."""
    if plan is None:
        return None
    if bench.protocol.liquids is None:
        raise ValueError("A plan comes from a protocol that says how conditions become volumes.")
    return Work(bench, plan, bench.protocol.liquids, tuple(files))


def _owner(file: str, labels: Sequence[str]) -> str:
    """Return the label, of several the longest, with which the name of a file begins; "" where none does."""
    return next((label for label in labels if _plain(file).startswith(_plain(label))), "")


def _plain(text: str) -> str:
    """Return a label as it may stand in the name of a file: small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _hand_stocks(work: Work) -> list[HandStock]:
    """Return every stock that hands dispense, each for itself, in the order of addition."""
    order = list(work.needs)
    moved: dict[str, list[Transfer]] = {}
    devices: dict[str, Device] = {}
    for run in (run for run in work.plan.runs if run.device.format == "hand"):
        for transfer in run.transfers:
            moved.setdefault(transfer.stock, []).append(transfer)
            devices[transfer.stock] = run.device
    return [_hand_stock(work, stock, moved[stock], devices[stock]) for stock in order if stock in moved]


def _hand_stock(work: Work, stock: str, moved: Sequence[Transfer], device: Device) -> HandStock:
    portions: dict[Place, Portion] = {}
    for transfer in moved:
        place = (transfer.plate, transfer.well)
        sofar = portions.get(place, Portion(0.0, 0))
        portions[place] = Portion(rounded(sofar.volume + transfer.volume), sofar.goes + 1)
    before = list(work.needs)[: list(work.needs).index(stock)]
    wells = [transfer.sample for transfer in moved]
    touched = bool((work.plan.recipes.loc[wells, before].sum(axis=1) > 0).any())
    volume = next(iter(portions.values())).volume
    return HandStock(stock, {stock: volume}, device, work.component(stock).addition, portions, touched)


def _alike(work: Work, alone: Sequence[HandStock]) -> list[list[HandStock]]:
    """Return the stocks in groups that can be mixed beforehand; most are a group of their own."""
    groups: dict[object, list[HandStock]] = {}
    for one in alone:
        component = work.component(one.name)
        volumes = {portion.volume for portion in one.portions.values()}
        fit = component.kind == "fixed" and not component.viscous and len(volumes) == 1
        key = (one.step, one.device.name, frozenset(one.portions)) if fit else one.name
        groups.setdefault(key, []).append(one)
    return list(groups.values())


def _mixed(title: str, group: Sequence[HandStock]) -> HandStock:
    stocks = {one.name: one.stocks[one.name] for one in group}
    each, first = rounded(sum(stocks.values())), group[0]
    portion = Portion(each, ceil(each / first.device.most - DUST))
    portions = dict.fromkeys(first.portions, portion)
    return replace(first, name=title, stocks=stocks, portions=portions)


def unit_for(volumes: Iterable[float]) -> str:
    """Return the unit in which these volumes (nL) are read best: mL where all of them are at least one.

    >>> unit_for([120.0, 2.5e6]), unit_for([2.5e6, 4e7, 0])
    ('uL', 'mL')
    """
    return "mL" if min((volume for volume in volumes if volume > 0), default=0) >= SIZES["mL"] else "uL"


def in_unit(volume: float, unit: str) -> float:
    """Return a volume (nL) in uL or mL, with all its digits.

    >>> in_unit(2.5, "uL"), in_unit(1200, "uL")
    (0.0025, 1.2)
    """
    return rounded(volume / SIZES[unit])


def enough(volume: float, unit: str) -> float:
    """Return a volume (nL) that is measured out, in a unit: rounded up to three or four digits, never down.

    >>> enough(484_030, "uL"), enough(1234.5, "uL"), enough(120, "uL")
    (484.1, 1.24, 0.12)
    """
    size = volume / SIZES[unit]
    places = 0 if size >= 1000 else 1 if size >= 10 else 2 if size >= 1 else 4
    return rounded(ceil(size * 10**places - DUST) / 10**places)


def volume_text(volume: float, unit: str) -> str:
    """Return a volume (nL) with its unit.

    >>> volume_text(1200, "uL")
    '1.2 uL'
    """
    return f"{written(in_unit(volume, unit))} {unit}"


def counted(number: int, what: str) -> str:
    """Return a number of things in words.

    >>> counted(1, "well"), counted(1234, "transfer")
    ('1 well', '1,234 transfers')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def time_words(seconds: float) -> str:
    """Return roughly how long something takes.

    >>> time_words(20), time_words(605), time_words(9000)
    ('about 1 min', 'about 10 min', 'about 2.5 h')
    """
    minutes = max(1, round(seconds / 60))
    return f"about {minutes} min" if minutes < 120 else f"about {minutes / 60:.1f} h"
