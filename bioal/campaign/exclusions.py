"""What a person points at when wells must not count: `R02 plate-1 A1:C6`, `R02-C017`, `R02-S0004`, `R02`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

import pandas as pd

from bioal.campaign.bodies import ExclusionBody
from bioal.campaign.state import State
from bioal.errors import NothingNew, Problem, Refused
from bioal.plates.wells import wells_in
from bioal.protocol.headings import normalised
from bioal.protocol.plate import VESSELS

_ROUND = re.compile(r"R(\d{1,4})", re.IGNORECASE)
_ID = re.compile(r"[RH]\d+-\w+", re.IGNORECASE)
_PLATE = re.compile(r"plate-\d+", re.IGNORECASE)


def samples_meant(where: str, samples: pd.DataFrame, sizes: Mapping[int, int]) -> list[str]:
    """Return the ids of the samples that a phrase names.

    Parameters
    ----------
    where
        Rounds, plates, wells and areas, each kind narrowing the one before; or ids of samples and conditions,
        perhaps with a round.
    samples
        All samples: index sample id, columns round, condition, plate, well.
    sizes
        Wells of a plate in each round.

    Raises
    ------
    Refused
        When a word means nothing here, or nothing is left.
    """
    words = _sorted_words(where, samples)
    left = _in_rounds(words, samples, where)
    if words.ids:
        left = left[left.index.isin(words.ids) | left["condition"].isin(words.ids)]
    else:
        left = _in_wells(words, _on_plates(words, left, where), where, sizes)
    if left.empty or not where.strip():
        _refuse(where, "no well of this campaign", "a round, a plate, wells: R02 plate-1 A1:C6")
    return list(map(str, left.index))


def exclusion(where: str, reason: str, state: State) -> ExclusionBody:
    """Return the record that lets the samples of a phrase no longer count; NothingNew where none counts."""
    sizes = {number: one.round.size for number, one in state.rounds.items()}
    samples = samples_meant(where, state.samples, sizes)
    if set(samples) <= set(state.excluded):
        raise NothingNew(f"{where} is excluded already.")
    return ExclusionBody(where=where, samples=samples, reason=reason)


@dataclass(frozen=True)
class _Words:
    rounds: tuple[int, ...]
    plates: tuple[str, ...]
    ids: tuple[str, ...]
    areas: tuple[str, ...]


def _sorted_words(where: str, samples: pd.DataFrame) -> _Words:
    words = where.replace(",", " ").split()
    rounds = tuple(int(match[1]) for word in words if (match := _ROUND.fullmatch(word)))
    plates = tuple(word.casefold() for word in words if _PLATE.fullmatch(word))
    others = [word for word in words if not _ROUND.fullmatch(word) and not _PLATE.fullmatch(word)]
    known = {*samples.index, *samples["condition"]}
    ids = tuple(word for word in others if word in known)
    areas = tuple(word for word in others if word not in known)
    if strange := [word for word in areas if _ID.fullmatch(word)]:
        found = f"{strange[0]}, which is no sample or condition of this campaign"
        _refuse(where, found, "an id from the run list")
    if ids and (areas or plates):
        _refuse(
            where, f"{' '.join((*plates, *areas))!r} beside ids", "ids alone, or a round, a plate and wells"
        )
    return _Words(rounds, plates, ids, areas)


def _in_rounds(words: _Words, samples: pd.DataFrame, where: str) -> pd.DataFrame:
    rounds = sorted(samples["round"].unique())
    unknown = [number for number in words.rounds if number not in rounds]
    if unknown:
        expected = " or ".join(f"R{number:02d}" for number in rounds) or "a round; there is none yet"
        _refuse(where, f"R{unknown[0]:02d}", expected)
    if not words.rounds and not words.ids and len(rounds) > 1:
        _refuse(where, "no round", "the round first: R02 plate-1 A1:C6")
    return samples[samples["round"].isin(words.rounds)] if words.rounds else samples


def _on_plates(words: _Words, left: pd.DataFrame, where: str) -> pd.DataFrame:
    plates = list(dict.fromkeys(left["plate"]))
    unknown = [plate for plate in words.plates if plate not in plates]
    if unknown:
        _refuse(where, unknown[0], " or ".join(plates))
    if words.areas and not words.plates and len(plates) > 1:
        _refuse(
            where, f"{words.areas[0]!r} without a plate", f"the plate before the wells: {' or '.join(plates)}"
        )
    return left[left["plate"].isin(words.plates)] if words.plates else left


def _in_wells(words: _Words, left: pd.DataFrame, where: str, sizes: Mapping[int, int]) -> pd.DataFrame:
    if not words.areas or left.empty:
        return left
    size = sizes[int(left["round"].iloc[0])]
    if size == VESSELS:
        return _in_vessels(words.areas, left, where)
    try:
        wells = {well for area in words.areas for well in wells_in(area, size)}
    except ValueError:
        found = f"{' '.join(words.areas)!r}, no well or area of a plate with {size} wells"
        _refuse(where, found, "wells such as A1 or A1:C6, or an id such as R02-C017")
    return left[left["well"].isin(wells)]


def _in_vessels(words: Sequence[str], left: pd.DataFrame, where: str) -> pd.DataFrame:
    """Return the samples in the vessels that these words name; a name may be several words long."""
    vessels = left["well"].map(lambda well: normalised(str(well)))
    named = {normalised(word) for word in words} | {normalised(" ".join(words))}
    unknown = [word for word in words if normalised(word) not in set(vessels)]
    if unknown and normalised(" ".join(words)) not in set(vessels):
        _refuse(where, repr(unknown[0]), f"one of {', '.join(map(str, left['well']))}")
    return left[vessels.isin(named)]


def _refuse(where: str, found: str, expected: str) -> NoReturn:
    remedy = "Name a round, then a plate, then wells; or ids from the run list."
    raise Refused(Problem("nothing-meant", found, expected, remedy, place=f"'{where}'"))
