"""Whether a plate was read as it stands: asked where the values of a readout fill most of it at once.

Replicates and controls have to agree. Where they agree much better in another way of reading the plate, it is
refused until a person says which way is right (see `bioal.plates.misreading`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bioal.errors import Problem
from bioal.measurements.cells import Returned
from bioal.measurements.numbers import number_in
from bioal.measurements.orienting import Oriented, cells_on, ways_of
from bioal.measurements.readings import Reading
from bioal.plates.misreading import Recorded, Suspicion, stabilised, suspicion
from bioal.plates.orientation import AS_IS, OUTSIDE, SHORT_NAMES, Ints, seen_from
from bioal.plates.rounds import Round
from bioal.plates.wells import wells_of_plate
from bioal.protocol.arrays import Floats
from bioal.protocol.headings import normalised
from bioal.protocol.objective import Readout

JUDGED = ("ok", "no product", "below limit", "over range")  # a bound stands where its value would about stand
SHARE = 0.5  # of a plate's samples that have to be new at once; a few wells are typed, not read wrongly
FEWEST_STRAY = 8  # fewer values in wells without a sample are slips of the hand
SURE = np.log(1e6)


@dataclass(frozen=True)
class Filled:
    """What is looked at: a round, its samples that were made as planned, the values of one readout.

    `values` are those of this file and, on other plates, of earlier ones; `new` the samples whose value is.
    """

    round: Round
    planned: frozenset[str]
    values: Mapping[str, float]
    new: frozenset[str]
    stray: Mapping[str, Mapping[int, float]]  # plate -> cell without a sample -> value


@dataclass(frozen=True)
class Told:
    """The readings of a file, those of them that are new, and those that were known before."""

    listed: Sequence[Reading]
    new: Sequence[Reading]
    earlier: Sequence[Reading]


def misread_problems(
    turned: Oriented,
    told: Told,
    round_: Round,
    readouts: Sequence[Readout],
    *,
    made: frozenset[str],
) -> tuple[Problem, ...]:
    """Return a problem for each plate and readout whose values fit another way of reading the plate better.

    A plate of which a person said that it was read as it is, is not judged.

    Parameters
    ----------
    made
        Samples whose condition was another than planned.
    """
    problems = []
    numbers = () if round_.in_vessels else [one for one in readouts if one.outcomes is None]
    for readout in numbers:
        filled = _filled(turned.returned, told, round_, readout, made)
        for plate in _worth_judging(filled):
            stated = turned.ways.get((plate, readout.name), "")
            found = None if stated == AS_IS else _judged(filled, plate, stated or AS_IS)
            if found is not None:
                problems.append(_problem(turned.returned.file, plate, readout, stated, found))
    return tuple(problems)


def _filled(
    returned: Returned, told: Told, round_: Round, readout: Readout, made: frozenset[str]
) -> Filled:
    known = {**_numbers(told.earlier, readout), **_numbers(told.listed, readout)}
    return Filled(
        round_,
        frozenset(map(str, round_.samples.index)) - made,
        {sample: value for sample, value in known.items() if sample in round_.samples.index},
        frozenset(_numbers(told.new, readout)),
        _strays(returned, round_, readout),
    )


def _numbers(readings: Sequence[Reading], readout: Readout) -> dict[str, float]:
    own = [one for one in readings if one.readout == readout.name and one.status in JUDGED]
    return {one.sample: one.value for one in own if np.isfinite(one.value)}


def _strays(returned: Returned, round_: Round, readout: Readout) -> dict[str, dict[int, float]]:
    """Return the numbers that a plate grid has in wells without a sample, by plate and cell."""
    names = wells_of_plate(round_.size)
    found: dict[str, dict[int, float]] = {}
    for grid in returned.grids:
        if normalised(str(grid.readout.value)) not in map(normalised, (readout.name, readout.heading)):
            continue
        taken = set(cells_on(round_, grid.plate).values())
        cells = {at: grid.wells.get(name) for at, name in enumerate(names) if at not in taken}
        typed = {at: cell for at, cell in cells.items() if cell is not None and cell.kind == "number"}
        numbers = {at: number_in(cell) for at, cell in typed.items()}
        found[grid.plate] = {at: one for at, one in numbers.items() if not isinstance(one, Problem)}
    return found


def _worth_judging(filled: Filled) -> list[str]:
    """Return the plates of which most values are new, and fill most of it."""
    plates = []
    for plate in filled.round.plates:
        samples = set(cells_on(filled.round, plate))
        fresh, told = samples & filled.new, samples & set(filled.values)
        if len(fresh) >= SHARE * len(samples) and 2 * len(fresh) > len(told):
            plates.append(plate)
    return plates


def _judged(filled: Filled, plate: str, stated: str) -> Suspicion | None:
    """Return what is suspected of a plate whose values were put back as it was stated to have been read."""
    parts = [(one, _recorded(filled, one)) for one in filled.round.plates]
    told = [(one, layout, cells, values) for one, (layout, cells, values) in parts if values is not None]
    names = [one for one, *_ in told]
    if plate not in names:
        return None
    recorded = Recorded(
        np.repeat(np.arange(len(told)), [len(cells) for _, _, cells, _ in told]),
        np.concatenate([cells for _, _, cells, _ in told]),
        np.concatenate([values for *_, values in told]),
        tuple(layout for _, layout, _, _ in told),
    )
    every = ways_of(filled.round, plate)
    seen = {name: seen_from(source, every[stated]) for name, source in every.items()}
    # The same plate is told the same each time.
    rng = np.random.default_rng(filled.round.number)
    return suspicion(recorded, names.index(plate), seen, stated=stated, rng=rng)


def _recorded(filled: Filled, plate: str) -> tuple[Ints, Ints, Floats | None]:
    """Return a plate's layout, the cells that hold values, and these, None where they say nothing."""
    places = cells_on(filled.round, plate)
    layout = np.full(filled.round.size, OUTSIDE, dtype=np.intp)
    conditions = {name: at for at, name in enumerate(filled.round.conditions.index)}
    strange = len(conditions) + 1 + filled.round.size * filled.round.plates.index(plate)
    for sample, cell in places.items():
        condition = conditions[filled.round.samples.at[sample, "condition"]]
        # What was made otherwise is like nothing else.
        layout[cell] = condition if sample in filled.planned else strange + cell
    stray = filled.stray.get(plate, {})
    stray = stray if len(stray) >= FEWEST_STRAY else {}
    if stray:
        layout[layout == OUTSIDE] = len(conditions)  # wells with nothing in them are like each other
    told = {places[sample]: value for sample, value in filled.values.items() if sample in places}
    told |= dict(stray)
    cells = np.array(list(told), dtype=np.intp)
    return layout, cells, stabilised(np.array(list(told.values()), float)) if len(told) else None


def _problem(file: str, plate: str, readout: Readout, stated: str, found: Suspicion) -> Problem:
    times = "more than a million times" if found.gain > SURE else f"{np.exp(found.gain):,.0f} times"
    as_stated = f"{stated}, as was said" if stated else "as it is"
    short = {name: key for key, name in SHORT_NAMES.items()}
    ways = " or ".join(f"'{way}'" for way in found.ways)
    where = f"{plate}/{readout.name}="
    remedy = (
        "Look where the corner mark A1 lay in the reader and in which order values were copied. Then say: "
        f'--orientation "{where}{short[found.ways[0]]}" puts the values where they are of; '
        f'--orientation "{where}as-is" takes the plate as it is.'
    )
    said = f"replicates and controls that agree {times} more likely if the plate was read {ways}"
    place = f"{plate}, {readout.heading}"
    return Problem("plate-misread", said, f"a plate read {as_stated}", remedy, file=file, place=place)
