"""A stand-in for an OT-2: the few calls of the Opentrons API that our protocols make, as strict as the robot.

It knows 11 slots, that a pipette must hold a tip, what each pipette takes, how many tips a rack has, and
that a tip that was in a well with another liquid must not go back into a stock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bioal.plates.wells import wells_of_plate

RANGES = {"p20_single_gen2": (1, 20), "p300_single_gen2": (20, 300)}


class RobotError(AssertionError):
    """The robot would stop here."""


@dataclass(frozen=True)
class Place:
    labware: Labware
    well: str

    def bottom(self, height: float) -> Place:
        assert height >= 0
        return self

    def top(self, height: float) -> Place:
        assert height <= 0
        return self


@dataclass
class Labware:
    name: str
    slot: int
    label: str | None
    size: int

    def __getitem__(self, well: str) -> Place:
        if well not in wells_of_plate(self.size):
            raise RobotError(f"{self.name} has no {well}")
        return Place(self, well)


@dataclass
class Pipette:
    robot: Robot
    name: str
    racks: list[Labware]
    tips: int = 0
    used: int = 0
    inside: tuple[float, str] | None = None
    holds_tip: bool = False
    touched: set[str] = field(default_factory=set)

    def pick_up_tip(self) -> None:
        if self.holds_tip or self.tips == 0:
            raise RobotError("a tip is on already" if self.holds_tip else "out of tips")
        self.tips -= 1
        self.used += 1
        self.holds_tip, self.touched = True, set()

    def drop_tip(self) -> None:
        if not self.holds_tip:
            raise RobotError("no tip to drop")
        self.holds_tip = False

    def reset_tipracks(self) -> None:
        self.tips = 96 * len(self.racks)

    def aspirate(self, volume: float, place: Place) -> None:
        low, high = RANGES[self.name]
        if not self.holds_tip or self.inside or not low <= volume <= high:
            raise RobotError(f"cannot aspirate {volume} uL with {self.name}")
        stock = self.robot.stocks[place.labware.slot, place.well]
        if self.touched - {stock}:
            raise RobotError(f"a tip that was in {self.touched} goes into {stock}")
        self.touched.add(stock)
        self.inside = (volume, stock)
        self.source = place

    def dispense(self, volume: float, place: Place) -> None:
        if self.inside is None or self.inside[0] != volume:
            raise RobotError("dispenses what it does not hold")
        held = self.robot.wells.setdefault((place.labware.slot, place.well), set(self.robot.before))
        self.touched |= held
        held.add(self.inside[1])
        move = (self.source.labware.label, self.source.well, place.labware.label, place.well, volume)
        self.robot.moves.append(move)
        self.inside = None

    def blow_out(self, place: Place) -> None:
        assert place.well


class Robot:
    """A robot with these stocks (slot and well -> name); in every well is what others put there `before`."""

    def __init__(self, stocks: dict[tuple[int, str], str], before: tuple[str, ...] = ()) -> None:
        self.stocks, self.before = stocks, before
        self.slots: dict[int, Labware] = {}
        self.pipettes: dict[str, Pipette] = {}
        self.wells: dict[tuple[int, str], set[str]] = {}
        self.moves: list[tuple[Any, ...]] = []
        self.pauses: list[str] = []

    def load_labware(self, name: str, slot: int, label: str | None = None) -> Labware:
        if slot in self.slots or not 1 <= slot <= 11:
            raise RobotError(f"slot {slot} is taken or is none")
        size = next(int(part) for part in name.split("_") if part.isdecimal())
        self.slots[slot] = Labware(name, slot, label, size)
        return self.slots[slot]

    def load_instrument(self, name: str, mount: str, tip_racks: list[Labware]) -> Pipette:
        assert mount in {"left", "right"}
        assert tip_racks
        assert all("tiprack" in rack.name for rack in tip_racks)
        self.pipettes[name] = Pipette(self, name, tip_racks, 96 * len(tip_racks))
        return self.pipettes[name]

    def pause(self, message: str) -> None:
        self.pauses.append(message)
