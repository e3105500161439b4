"""The samples of a round as the queue of an instrument: ids that come back with a value, days later."""

from __future__ import annotations

import pandas as pd

from bioal.campaign.state import State
from bioal.errors import UsageError
from bioal.plates.columns import CONDITION, KEY, PLATE, READOUT, SAMPLE, WELL
from bioal.plates.keys import sample_keys
from bioal.protocol.objective import Readout

QUEUE_COLUMNS = (SAMPLE, CONDITION, PLATE, WELL, READOUT, KEY)


def queue_of(state: State, number: int, readout: str | None) -> pd.DataFrame:
    """Return the planned samples of a round that lack a readout and are not excluded; `QUEUE_COLUMNS`.

    Raises
    ------
    UsageError
        For a round or readout that is not there.
    """
    wanted, keys = readout_of(state, number, readout), sample_keys_of(state, number)
    answered = state.readings.loc[state.readings["readout"] == wanted.name, "sample"]
    planned = state.rounds[number].round.samples
    left = planned[~planned.index.isin(answered) & ~planned.index.isin(list(state.excluded))]
    ids = [str(sample) for sample in left.index]
    columns = {
        SAMPLE: ids,
        CONDITION: left["condition"].tolist(),
        PLATE: left["plate"].tolist(),
        WELL: left["well"].tolist(),
        READOUT: [wanted.heading] * len(ids),
        KEY: [keys[sample] for sample in ids],
    }
    return pd.DataFrame(columns, columns=list(QUEUE_COLUMNS), dtype=object)


def readout_of(state: State, number: int, readout: str | None) -> Readout:
    """Return the readout of a round that is meant, the only one where none is named.

    Raises
    ------
    UsageError
        For a round or readout that is not there.
    """
    if number not in state.rounds:
        known = ", ".join(f"R{one:02d}" for one in sorted(state.rounds)) or "none yet"
        raise UsageError(f"There is no round R{number:02d}; there are: {known}.")
    readouts = state.protocol_of(number).readouts
    names = ", ".join(one.name for one in readouts)
    if readout is None and len(readouts) > 1:
        raise UsageError(f"Which readout? Add --readout: {names}.")
    wanted = next((one for one in readouts if readout in (None, one.name, one.heading)), None)
    if wanted is None:
        raise UsageError(f"There is no readout '{readout}'; there are: {names}.")
    return wanted


def sample_keys_of(state: State, number: int) -> dict[str, str]:
    """Return the key of each planned sample of a round."""
    proposed = state.rounds[number]
    factors = state.protocol_of(number).factors
    there = [factor for factor in factors if factor.name in proposed.round.conditions.columns]
    return sample_keys(state.id, proposed.round, there)
