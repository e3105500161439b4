"""A quota of each round: at least so many conditions with one level, so that what is rare is seen too."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np

from bioal.acquisition.candidates import Codes
from bioal.errors import UsageError
from bioal.evidence import Bools
from bioal.protocol.protocol import Protocol

FORM = re.compile(r"\s*(?P<factor>.+?)\s*=\s*(?P<level>.+?)\s*:\s*(?P<count>\d+)\s*")
SAYS = 'Write FACTOR=LEVEL:COUNT, such as "plasmid=weak:4".'


@dataclass(frozen=True)
class Quota:
    """At least `count` conditions whose factor in a column of codes has a code."""

    factor: str
    level: str
    count: int
    column: int
    code: int

    def holds(self, codes: Codes) -> Bools:
        """Return which rows of codes (m, columns) have the level, (m,)."""
        return np.asarray(codes[:, self.column] == self.code)


def quotas_of(protocol: Protocol, words: Sequence[str]) -> tuple[Quota, ...]:
    """Return the quotas that texts such as `plasmid=weak:4` say.

    Raises
    ------
    UsageError
        Where a text has another form, names no factor or level, or a factor that whole plates share.
    """
    return tuple(_quota(protocol, text) for text in words)


def _quota(protocol: Protocol, text: str) -> Quota:
    match = FORM.fullmatch(text)
    if match is None or int(match["count"]) < 1:
        raise UsageError(f"'{text}' is no quota. {SAYS}")
    names, name = list(protocol.space.names), match["factor"]
    if name not in names:
        near = get_close_matches(name, names, n=1)
        meant = f" Did you mean '{near[0]}'?" if near else ""
        raise UsageError(f"The quota '{text}' names no factor.{meant} Factors: {', '.join(names)}.")
    if name in protocol.space.plate_factors:
        raise UsageError(f"There is no quota of {name}: a whole plate has one level of it.")
    factor = protocol.factor(name)
    code = factor.code(match["level"])
    if code is None or code < 0:
        levels = ", ".join(factor.text(factor.value(one)) for one in range(min(factor.size, 20)))
        raise UsageError(f"{name} has no level '{match['level']}'. It has: {levels}.")
    level = factor.text(factor.value(code))
    return Quota(name, level, int(match["count"]), names.index(name), code)
