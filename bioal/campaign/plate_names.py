"""How people name a plate of a round: round-01/plate-1, R01 plate-1, or plate-1 where one round is open."""

from __future__ import annotations

import re

from bioal.campaign.state import State
from bioal.errors import UsageError

_PLATE = re.compile(r"(?:round[- ]?|r)?0*(\d+)(?:\s*[/\\]\s*|[ _-]+)(.+)", re.IGNORECASE)


def plate_named(text: str, state: State | None = None) -> tuple[int, str]:
    """Return the round and the plate that a text names.

    A plate alone is one of the round that waits for results, where only one does.

    >>> plate_named("round-03/plate-1"), plate_named("R3 plate-2")
    ((3, 'plate-1'), (3, 'plate-2'))

    Raises
    ------
    UsageError
        When it names none; the message shows a plate that there is.
    """
    match = _PLATE.fullmatch(text.strip())
    if match is not None:
        return int(match[1]), match[2].strip()
    open_ = [] if state is None else [number for number in state.rounds if state.pending(number)]
    plate = text.strip().casefold()
    if state is not None and len(open_) == 1 and plate in state.rounds[open_[0]].round.plates:
        return open_[0], plate
    example = "round-01/plate-1" if state is None else example_of(state)
    raise UsageError(f"--plate names a plate of a round, such as {example}, not '{text}'.")


def example_of(state: State) -> str:
    """Return the name of a plate that there is: of the latest round that has plates.

    `round-01/plate-1` where there is none.
    """
    for number in sorted(state.rounds, reverse=True):
        round_ = state.rounds[number].round
        if not round_.in_vessels:
            return f"round-{number:02d}/{round_.plates[0]}"
    return "round-01/plate-1"
