"""What stands where before a robot starts: plates, racks, the tubes in them and what to fill in."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from bioal.plates.transfers import DeviceRun
from bioal.plates.worklists.epmotion import rack_numbers
from bioal.plates.worklists.opentrons import opentrons_deck
from bioal.plates.worklists.racks import Racked, racked, source_plates, target_plates
from bioal.plates.worklists.tables import csv_text
from bioal.plates.worklists.volumes import DUST, MICROLITRES

HEADER = ("Place", "Labware", "Plate", "Well", "Holds", "Fill in (uL)")


def deck_csv(run: DeviceRun) -> str:
    """Return the deck of a run as a table for people: every source well with its fill, every destination."""
    stands = racked(run)
    return csv_text(HEADER, [*_source_rows(run, stands), *_target_rows(run, stands)])


def _source_rows(run: DeviceRun, stands: Racked) -> Iterator[tuple[str, ...]]:
    places = _places(run, stands, sources=True)
    for each in stands.run.sources:
        fill = ceil((each.fill - DUST) / MICROLITRES.grain) * MICROLITRES.grain
        place, labware = places.get(each.plate, ("", each.type.name))
        yield (place, labware, each.plate, each.well, each.stock, MICROLITRES.text(fill) if fill else "0")


def _target_rows(run: DeviceRun, stands: Racked) -> Iterator[tuple[str, ...]]:
    places = _places(run, stands, sources=False)
    for name, size in target_plates(stands.run).items():
        place, labware = places.get(name, ("", f"{size} wells"))
        vessels = [(well, holds) for (rack, well), holds in stands.vessels.items() if rack == name]
        for well, holds in vessels or [("", "samples")]:
            yield (place, labware, name, well, holds, "")


def _places(run: DeviceRun, stands: Racked, *, sources: bool) -> dict[str, tuple[str, str]]:
    """Return, for robots that number their places, where each plate stands and as which labware."""
    if run.device.format == "opentrons":
        return {each.plate: (f"slot {each.slot}", each.labware) for each in opentrons_deck(run)}
    if run.device.format == "epmotion":
        types = {name: each.name for name, each in source_plates(stands.run).items()}
        sizes = {name: f"{size} wells" for name, size in target_plates(stands.run).items()}
        side, plates = ("source", types) if sources else ("destination", sizes)
        numbers = rack_numbers(plates)
        return {name: (f"{side} rack {numbers[name]}", labware) for name, labware in plates.items()}
    return {}
