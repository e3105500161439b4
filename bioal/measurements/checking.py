"""Whether a returned file can be merged: every question asked in turn, every problem collected.

Which campaign and round? Which sample is each row? Is its condition the planned one? What does each cell
say? What of it is new? Rows are matched by sample id and by their condition, never by position; a file is
merged whole or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from bioal.errors import Problem, UsageError
from bioal.measurements.cells import Cell, Returned
from bioal.measurements.checking_added import added_table
from bioal.measurements.checking_conditions import Change, changes_table, new_changes
from bioal.measurements.checking_file import AddedPart, File, Known, Listed, added_in, details_in, listed_in
from bioal.measurements.checking_news import News, correction_problems, news, unnamed_problems
from bioal.measurements.checking_order import equal_words, sorted_problems
from bioal.measurements.checking_orientation import Told, misread_problems
from bioal.measurements.checking_round import round_of
from bioal.measurements.checking_scale import range_problems, scale_problems
from bioal.measurements.orienting import Oriented, oriented
from bioal.measurements.readings import Reading, readings_of, readings_table
from bioal.plates.rounds import Round
from bioal.protocol.protocol import Protocol

__all__ = ["ACCEPTABLE", "CORRECTION_COLUMNS", "Checked", "Known", "check"]

ACCEPTABLE = ("corrections", "actuals", "scale", "range", "ids")
CORRECTION_COLUMNS = ("sample", "readout", "old", "new", "cell")


@dataclass(frozen=True)
class Checked:
    """What a returned file says, and why it cannot be merged if it cannot.

    Parameters
    ----------
    round
        The number of the round that it belongs to; None where that is not known.
    readings
        What is to be recorded: new readings, and corrections that were accepted; `READING_COLUMNS`.
    corrections
        Accepted corrections, old and new in words; `CORRECTION_COLUMNS`.
    actuals
        Accepted changes of planned conditions; columns sample, factor, planned, actual, cell.
    added
        New samples of conditions that the scientist added. Index: key, which stands for the sample in
        `added_readings` until it gets an id; columns: factor names, plate, well, note.
    details
        What is new of the plates: plate name -> field -> text.
    notes
        Sample id -> note, as typed.
    unchanged
        How many readings were known already.
    oriented
        The file as it was judged, its values put back as a person said that they were read.
    """

    round: int | None
    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]
    readings: pd.DataFrame
    corrections: pd.DataFrame
    actuals: pd.DataFrame
    added: pd.DataFrame
    added_readings: pd.DataFrame
    details: Mapping[str, Mapping[str, str]]
    notes: Mapping[str, str]
    unchanged: int = 0
    oriented: Oriented | None = None

    @property
    def nothing_new(self) -> bool:
        """Return whether the file can be merged and would change nothing."""
        tables = (self.readings, self.actuals, self.added)
        return not self.problems and not self.details and not any(map(len, tables))


def check(  # noqa: PLR0913 - what came back, what it is compared with, what the person said of it
    returned: Returned,
    protocol: Protocol,
    rounds: Mapping[int, Round],
    readings: pd.DataFrame,
    *,
    campaign: str,
    accept: frozenset[str] = frozenset(),
    into: int | None = None,
    known: Known | None = None,
    orientation: Sequence[str] = (),
) -> Checked:
    """Return what a file says that is new, or every problem that keeps it from being merged.

    Parameters
    ----------
    protocol
        The protocol that the round was proposed under.
    rounds, readings
        All rounds as planned; the latest reading of each sample and readout.
    campaign
        The campaign's id.
    accept
        What the person accepts on purpose, of `ACCEPTABLE`.
    into
        The round that the person named, if any.
    known
        What earlier files said of the round besides readings.
    orientation
        How plates were read, in the words of `oriented`.

    Raises
    ------
    UsageError
        For a word in `accept` that is none of `ACCEPTABLE`, or one in `orientation` that says nothing.
    """
    if unknown := set(accept) - set(ACCEPTABLE):
        raise UsageError(f"Cannot accept {', '.join(sorted(unknown))}; choose from {', '.join(ACCEPTABLE)}.")
    round_, problems = round_of(returned, rounds, campaign, into)
    if round_ is None:
        return _nothing(returned, problems)
    turned = oriented(returned, orientation, round_, protocol.readouts)
    file = File(turned.returned, protocol, rounds, round_, known or Known(), campaign)
    return _answered(file, turned, readings_of(readings), frozenset(accept))


def _nothing(returned: Returned, problems: tuple[Problem, ...]) -> Checked:
    none = pd.DataFrame()
    empty = readings_table(())
    return Checked(None, problems, returned.warnings, empty, none, none, none, empty, {}, {})


def _answered(
    file: File, turned: Oriented, earlier: tuple[Reading, ...], accept: frozenset[str]
) -> Checked:
    listed, added = listed_in(file), added_in(file)
    details, unreadable = details_in(file)
    changes, unplanned = _changes(file, listed, accept)
    fresh = {row.key for row in added.rows}
    known_readings = (
        *listed.values.readings,
        *(one for one in added.values.readings if one.sample not in fresh),
    )
    found = news(known_readings, earlier)
    cells = {**listed.values.cells, **added.values.cells}
    unlike = () if "actuals" in accept else added.off_plate
    unlike += () if "ids" in accept else listed.unwitnessed
    problems = (*turned.problems, *listed.problems, *unplanned, *added.problems, *unlike, *unreadable)
    own = tuple(reading for reading in added.values.readings if reading.sample in fresh)
    problems += _doubts(file, replace(found, new=(*found.new, *own)), earlier, cells, accept)
    problems += _misread(file, turned, listed, found, earlier)
    problems += _emptiness(file, listed, added, bool(details), problems)
    changed = found.changed if "corrections" in accept else ()
    alike = equal_words(found.new, file.protocol.readouts)
    return Checked(
        round=file.round.number,
        problems=problems,
        warnings=(*file.returned.warnings, *turned.warnings, *listed.warnings, *added.warnings, *alike),
        readings=readings_table((*found.new, *(new for _, new in changed))),
        corrections=_corrections(changed),
        actuals=changes_table(changes),
        added=added_table(added.rows, file.protocol.factors),
        added_readings=readings_table(own),
        details=details,
        notes=listed.notes,
        unchanged=found.same,
        oriented=turned,
    )


def _changes(
    file: File, listed: Listed, accept: frozenset[str]
) -> tuple[tuple[Change, ...], tuple[Problem, ...]]:
    """Return what was made otherwise, where that is accepted, and a problem for each change that is not."""
    # What a vessel reached is asked for in every row; that it is not the setpoint is no surprise.
    achieved = file.round.in_vessels
    return new_changes(
        listed.changes,
        file.known.made,
        accepted=lambda change: "actuals" in accept or (achieved and not change.edited),
    )


def _doubts(
    file: File,
    found: News,
    earlier: tuple[Reading, ...],
    cells: Mapping[tuple[str, str], Cell],
    accept: frozenset[str],
) -> tuple[Problem, ...]:
    """Return what is questioned of the new values, unless the person accepts it."""
    new = (*found.new, *(changed for _, changed in found.changed))
    problems = unnamed_problems(found.new, earlier, cells)
    if "corrections" not in accept:
        problems += correction_problems(found.changed, cells)
    if "range" not in accept:
        problems += range_problems(new, file.protocol.readouts, cells)
    if "scale" not in accept:
        problems += _scale(file, new, earlier)
    return problems


def _misread(
    file: File, turned: Oriented, listed: Listed, found: News, earlier: tuple[Reading, ...]
) -> tuple[Problem, ...]:
    """Return a problem for each plate whose values fit another way of reading it much better."""
    made = {str(sample) for sample in file.known.made.index} | {change.sample for change in listed.changes}
    new = (*found.new, *(changed for _, changed in found.changed))
    told, readouts = Told(listed.values.readings, new, earlier), file.protocol.readouts
    pasted = any(cell.kind != "blank" for grid in turned.returned.grids for cell in grid.wells.values())
    by_rows = () if pasted else listed.values.readings
    alone = sorted_problems(turned.returned.file, by_rows, turned.ways, file.round, readouts)
    return (*alone, *misread_problems(turned, told, file.round, readouts, made=frozenset(made)))


def _scale(file: File, new: tuple[Reading, ...], earlier: tuple[Reading, ...]) -> tuple[Problem, ...]:
    jumps = scale_problems(new, earlier, file.protocol, file.rounds, file.round.number)
    remedy = "Check gain, dilution and unit; if it is real, accept it with --accept scale."
    return tuple(
        Problem("scale-jump", found, expected, remedy, file=file.returned.file, place=f"readout {name}")
        for name, found, expected in jumps
    )


def _emptiness(
    file: File, listed: Listed, added: AddedPart, details: bool, problems: tuple[Problem, ...]
) -> tuple[Problem, ...]:
    if listed.values.readings or listed.changes or added.rows or added.values.readings or details or problems:
        return ()
    headings = " or ".join(readout.heading for readout in file.protocol.readouts)
    # They may stand on a copy of the run list, or under a heading that is not known.
    seen = (*file.returned.warnings, *listed.warnings)
    remedy = " ".join((f"Type the values under {headings}, save the file and return it again.", *seen))
    return (Problem("nothing-to-merge", "no values", "at least one value", remedy, file=file.returned.file),)


def _corrections(changed: tuple[tuple[Reading, Reading], ...]) -> pd.DataFrame:
    rows = [(new.sample, new.readout, old.words, new.words, new.cell) for old, new in changed]
    return pd.DataFrame(rows, columns=list(CORRECTION_COLUMNS), dtype=object)
