"""`bioal demo`: a whole campaign against a virtual laboratory, through real workbooks on disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bioal.cli.answer import Answer
from bioal.cli.commands import command
from bioal.cli.estimating import say, seconds_of_demo
from bioal.cli.watching import no_longer_waiting
from bioal.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bioal.cli.playing import Outcome

FOLDER = "bioal-demo"
MOST_ROUNDS = 12


@command("demo", campaign=False, example="bioal demo")
@click.option(
    "--folder", type=click.Path(path_type=Path), help=f"A new folder to play in; {FOLDER} by default."
)
@click.option(
    "--rounds", type=click.IntRange(1, MOST_ROUNDS), default=4, show_default=True, help="Plates to play."
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Another seed, another lab."
)
def demo(folder: Path | None, rounds: int, seed: int) -> Answer:
    """Play a campaign against a virtual cell-free lab.

    Nothing is needed: bioal proposes plates, the lab fills in the workbooks; in the end you see what was
    found, beside the truth and a space-filling design with the same wells.
    """
    from bioal.cli.playing import play

    chosen = _new_folder(folder)
    say(seconds_of_demo(rounds))
    no_longer_waiting()
    with _progress(rounds) as told:
        outcome = play(chosen, rounds=rounds, seed=seed, tell=told)
    return Answer(_result(outcome), tuple(_words(outcome)))


def _new_folder(asked: Path | None) -> Path:
    """Return the folder asked for, or the first free one."""
    if asked is not None:
        if asked.exists() and (not asked.is_dir() or any(asked.iterdir())):
            raise UsageError(f"{asked} is not empty. Name a new folder, or leave --folder out.")
        return asked
    names = [FOLDER, *(f"{FOLDER}-{number}" for number in range(2, 1000))]
    return next(Path(name) for name in names if not Path(name).exists())


class _progress:  # noqa: N801  reads as the function that it stands for
    """A progress bar on standard error, as a function to tell a step to; silent where nobody watches."""

    def __init__(self, rounds: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        console = Console(stderr=True)
        columns = (TextColumn("{task.description:42}"), BarColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task = self._bar.add_task("Beginning a campaign", total=3 * rounds + 2)

    def __enter__(self) -> Callable[[str], None]:
        self._bar.start()
        return self._tell

    def __exit__(self, *_: object) -> None:
        # The oldest rich ends a disabled bar with an empty line.
        if not self._bar.disable:
            self._bar.stop()

    def _tell(self, step: str) -> None:
        self._bar.update(self._task, description=step, advance=1)


def _result(outcome: Outcome) -> dict[str, object]:
    return {
        "folder": outcome.folder,
        "rounds": outcome.rounds,
        "wells": outcome.wells,
        "condition": outcome.best.condition,
        "factors": dict(outcome.best.factors),
        "mean": outcome.best.mean,
        "low": outcome.best.low,
        "high": outcome.best.high,
        "truth": outcome.truth,
        "space_filling_truth": outcome.filling_truth,
        "best_possible": outcome.possible,
        "conditions_possible": outcome.size,
        "files": outcome.files,
    }


def _words(outcome: Outcome) -> list[str]:
    best, unit = outcome.best, outcome.best.unit
    interval = f"90 % interval {best.low:.2f} to {best.high:.2f}"
    what = f"{outcome.rounds} rounds, {outcome.wells} wells, of {outcome.size:,} possible conditions"
    share = outcome.truth / outcome.possible
    return [
        f"What was found ({what}):",
        f"  {best.condition}: {best.readout} {best.mean:.2f} {unit}, {interval}",
        *(f"      {heading}: {value}" for heading, value in best.factors.items()),
        f"  Its true value, which only the virtual lab knows: {outcome.truth:.2f} {unit},",
        f"  {share:.0%} of what the best of all conditions has ({outcome.possible:.2f} {unit}).",
        f"  The best of a space-filling design with the same wells: {outcome.filling_truth:.2f} {unit}.",
        "Open these to see how it went:",
        *(f"  {path}" for path in outcome.files),
        f"Go on: bioal status --campaign {outcome.folder}",
    ]


COMMANDS = (demo,)
