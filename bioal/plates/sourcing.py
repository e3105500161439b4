"""Source wells: which stock stands where, how full, and which transfer takes from which.

A well is filled with no more than it holds and emptied no further than its dead volume; when one is empty the
next takes over, in the order in which they are filled. A transfer comes from one well, whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil

from bioal.errors import Problem
from bioal.plates.transfers import Source, Transfer
from bioal.plates.wells import shape_of_plate, well_from_ij
from bioal.protocol.liquids import Device, SourcePlate
from bioal.protocol.units import volume_words

ROUNDING = 1e-6


@dataclass(frozen=True)
class Sourced:
    """Transfers with their source wells, and the wells to fill; problems where a stock cannot be held."""

    transfers: tuple[Transfer, ...]
    sources: tuple[Source, ...]
    problems: tuple[Problem, ...] = ()


def split(transfer: Transfer, device: Device) -> Iterator[Transfer]:
    """Yield the parts of a transfer: as few as the largest transfer allows, whole steps, all about equal."""
    steps = round(transfer.volume / device.step)
    parts = max(1, ceil(steps / device.most_steps))
    for number in range(parts):
        share = steps // parts + (number < steps % parts)
        yield replace(transfer, volume=round(share * device.step, 6))


def sourced(transfers: Sequence[Transfer], device: Device, excess: float, label: str) -> Sourced:
    """Return transfers (their source still open) with a source well each, and how full the wells are to be.

    Parameters
    ----------
    transfers
        Split already, in the order in which they are done.
    excess
        Share of the last well of each stock that is filled in beyond what is taken, where there is room.
    label
        Names the source plates: `echo-525-source-1`.
    """
    by_stock: dict[str, list[tuple[int, Transfer]]] = {}
    for number, each in enumerate(transfers):
        by_stock.setdefault(each.stock, []).append((number, each))
    places = _places(device.source, label)
    found: dict[int, Transfer] = {}
    sources: list[Source] = []
    problems: list[Problem] = []
    for stock, own in by_stock.items():
        for well in _wells(own, device.source):
            taken = sum(each.volume for _, each in well)
            if taken > device.source.usable + ROUNDING:
                problems.append(_too_large(stock, taken, device.source))
            plate, name = (
                next(places) if device.source.wells else (f"{label}-stocks", _vessel(stock, sources))
            )
            sources.append(Source(plate, device.source, name, stock, _fill(taken, device.source, excess)))
            type_ = device.source.name
            for number, each in well:
                found[number] = replace(each, source_plate=plate, source_type=type_, source_well=name)
    return Sourced(tuple(found[number] for number in sorted(found)), tuple(sources), tuple(problems))


def _places(source: SourcePlate, label: str) -> Iterator[tuple[str, str]]:
    """Yield plate and well after well, down the columns, as many plates as are needed."""
    if not source.wells:
        return
    rows, columns = shape_of_plate(source.wells)
    number = 0
    while True:
        number += 1
        for j in range(columns):
            for i in range(rows):
                yield f"{label}-source-{number}", well_from_ij(i, j)


def _wells(own: Sequence[tuple[int, Transfer]], source: SourcePlate) -> list[list[tuple[int, Transfer]]]:
    """Return the transfers of a stock by the well they come from, each filled up before the next is begun."""
    wells: list[list[tuple[int, Transfer]]] = [[]]
    left = source.usable
    for number, each in own:
        if wells[-1] and each.volume > left + ROUNDING:
            wells.append([])
            left = source.usable
        wells[-1].append((number, each))
        left -= each.volume
    return wells


def _fill(taken: float, source: SourcePlate, excess: float) -> float:
    return round(min(source.full, source.dead + taken * (1.0 + excess)), 6)


def _vessel(stock: str, sources: Sequence[Source]) -> str:
    before = sum(source.stock == stock for source in sources)
    return stock if not before else f"{stock} ({before + 1})"


def _too_large(stock: str, taken: float, source: SourcePlate) -> Problem:
    return Problem(
        "transfer-too-large",
        f"a transfer of {volume_words(taken)} of {stock}",
        f"at most {volume_words(source.usable)}, what a well of {source.name} gives",
        "Use a larger source plate for this component, or a device that splits transfers.",
        place="devices",
    )
