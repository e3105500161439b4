"""A plate with what people asked for first and the engine's choice for the rest."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from bioal.acquisition.rows import rows_among
from bioal.acquisition.streaming import Progress, silent
from bioal.campaign.asking import makeable_today, waiting_list
from bioal.campaign.between import between_levels
from bioal.campaign.choosing import FRAMES, Chosen, asked_for, best, chosen_with_carried, of_setting
from bioal.campaign.designs import plates_of_design
from bioal.campaign.learning import Knowledge
from bioal.campaign.options import Options
from bioal.campaign.quotas import Quota, quotas_of
from bioal.errors import UsageError
from bioal.plates.counting import conditions_by_plate
from bioal.plates.rounds import CHECK


def chosen_with_asked(
    knowledge: Knowledge,
    options: Options,
    count: int,
    rng: np.random.Generator,
    progress: Progress = silent,
) -> Chosen:
    """Return what people asked for, as much as fits, and for the rest what the engine wants."""
    first, notes = _first(knowledge, options, count)
    if options.checks:
        first = _with_checks(knowledge, options.checks, first, count, rng)
    for quota in quotas_of(knowledge.state.protocol, options.at_least):
        first = _with_quota(knowledge, options, quota, first, room=count, rng=rng)
    if first.conditions.empty:
        chosen = chosen_with_carried(knowledge, options, count, rng, progress)
        return replace(chosen, notes=(*chosen.notes, *notes))
    if knowledge.space.plate_factors:
        return replace(_plate_by_plate(knowledge, options, first, count, rng, progress), notes=notes)
    left = count - len(first.conditions)
    if not left:
        return replace(first, notes=notes)
    beside = replace(options, beside=first.conditions)
    rest = chosen_with_carried(knowledge, beside, left, rng, progress)
    return _joined([first, rest], None, (*rest.notes, *notes))


def _first(knowledge: Knowledge, options: Options, count: int) -> tuple[Chosen, tuple[str, ...]]:
    """Return what was asked for, as much as fits, and what a person should know of the rest."""
    wished, notes = makeable_today(knowledge, waiting_list(knowledge))
    if options.added is not None:
        wished = pd.concat([options.added, wished]).drop_duplicates(ignore_index=True)
    fits = wished.iloc[:count]
    waiting = len(wished) - len(fits)
    if len(fits):
        said = "1 condition is" if len(fits) == 1 else f"{len(fits)} conditions are"
        said = f"{said} here because you asked."
        notes = (*notes, said, *between_levels(knowledge.state.protocol, fits))
    if waiting:
        said = "1 more waits" if waiting == 1 else f"{waiting} more wait"
        notes = (*notes, f"Of what you asked for {said} for the next plate.")
    return asked_for(knowledge, fits), notes


def _with_checks(
    knowledge: Knowledge, checks: int, first: Chosen, count: int, rng: np.random.Generator
) -> Chosen:
    """Return what was asked for, and conditions drawn by lot from all that are allowed and not measured.

    Raises
    ------
    UsageError
        When they do not fit, or a whole plate has one level of a factor.
    """
    space = knowledge.space
    if space.plate_factors:
        raise UsageError(f"No checks can be drawn: a plate has its own {', '.join(space.plate_factors)}.")
    if len(first.conditions) + checks > count:
        left = count - len(first.conditions)
        raise UsageError(f"Of {count} conditions at most {left} can be checks, not {checks}.")
    # What was spared may be checked: it is what the checks speak of.
    taken = knowledge.settled
    if len(first.conditions):
        taken = np.concatenate([taken, space.codes(first.conditions)])
    drawn = space.sample(checks + len(taken), rng)
    codes = drawn[~rows_among(drawn, taken)][:checks]
    return _joined([first, asked_for(knowledge, space.conditions(codes), CHECK)], None, ())


def _with_quota(
    knowledge: Knowledge,
    options: Options,
    quota: Quota,
    first: Chosen,
    *,
    room: int,
    rng: np.random.Generator,
) -> Chosen:
    """Return what is chosen already, and the best with a level where too few of that have it.

    Raises
    ------
    UsageError
        When a quota does not fit, or a whole plate has one level of some factor.
    """
    space = knowledge.space
    if space.plate_factors:
        raise UsageError(f"Quotas cannot be kept: a plate has its own {', '.join(space.plate_factors)}.")
    held = len(first.conditions)
    having = int(quota.holds(space.codes(first.conditions)).sum()) if held else 0
    lacking = max(quota.count - having, 0)
    if held + lacking > room:
        raise UsageError(
            f"{quota.count} conditions with {quota.factor} {quota.level} do not fit: of {room} conditions"
            f" {held} are taken. Ask for more conditions, or for fewer of a kind."
        )
    if not lacking:
        return first
    within = replace(options, beside=first.conditions if held else None, keep=quota.holds)
    found = best(knowledge, within, lacking, rng)
    return _joined([first, found], None, ()) if held else found


def _plate_by_plate(
    knowledge: Knowledge,
    options: Options,
    first: Chosen,
    count: int,
    rng: np.random.Generator,
    progress: Progress,
) -> Chosen:
    """Return what was asked for on plates of its settings, filled up with others of the same settings."""
    protocol, space = knowledge.state.protocol, knowledge.space
    setup = protocol.plate
    rooms = conditions_by_plate(count, setup.replicates, protocol.controls, setup.size, usable=setup.room)
    own = plates_of_design(protocol, first.conditions) or ()
    parts, plates = [first], list(own)
    for plate in dict.fromkeys(own):
        rows = [at for at, one in enumerate(own) if one == plate]
        room = (rooms[plate - 1] if plate <= len(rooms) else 0) - len(rows)
        if room > 0:
            setting = int(space.settings(space.codes(first.conditions.iloc[rows[:1]]))[0])
            keep = partial(of_setting, space=space, setting=setting)
            within = replace(options, beside=_so_far(parts), keep=keep)
            parts.append(best(knowledge, within, room, rng, progress))
            plates += [plate] * len(parts[-1].conditions)
    left = sum(rooms[max(own) :])
    if left:
        rest = best(knowledge, replace(options, beside=_so_far(parts)), left, rng, progress)
        parts.append(rest)
        plates += [max(own) + one for one in rest.plates or ()]
    return _joined(parts, tuple(plates), ())


def _so_far(parts: list[Chosen]) -> pd.DataFrame:
    return pd.concat([part.conditions for part in parts], ignore_index=True)


def _joined(parts: list[Chosen], plates: tuple[int, ...] | None, notes: tuple[str, ...]) -> Chosen:
    conditions, predictions = (
        pd.concat([frame for part in parts if len(frame := getattr(part, name))], ignore_index=True)
        for name in FRAMES
    )
    return Chosen(conditions, predictions, plates, notes)
