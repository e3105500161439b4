"""Which candidates go on which plate, where some factors are constant within a plate.

Each plate in turn gets the setting whose own batch gains most, given the plates before it; without such
factors one batch is chosen and dealt over the plates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from bioal.acquisition.designs import dealt
from bioal.acquisition.tasks import Picks, Task
from bioal.evidence import Bools, Floats, Ints

SETTINGS_COMPARED = 12

Rule = Callable[[Task, np.random.Generator], Picks]


@dataclass(frozen=True)
class Allotment:
    """Positions in the shortlist, whether filled in, plate, whether drawn at random, all (count,)."""

    rows: Ints
    filled: Bools
    plate: Ints
    drawn: Bools


def allotted(
    task: Task,
    rule: Rule,
    plates: tuple[int, ...],
    rng: np.random.Generator,
    *,
    settings: Ints,
    promise: Floats,
) -> Allotment:
    """Return the picks of all plates.

    Parameters
    ----------
    task
        The whole shortlist; its count is not used.
    rule
        What chooses a batch.
    plates
        Conditions per plate.
    rng
        Source of every random draw.
    settings
        The combination of per-plate factors of each candidate, (m,).
    promise
        A number per candidate, (m,); of many settings only the 12 of most promise are compared in full.
    """
    if not len(settings):
        return _nothing()
    if len(np.unique(settings)) < 2:
        picks = rule(replace(task, count=sum(plates)), rng)
        return Allotment(picks.rows, picks.filled, dealt(len(picks.rows), plates), picks.by_lot)
    done = _nothing()
    for number, count in enumerate(plates):
        free = np.setdiff1d(np.arange(len(settings)), done.rows)
        # Rows of the plates before are pending for this one.
        pending = np.vstack([task.pending, task.points[done.rows]])
        here = replace(task, pending=pending, count=count)
        rows, picks = _best_setting(here, rule, _compared(free, settings, promise, count), rng)
        done = Allotment(
            np.append(done.rows, rows[picks.rows]),
            np.append(done.filled, picks.filled),
            np.append(done.plate, np.full(len(picks.rows), number)),
            np.append(done.drawn, picks.by_lot),
        )
    return done


def _nothing() -> Allotment:
    return Allotment(np.empty(0, np.intp), np.empty(0, bool), np.empty(0, np.intp), np.empty(0, bool))


def _best_setting(
    task: Task, rule: Rule, choices: list[Ints], rng: np.random.Generator
) -> tuple[Ints, Picks]:
    """Return the rows of the setting whose batch fills the plate, then gains most, and its picks."""
    best: tuple[Ints, Picks] | None = None
    for rows in choices:
        picks = rule(task.of(rows), rng)
        if best is None or _value(picks) > _value(best[1]):
            best = rows, picks
    if best is None:
        nothing = np.empty(0, np.intp)
        return nothing, Picks(nothing, np.empty(0), np.empty(0, bool))
    return best


def _value(picks: Picks) -> tuple[int, float]:
    return len(picks.rows), float(picks.gains.sum())


def _compared(free: Ints, settings: Ints, promise: Floats, count: int) -> list[Ints]:
    """Return the free rows of each setting worth comparing, the most promising setting first."""
    groups = [free[settings[free] == value] for value in np.unique(settings[free])]
    tops = [float(np.sort(promise[rows])[::-1][:count].mean()) for rows in groups]
    order = np.argsort(-np.array(tops), kind="stable")[:SETTINGS_COMPARED]
    return [groups[which] for which in order]
