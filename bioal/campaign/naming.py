"""A model's remarks in a campaign's words: models count factors and observations, people know their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_FACTORS = re.compile(r"\bFactors? (\d+(?:, \d+)*)")
_OBSERVATION = re.compile(r"\bObservation (\d+)")


def named(notes: Iterable[str], factors: Sequence[str], observations: Sequence[str]) -> tuple[str, ...]:
    """Return remarks with the names of factors and observations in the place of their numbers, from 1.

    >>> named(["Factors 1, 3 had the same value."], ["Mg", "K", "temperature"], [])
    ('Mg, temperature had the same value.',)
    >>> named(["Observation 2 (7.5) is 5 sd away."], [], ["C001 on plate-1", "C002 on plate-1"])
    ('C002 on plate-1 (7.5) is 5 sd away.',)
    """

    def of_factors(match: re.Match[str]) -> str:
        return ", ".join(factors[int(number) - 1] for number in match[1].split(", "))

    def of_observation(match: re.Match[str]) -> str:
        return observations[int(match[1]) - 1]

    return tuple(_OBSERVATION.sub(of_observation, _FACTORS.sub(of_factors, note)) for note in notes)
