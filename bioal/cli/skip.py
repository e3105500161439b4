"""`bioal skip`: what is predicted so surely that it need not be measured."""

from __future__ import annotations

from pathlib import Path

import click

from bioal.cli.answer import Answer
from bioal.cli.commands import command, opened, require_table
from bioal.cli.look import headed


@command(
    "skip",
    example="bioal skip --error 0.1\nbioal skip --tolerance 50 --record --output predicted.csv",
    short="List what is predicted surely enough not to be measured.",
)
@click.option(
    "--error", type=float, default=0.1, show_default=True, metavar="SHARE", help="How many may be wrong."
)
@click.option(
    "--tolerance", type=float, metavar="X", help="How far a number may be from its prediction, in its unit."
)
@click.option("--record", is_flag=True, help="Mark them as predicted: they are not proposed any more.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A .csv or .xlsx file to write them into.",
)
def skip(folder: Path, error: float, tolerance: float | None, record: bool, output: Path | None) -> Answer:
    """List what is predicted surely enough not to be measured.

    It rests on checks: conditions drawn by lot ('bioal propose --checks N'), from which the predictions do
    not learn. With too few checks nothing is skipped. What is predicted is never mixed with what is measured.
    """
    from bioal.sheets.tables import write_table

    if output is not None:
        require_table(output)
    campaign = opened(folder)
    found = campaign.skip(error, tolerance, record=record)
    lines = [found.words()]
    if record:
        lines.append("They are marked as predicted; 'bioal undo' takes it back.")
    if output is not None:
        write_table(output, headed(found.conditions, campaign.protocol))
        lines.append(f"Wrote {output}.")
    rest = found.found
    result = {
        "skipped": len(found.conditions),
        "of": found.left,
        "threshold": rest.threshold,
        "checked": rest.checked,
        "wrong": rest.wrong,
        "bound": rest.bound,
        "recorded": record,
        "output": output,
    }
    return Answer(result, tuple(lines))


COMMANDS = (skip,)
