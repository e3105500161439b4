"""What a round still waits for: the samples without a value that somebody may bring yet.

A sample is no longer waited for when it has a value or a status such as `missing` in each readout that is
needed, when the instrument could not make it, when it does not work, or when it was excluded.
"""

from __future__ import annotations

import pandas as pd

from bioal.campaign.state import State
from bioal.measurements.outcomes import failed_samples


def awaited(state: State, number: int) -> dict[str, pd.DataFrame]:
    """Return the samples of a round that lack a readout that is needed, by readout; none where all came.

    Needed are the readouts that the objective speaks of, those with a requirement, and those that say whether
    a condition works, where the round was laid out with them.
    """
    made = state.rounds[number].as_made
    released = {*state.failed, *state.excluded}
    released |= {one for works in state.protocol.working for one in failed_samples(state.readings, works)}
    left = made[~made.index.isin(list(released))]
    found = {}
    for name in _needed(state, number):
        came = state.readings.loc[state.readings["readout"] == name, "sample"]
        found[name] = left[~left.index.isin(came)]
    return {name: samples for name, samples in found.items() if len(samples)}


def awaited_words(state: State, number: int) -> str:
    """Return what a round waits for and what to do where it will not come; "" where all came."""
    found = awaited(state, number)
    if not found:
        return ""
    samples = pd.concat(list(found.values()))
    count, of = samples.index.nunique(), len(state.rounds[number].as_made)
    plates = ", ".join(sorted(set(samples["plate"])))
    return (
        f"Round {number} waits for {count} of its {of} samples ({', '.join(found)}; {plates}). Where nothing"
        f" will come, merge the status 'missing', or 'bioal exclude R{number:02d} ... --reason ...';"
        " --partial proposes without them."
    )


def _needed(state: State, number: int) -> tuple[str, ...]:
    protocol = state.protocol
    computed = [one.measured for one in (protocol.readout, *protocol.required, *protocol.working)]
    needed = {name for names in computed for name in names}
    laid_out = state.protocol_of(number).readouts
    return tuple(one.name for one in laid_out if one.name in needed)
