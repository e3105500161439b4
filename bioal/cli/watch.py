"""`bioal watch`: the loop by itself, between an inbox and an outbox."""

from __future__ import annotations

import time
from pathlib import Path

import click

from bioal.cli.answer import DONE, FAULT, REFUSED, Answer
from bioal.cli.bench import ACCEPT
from bioal.cli.commands import advice, command, opened
from bioal.cli.propose import PER_COST, SEED
from bioal.cli.watching import no_longer_waiting

FOLDER = click.Path(path_type=Path, file_okay=False)


@command(
    "watch",
    example="bioal watch inbox --outbox outbox --conditions 24\nbioal watch inbox --once",
    short="Merge what appears in INBOX and propose the next round.",
)
@click.argument("inbox", type=FOLDER)
@click.option(
    "--outbox", type=FOLDER, metavar="DIR", help="Where workbooks of new rounds go; 'outbox' beside INBOX."
)
@click.option("--once", is_flag=True, help="Look at everything once and end.")
@click.option("--rounds", type=int, metavar="N", help="End when N rounds were proposed and measured.")
@click.option("--seconds", type=float, metavar="S", help="End after this time.")
@click.option(
    "--every", type=float, default=10.0, show_default=True, metavar="S", help="Seconds between two looks."
)
@click.option("--conditions", type=int, metavar="N", help="How many different conditions in a round.")
@click.option("--wells", type=int, metavar="N", help="How many wells in a round, controls included.")
@click.option(
    "--partial", is_flag=True, help="Propose when each condition has a value, though samples are to come."
)
@PER_COST
@SEED
@ACCEPT
@click.option("--skip-bad", is_flag=True, help="Take what is sound of a file and record what was left out.")
def watch(
    folder: Path,
    inbox: Path,
    outbox: Path | None,
    accept: tuple[str, ...],
    skip_bad: bool,
    partial: bool,
    **said: object,
) -> Answer:
    """Merge what appears in INBOX, propose the next round, and so on until the protocol says stop.

    The next round waits for all samples of the last one; a status such as 'missing' says that one will not
    come. A merged file moves to INBOX/done; why a file was refused is written beside it, and it is read again
    when it changes. A reader's file names its plate: 'R02 plate-1.csv'. Ctrl-C ends it; the same command goes
    on.
    """
    from bioal.campaign.watched_folders import folders_of
    from bioal.campaign.watching import Bounds, Watcher

    bounds = Bounds(**{name: said.pop(name) for name in ("once", "rounds", "seconds", "every")})  # type: ignore[arg-type]
    campaign = opened(folder)
    comes, goes = folders_of(campaign, inbox, outbox or inbox.absolute().parent / "outbox")
    no_longer_waiting()
    ended = Watcher(campaign, comes, goes, bounds, said, accept, skip_bad, _say, partial).run()
    result = {
        "why": ended.why,
        "words": ended.words,
        "merged": list(ended.merged),
        "refused": list(ended.refused),
        "delivered": list(ended.delivered),
        "faults": sorted(set(ended.faults)),
        "inbox": comes.folder,
        "outbox": goes.folder,
    }
    next_ = f"Next: {advice(campaign.status().next, folder)}"
    lines = (ended.words, next_) if ended.why == "stopped" else (ended.words,)
    code = REFUSED if bounds.once and ended.refused else DONE
    return Answer(result, lines, exit_code=FAULT if ended.faults else code)


def _say(words: str) -> None:
    from bioal.campaign.files import sayable

    click.echo(f"{time.strftime('%H:%M:%S')} {sayable(words)}", err=True)


COMMANDS = (watch,)
