"""`bioal ask`: what a person wants measured, or distrusts, comes first in the next plate."""

from __future__ import annotations

from pathlib import Path

import click

from bioal.cli.answer import Answer
from bioal.cli.commands import FILE, advice, command, opened


@command("ask", example='bioal ask ideas.csv\nbioal ask --distrust R02-C017 --reason "far above its like"')
@click.argument("file", type=FILE, required=False)
@click.option("--distrust", multiple=True, metavar="ID", help="A measured condition to measure again.")
@click.option("--reason", default="", metavar="TEXT", help="Why; it is recorded.")
@click.option(
    "--wider-than",
    type=float,
    metavar="NUMBER",
    help="Only those of FILE whose prediction has a wider 90 % interval.",
)
@click.option("--list", "listing", is_flag=True, help="List what waits, and ask for nothing.")
def ask(
    folder: Path,
    file: Path | None,
    *,
    distrust: tuple[str, ...],
    reason: str,
    wider_than: float | None,
    listing: bool,
) -> Answer:
    """Put the conditions in FILE first into the next plate.

    FILE is a CSV or workbook with a column for each factor. A condition that was measured already is
    measured again. A value may lie between levels of the protocol, and is made so. 'bioal undo' takes it
    back.
    """
    from bioal.campaign.between import between_levels

    campaign = opened(folder)
    asked = 0
    if not listing:
        body = campaign.ask(file, distrusted=distrust, reason=reason, wider_than=wider_than)
        asked = len(body.conditions.rows) + len(body.again)
    waiting = campaign.asked
    rows = waiting.astype(object).where(waiting.notna(), None).to_dict("records")
    between = between_levels(campaign.protocol, waiting)
    result = {"asked": asked, "waiting": rows, "notes": list(between)}
    headings = {factor.name: factor.heading for factor in campaign.protocol.factors}
    table = waiting.rename(columns=headings)
    lines = str(table.to_csv(index=False, float_format="%.6g", lineterminator="\n")).splitlines()
    said = "1 condition waits" if len(waiting) == 1 else f"{len(waiting)} conditions wait"
    notes = [f"{said} for the next plate.", *between]
    if campaign.state.open_round is not None and len(waiting):
        again = advice("bioal propose --replace", folder)
        notes.append(f"Round {campaign.state.open_round} is open already: '{again}' takes them into it.")
    return Answer(result, tuple(lines) if len(waiting) else (), tuple(notes))


COMMANDS = (ask,)
