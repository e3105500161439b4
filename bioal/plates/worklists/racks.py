"""Single vessels on a robot's deck: tubes stand in racks, filled from A1 along the rows.

For hands a stock is a tube with its name; a robot needs a position. Vessels up to 2 mL stand in racks of 24
(rows A to D, columns 1 to 6), larger ones up to 50 mL in racks of 6 (rows A and B), in the order in which
the run names them. The first rack keeps the name that the vessels had as a plate (`stocks`), the next are
`stocks-2`, ...
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import NamedTuple

from bioal.errors import Refused
from bioal.plates.transfers import DeviceRun, Source, Transfer
from bioal.plates.wells import wells_of_plate
from bioal.protocol.findings import Findings, place_of
from bioal.protocol.liquids import SourcePlate
from bioal.protocol.units import volume_words

RACKS = ((24, 2e6), (6, 50e6))  # places, and nL that a vessel in it holds

Spot = tuple[str, str]  # a plate and a well, or what the vessels are called together and one vessel


class _Place(NamedTuple):
    plate: str
    size: int
    well: str


class _Vessel(NamedTuple):
    """How large a vessel is by its type, and what it has to hold (nL)."""

    room: float
    holds: float


@dataclass(frozen=True)
class Racked:
    """A run whose vessels stand in racks, and which vessel stands where.

    Parameters
    ----------
    vessels
        Rack and position -> the vessel's name.
    """

    run: DeviceRun
    vessels: Mapping[Spot, str]


def on_racks(run: DeviceRun) -> DeviceRun:
    """Return the run as a robot can do it: single vessels are positions of racks; once is enough.

    Raises
    ------
    Refused
        Where a vessel is too large for a rack.
    """
    return racked(run).run


def racked(run: DeviceRun) -> Racked:
    """Return the run with its vessels in racks, and which stands where.

    Raises
    ------
    Refused
        Where a vessel is too large for a rack.
    """
    types = _types(run)
    sources, targets = _source_vessels(run, types), _target_vessels(run)
    _refuse_large(run, {**sources, **targets})
    taken = {spot[0] for spot, each in types.items() if each.wells} | {
        each.plate for each in run.transfers if each.size
    }
    from_, to = _places(sources, taken), _places(targets, taken)
    transfers = tuple(_standing(each, from_, to) for each in run.transfers)
    filled = tuple(_filled(each, from_) for each in run.sources)
    vessels = {(place.plate, place.well): spot[1] for spot, place in (*from_.items(), *to.items())}
    return Racked(replace(run, transfers=transfers, sources=filled), vessels)


def source_plates(run: DeviceRun) -> dict[str, SourcePlate]:
    """Return each source plate that is used, with its type, in the order of its first use."""
    types = _types(run)
    return {spot[0]: types[spot] for spot in types}


def target_plates(run: DeviceRun) -> dict[str, int]:
    """Return each destination plate with its wells, in the order of its first use."""
    return {each.plate: each.size for each in run.transfers}


def _types(run: DeviceRun) -> dict[Spot, SourcePlate]:
    known = {(each.plate, each.well): each.type for each in run.sources}
    plates = {each.plate: each.type for each in run.sources}
    for each in run.transfers:
        known.setdefault(
            (each.source_plate, each.source_well), plates.get(each.source_plate, run.device.source)
        )
    return known


def _source_vessels(run: DeviceRun, types: Mapping[Spot, SourcePlate]) -> dict[Spot, _Vessel]:
    fills = {(each.plate, each.well): each.fill for each in run.sources}
    return {spot: _Vessel(each.full, fills.get(spot, 0.0)) for spot, each in types.items() if each.wells == 0}


def _target_vessels(run: DeviceRun) -> dict[Spot, _Vessel]:
    totals: dict[Spot, float] = {}
    for each in run.transfers:
        if each.size == 0:
            totals[each.plate, each.well] = totals.get((each.plate, each.well), 0.0) + each.volume
    return {spot: _Vessel(total, total) for spot, total in totals.items()}


def _refuse_large(run: DeviceRun, vessels: Mapping[Spot, _Vessel]) -> None:
    most = RACKS[-1][1]
    findings = Findings("")
    for (_, name), vessel in vessels.items():
        if vessel.holds > most:
            findings.add(
                "vessel-too-large",
                place_of("devices", run.device.name, "source"),
                found=f"{volume_words(vessel.holds)} in the vessel {name!r}",
                expected=f"at most {volume_words(most)} in a vessel that stands in a rack",
                remedy='Dispense it with device = "hand", or give the device a source plate with wells.',
            )
    if findings.problems:
        raise Refused(findings.problems)


def _rack_for(vessel: _Vessel) -> int:
    return next((places for places, holds in RACKS if vessel.room <= holds), RACKS[-1][0])


def _places(vessels: Mapping[Spot, _Vessel], taken: set[str]) -> dict[Spot, _Place]:
    """Return where each vessel stands; the names of the racks are added to those that are taken."""
    groups: dict[tuple[str, int], list[Spot]] = {}
    for spot, vessel in vessels.items():
        groups.setdefault((spot[0], _rack_for(vessel)), []).append(spot)
    places: dict[Spot, _Place] = {}
    for (plate, size), spots in groups.items():
        for start in range(0, len(spots), size):
            name = _free_name(plate, taken)
            taken.add(name)
            wells = zip(spots[start : start + size], wells_of_plate(size), strict=False)
            places |= {spot: _Place(name, size, well) for spot, well in wells}
    return places


def _free_name(plate: str, taken: set[str]) -> str:
    if plate not in taken:
        return plate
    return next(name for k in count(2) if (name := f"{plate}-{k}") not in taken)


def _standing(each: Transfer, from_: Mapping[Spot, _Place], to: Mapping[Spot, _Place]) -> Transfer:
    source = from_.get((each.source_plate, each.source_well))
    if source is not None:
        each = replace(each, source_plate=source.plate, source_well=source.well)
    target = to.get((each.plate, each.well))
    if target is not None and each.size == 0:
        each = replace(each, plate=target.plate, size=target.size, well=target.well)
    return each


def _filled(each: Source, from_: Mapping[Spot, _Place]) -> Source:
    place = from_.get((each.plate, each.well))
    if place is None:
        return each
    return replace(each, plate=place.plate, well=place.well, type=replace(each.type, wells=place.size))
