"""Which plate each replicate goes to: spread over plates and operators, controls on every plate."""

from __future__ import annotations

from math import ceil

import numpy as np
import pandas as pd

from bioal.errors import Problem, Refused
from bioal.plates.orientation import Ints
from bioal.plates.rounds import CONTROL_ROLES, plate_name
from bioal.protocol.protocol import PlateSetup


def dealt(groups: pd.DataFrame, setup: PlateSetup, rng: np.random.Generator) -> Ints:
    """Return how many wells each group gets on each plate, shape (groups, plates).

    Raises
    ------
    Refused
        When a plate would have to hold more than its wells.
    """
    wanted = groups["replicates"].to_numpy(dtype=np.intp)
    control = groups["role"].isin(CONTROL_ROLES).to_numpy()
    fixed = groups["plate"].notna().to_numpy() & ~control
    plate_of = groups["plate"].where(fixed, 0).astype(float).to_numpy(dtype=np.intp) - 1
    room = len(setup.places) - int(wanted[control].sum())
    counts = np.zeros((len(groups), max(1, int(plate_of.max(initial=0)) + 1)), dtype=np.intp)
    counts[fixed, plate_of[fixed]] = wanted[fixed]
    _require_room(counts.sum(axis=0), room, setup)
    free = np.flatnonzero(~fixed & ~control)
    short = int(wanted[free].sum()) - int((room - counts.sum(axis=0)).sum())
    counts = np.pad(counts, ((0, 0), (0, max(0, ceil(short / room)))))
    operators = operator_of_plates(counts.shape[1], setup)
    for group in rng.permutation(free):
        _deal(counts, group, int(wanted[group]), room, operators)
    counts[control] = wanted[control, None]
    return counts


def operator_of_plates(plates: int, setup: PlateSetup) -> Ints:
    """Return the number of each plate's operator, in turn; 0 throughout where each plate is shared."""
    people = len(setup.operators)
    return np.arange(plates, dtype=np.intp) % people if 0 < people <= plates else np.zeros(plates, np.intp)


def _require_room(used: Ints, room: int, setup: PlateSetup) -> None:
    """Refuse plates that cannot hold what has to stay on them."""
    usable = len(setup.places)
    kind = f"of {usable}" if usable == setup.size else f"with {usable} usable wells"
    problems = [
        Problem(
            "plate-overfull",
            found=f"{int(taken)} samples for {plate_name(number)}",
            expected=f"at most {max(room, 0)}, beside {usable - room} control wells on a plate {kind}",
            remedy="Ask for fewer conditions, fewer replicates or more plates.",
        )
        for number, taken in enumerate(used, start=1)
        if taken > room or room <= 0
    ]
    if problems:
        raise Refused(problems)


def _deal(counts: Ints, group: int, wanted: int, room: int, operators: Ints) -> None:
    """Give replicates to the operators, then the plates that hold fewest of them, then to the emptiest."""
    for _ in range(wanted):
        used = counts.sum(axis=0)
        open_plates = np.flatnonzero(used < room)
        made = np.bincount(operators, counts[group])[operators]
        keys = (used[open_plates], counts[group, open_plates], made[open_plates])
        counts[group, open_plates[np.lexsort(keys)[0]]] += 1
