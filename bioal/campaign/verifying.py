"""Whether a campaign's files are whole: records, workbooks that grew from them, the protocol file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from bioal.campaign.replaying import replay
from bioal.campaign.state import State
from bioal.campaign.stores import begun_records, store_of
from bioal.campaign.workbooks import ROUNDS, protocol_problem
from bioal.errors import Problem, Refused
from bioal.sheets.names import KEY_CAMPAIGN, KEY_HEAD
from bioal.sheets.returned import read_returned


def problems_of(folder: Path) -> tuple[Problem, ...]:
    """Return everything that is wrong with a campaign's files, naming each."""
    problems = store_of(folder).problems()
    if problems:
        return problems
    state = replay(begun_records(folder))
    problem = protocol_problem(folder, state)
    return (*_lost_records(folder, state), *([problem] if problem is not None else []))


def _lost_records(folder: Path, state: State) -> Iterator[Problem]:
    for path in sorted((folder / ROUNDS).glob("round-*.xlsx")):
        # a workbook that cannot be read is the person's own business: `merge` says what is wrong with it
        with suppress(Refused):
            problem = unknown_head(state, read_returned(path).manifest, f"{ROUNDS}/{path.name}")
            if problem is not None:
                yield problem


def unknown_head(state: State, manifest: Mapping[str, str], file: str) -> Problem | None:
    """Return the problem of a workbook that grew from a record which is not here."""
    head = manifest.get(KEY_HEAD, "")
    ours = manifest.get(KEY_CAMPAIGN) == state.id
    if not ours or not head or head in {record.sha256 for record in state.records}:
        return None
    return Problem(
        "record-missing",
        f"a workbook that grew from record {head[:12]}..., which is not here",
        "a workbook of this campaign's own records",
        "Records are missing: find the newest copy of the campaign's folder, or a backup.",
        file=file,
    )
