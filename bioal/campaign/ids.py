"""Which ids have been given away: each is given once, though its record may be undone or replaced."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bioal.campaign.bodies import Body, Plain, ProposalBody, ResultsBody, VetoBody

_ID = re.compile(r"R(\d+)-([CSX])(\d+)")


def highest(bodies: Iterable[Body], number: int, letter: str) -> int:
    """Return the highest number that ids of a round ever had: C conditions, S samples, X added."""
    return max((_number(text, number, letter) for body in bodies for text in _ids(body)), default=0)


def _ids(body: Body) -> Iterable[str]:
    """Return every id that a record gave away."""
    found: list[list[Plain]] = []
    if isinstance(body, ProposalBody):
        found = [*body.conditions.rows, *body.samples.rows]
    elif isinstance(body, VetoBody):
        found = [*body.conditions.rows]
    elif isinstance(body, ResultsBody):
        found = [
            row for bench in body.bench.values() for row in (*bench.conditions.rows, *bench.samples.rows)
        ]
    return (str(row[0]) for row in found)


def _number(text: str, number: int, letter: str) -> int:
    match = _ID.fullmatch(text)
    return int(match[3]) if match and int(match[1]) == number and match[2] == letter else 0
