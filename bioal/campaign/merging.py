"""From a returned file to a record: read, checked against its round, given ids, and written down.

What the bench made otherwise gets ids here: an added condition, an added sample, a sample whose condition was
another than planned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from bioal.campaign.bench import benched, known_of
from bioal.campaign.bodies import Correction, ResultsBody, Source
from bioal.campaign.records import Record
from bioal.campaign.skipping import sound_part
from bioal.campaign.state import State
from bioal.campaign.tables import table_of, written
from bioal.campaign.verifying import unknown_head
from bioal.errors import Problem, Refused
from bioal.measurements.cells import Returned
from bioal.measurements.checking import Checked, check
from bioal.measurements.checking_round import rounds_named
from bioal.measurements.readings import without_unsaid
from bioal.sheets.names import KEY_ROUND


@dataclass(frozen=True)
class Merged:
    """What a merge recorded; `new` is False where everything was known already and nothing was written.

    `changed` counts wells that were made otherwise than planned, `added` wells beside the plan.
    """

    new: bool
    round: int | None
    record: int | None
    readings: int
    unchanged: int
    corrections: pd.DataFrame
    warnings: tuple[str, ...]
    skipped: tuple[Problem, ...]
    changed: int = 0
    added: int = 0


def checked_file(
    state: State,
    returned: Returned,
    *,
    accept: frozenset[str],
    into: int | None,
    orientation: Sequence[str] = (),
) -> Checked:
    """Return what a returned file says that is new, or every problem that keeps it from being merged."""
    number = _number(returned, into)
    proposed = state.rounds.get(number) if number is not None else None
    version = state.versions[proposed.version if proposed else -1]
    lost = unknown_head(state, returned.manifest, returned.file)
    if lost is not None:
        raise Refused(lost)
    return check(
        returned,
        version.protocol,
        {number: one.round for number, one in state.rounds.items()},
        state.readings,
        campaign=state.id,
        accept=accept,
        into=into,
        known=None if proposed is None else known_of(proposed, version.protocol.plate),
        orientation=orientation,
    )


def merged(
    state: State, returned: Returned, checked: Checked, *, accept: frozenset[str], skip_bad: bool
) -> tuple[ResultsBody | None, tuple[Problem, ...]]:
    """Return the record of a checked file, None where nothing is new, and the problems that were skipped.

    Raises
    ------
    Refused
        With every problem, unless what is sound was asked for and can be told from what is not.
    """
    skipped = checked.problems
    if skipped:
        judged = returned if checked.oriented is None else checked.oriented.returned
        checked = sound_part(state, judged, checked) if skip_bad else _refuse(checked)
    if checked.nothing_new or checked.round is None:
        return None, skipped
    bench, keys = benched(state, checked)
    added = checked.added_readings.assign(sample=checked.added_readings["sample"].map(keys))
    readings = pd.concat([checked.readings, added], ignore_index=True) if len(added) else checked.readings
    numbered = without_unsaid(readings).set_axis(range(1, len(readings) + 1))
    body = ResultsBody(
        source=Source(file=written(returned.file), sha256=returned.sha256, content=returned.content),
        readings=table_of(numbered, "reading"),
        corrections=_corrections(checked.corrections),
        bench={} if bench is None else {str(checked.round): bench},
        details={str(checked.round): {plate: dict(said) for plate, said in checked.details.items()}},
        notes={written(sample): written(note) for sample, note in checked.notes.items()},
        accepted=sorted(accept),
        skipped=[written(str(problem)) for problem in skipped],
        orientation=_orientation(checked),
    )
    return body, skipped


def merge_of(
    checked: Checked,
    body: ResultsBody | None,
    skipped: tuple[Problem, ...],
    record: Record | None,
    noticed: tuple[str, ...] = (),
) -> Merged:
    """Return what was merged, for the person who asked; `noticed` is what the readings say of the plates."""
    made = () if body is None else tuple(body.bench.values())
    return Merged(
        new=body is not None,
        round=checked.round,
        record=None if record is None else record.number,
        readings=0 if body is None else len(body.readings.rows),
        unchanged=checked.unchanged,
        corrections=checked.corrections,
        warnings=(*checked.warnings, *noticed),
        skipped=skipped,
        changed=sum(len(one.made) for one in made),
        added=sum(len(one.samples.rows) for one in made),
    )


def _refuse(checked: Checked) -> Checked:
    raise Refused(checked.problems)


def _number(returned: Returned, into: int | None) -> int | None:
    stated = returned.manifest.get(KEY_ROUND, "").strip()
    if stated.isascii() and stated.isdigit():
        return int(stated)
    named = rounds_named(returned)
    return into if into is not None else min(named, default=None)


def _orientation(checked: Checked) -> dict[str, dict[str, dict[str, str]]]:
    """Return how a person said that plates were read: round -> plate -> readout -> way."""
    said: dict[str, dict[str, str]] = {}
    for (plate, readout), way in ({} if checked.oriented is None else checked.oriented.ways).items():
        said.setdefault(plate, {})[readout] = way
    return {str(checked.round): said} if said else {}


def _corrections(table: pd.DataFrame) -> list[Correction]:
    columns = ("sample", "readout", "old", "new")
    rows = table[list(columns)].astype(str).itertuples(index=False, name=None) if len(table) else ()
    return [Correction(**dict(zip(columns, row, strict=True))) for row in rows]
