"""Which column is which: headings of samples, factors, readouts and statuses, whatever their order.

A heading is recognised after Unicode normalisation, with or without its unit; with another unit it is
refused. Columns of a person's own are ignored, and named.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bioal.errors import Problem
from bioal.measurements.cells import Cell, ReturnedTable
from bioal.plates.columns import (
    NOTE,
    OPTIONAL_HEADINGS,
    OWN_HEADINGS,
    SAMPLE,
    STATUS,
    WELL,
    actual_heading,
    status_heading,
)
from bioal.protocol.factors import Factor
from bioal.protocol.headings import OPERATOR, VESSEL, normalised
from bioal.protocol.objective import Readout


@dataclass(frozen=True)
class Columns:
    """The headings, as they stand in the file, by what they hold; what is not there is left out.

    `own` are our words (Sample, Condition, Plate, Well, Replicate, Status, Note, Key, Dilution); the rest
    goes by the name of the factor or readout. `statuses` are columns `GFP [RFU] status`, for several
    readouts.
    """

    own: Mapping[str, str]
    factors: Mapping[str, str]
    actuals: Mapping[str, str]
    readouts: Mapping[str, str]
    statuses: Mapping[str, str]

    def cell(self, row: Mapping[str, Cell], word: str) -> Cell | None:
        """Return a row's cell of one of our own columns, None where there is none or it is blank."""
        cell = row.get(self.own.get(word, ""))
        return None if cell is None or cell.kind == "blank" else cell


@dataclass(frozen=True)
class _Search:
    """The headings of a table, and which of them have been recognised."""

    table: ReturnedTable
    named: Mapping[str, str]

    def exact(self, heading: str) -> str | None:
        return self.named.get(normalised(heading))

    def other_unit(self, name: str) -> str | None:
        """Return the heading of this name with any unit in brackets, square or round."""
        start = normalised(name)
        ends = ((f"{start} [", "]"), (f"{start} (", ")"))
        return next(
            (
                as_typed
                for key, as_typed in self.named.items()
                for first, last in ends
                if key.startswith(first) and key.endswith(last)
            ),
            None,
        )


def columns_of(
    table: ReturnedTable, factors: Sequence[Factor], readouts: Sequence[Readout]
) -> tuple[Columns, tuple[Problem, ...], tuple[str, ...]]:
    """Return the columns of a table, the problems with its headings, and warnings about what is ignored."""
    search = _Search(table, {normalised(heading): heading for heading in table.headings})
    things = {thing.name: thing for thing in (*factors, *readouts)}
    taken = {normalised(name) for thing in things.values() for name in (thing.name, thing.heading)}
    words = (*OWN_HEADINGS, *(word for word in OPTIONAL_HEADINGS if normalised(word) not in taken))
    own = {word: found for word in words if (found := search.exact(word)) is not None}
    # Elsewhere than in a round of vessels, this may be the name of a factor.
    if WELL not in own and VESSEL not in things and (vessel := search.exact(VESSEL)) is not None:
        own[WELL] = vessel
    seen = {name: _heading(search, thing) for name, thing in things.items()}
    columns = Columns(
        own=own,
        factors={factor.name: heading for factor in factors if (heading := seen[factor.name])},
        actuals=_suffixed(search, factors, actual_heading),
        readouts={readout.name: heading for readout in readouts if (heading := seen[readout.name])},
        statuses=_suffixed(search, readouts, status_heading),
    )
    problems = [
        _unit_problem(search, thing) if not seen[name] else _twice_problem(search, thing)
        for name, thing in things.items()
    ]
    ignored = _ignored(table, columns)
    return (
        columns,
        tuple(problem for problem in problems if problem is not None),
        _ignored_words(ignored, things),
    )


def _heading(search: _Search, thing: Factor | Readout) -> str | None:
    return search.exact(thing.heading) or search.exact(thing.name)


def _suffixed(search: _Search, things: Sequence[Factor | Readout], suffix: object) -> dict[str, str]:
    assert callable(suffix)
    found = {
        thing.name: search.exact(suffix(thing.heading)) or search.exact(suffix(thing.name))
        for thing in things
    }
    return {name: heading for name, heading in found.items() if heading is not None}


def _unit_problem(search: _Search, thing: Factor | Readout) -> Problem | None:
    other = search.other_unit(thing.name)
    if other is None:
        return None
    remedy = "Put the heading back; convert the values if they are in the other unit."
    return search.table.headings[other].problem("unit-changed", f"'{thing.heading}'", remedy)


def _twice_problem(search: _Search, thing: Factor | Readout) -> Problem | None:
    """Return a problem where a second column, with or without the unit, says something of the same thing."""
    first, second = search.exact(thing.heading), search.exact(thing.name)
    if first is None or second is None or first == second:
        return None
    if all(row[second].kind == "blank" for row in search.table.rows):
        return None
    remedy = "Keep one of the two, or give the other a name of its own."
    found = f"'{second}' beside '{first}'"
    return search.table.headings[second].problem("heading-twice", "one column of it", remedy, found=found)


def _ignored(table: ReturnedTable, columns: Columns) -> list[str]:
    parts = (columns.own, columns.factors, columns.actuals, columns.readouts, columns.statuses)
    known = {heading for part in parts for heading in part.values()}
    # What was predicted is written with its unit, and who makes a sample, for people only.
    return [
        heading
        for heading in table.headings
        if heading not in known
        and not normalised(heading).startswith(("predicted", "reason"))
        and normalised(heading) != normalised(OPERATOR)
    ]


def _ignored_words(ignored: Sequence[str], things: Mapping[str, Factor | Readout]) -> tuple[str, ...]:
    if not ignored:
        return ()
    names = {normalised(thing.heading): thing.heading for thing in things.values()}
    hints = {
        heading: difflib.get_close_matches(normalised(heading), names, n=1, cutoff=0.8) for heading in ignored
    }
    said = [
        f"'{heading}'" + (f" (meant '{names[hint[0]]}'?)" if hint else "") for heading, hint in hints.items()
    ]
    return (f"Columns that bioal does not know were ignored: {', '.join(said)}.",)


def missing_problems(
    file: str, columns: Columns, factors: Sequence[Factor], *, has_grids: bool
) -> tuple[Problem, ...]:
    """Return the problems of columns that must be there.

    Samples are matched by their id and by their condition: ids repeat between campaigns, and a replaced
    proposal has the same ids for other conditions.
    """
    missing = [factor.heading for factor in factors if factor.name not in columns.factors]
    problems = []
    if missing:
        remedy = "Keep the factor columns of the run list; they show that each row is what its id says."
        found = "no column " + ", ".join(f"'{heading}'" for heading in missing)
        problems.append(Problem("column-missing", found, "every factor's column", remedy, file=file))
    if not columns.readouts and not columns.statuses and STATUS not in columns.own and not has_grids:
        remedy = "Keep the heading of the readout as it was written."
        problems.append(
            Problem("readout-missing", "no column of a readout", "at least one", remedy, file=file)
        )
    return tuple(problems)


__all__ = ["NOTE", "SAMPLE", "STATUS", "Columns", "columns_of", "missing_problems"]
