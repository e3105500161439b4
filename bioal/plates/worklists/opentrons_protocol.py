"""An uploadable protocol for an OT-2: one Python file with its deck, its tips and its transfers as tables.

Whatever came from people (names of stocks, plates, devices) stands in the file as a Python literal and
nowhere else, so that no name can become code. Tips: a new one for each stock, and after each well that held
another liquid; while the wells are empty, one tip brings one stock to all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from string import Template

from bioal.plates.transfers import DeviceRun, Transfer
from bioal.plates.worklists.opentrons import (
    LARGE,
    SLOTS,
    SMALL,
    opentrons_deck,
    opentrons_transfers,
    pipette_for,
    pipettes_used,
)
from bioal.plates.worklists.opentrons_script import SCRIPT
from bioal.plates.worklists.volumes import MICROLITRES

TIPS_IN_RACK = 96
_TIP_RACKS = {SMALL: ("left", "opentrons_96_tiprack_20ul"), LARGE: ("right", "opentrons_96_tiprack_300ul")}


def opentrons_protocol(run: DeviceRun, *, round_number: int, wells_empty: bool = False) -> str:
    """Return the protocol of a run, to be uploaded in the Opentrons App.

    Parameters
    ----------
    wells_empty
        Whether this run is the first that dispenses into the wells: saves tips. Where nobody knows, False.

    Raises
    ------
    Refused
        Where the deck is too small, or a volume cannot be pipetted.
    """
    transfers = opentrons_transfers(run)
    deck = opentrons_deck(run)
    slots = {each.plate: each.slot for each in deck}
    pipettes = _pipettes(run, tips_used(transfers, wells_empty=wells_empty), len(deck))
    return Template(SCRIPT).substitute(
        name=repr(f"bioal, round {round_number}: {run.label}"),
        wells_empty=repr(wells_empty),
        labware=_lines(repr(tuple(each)) for each in deck),
        pipettes=_lines(f"{name!r}: {each!r}" for name, each in pipettes.items()),
        transfers=_lines(_row(each, slots) for each in transfers),
    )


def tips_used(transfers: Sequence[Transfer], *, wells_empty: bool) -> dict[str, int]:
    """Return how many tips of each pipette the transfers take, as the protocol changes them."""
    held: dict[tuple[str, str], set[str]] = {}
    used = dict.fromkeys((SMALL, LARGE), 0)
    tip: tuple[str, str] | None = None
    for each in transfers:
        pipette, well = pipette_for(each.volume), held.setdefault((each.plate, each.well), set())
        if tip != (pipette, each.stock):
            tip = (pipette, each.stock)
            used[pipette] += 1
        if not wells_empty or well - {each.stock}:
            tip = None
        well.add(each.stock)
    return used


def _pipettes(run: DeviceRun, tips: Mapping[str, int], taken: int) -> dict[str, tuple[str, str, list[int]]]:
    """Return mount, tip rack and the slots of its racks for each pipette; each gets at least one slot."""
    used, free = pipettes_used(run), list(SLOTS[taken:])
    found: dict[str, tuple[str, str, list[int]]] = {}
    for number, name in enumerate(used, 1):
        racks = min(ceil(tips[name] / TIPS_IN_RACK), len(free) - (len(used) - number))
        found[name] = (*_TIP_RACKS[name], free[:racks])
        free = free[racks:]
    return found


def _row(each: Transfer, slots: Mapping[str, int]) -> str:
    volume = MICROLITRES.text(each.volume)
    source = f"{slots[each.source_plate]}, {each.source_well!r}"
    return f"({source}, {slots[each.plate]}, {each.well!r}, {volume}, {each.stock!r})"


def _lines(rows: Iterable[str]) -> str:
    return "".join(f"    {row},\n" for row in rows)
