"""The arithmetic of a round: the wells that conditions need, and the conditions that wells hold.

Controls stand on every plate; replicates of a condition that must stay on one plate (a factor held constant
within plates) are never split.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from bioal.errors import Problem, Refused
from bioal.protocol.protocol import Control


@dataclass(frozen=True)
class WellCount:
    """The wells of a round.

    Parameters
    ----------
    conditions, replicates
        How many different conditions, and how many wells for each.
    controls
        Control wells on each plate.
    size, plates
        Wells of a plate, and plates.
    """

    conditions: int
    replicates: int
    controls: int
    size: int
    plates: int

    @property
    def used(self) -> int:
        """Return how many wells are filled."""
        return self.conditions * self.replicates + self.controls * self.plates

    @property
    def available(self) -> int:
        """Return how many wells the plates have."""
        return self.size * self.plates

    def words(self) -> str:
        """Return the sum as a person would write it.

        >>> WellCount(conditions=112, replicates=3, controls=24, size=384, plates=1).words()
        '112 conditions x 3 + 24 controls = 360 of 384 wells'
        >>> WellCount(conditions=1, replicates=1, controls=0, size=96, plates=1).words()
        '1 condition = 1 of 96 wells'
        >>> WellCount(conditions=80, replicates=2, controls=6, size=96, plates=2).words()
        '80 conditions x 2 + 6 controls x 2 plates = 172 of 192 wells'
        """
        words = _counted(self.conditions, "condition")
        if self.replicates > 1:
            words += f" x {self.replicates}"
        if self.controls:
            words += f" + {_counted(self.controls, 'control')}"
            words += f" x {self.plates} plates" if self.plates > 1 else ""
        return f"{words} = {self.used} of {self.available} wells"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def room_for_samples(controls: Sequence[Control], size: int) -> int:
    """Return how many wells of each plate the controls leave free.

    Raises
    ------
    Refused
        When none is left.
    """
    taken = sum(control.wells for control in controls)
    if taken >= size:
        raise Refused(
            Problem(
                "no-room-for-samples",
                found=f"{taken} control wells on a plate of {size}",
                expected=f"at most {size - 1} control wells",
                remedy="Use fewer control wells or a larger plate in the protocol.",
                place="controls",
            )
        )
    return size - taken


def wells_needed(
    conditions: int, replicates: int, controls: Sequence[Control], size: int, *, whole: bool = False
) -> WellCount:
    """Return the wells that so many conditions need, on as few plates as possible.

    `whole` keeps all replicates of a condition on one plate.
    """
    room = room_for_samples(controls, size)
    plates = ceil(conditions / _whole_conditions(room, replicates, size)) if whole else 0
    plates = max(1, plates, ceil(conditions * replicates / room))
    return WellCount(conditions, replicates, size - room, size, plates)


def conditions_for_wells(
    wells: int, replicates: int, controls: Sequence[Control], size: int, *, whole: bool = False
) -> WellCount:
    """Return the most conditions that, with the controls of every plate, take no more than so many wells.

    Raises
    ------
    Refused
        When not even one condition fits.
    """
    taken = size - room_for_samples(controls, size)
    most = max((wells - taken) // replicates, 0)
    counts = (wells_needed(n, replicates, controls, size, whole=whole) for n in range(most, 0, -1))
    fitting = next((count for count in counts if count.used <= wells), None)
    if fitting is None:
        least = wells_needed(1, replicates, controls, size, whole=whole)
        raise Refused(
            Problem(
                "too-few-wells",
                found=f"{wells} wells",
                expected=f"{least.used} or more: {least.words()}",
                remedy="Ask for more wells.",
                place="--wells",
            )
        )
    return fitting


def conditions_by_plate(
    conditions: int, replicates: int, controls: Sequence[Control], size: int, plates: int | None = None
) -> tuple[int, ...]:
    """Return how many conditions go on each plate when their replicates stay together, as evenly as possible.

    Raises
    ------
    Refused
        When the plates asked for cannot hold them.
    """
    whole = _whole_conditions(room_for_samples(controls, size), replicates, size)
    needed = max(1, ceil(conditions / whole))
    count = needed if plates is None else plates
    if count < needed:
        raise Refused(
            Problem(
                "too-few-plates",
                found=_counted(count, "plate"),
                expected=f"{needed}: {_counted(conditions, 'condition')} at {whole} to a plate",
                remedy="Ask for more plates or fewer conditions.",
                place="--plates",
            )
        )
    return tuple(conditions // count + (number < conditions % count) for number in range(count))


def _whole_conditions(room: int, replicates: int, size: int) -> int:
    """Return how many conditions fit on a plate with all their replicates."""
    if room < replicates:
        raise Refused(
            Problem(
                "no-room-for-samples",
                found=f"{replicates} replicates and {size - room} control wells",
                expected=f"no more than {size} wells on a plate",
                remedy="Use fewer replicates, fewer control wells or a larger plate in the protocol.",
                place="plate.replicates",
            )
        )
    return room // replicates
