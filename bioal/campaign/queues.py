"""The samples of a round as the queue of an instrument: ids that come back with a value, days later."""

from __future__ import annotations

import pandas as pd

from bioal.campaign.state import State
from bioal.errors import UsageError
from bioal.plates.columns import CONDITION, KEY, PLATE, READOUT, SAMPLE, WELL
from bioal.plates.keys import sample_keys

QUEUE_COLUMNS = (SAMPLE, CONDITION, PLATE, WELL, READOUT, KEY)


def queue_of(state: State, number: int, readout: str | None) -> pd.DataFrame:
    """Return the planned samples of a round that lack a readout and are not excluded; `QUEUE_COLUMNS`.

    Raises
    ------
    UsageError
        For a round or readout that is not there.
    """
    if number not in state.rounds:
        known = ", ".join(f"R{one:02d}" for one in sorted(state.rounds)) or "none yet"
        raise UsageError(f"There is no round R{number:02d}; there are: {known}.")
    proposed = state.rounds[number]
    protocol = state.versions[proposed.version].protocol
    names = [one.name for one in protocol.readouts]
    if readout is None and len(names) > 1:
        raise UsageError(f"Which readout? Add --readout: {', '.join(names)}.")
    wanted = next((one for one in protocol.readouts if readout in (None, one.name, one.heading)), None)
    if wanted is None:
        raise UsageError(f"There is no readout '{readout}'; there are: {', '.join(names)}.")
    factors = [factor for factor in protocol.factors if factor.name in proposed.round.conditions.columns]
    keys = sample_keys(state.id, proposed.round, factors)
    answered = state.readings.loc[state.readings["readout"] == wanted.name, "sample"]
    planned = proposed.round.samples
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
