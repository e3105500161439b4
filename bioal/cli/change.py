"""Changing one's mind: another version of the protocol, wells that must not count, a step taken back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from bioal.cli.answer import Answer
from bioal.cli.commands import FILE, advice, command, opened


@command("amend", example="bioal amend protocol.toml")
@click.argument("file", type=FILE)
def amend(folder: Path, file: Path) -> Answer:
    """Put the protocol in FILE in force, between rounds.

    Says what it changes and which of the measured conditions still count.
    """
    campaign = opened(folder)
    amended = campaign.amend(file)
    lost = (f"No longer count: {', '.join(amended.lost)}",) if amended.lost else ()
    changes = [f"  {change}" for change in amended.changes]
    lines = ("The protocol was amended:", *changes, f"{amended.words()}.", *lost)
    result = {"changes": amended.changes, "counting": amended.counting, "lost": amended.lost}
    return Answer(result, (*lines, f"Next: {advice(campaign.status().next, folder)}"))


@command("exclude", example="bioal exclude R02 plate-1 A1:C6 --reason contaminated")
@click.argument("where", nargs=-1, required=True)
@click.option("--reason", required=True, metavar="TEXT", help="Why; it is recorded.")
def exclude(folder: Path, where: tuple[str, ...], reason: str) -> Answer:
    """Let merged wells no longer count.

    WHERE is a round, plate and wells, or the id of a sample or condition. 'bioal undo' takes it back.
    """
    samples = opened(folder).exclude(" ".join(where), reason)
    said = "1 well no longer counts" if len(samples) == 1 else f"{len(samples)} wells no longer count"
    return Answer({"samples": samples, "reason": reason}, (f"{said}: {_shortened(samples)}",))


@command("undo", example="bioal undo\nbioal undo --list\nbioal undo 7 --reason 'wrong plate'")
@click.argument("record", type=int, required=False)
@click.option("--reason", default="", metavar="TEXT", help="Why; it is recorded.")
@click.option("--list", "listing", is_flag=True, help="List all steps with their numbers, and undo none.")
def undo(folder: Path, record: int | None, reason: str, listing: bool) -> Answer:
    """Take back the latest step, or the RECORD of this number.

    The step stays on file, as undone. --list says which steps there are.
    """
    from bioal.campaign.steps import steps_of, words_of

    campaign = opened(folder)
    if listing:
        steps = steps_of(campaign.state)
        return Answer({"steps": [asdict(step) for step in steps]}, tuple(map(str, steps)))
    undone = campaign.undo(record, reason)
    result = {"record": undone.number, "kind": undone.kind, "time": undone.time}
    lines = (f"Undone: step {undone.number}, {words_of(undone.body)}.",)
    return Answer(result, (*lines, f"Next: {advice(campaign.status().next, folder)}"))


def _shortened(samples: tuple[str, ...]) -> str:
    return ", ".join(samples) if len(samples) <= 8 else f"{', '.join(samples[:6])}, ... {samples[-1]}"


COMMANDS = (amend, exclude, undo)
