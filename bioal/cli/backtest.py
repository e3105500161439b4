"""`bioal backtest`: replay a finished table, or the virtual laboratory, through settings."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bioal.cli.answer import Answer
from bioal.cli.commands import FILE, command
from bioal.cli.estimating import say, seconds_of_backtest
from bioal.cli.propose import ACQUISITIONS, MODELS
from bioal.cli.watching import no_longer_waiting
from bioal.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from bioal.backtest.finished import Finished
    from bioal.backtest.replay import Course, Setting
    from bioal.backtest.summary import Summary
    from bioal.protocol.protocol import Protocol

LAB = "lab"
LIKE_YIELD = "yield"


@dataclass(frozen=True)
class Source:
    """Which table, and how it is to be read."""

    table: str
    protocol: str | None
    objective: str | None
    factors: str | None
    direction: str
    by_hand: str | None = None


@command(
    "backtest",
    campaign=False,
    example="bioal backtest finished.csv --batch 12 --rounds 4 --seeds 10\n"
    "bioal backtest finished.csv --models auto,gp --out runs.csv --plot runs.png",
)
@click.argument("table")
@click.option("--protocol", type=FILE, metavar="FILE", help="The protocol whose factors the table has.")
@click.option("--objective", metavar="NAMES", help="The yield's column; several are replicates.  [yield]")
@click.option("--factors", metavar="NAMES", help="The columns that were varied; all others by default.")
@click.option(
    "--direction",
    type=click.Choice(["maximize", "minimize"]),
    default="maximize",
    show_default=True,
    help="What is wanted of the yield.",
)
@click.option("--models", default="auto", show_default=True, metavar="NAMES", help=f"Of {MODELS}.")
@click.option(
    "--acquisitions",
    "--strategies",
    default="focused improvement",
    show_default=True,
    metavar="NAMES",
    help=f"Of {ACQUISITIONS}; or all; or put together as for 'bioal propose'. Random is always among them.",
)
@click.option(
    "--judge",
    default="",
    metavar="MODEL",
    help="Also tell how well this model, having learnt what was measured, predicts the whole table (rmse).",
)
@click.option("--batch", type=click.IntRange(1), default=24, show_default=True, help="Conditions per round.")
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True, help="After the first.")
@click.option("--seeds", type=click.IntRange(1), default=20, show_default=True, help="Runs per setting.")
@click.option(
    "--first",
    type=click.Choice(["random", "true"]),
    default="random",
    show_default=True,
    help="The first batch: random, or the lowest of the table's column 'round'.",
)
@click.option(
    "--by-hand",
    metavar="COLUMN",
    help="Replay a person's own order too: a column of numbers, such as 'round', lowest first.",
)
@click.option("--jobs", type=click.IntRange(1), help="Processes; all cores by default.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.csv",
    help="Keep all runs here, and go on from those that are there.",
)
@click.option(
    "--plot",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.png",
    help="Draw the best by round; needs matplotlib.",
)
def backtest(
    table: str, seeds: int, jobs: int | None, out: Path | None, plot: Path | None, **asked: str
) -> Answer:
    """Replay a finished TABLE to see which setting finds its best first.

    TABLE is a CSV or workbook with a column for each factor and one for the yield, or 'lab' for the
    virtual laboratory. Names are separated by commas. With --out, finished runs are kept and a later call
    goes on from them.
    """
    from bioal.backtest.replay import BY_HAND, Course, Setting, require_room, settings_of
    from bioal.backtest.summary import summary

    settings = settings_of(_names(asked["models"]), _strategies(asked["acquisitions"]))
    _require_outputs(out, plot)
    if asked["by_hand"]:
        settings = (*settings, Setting("", BY_HAND))
    told = ("protocol", "objective", "factors", "direction", "by_hand")
    pool = _pool(Source(table, *(asked[name] for name in told)))
    wanted = Course(*(asked[name] for name in ("batch", "rounds", "first", "judge")))  # type: ignore[arg-type]
    require_room(pool, wanted)
    runs = _runs(pool, settings, wanted, seeds=seeds, jobs=jobs or -1, out=out)
    these = runs["setting"].isin([setting.name for setting in settings]) & (runs["seed"] < seeds)
    found = summary(runs[these], pool)
    if plot is not None:
        _draw(found, pool, plot)
    return _answer(found, pool, tuple(path for path in (out, plot) if path is not None))


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _strategies(text: str) -> list[str]:
    """Return strategies separated by commas; a share at random belongs to the one before it.

    >>> _strategies("bald, margin, 20 % random, entropy x core-set")
    ['bald', 'margin, 20 % random', 'entropy x core-set']
    """
    return [name.strip() for name in re.split(r",(?!\s*[\d.]+\s*%)", text) if name.strip()]


def _require_outputs(out: Path | None, plot: Path | None) -> None:
    if out is not None and out.suffix.lower() != ".csv":
        raise UsageError(f"--out names a .csv file, not '{out}'.")
    if plot is not None:
        from bioal.backtest.plot import require_plots

        require_plots(plot)


def _pool(source: Source) -> Finished:
    if source.table == LAB:
        if source != Source(LAB, None, None, None, "maximize"):
            raise UsageError(
                "The virtual lab has its own protocol: leave out "
                "--protocol, --objective, --factors, --direction and --by-hand."
            )
        from bioal.backtest.laboratory import laboratory

        return laboratory()
    path = Path(FILE.convert(source.table, None, None))
    from bioal.backtest.finished import finished
    from bioal.sheets.finished import read_finished
    from bioal.sheets.protocol_returned import protocol_from_path

    plan = None if source.protocol is None else protocol_from_path(source.protocol)
    if plan is not None and (source.factors is not None or source.direction == "minimize"):
        raise UsageError("A protocol states its factors and direction: leave out --factors and --direction.")
    objectives = _objectives(source, plan)
    table = read_finished(path, objectives)
    factors = None if source.factors is None else _names(source.factors)
    return finished(
        table,
        objectives,
        factors=factors,
        direction=source.direction,  # type: ignore[arg-type]
        plan=plan,
        by_hand=source.by_hand,
    )


def _objectives(source: Source, plan: Protocol | None) -> list[str]:
    named = _names(source.objective or "")
    return named or [LIKE_YIELD if plan is None else plan.readout.heading]


def _runs(
    pool: Finished, settings: Sequence[Setting], course: Course, *, seeds: int, jobs: int, out: Path | None
) -> pd.DataFrame:
    """Return all runs, those in the file first; the file grows with each that is finished."""
    from bioal.backtest.kept import keep_runs, kept_runs, options_of
    from bioal.backtest.runs import backtest as run

    done = None if out is None else kept_runs(out, options_of(pool, course))
    proposals = sum(setting.name != "random" for setting in settings) * seeds * course.rounds
    cores = jobs if jobs > 0 else os.cpu_count() or 1
    say(seconds_of_backtest(proposals, course.batch * (course.rounds + 1) / 2, cores))
    no_longer_waiting()
    with _progress(len(settings) * seeds) as told:

        def keep(runs: pd.DataFrame) -> None:
            told(runs.groupby(["setting", "seed"]).ngroups)
            if out is not None:
                keep_runs(out, runs)

        return run(pool, settings, course, seeds, jobs=jobs, done=done, keep=keep)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """Show a bar on standard error with the time that is left; nothing where nobody watches."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        # A disabled bar is not silent: the oldest rich ends it with an empty line.
        yield lambda finished: None
        return
    columns = (TextColumn("Runs"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("Runs", total=total)
        yield lambda finished: bar.update(task, completed=finished)


def _draw(found: Summary, pool: Finished, path: Path) -> None:
    from bioal.backtest.plot import plot

    possible = float(pool.truth[pool.top[0]])
    plot(found.by_round, path, heading=pool.heading, possible=possible)


def _answer(found: Summary, pool: Finished, files: Sequence[Path]) -> Answer:
    possible = float(pool.truth[pool.top[0]])
    noise = (
        "noise drawn from the replicates" if len(pool.errors) else "no replicates that differ, so no noise"
    )
    result = {
        "conditions": len(pool),
        "objective": pool.heading,
        "best_possible": possible,
        "by_round": found.by_round.to_dict("records"),
        "to_reach": found.to_reach.to_dict("records"),
        "against_random": found.against_random.to_dict("records"),
        "against_hand": found.against_hand.to_dict("records"),
        "files": list(files),
    }
    lines = [
        f"{len(pool)} conditions; best {pool.heading}: {possible:.4g}; {noise}.",
        "Best so far, mean over seeds with 90 % interval; regret (0 best, 1 median); share of the best 1 %;"
        " error of the judge's predictions:",
        *_table(found.by_round),
        "Conditions measured until that share of the best was found, median; how many seeds found it:",
        *_table(found.to_reach),
        "Better than random, paired by seed: final best, and regret and rmse over the rounds, with 90 %"
        " intervals:",
        *_table(found.against_random),
        *_by_hand(found),
        *(f"Wrote {path}" for path in files),
    ]
    return Answer(result, tuple(lines))


def _by_hand(found: Summary) -> list[str]:
    if found.against_hand.empty:
        return []
    return ["Better than by hand, in the same way:", *_table(found.against_hand)]


def _table(table: pd.DataFrame) -> list[str]:
    if table.empty:
        return ["  (random alone)"]
    text = table.to_string(index=False, float_format=lambda value: f"{value:.4g}", na_rep="-")
    return [f"  {line}" for line in text.splitlines()]


COMMANDS = (backtest,)
