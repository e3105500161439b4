"""All runs of a backtest: over processes, each finished one handed on at once, none done twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import joblib
import pandas as pd
from threadpoolctl import threadpool_limits

from bioal.backtest.finished import Finished
from bioal.backtest.replay import COLUMNS, Course, Setting, replay

Keep = Callable[[pd.DataFrame], None]
Task = tuple[Setting, int]


def backtest(
    pool: Finished,
    settings: Sequence[Setting],
    course: Course,
    seeds: int,
    *,
    jobs: int = 1,
    done: pd.DataFrame | None = None,
    keep: Keep | None = None,
) -> pd.DataFrame:
    """Return a row per setting, seed and round, in this order, whatever the number of processes.

    Parameters
    ----------
    jobs
        Processes; each does linear algebra on one thread. -1: as many as there are cores.
    done
        Runs that were finished before and are not done again; runs not asked for stay too.
    keep
        Told of all finished runs whenever another one is.
    """
    runs = [] if done is None else [run for _, run in done.groupby(["setting", "seed"], sort=False)]
    there = {(str(run["setting"].iloc[0]), int(run["seed"].iloc[0])) for run in runs}
    tasks = [
        (setting, seed) for seed in range(seeds) for setting in settings if (setting.name, seed) not in there
    ]
    for run in _finished(pool, tasks, course, jobs):
        runs.append(run)
        if keep is not None:
            keep(ordered(runs, settings))
    return ordered(runs, settings)


def ordered(runs: Sequence[pd.DataFrame], settings: Sequence[Setting]) -> pd.DataFrame:
    """Return runs as one table: settings as asked, then others, each by seed and round."""
    if not runs:
        return pd.DataFrame(columns=list(COLUMNS))
    place = {setting.name: number for number, setting in enumerate(settings)}
    table = pd.concat(runs, ignore_index=True)
    key = table["setting"].map(lambda name: place.get(name, len(place)))
    table = table.assign(place=key).sort_values(["place", "setting", "seed", "round"], kind="stable")
    return table.drop(columns="place").reset_index(drop=True)


def _finished(pool: Finished, tasks: Sequence[Task], course: Course, jobs: int) -> Iterator[pd.DataFrame]:
    """Yield each run when it is finished."""
    if jobs == 1 or len(tasks) < 2:
        with threadpool_limits(limits=1, user_api="blas"):
            for setting, seed in tasks:
                yield replay(pool, setting, course, seed)
        return
    with joblib.parallel_config("loky", inner_max_num_threads=1):
        parallel = joblib.Parallel(n_jobs=jobs, return_as="generator_unordered")
        yield from parallel(joblib.delayed(replay)(pool, setting, course, seed) for setting, seed in tasks)
