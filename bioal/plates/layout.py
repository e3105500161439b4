"""Where every sample goes: random, but so that what belongs together is spread.

Replicates go to different plates, rows and columns, so that neither edge, row, column nor plate speaks for a
condition; controls stand on every plate. The pattern of what belongs together must not survive a misread
(see `orientation`). A plate that is not full is filled column by column from A1.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
import pandas as pd

from bioal.errors import Problem, Refused
from bioal.plates.orientation import OUTSIDE, Ints, visibility
from bioal.plates.rounds import SAMPLE_COLUMNS, control_id, plate_name, sample_id
from bioal.plates.wells import shape_of_plate, wells_of_plate
from bioal.protocol.protocol import Control, PlateSetup

CONTROL_ROLES = ("reference", "negative", "blank")

# A layout is redrawn until every misread tears at least this share of the belonging pairs apart.
VISIBLE = 0.75
ATTEMPTS = 30
SWEEPS = 12


def control_ids(controls: Sequence[Control]) -> tuple[str, ...]:
    """Return the condition id of each control, numbered within its role.

    >>> control_ids([Control("reference", 3, {}), Control("blank", 1, {}), Control("reference", 2, {})])
    ('reference-1', 'blank-1', 'reference-2')
    """
    roles = [control.role for control in controls]
    return tuple(control_id(role, roles[: k + 1].count(role)) for k, role in enumerate(roles))


def samples_of_round(
    number: int,
    conditions: Sequence[str],
    controls: Sequence[Control],
    setup: PlateSetup,
    rng: np.random.Generator,
    *,
    plates: Sequence[int] | None = None,
    roles: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Return the samples of a round in their wells, index sample id.

    Parameters
    ----------
    number
        The round.
    conditions
        Condition ids, without controls.
    plates
        The plate (from 1) on which each condition has to stay; None where it is free.
    roles
        The role of each condition, "sample" by default ("carried over" for a condition of an earlier round).
    """
    count = len(conditions)
    groups = pd.DataFrame(
        {
            "condition": [*conditions, *control_ids(controls)],
            "role": [*(roles or ["sample"] * count), *(control.role for control in controls)],
            "replicates": [setup.replicates] * count + [control.wells for control in controls],
            "plate": [*(plates if plates is not None else [None] * count), *[None] * len(controls)],
        }
    )
    samples = place(groups, setup.size, rng)
    samples.index = pd.Index([sample_id(number, k + 1) for k in range(len(samples))], name="sample")
    return samples


def place(groups: pd.DataFrame, size: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return a well for every sample, in reading order plate by plate.

    Parameters
    ----------
    groups
        One row per condition: `condition`, `role`, `replicates` and `plate` (from 1; missing where free).
        A control's replicates are its wells on each plate.
    size
        Wells of a plate.

    Returns
    -------
    DataFrame with `SAMPLE_COLUMNS`; replicates are numbered from 1 within a condition.

    Raises
    ------
    Refused
        When a plate would have to hold more than its wells.
    """
    if groups["condition"].duplicated().any():
        raise ValueError("Every condition stands once in `groups`; its replicates say how often it is made.")
    counts = _dealt(groups, size, rng)
    wells = np.array(wells_of_plate(size), dtype=object)
    parts = []
    for plate, column in enumerate(counts.T, start=1):
        layout = _laid_out(np.repeat(np.arange(len(groups)), column), size, rng)
        filled = np.flatnonzero(layout != OUTSIDE)
        chosen = groups.iloc[layout[filled]]
        part = {"condition": chosen["condition"], "role": chosen["role"]}
        parts.append(pd.DataFrame({**part, "plate": plate_name(plate), "well": wells[filled]}))
    samples = pd.concat(parts, ignore_index=True)
    samples["replicate"] = samples.groupby("condition", sort=False).cumcount() + 1
    return samples[list(SAMPLE_COLUMNS)]


def _dealt(groups: pd.DataFrame, size: int, rng: np.random.Generator) -> Ints:
    """Return how many wells each group gets on each plate, shape (groups, plates)."""
    wanted = groups["replicates"].to_numpy(dtype=np.intp)
    control = groups["role"].isin(CONTROL_ROLES).to_numpy()
    fixed = groups["plate"].notna().to_numpy() & ~control
    free = ~fixed & ~control
    plate_of = groups["plate"].where(fixed, 0).astype(float).to_numpy(dtype=np.intp) - 1
    room = size - int(wanted[control].sum())
    counts = np.zeros((len(groups), max(1, int(plate_of.max(initial=0)) + 1)), dtype=np.intp)
    counts[fixed, plate_of[fixed]] = wanted[fixed]
    _require_room(counts.sum(axis=0), room, size)
    counts = _with_plates_for(counts, int(wanted[free].sum()), room)
    for group in rng.permutation(np.flatnonzero(free)):
        _deal(counts, group, int(wanted[group]), room)
    counts[control] = wanted[control, None]
    return counts


def _require_room(used: Ints, room: int, size: int) -> None:
    """Refuse plates that cannot hold what has to stay on them."""
    problems = [
        Problem(
            "plate-overfull",
            found=f"{int(taken)} samples for {plate_name(number)}",
            expected=f"at most {max(room, 0)}, beside {size - room} control wells on a plate of {size}",
            remedy="Ask for fewer conditions, fewer replicates or more plates.",
        )
        for number, taken in enumerate(used, start=1)
        if taken > room or room <= 0
    ]
    if problems:
        raise Refused(problems)


def _with_plates_for(counts: Ints, free: int, room: int) -> Ints:
    """Return the counts with as many empty plates added as the free samples need."""
    short = free - int((room - counts.sum(axis=0)).sum())
    return np.pad(counts, ((0, 0), (0, max(0, ceil(short / room)))))


def _deal(counts: Ints, group: int, wanted: int, room: int) -> None:
    """Give a free group's replicates to the plates that hold fewest of it, then to the emptiest."""
    for _ in range(wanted):
        used = counts.sum(axis=0)
        open_plates = np.flatnonzero(used < room)
        order = np.lexsort((used[open_plates], counts[group, open_plates]))
        counts[group, open_plates[order[0]]] += 1


def _laid_out(groups: Ints, size: int, rng: np.random.Generator) -> Ints:
    """Return the group in each well of a plate in reading order, `OUTSIDE` where the well stays empty."""
    cells = _filled_first(len(groups), int(np.bincount(groups).max(initial=1)), size)
    best, seen = np.empty(0, dtype=np.intp), -1.0
    for _ in range(ATTEMPTS):
        layout = np.full(size, OUTSIDE, dtype=np.intp)
        layout[cells] = _spread(rng.permutation(groups), cells, size, rng)
        share = visibility(layout, size)
        if np.isnan(share) or share >= VISIBLE:
            return layout
        if share > seen:
            best, seen = layout, share
    return best


def _filled_first(count: int, most: int, size: int) -> Ints:
    """Return the wells to fill: columns from the left, no fewer than the largest group has replicates."""
    rows, columns = shape_of_plate(size)
    width = max(ceil(count / rows), min(columns, most, count))
    height = ceil(count / max(width, 1))
    grid = np.arange(size).reshape(rows, columns)[:height, :width]
    return np.sort(grid.T.ravel()[:count]).astype(np.intp)


def _spread(groups: Ints, cells: Ints, size: int, rng: np.random.Generator) -> Ints:
    """Return the groups reordered over the cells so that few pairs share a row or a column.

    Each well whose group meets itself in its row or column changes places with the well that helps most.
    """
    i, j = np.divmod(cells, shape_of_plate(size).columns)
    tally = _Tally(groups, i, j, size)
    for _ in range(SWEEPS):
        crowded = tally.crowded()
        gained = [tally.improve(int(a)) for a in rng.permutation(crowded)]
        if not any(gained):
            break
    return tally.groups


class _Tally:
    """How often each group stands in each row and column, kept while wells change places."""

    def __init__(self, groups: Ints, i: Ints, j: Ints, size: int) -> None:
        rows, columns = shape_of_plate(size)
        self.groups, self.i, self.j = groups.copy(), i, j
        self.rows = np.zeros((int(groups.max(initial=0)) + 1, rows), dtype=np.intp)
        self.columns = np.zeros((len(self.rows), columns), dtype=np.intp)
        np.add.at(self.rows, (groups, i), 1)
        np.add.at(self.columns, (groups, j), 1)

    def crowded(self) -> Ints:
        """Return the wells whose group has company in its row or column."""
        company = self.rows[self.groups, self.i] + self.columns[self.groups, self.j] - 2
        return np.flatnonzero(company > 0)

    def improve(self, a: int) -> bool:
        """Exchange a well with the one that removes most shared rows and columns; say whether any did."""
        delta = self._delta(a, self.rows, self.i) + self._delta(a, self.columns, self.j)
        delta[self.groups == self.groups[a]] = 0
        b = int(np.argmin(delta))
        if delta[b] >= 0:
            return False
        for well, sign in ((a, -1), (b, -1)):
            self._count(well, sign)
        self.groups[a], self.groups[b] = self.groups[b], self.groups[a]
        for well in (a, b):
            self._count(well, 1)
        return True

    def _count(self, well: int, sign: int) -> None:
        self.rows[self.groups[well], self.i[well]] += sign
        self.columns[self.groups[well], self.j[well]] += sign

    def _delta(self, a: int, tally: Ints, line: Ints) -> Ints:
        """Return how many shared lines each exchange with `a` adds, along rows or along columns."""
        here, group, others = line[a], self.groups[a], self.groups
        leaving = tally[group, here] - 1 + tally[others, line] - 1
        coming = tally[group, line] + tally[others, here]
        return np.where(line == here, 0, coming - leaving)
