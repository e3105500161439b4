"""`bioal report`: the figures of a campaign as files to look at, print, mail or go on with."""

from __future__ import annotations

from pathlib import Path

import click

from bioal.cli.answer import Answer
from bioal.cli.commands import command, opened, quoted


@command("report", example="bioal report\nbioal report --figures png")
@click.option(
    "--figures",
    type=click.Choice(["png", "svg"]),
    help="Also write each figure as a file (extra plots).",
)
def report(folder: Path, figures: str | None) -> Answer:
    """Write the latest round as one HTML file and a workbook.

    What was tried, what is known and how surely, why each well was chosen, and whether another plate is
    worth it. The HTML file needs no network, can be mailed and printed; reports/report.xlsx has the same
    figures as charts over their numbers.
    """
    from bioal.cli.estimating import say, seconds_of_report
    from bioal.cli.watching import watched
    from bioal.report.plotting import require_matplotlib

    if figures is not None:
        require_matplotlib()
    campaign = opened(folder)
    say(seconds_of_report(len(campaign.conditions)))
    with watched() as tell:
        path, workbook = campaign.report(progress=tell), campaign.report_workbook(progress=tell)
        drawn = campaign.report_figures("svg" if figures == "svg" else "png", tell) if figures else ()
    lines = [f"Wrote {quoted(path)}. Open it in a browser.", f"Wrote {quoted(workbook)}: the same as charts."]
    lines += [f"Wrote {len(drawn)} figures into {quoted(drawn[0].parent)}."] if drawn else []
    return Answer({"report": path, "workbook": workbook, "figures": list(drawn)}, tuple(lines))


COMMANDS = (report,)
