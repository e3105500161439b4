"""Measure what a space-filling first batch is worth beside a random one: best, regret after it, and RMSE.

    python -m benchmarks.first_designs --data FOLDER [--seeds 20] [--truth trees,gp] [--out runs.csv]

FOLDER holds the tables; --tables names some of them. The virtual laboratory is 4,000 random conditions, read
with its errors. An emulator is a model of a whole table, extra trees or a Gaussian process, taken as the
truth and read without error, over all combinations of the table's levels, or 4,000 random ones where there
are more. A run draws a first batch of either kind and goes on for three rounds with bioal's own proposals.

Figures are paired by seed: both designs choose from the same conditions and read the same errors. Regret is 0
at the best of the conditions and 1 at their median; the RMSE, in units of the truth's sd, is over the
conditions that the first batch left out. A difference is space-filling less random, so less than 0 is better.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import ExtraTreesRegressor

from benchmarks.runs import Key, completed, mean_and_error
from bioal.acquisition.candidates import Listed
from bioal.backtest.finished import Finished, finished
from bioal.backtest.laboratory import laboratory
from bioal.engine import Batch, Settings, choose
from bioal.evidence import Floats, Ints
from bioal.measurements.tabled import tabled
from bioal.models.fitting import fit

LAB = "virtual laboratory"
DESIGNS = {"space-filling": "focused improvement", "random": "random"}
FIGURES = ("first regret", "later regret", "rmse")
MOST, ROUNDS = 4000, 3
NAMES = ["truth", "table", "seed", "design"]


def emulator(table: pd.DataFrame, truth: str) -> Finished:
    """Return a table's combinations of levels with the yields that a model of the table foretells."""
    whole, space = finished(table), tabled(table, "yield").space
    rng = np.random.default_rng(0)
    few = space.size <= MOST
    codes = space.block(0, space.places) if few else space.sample(MOST, rng)
    points = space.points(codes)
    foretold = _foretold(whole, points, truth)
    size = len(points)
    return replace(
        whole,
        points=points,
        truth=foretold,
        counts=np.ones(size, np.intp),
        sd=np.zeros(size),
        errors=np.empty(0),
        first=np.zeros(size, bool),
    )


def _foretold(whole: Finished, points: Floats, truth: str) -> Floats:
    rng = np.random.default_rng(0)
    if truth == "gp":
        every = np.arange(len(whole))
        return fit(whole.evidence(whole.readings(rng), every), "gp", rng).mean(points)
    forest = ExtraTreesRegressor(300, min_samples_leaf=2, random_state=0).fit(whole.points, whole.truth)
    return np.asarray(forest.predict(points), float)


def first_batch(pool: Finished, design: str, batch: int, seed: int) -> Ints:
    """Return the conditions that a design starts with."""
    none = np.empty((0, 1), np.intp)
    settings = Settings(batch, acquisition=DESIGNS[design])
    rng = np.random.default_rng([seed, 1])
    chosen = choose(None, Listed(pool.points), settings, rng, taken=none, pending=pool.points[:0])
    return np.asarray(chosen.codes[:, 0], np.intp)


def run_of(pool: Finished, design: str, batch: int, model: str, seed: int) -> pd.DataFrame:
    """Return the three figures of one run, in a table of one row."""
    readings = pool.readings(np.random.default_rng([seed, 0]))
    measured = first_batch(pool, design, batch, seed)
    regrets, rmse = [regret(pool, measured)], np.nan
    for number in range(1, ROUNDS + 1):
        chosen: Batch = choose(
            pool.evidence(readings, measured),
            Listed(pool.points),
            Settings(batch, model),
            np.random.default_rng([seed, 2, number]),
            taken=measured[:, None],
            pending=pool.points[:0],
        )
        if number == 1 and chosen.model is not None:
            missed = np.delete(pool.truth - chosen.model.mean(pool.points), measured)
            rmse = float(np.sqrt(np.mean(missed**2)) / pool.truth.std())
        measured = np.append(measured, chosen.codes[:, 0])
        regrets.append(regret(pool, measured))
    return pd.DataFrame([dict(zip(FIGURES, (regrets[0], np.mean(regrets[1:]), rmse), strict=True))])


def regret(pool: Finished, measured: Ints) -> float:
    """Return how far the best measured condition is from the best of all, 1 being the median's distance."""
    best = float(pool.utility.max())
    return float((best - pool.utility[measured].max()) / (best - np.median(pool.utility)))


def compared(runs: pd.DataFrame, figure: str) -> tuple[str, float]:
    """Return what a figure comes to in one problem, in words, and the mean difference of the designs."""
    wide = runs.pivot_table(figure, "seed", "design").dropna()
    filled, drawn = (wide[design].to_numpy(float) for design in DESIGNS)
    middle, error = mean_and_error(filled - drawn)
    said = f"{filled.mean():13.3f} {drawn.mean():7.3f}   {middle:+.3f} +- {error:.3f}   {len(wide)} seeds"
    return said, middle


def report(runs: pd.DataFrame) -> str:
    """Return each figure per problem, and the difference over problems, with standard errors."""
    said = []
    for figure in FIGURES:
        said.append(f"\n{figure:36s} space-filling  random   difference")
        middles = []
        for name, part in runs.groupby(runs["table"] + ", " + runs["truth"], sort=False):
            words, middle = compared(part, figure)
            said.append(f"{name!s:36s} {words}")
            middles.append(middle)
        middle, error = mean_and_error(np.array(middles, np.float64))
        said.append(
            f"{f'mean of {len(middles)} (error over them)':36s} {'':21s}   {middle:+.3f} +- {error:.3f}"
        )
    return "\n".join(said)


def options() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder of the tables")
    parser.add_argument("--tables", help="separated by commas; all of the folder if left out")
    parser.add_argument("--truth", default="trees,gp", help="what emulates a table: trees, gp or both")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--model", default="auto")
    parser.add_argument(
        "--out", type=Path, help="a CSV file for the runs of one batch and model, gone on from"
    )
    return parser.parse_args()


def main() -> None:
    """Do the runs that are not kept yet, and print what all come to."""
    asked = options()
    tables = (
        asked.tables.split(",") if asked.tables else sorted(path.stem for path in asked.data.glob("*.csv"))
    )
    problems = [("lab", LAB), *((truth, table) for truth in asked.truth.split(",") for table in tables)]

    @cache
    def pool_of(truth: str, table: str) -> Finished:
        if truth == "lab":
            return laboratory(MOST)
        return emulator(pd.read_csv(asked.data / f"{table}.csv"), truth)

    def run(key: Key) -> pd.DataFrame:
        truth, table, seed, design = key
        return run_of(pool_of(str(truth), str(table)), str(design), asked.batch, asked.model, int(seed))

    keys = [
        (*problem, seed, design) for seed in range(asked.seeds) for problem in problems for design in DESIGNS
    ]
    print(report(completed(asked.out, NAMES, keys, run)))


if __name__ == "__main__":
    main()
