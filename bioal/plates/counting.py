"""The arithmetic of a round: the wells that conditions need, and the conditions that wells hold.

Controls stand on every plate; replicates of a condition that must stay on one plate (a factor held constant
within plates) are never split.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
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
        Wells of a plate (0 for vessels), and plates.
    usable
        Wells of a plate that may be filled, all of them by default; or how many vessels there are, None where
        as many as needed.
    """

    conditions: int
    replicates: int
    controls: int
    size: int
    plates: int
    usable: int | None = None

    @property
    def used(self) -> int:
        """Return how many wells are filled."""
        return self.conditions * self.replicates + self.controls * self.plates

    @property
    def available(self) -> int:
        """Return how many wells may be filled on all plates, or how many vessels there are."""
        if self.usable is not None:
            return self.usable * self.plates
        return self.size * self.plates if self.size else self.used

    def words(self) -> str:
        """Return the sum as a person would write it.

        >>> WellCount(conditions=112, replicates=3, controls=24, size=384, plates=1).words()
        '112 conditions x 3 + 24 controls = 360 of 384 wells'
        >>> WellCount(conditions=1, replicates=1, controls=0, size=96, plates=1).words()
        '1 condition = 1 of 96 wells'
        >>> WellCount(conditions=80, replicates=2, controls=6, size=96, plates=2).words()
        '80 conditions x 2 + 6 controls x 2 plates = 172 of 192 wells'
        >>> WellCount(conditions=20, replicates=3, controls=0, size=96, plates=1, usable=60).words()
        '20 conditions x 3 = 60 of 60 usable wells'
        >>> WellCount(conditions=6, replicates=2, controls=0, size=0, plates=1, usable=12).words()
        '6 conditions x 2 = 12 of 12 vessels'
        >>> WellCount(conditions=6, replicates=2, controls=1, size=0, plates=1).words()
        '6 conditions x 2 + 1 control = 13 vessels'
        """
        words = _counted(self.conditions, "condition")
        if self.replicates > 1:
            words += f" x {self.replicates}"
        if self.controls:
            words += f" + {_counted(self.controls, 'control')}"
            words += f" x {self.plates} plates" if self.plates > 1 else ""
        return f"{words} = {self._taken()}"

    def _taken(self) -> str:
        if not self.size:
            return (
                _counted(self.used, "vessel")
                if self.usable is None
                else f"{self.used} of {_counted(self.usable, 'vessel')}"
            )
        kind = "wells" if self.usable in (None, self.size) else "usable wells"
        return f"{self.used} of {self.available} {kind}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def room_for_samples(controls: Sequence[Control], size: int, *, usable: int | None = None) -> int:
    """Return how many wells of each plate the controls leave free; `usable` of its wells may be filled.

    Raises
    ------
    Refused
        When none is left.
    """
    taken, most = sum(control.wells for control in controls), size if usable is None else usable
    if taken >= most:
        plate = f"plate of {size}" if most == size else f"plate with {most} usable wells"
        raise Refused(
            Problem(
                "no-room-for-samples",
                found=f"{taken} control wells on a {plate}",
                expected=f"at most {most - 1} control wells",
                remedy="Use fewer control wells or a larger plate in the protocol.",
                place="controls",
            )
        )
    return most - taken


def wells_needed(
    conditions: int,
    replicates: int,
    controls: Sequence[Control],
    size: int,
    *,
    whole: bool = False,
    usable: int | None = None,
) -> WellCount:
    """Return the wells that so many conditions need, on as few plates as possible.

    `whole` keeps all replicates of a condition on one plate; `usable` wells of a plate may be filled.
    """
    room = room_for_samples(controls, size, usable=usable)
    taken = sum(control.wells for control in controls)
    plates = ceil(conditions / _whole_conditions(room, replicates, room + taken)) if whole else 0
    plates = max(1, plates, ceil(conditions * replicates / room))
    return WellCount(conditions, replicates, taken, size, plates, usable)


def vessels_needed(
    conditions: int, replicates: int, controls: Sequence[Control], there: int | None
) -> WellCount:
    """Return the vessels that so many conditions need; `there` are so many, None for as many as needed.

    Raises
    ------
    Refused
        When there are fewer.
    """
    count = WellCount(conditions, replicates, sum(control.wells for control in controls), 0, 1, there)
    if count.used > count.available:
        raise Refused(too_few_vessels(count.used, count.available))
    return count


def too_few_vessels(samples: int, vessels: int) -> Problem:
    """Return the problem of more samples than vessels."""
    return Problem(
        "too-few-vessels",
        found=f"{samples} samples",
        expected=f"at most {vessels}, the vessels that plate.vessels names",
        remedy="Ask for fewer conditions or fewer replicates, or name more vessels.",
    )


def conditions_for_vessels(
    vessels: int | None, replicates: int, controls: Sequence[Control], there: int | None
) -> WellCount:
    """Return the most conditions that, with the controls, take no more than so many vessels.

    `vessels` None means all that there are.

    Raises
    ------
    Refused
        When not even one condition fits, or nothing says how many vessels there are.
    """
    most = vessels if vessels is not None else there
    if most is None:
        remedy = "Say how many with --conditions, or name the vessels under [plate] in the protocol."
        raise Refused(Problem("vessels-uncounted", "vessels without number", "a number", remedy))
    taken = sum(control.wells for control in controls)
    if most < taken + replicates:
        least = vessels_needed(1, replicates, controls, None)
        expected = f"{least.used} or more: {least.words()}"
        raise Refused(
            Problem("too-few-vessels", _counted(most, "vessel"), expected, "Ask for more vessels.")
        )
    return vessels_needed((most - taken) // replicates, replicates, controls, there)


def conditions_for_wells(
    wells: int,
    replicates: int,
    controls: Sequence[Control],
    size: int,
    *,
    whole: bool = False,
    usable: int | None = None,
) -> WellCount:
    """Return the most conditions that, with the controls of every plate, take no more than so many wells.

    Raises
    ------
    Refused
        When not even one condition fits.
    """
    room_for_samples(controls, size, usable=usable)
    most = max((wells - sum(control.wells for control in controls)) // replicates, 0)
    sum_for = partial(
        wells_needed, replicates=replicates, controls=controls, size=size, whole=whole, usable=usable
    )
    fitting = next((count for count in map(sum_for, range(most, 0, -1)) if count.used <= wells), None)
    if fitting is None:
        least = sum_for(1)
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
    conditions: int,
    replicates: int,
    controls: Sequence[Control],
    size: int,
    plates: int | None = None,
    *,
    usable: int | None = None,
) -> tuple[int, ...]:
    """Return how many conditions go on each plate when their replicates stay together, as evenly as possible.

    Raises
    ------
    Refused
        When the plates asked for cannot hold them.
    """
    room = room_for_samples(controls, size, usable=usable)
    whole = _whole_conditions(room, replicates, size if usable is None else usable)
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
