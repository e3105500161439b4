"""A returned table in which a column of an instrument stands for a readout of the protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bioal.errors import Problem, Refused
from bioal.measurements.cells import Cell, Returned, ReturnedTable
from bioal.protocol.headings import normalised
from bioal.sheets.returned import content_digest


def renamed(returned: Returned, column: str, heading: str) -> Returned:
    """Return a file whose column stands under a readout's heading.

    Raises
    ------
    Refused
        Where it has no such column, or one under that heading already.
    """
    table = returned.runs or ReturnedTable({}, ())
    named = [one for one in table.headings if normalised(one) == normalised(column)]
    if not named:
        expected = "one of " + ", ".join(f"'{one}'" for one in table.headings)
        remedy = "Name the column as it stands there."
        raise Refused(
            Problem("channel-unknown", f"no column '{column}'", expected, remedy, file=returned.file)
        )
    taken = [one for one in table.headings if normalised(one) == normalised(heading) and one != named[0]]
    if taken:
        remedy = "Leave --channel away, or rename one of the columns."
        found = f"a column '{taken[0]}' beside '{named[0]}'"
        raise Refused(
            Problem("channel-ambiguous", found, f"one column for {heading}", remedy, file=returned.file)
        )
    runs = ReturnedTable(
        _under(table.headings, named[0], heading),
        tuple(_under(row, named[0], heading) for row in table.rows),
    )
    read = replace(returned, runs=runs)
    return replace(read, content=content_digest(read))


def _under(row: Mapping[str, Cell], old: str, new: str) -> dict[str, Cell]:
    return {(new if one == old else one): cell for one, cell in row.items()}
