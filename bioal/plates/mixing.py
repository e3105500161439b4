"""Where the doses go: into the wells themselves or, premixed, into one mix per condition that is then spread.

A mix is made for whole wells, at least one more than it fills: doses stay whole steps, and something is left
in the corner. Its wells are technical replicates.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from bioal.errors import Problem, Refused
from bioal.plates.rounds import Round
from bioal.plates.transfers import Transfer
from bioal.plates.wells import wells_of_plate
from bioal.protocol.liquids import Liquids, SourcePlate
from bioal.protocol.units import volume_words

MIXES = "96 deep wells"


@dataclass(frozen=True)
class Target:
    """A place that doses go to: `times` a well's volume of them."""

    sample: str
    condition: str
    plate: str
    size: int
    well: str
    times: int = 1


@dataclass(frozen=True)
class Mixing:
    """Where doses go, and how mixes are spread from there: not at all where each well is made itself."""

    targets: tuple[Target, ...]
    spread: tuple[Transfer, ...] = ()


def straight(round_: Round) -> Mixing:
    """Return every well as its own target."""
    rows = round_.samples[["condition", "plate", "well"]].itertuples()
    return Mixing(tuple(Target(str(s), str(c), str(p), round_.size, str(w)) for s, c, p, w in rows))


def premixed(round_: Round, liquids: Liquids, source: SourcePlate) -> Mixing:
    """Return a mix per condition and plate as targets, and how it is spread over its wells.

    Parameters
    ----------
    source
        The plate that mixes are made in.

    Raises
    ------
    Refused
        Where a mix is larger than a well of that plate holds.
    """
    places = wells_of_plate(source.wells)
    down = sorted(places, key=lambda well: (int(well.lstrip("ABCDEFGHIJKLMNOP")), well))
    targets: list[Target] = []
    spread: list[Transfer] = []
    problems: list[Problem] = []
    for number, ((plate, condition), wells) in enumerate(_wells_by_mix(round_).items()):
        mix, well = f"mix-{number // source.wells + 1}", down[number % source.wells]
        times = max(len(wells) + 1, ceil(len(wells) * (1.0 + liquids.excess)))
        if times * liquids.volume > source.full:
            problems.append(_too_large(condition, times * liquids.volume, source))
        targets.append(Target(wells[0][0], condition, mix, source.wells, well, times))
        spread += [
            Transfer(
                f"mix of {condition}",
                mix,
                source.name,
                well,
                plate,
                round_.size,
                into,
                liquids.volume,
                sample,
                condition,
            )
            for sample, into in wells
        ]
    if problems:
        raise Refused(problems)
    return Mixing(tuple(targets), tuple(spread))


def _wells_by_mix(round_: Round) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Return sample and well of all that share a plate and a condition."""
    groups: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for sample, condition, plate, well in round_.samples[["condition", "plate", "well"]].itertuples():
        groups.setdefault((str(plate), str(condition)), []).append((str(sample), str(well)))
    return groups


def spread_csv(spread: tuple[Transfer, ...]) -> str:
    """Return how mixes are spread, as a list that people read: which mix into which wells, how much."""
    lines = ["Mix plate,Mix well,Condition,Plate,Wells,Each (uL)"]
    groups: dict[tuple[str, str, str, str], list[Transfer]] = {}
    for each in spread:
        groups.setdefault((each.source_plate, each.source_well, each.condition, each.plate), []).append(each)
    for (mix, well, condition, plate), own in groups.items():
        wells = " ".join(each.well for each in own)
        lines.append(f"{mix},{well},{condition},{plate},{wells},{own[0].volume / 1000:g}")
    return "\r\n".join(lines) + "\r\n"


def _too_large(condition: str, volume: float, source: SourcePlate) -> Problem:
    return Problem(
        "mix-too-large",
        f"a mix of {volume_words(volume)} for {condition}",
        f"at most {volume_words(source.full)}, what a well of {source.name} holds",
        "Take fewer replicates or control wells, a smaller volume, or write premix = false.",
        place="plate.premix",
    )
