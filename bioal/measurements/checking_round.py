"""Which campaign and round a returned file belongs to: asked first, because ids repeat between campaigns.

Every campaign has a sample R01-S0001. So a file of another campaign is refused as a whole, with one problem,
before a single row is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from bioal.errors import Problem
from bioal.measurements.cells import Cell, Returned
from bioal.measurements.numbers import plain
from bioal.plates.columns import SAMPLE
from bioal.plates.rounds import Round
from bioal.protocol.headings import normalised

KEY_CAMPAIGN, KEY_ROUND, KEY_SCHEMA, KEY_NAME = "campaign", "round", "schema", "name"
KNOWN_SCHEMA = "bioal-round-1"
ID = re.compile(r"R(\d{2,})-S\d{4,}", re.IGNORECASE | re.ASCII)


def round_of(
    returned: Returned, rounds: Mapping[int, Round], campaign: str, into: int | None
) -> tuple[Round | None, tuple[Problem, ...]]:
    """Return the round that a file belongs to, or the problems that keep it from being merged at all.

    Parameters
    ----------
    into
        The round that the person named, if any.
    """
    problem = _manifest_problem(returned, campaign)
    if problem is not None:
        return None, (problem,)
    stated = _stated(returned)
    named = {stated} if stated is not None else rounds_named(returned)
    if not named:
        remedy = "Return the run list of a round, with its sample ids."
        return None, (_whole(returned, "samples-missing", "no sample id", "ids such as R01-S0001", remedy),)
    if len(named) > 1:
        found = "samples of rounds " + " and ".join(map(str, sorted(named)))
        remedy = "Return one file for each round."
        return None, (_whole(returned, "rounds-mixed", found, "samples of one round", remedy),)
    return _one(returned, rounds, named.pop(), into)


def _one(
    returned: Returned, rounds: Mapping[int, Round], number: int, into: int | None
) -> tuple[Round | None, tuple[Problem, ...]]:
    if into is not None and number != into:
        remedy = f"Return the workbook of round {into}, or merge this one as round {number}."
        return None, (_whole(returned, "round-other", f"a file of round {number}", f"round {into}", remedy),)
    if number not in rounds:
        known = ", ".join(map(str, sorted(rounds))) or "none yet"
        remedy = "Check that this is the right campaign; a replaced or undone round cannot be merged."
        expected = f"one of the campaign's rounds ({known})"
        return None, (_whole(returned, "round-unknown", f"a file of round {number}", expected, remedy),)
    return rounds[number], ()


def _whole(returned: Returned, code: str, found: str, expected: str, remedy: str) -> Problem:
    return Problem(code, found, expected, remedy, file=returned.file)


def _manifest_problem(returned: Returned, campaign: str) -> Problem | None:
    manifest = returned.manifest
    if manifest.get(KEY_CAMPAIGN, campaign) != campaign:
        name = manifest.get(KEY_NAME) or manifest[KEY_CAMPAIGN]
        remedy = "Merge it in the folder of its own campaign."
        return _whole(
            returned,
            "campaign-other",
            f"a workbook of another campaign ('{name}')",
            "this campaign's",
            remedy,
        )
    schema = manifest.get(KEY_SCHEMA, KNOWN_SCHEMA)
    if schema != KNOWN_SCHEMA:
        remedy = "Use the version of bioal that wrote it, or a later one."
        return _whole(returned, "schema-unknown", f"a workbook of the form '{schema}'", KNOWN_SCHEMA, remedy)
    return None


def _stated(returned: Returned) -> int | None:
    text = returned.manifest.get(KEY_ROUND, "").strip()
    return int(text) if text.isascii() and text.isdigit() else None


def rounds_named(returned: Returned) -> set[int]:
    """Return the rounds that the sample ids of a run list name."""
    if returned.runs is None:
        return set()
    ids = (ID.fullmatch(id_text(cell)) for row in returned.runs.rows for cell in _sample_cells(row))
    return {int(match[1]) for match in ids if match is not None}


def _sample_cells(row: Mapping[str, Cell]) -> list[Cell]:
    return [cell for heading, cell in row.items() if normalised(heading) == normalised(SAMPLE)]


def id_text(cell: Cell) -> str:
    """Return a cell's text as ids are compared: plain spaces removed, capitals.

    >>> id_text(Cell(" r01-s0001 ", "text"))
    'R01-S0001'
    """
    return plain(str(cell.value)).upper() if cell.kind == "text" else ""
