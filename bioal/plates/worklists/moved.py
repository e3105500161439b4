"""What a worklist says, whatever its format: so much (nL) from this well into that one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from bioal.plates.transfers import Transfer


class Moved(NamedTuple):
    """One movement of liquid as it is written for a robot; the volume in nL."""

    source_plate: str
    source_well: str
    plate: str
    well: str
    volume: float


def moved(transfers: Iterable[Transfer]) -> tuple[Moved, ...]:
    """Return transfers as movements, without those of no volume."""
    return tuple(
        Moved(each.source_plate, each.source_well, each.plate, each.well, each.volume)
        for each in transfers
        if each.volume != 0
    )
