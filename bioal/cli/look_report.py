"""`bioal report`: the figures of a campaign as one file to look at, print or mail."""

from __future__ import annotations

from pathlib import Path

from bioal.cli.answer import Answer
from bioal.cli.commands import command, opened, quoted


@command("report", example="bioal report")
def report(folder: Path) -> Answer:
    """Write the figures of the latest round as one HTML file.

    What was tried, what is known and how surely, why each well was chosen, and whether another plate is
    worth it. The file needs no network, can be mailed and printed.
    """
    from bioal.cli.estimating import say, seconds_of_report
    from bioal.cli.watching import watched

    campaign = opened(folder)
    say(seconds_of_report(len(campaign.conditions)))
    with watched() as tell:
        path = campaign.report(progress=tell)
    return Answer({"report": path}, (f"Wrote {quoted(path)}. Open it in a browser.",))


COMMANDS = (report,)
