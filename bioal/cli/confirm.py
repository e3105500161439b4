"""`bioal confirm`: the best conditions once more, beside the reference."""

from __future__ import annotations

from pathlib import Path

import click

from bioal.cli.answer import Answer
from bioal.cli.commands import command, opened
from bioal.cli.propose import NEXT, REPLACE, proposed_answer


@command(
    "confirm",
    example="bioal confirm --best 3 --replicates 6",
    short="Plan a round that makes the best again, beside the reference.",
)
@click.option("--best", type=int, default=3, show_default=True, metavar="N", help="How many of the best.")
@click.option(
    "--replicates", type=int, default=6, show_default=True, metavar="N", help="How many wells of each."
)
@NEXT
@REPLACE
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed, other wells.")
def confirm(folder: Path, best: int, replicates: int, seed: int, **asked: bool) -> Answer:
    """Plan a round that makes the best conditions again, beside the reference.

    After its merge, status and report quote how many times the reference each gives, with a 90 % interval
    from these wells alone.
    """
    campaign = opened(folder)
    proposal = campaign.confirm(best, replicates, seed=seed, **asked)
    click.echo(proposal.count.words(), err=True)
    return proposed_answer(proposal, folder)


COMMANDS = (confirm,)
