"""The file of finished runs: gone on from with the same options, refused with others, written whole or not.

Beside `runs.csv` lies `runs.csv.options.json`, which says what the runs are of. Settings and seeds are no
options: a file grows by them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from bioal import __version__
from bioal.backtest.finished import Finished
from bioal.backtest.replay import COLUMNS, Course
from bioal.errors import Problem, Refused
from bioal.sheets.tables import write_table

SCHEMA = "bioal-backtest-2"
COUNTS = ("seed", "round", "measured")
REMEDY = "Name another --out, or use the same options."
Options = Mapping[str, object]


def options_of(pool: Finished, course: Course) -> Options:
    """Return what two runs must have in common to be compared."""
    return {
        "schema": SCHEMA,
        "bioal": __version__,
        "table": pool.digest,
        "objective": pool.heading,
        "batch": course.batch,
        "rounds": course.rounds,
        "first": course.first,
        "judge": course.judge,
    }


def kept_runs(path: Path, options: Options) -> pd.DataFrame:
    """Return the finished runs in a file, none where there is no file yet; the options are noted beside it.

    Raises
    ------
    Refused
        Where the file is of something else, or of other options.
    """
    beside = _beside(path)
    if not path.exists():
        temporary = beside.with_name(f".{beside.name}.tmp")
        temporary.write_text(json.dumps(options, indent=2) + "\n", encoding="utf-8", newline="\n")
        temporary.replace(beside)
        return pd.DataFrame(columns=list(COLUMNS))
    _require_same(path, _noted(path), options)
    table = _table(path)
    whole = table.groupby(["setting", "seed"])["round"].transform("size") == int(str(options["rounds"])) + 1
    return table[whole]


def keep_runs(path: Path, runs: pd.DataFrame) -> None:
    """Write the finished runs, whole or not at all."""
    write_table(path, runs)


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.options.json")


def _noted(path: Path) -> Options:
    try:
        noted = json.loads(_beside(path).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        noted = None
    if isinstance(noted, dict):
        return noted
    found, expected = (
        f"no '{_beside(path).name}' that can be read",
        "a file of runs with its options beside it",
    )
    raise Refused(Problem("runs-unknown", found, expected, "Name another --out.", file=path.name))


def _require_same(path: Path, noted: Options, options: Options) -> None:
    problems = [
        Problem(
            "runs-differ", f"runs with {name} {noted.get(name)}", f"{name} {value}", REMEDY, file=path.name
        )
        for name, value in options.items()
        if noted.get(name) != value
    ]
    if problems:
        raise Refused(problems)


def _table(path: Path) -> pd.DataFrame:
    try:
        texts = pd.read_csv(path, encoding="utf-8", dtype=str, keep_default_na=False)
    except ValueError as error:  # what pandas raises of a text that is no table derives from it
        raise Refused(_damaged(path, "a text that is no table")) from error
    if tuple(texts.columns) != COLUMNS:
        raise Refused(_damaged(path, f"the columns {', '.join(map(str, texts.columns))}"))
    try:
        # Without a judge there is no error of predictions.
        texts["rmse"] = texts["rmse"].replace("", "nan")
        table = texts.astype(dict.fromkeys(COLUMNS[1:], float))
        return table.astype(dict.fromkeys(COUNTS, int))
    except ValueError as error:
        raise Refused(_damaged(path, "cells that were edited or lost")) from error


def _damaged(path: Path, found: str) -> Problem:
    expected = f"the columns {', '.join(COLUMNS)} as they were written"
    return Problem("runs-damaged", found, expected, "Name another --out.", file=path.name)
