"""What a whole column says: values that were sorted apart from their rows, values that are all the same.

Sorting the column of results alone puts every value beside a wrong sample, and every cell looks well. In the
order in which samples were planned, replicates and conditions are mixed: values that only rise, or only fall,
from row to row do not come about by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from bioal.errors import Problem
from bioal.measurements.readings import Reading
from bioal.plates.orientation import AS_IS
from bioal.plates.rounds import Round
from bioal.protocol.objective import Readout

# Even where conditions stand in order of their yields, of two replicates the first is the larger as often as
# not: that so many of them are sorted as well has a chance of 1 in 256 or less.
FEWEST_REPLICATES = 8
FEWEST_DIFFERENT = 8
FEWEST_EQUAL = 8


def sorted_problems(
    file: str,
    listed: Sequence[Reading],
    ways: Mapping[tuple[str, str], str],
    round_: Round,
    readouts: Sequence[Readout],
) -> tuple[Problem, ...]:
    """Return a problem for each readout whose values were sorted while their samples were not.

    Parameters
    ----------
    listed
        The readings of a run list in the order of its rows.
    ways
        How plates were read, as a person said; one that was read as it is, is taken as it is.
    """
    problems = []
    for readout in () if round_.in_vessels else readouts:
        said = any(name == readout.name and way == AS_IS for (_, name), way in ways.items())
        told = [one for one in listed if one.readout == readout.name and np.isfinite(one.value)]
        if not said and _sorted_alone(told, round_):
            problems.append(_problem(file, readout, told))
    return tuple(problems)


def _sorted_alone(told: Sequence[Reading], round_: Round) -> bool:
    values, samples = [one.value for one in told], [one.sample for one in told]
    if len(set(values)) < FEWEST_DIFFERENT or any(one not in round_.samples.index for one in samples):
        return False
    conditions = round_.samples.loc[samples, "condition"].nunique()
    in_order = all(one < other for one, other in pairwise(samples))
    rising = all(one <= other for one, other in pairwise(values))
    falling = all(one >= other for one, other in pairwise(values))
    return in_order and (rising or falling) and len(told) - conditions >= FEWEST_REPLICATES


def _problem(file: str, readout: Readout, told: Sequence[Reading]) -> Problem:
    found = f"{len(told)} values in order of their size beside samples that are not"
    remedy = (
        "The column was probably sorted alone: undo that, or type the values into a fresh copy of the "
        "workbook. If they were really read so, say --orientation as-is."
    )
    expected = "values beside the samples that they are of"
    return Problem("values-sorted", found, expected, remedy, file=file, place=readout.heading)


def equal_words(new: Sequence[Reading], readouts: Sequence[Readout]) -> tuple[str, ...]:
    """Return a sentence for each readout of which many new values are all the same."""
    said = []
    for readout in readouts:
        told = [one for one in new if one.readout == readout.name and one.status == "ok"]
        if len(told) >= FEWEST_EQUAL and len({one.value for one in told}) == 1:
            said.append(f"All {len(told)} values of {readout.heading} are {told[0].words}.")
    return tuple(said)
