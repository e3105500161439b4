"""Old data: a mapping sheet for somebody's table, every row as used or left out, and a record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bioal.cli.answer import Answer
from bioal.cli.commands import FILE, advice, command, opened
from bioal.errors import UsageError

if TYPE_CHECKING:
    from bioal.campaign.history import OldData


@command(
    "history",
    short="Learn from old data in FILE.",
    example="bioal history thesis.csv\nbioal history thesis.csv --mapping 'thesis (mapping).xlsx'\n"
    "bioal history thesis.csv --mapping 'thesis (mapping).xlsx' --merge",
)
@click.argument("file", type=FILE)
@click.option("--mapping", type=FILE, metavar="FILE", help="The mapping sheet, filled in.")
@click.option("--sheet", metavar="NAME", help="The sheet with the table, where there are several.")
@click.option("--merge", is_flag=True, help="Record the rows that can be used.")
def history(folder: Path, file: Path, mapping: Path | None, sheet: str | None, merge: bool) -> Answer:
    """Learn from old data in FILE: first map its columns, then look, then record.

    Old data teach with an offset and a noise of their own. Rows outside the ranges teach, too; they are
    not proposed.
    """
    campaign = opened(folder)
    if mapping is None:
        if merge:
            raise UsageError("--merge needs the mapping sheet, filled in: --mapping FILE.")
        return _mapping_written(folder, file, sheet)
    if not merge:
        return _listed(campaign.history(file, mapping, sheet=sheet), folder, file, mapping, sheet)
    body = campaign.merge_history(file, mapping, sheet=sheet)
    count = f"{len(body.samples.rows)} rows with {len(body.conditions.rows)} conditions"
    said = f"Source H{body.number:02d}, '{body.name}': {count} recorded, {len(body.left_out)} rows left out."
    result = {
        "source": body.number,
        "name": body.name,
        "rows": len(body.samples.rows),
        "conditions": len(body.conditions.rows),
        "left_out": body.left_out,
    }
    return Answer(result, (said, f"Next: {advice(campaign.status().next, folder)}"))


def _mapping_written(folder: Path, file: Path, sheet: str | None) -> Answer:
    from bioal.sheets.history import read_old_table, write_mapping

    old = read_old_table(file, sheet)
    target = file.with_name(f"{file.stem} (mapping).xlsx")
    write_mapping(target, opened(folder).protocol, old)
    lines = (
        f"{len(old.table.rows)} rows under {len(old.table.headings)} headings. Mapping sheet: {target}",
        f"Fill it in, then: {_again(folder, file, target, sheet)}",
    )
    notes = tuple(f"Note: {warning}" for warning in old.warnings)
    return Answer({"mapping": target, "columns": list(old.table.headings)}, lines, notes)


def _listed(old: OldData, folder: Path, file: Path, mapping: Path, sheet: str | None) -> Answer:
    """Return every row as used or left out, and why."""
    used = [
        f"{row.row}: used" + (f"; outside {', '.join(row.outside)}, teaches only" if row.outside else "")
        for row in old.found.used
    ]
    left_out = [f"{row}: left out; {why}" for row, why in old.found.left_out.items()]
    counted = f"{len(used)} rows are used, {len(left_out)} left out."
    next_ = f"To record them: {_again(folder, file, mapping, sheet)} --merge"
    result = {
        "used": [row.row for row in old.found.used],
        "outside": {row.row: list(row.outside) for row in old.found.used if row.outside},
        "left_out": dict(old.found.left_out),
    }
    notes = tuple(f"Note: {warning}" for warning in old.table.warnings)
    return Answer(result, (*used, *left_out, counted, next_), notes)


def _again(folder: Path, file: Path, mapping: Path, sheet: str | None) -> str:
    named = f' --sheet "{sheet}"' if sheet else ""
    return f'{advice("bioal history", folder, file)} --mapping "{mapping}"{named}'


COMMANDS = (history,)
