"""Samples for an instrument that answers later: `samples`."""

from __future__ import annotations

from pathlib import Path

import click

from bioal.cli.answer import NOTHING_NEW, Answer
from bioal.cli.commands import command, opened, require_table, round_in


@command(
    "samples",
    example="bioal samples R02 --readout titre --output queue.csv",
    short="List the samples of a ROUND that still lack a readout.",
)
@click.argument("round_name", metavar="ROUND")
@click.option("--readout", metavar="NAME", help="What is to be measured, where the protocol has several.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A .csv or .xlsx file to write.",
)
def samples(folder: Path, round_name: str, readout: str | None, output: Path | None) -> Answer:
    """List the samples of a ROUND that still lack a readout, for an instrument's queue.

    Return the table with a column of values (and Dilution, where samples were diluted): bioal merge FILE.
    """
    table = opened(folder).samples(round_in(round_name, "A round is named R02"), readout)
    if not len(table):
        return Answer({"samples": []}, ("Every sample has this readout already.",), exit_code=NOTHING_NEW)
    if output is None:
        lines = str(table.to_csv(index=False, lineterminator="\n")).splitlines()
        return Answer({"samples": table.to_dict("records")}, tuple(lines))
    require_table(output)
    from bioal.sheets.tables import write_table

    write_table(output, table)
    said = f"Wrote {output}: {len(table)} samples. Keep the columns Sample and Key when it comes back."
    return Answer({"samples": len(table), "output": output}, (said,))


COMMANDS = (samples,)
