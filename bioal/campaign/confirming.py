"""A confirmation: the best conditions made again beside the reference, and what alone is quoted of them.

The best of many noisy results is the luckiest, too. A confirmation measures the few that are to be quoted
anew, with wells enough, and what it says rests on these wells alone.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from bioal.campaign.learning import Knowledge
from bioal.campaign.options import Options
from bioal.campaign.state import State
from bioal.errors import Problem, Refused, UsageError
from bioal.measurements.folds import folds
from bioal.measurements.observations import sample_values
from bioal.measurements.replicates import one_for_each_mix
from bioal.plates.costing import with_costs
from bioal.plates.layout import control_ids
from bioal.protocol.confirming import FLOOR
from bioal.protocol.protocol import Protocol
from bioal.report.confirmed import Confirmed

FEWEST = 2  # replicates from which an interval can be told
LIKELY = 0.5  # probability from which on a condition counts as meeting what is required


def confirmation(knowledge: Knowledge, best: int, replicates: int, seed: int) -> Options:
    """Return the options of a confirmation round of the best conditions measured so far.

    Raises
    ------
    UsageError
        When `best` is less than 1 or `replicates` less than 2.
    Refused
        When the protocol has no reference, or several and none is named, or nothing was measured yet.
    """
    if best < 1:
        raise UsageError(f"How many of the best must be 1 or more, not {best}.")
    if replicates < FEWEST:
        raise UsageError(f"An interval needs {FEWEST} replicates or more, not {replicates}.")
    problems = _without_reference(knowledge.state.protocol)
    chosen = _best_measured(knowledge, best)
    if chosen.empty:
        found, remedy = "no condition that was measured and is allowed today", "Merge results first."
        problems.append(Problem("nothing-to-confirm", found, "at least one", remedy))
    if problems:
        raise Refused(problems)
    return Options(exactly=chosen, seed=seed, confirm=replicates)


def _without_reference(protocol: Protocol) -> list[Problem]:
    """Return why there is nothing that a fold could be over."""
    names = [one.title for one in protocol.controls if one.role == "reference"]
    if len(names) == 1 or protocol.readout.reference in names:
        return []
    found = "no control with the role reference" if not names else f"the references {', '.join(names)}"
    place = "controls" if not names else f"readouts.{protocol.readout.name}.reference"
    remedy = (
        'Add a control with role = "reference", the condition that you use today, to protocol.toml'
        if not names
        else f'Write reference = "{names[0]}", or another of them, to the readout in protocol.toml'
    )
    said = f"{remedy}; then 'bioal amend protocol.toml'."
    return [Problem("confirmation-no-reference", found, "one reference to compare with", said, place=place)]


def _best_measured(knowledge: Knowledge, count: int) -> pd.DataFrame:
    """Return the measured conditions with the best means; those that meet what is required come first."""
    samples, space = knowledge.carried.samples, knowledge.space
    tried = set(samples.loc[samples["role"].isin(("sample", "carried over")), "condition"])
    seen = knowledge.observations["condition"]
    conditions = knowledge.carried.among([one for one in seen if one in tried])
    if conditions.empty:
        return conditions
    conditions = conditions[knowledge.state.protocol.space.contains(conditions)]
    points = space.encode(conditions)
    mean, _, _ = knowledge.interval(points)
    worth = knowledge.state.protocol.objective.score(mean)
    unmet = knowledge.chance(points) < LIKELY
    order = np.lexsort((-worth, unmet))[:count]
    return conditions.iloc[order].reset_index(drop=True)


def confirmed(knowledge: Knowledge) -> Confirmed | None:
    """Return what the latest confirmation with results says, None where there is none."""
    state = knowledge.state
    numbers = [n for n, one in state.rounds.items() if one.request.confirm and state.merged(n)]
    if not numbers:
        return None
    number = max(numbers)
    proposed = state.rounds[number]
    protocol = state.protocol_of(number)
    ids = [str(one) for one in proposed.round.predictions.index]
    falling = protocol.objective.direction == "minimize"
    found = folds(
        _values(state, number),
        ids,
        floor=FLOOR[protocol.readout.normalise],
        falling=falling,
    )
    factors = {
        one: {
            each.heading: each.text(proposed.round.conditions.loc[one, each.name])
            for each in protocol.factors
        }
        for one in ids
    }
    ordered = tuple(sorted(found, key=lambda fold: (bool(fold.why), -fold.ratio)))
    return Confirmed(number, protocol.readout.name, falling, ordered, factors)


def _values(state: State, number: int) -> pd.DataFrame:
    """Return the values of a round's wells as they were read, one row for each separately prepared sample."""
    proposed = state.rounds[number]
    protocol = state.protocol_of(number)
    titles = dict(zip(control_ids(protocol.controls), (one.title for one in protocol.controls), strict=True))
    made = proposed.as_made
    samples = made.assign(title=[titles.get(str(one), "") for one in made["condition"]], operator="")
    raw = replace(protocol.readout, normalise="none")
    values = sample_values(
        state.readings, samples, with_costs(protocol, proposed.every_condition), raw, set(state.excluded)
    ).reset_index()
    return one_for_each_mix(values, samples.index if protocol.plate.premix else ())
