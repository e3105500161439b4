"""Measure how fast the whole surface is learnt: area under the RMSE curve, relative to random wells.

    python -m benchmarks.surface --data FOLDER [--repeats 10] [--model gp] [--out runs.csv] [--isotropic]

FOLDER holds the tables. As in section E.3 of shared/reference/strategies.md: 20 random wells and 8 batches of
10 from 600 conditions of a table (one subsample for all repeats); the RMSE is over all 600, measured wells
counting as zero error, and its area is by the trapezoid rule over wells. Each repeat gives every strategy the
same first wells, so that areas are compared in pairs; an error is one standard error over repeats.

With --isotropic the surrogate of that section learns too: a Gaussian process with one length-scale, its
batches by average variance (ALC) and at random. Areas are then also set beside its random ones: a model that
learns more from random wells leaves its strategies less to gain on them.
"""

from __future__ import annotations

import argparse
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

from benchmarks.runs import Key, completed, mean_and_error
from bioal.acquisition.candidates import Listed
from bioal.backtest.finished import Finished, finished
from bioal.engine import Settings, choose
from bioal.evidence import Floats, Ints
from bioal.models.fitting import fit

TABLES = ("cellfree_borkowski", "metis_cetch_yield", "direct_arylation")
STRATEGIES = ("random", "variance", "average variance")
# Area relative to random, mean and standard error over 15 repeats, by section E.3 of the strategies.
REFERENCE = {
    "variance": ("0.955 +- 0.021", "1.045 +- 0.015", "0.973 +- 0.015"),
    "average variance": ("0.879 +- 0.016", "1.089 +- 0.019", "0.913 +- 0.014"),
}
ROWS, FIRST, BATCH, BATCHES = 600, 20, 10, 8
ISOTROPIC = "isotropic"


@dataclass(frozen=True)
class Step:
    """What a model foretells of all conditions, (n,), and which ones it asks for next."""

    mean: Floats
    picks: Ints


def pool_of(table: pd.DataFrame) -> Finished:
    """Return the same 600 rows of a table every time."""
    few = np.sort(np.random.default_rng(0).permutation(len(table))[:ROWS])
    return finished(table.take(few))


def step_of(pool: Finished, measured: Ints, model: str, strategy: str, rng: np.random.Generator) -> Step:
    """Return what bioal learns from the measured conditions and chooses by it."""
    evidence = pool.evidence(pool.readings(rng), measured)
    if strategy == "none":
        return Step(fit(evidence, model, rng).mean(pool.points), measured[:0])
    chosen = choose(
        evidence,
        Listed(pool.points),
        Settings(BATCH, model, strategy),
        rng,
        taken=measured[:, None],
        pending=pool.points[:0],
    )
    if chosen.model is None:
        raise SystemExit("no model was fitted")
    return Step(chosen.model.mean(pool.points), np.asarray(chosen.codes[:, 0], np.intp))


def isotropic_step(pool: Finished, measured: Ints, strategy: str, rng: np.random.Generator) -> Step:
    """Return the same for a process with one length-scale, with section E.1's formula of ALC."""
    kernel = ConstantKernel(1.0) * RBF(1.0, (0.05, 50)) + WhiteKernel(0.1, (1e-4, 2))
    process = GaussianProcessRegressor(kernel, normalize_y=True, n_restarts_optimizer=2, random_state=0)
    process.fit(pool.points[measured], pool.truth[measured])
    left = np.setdiff1d(np.arange(len(pool)), measured)
    if strategy == "random":
        return Step(process.predict(pool.points), rng.choice(left, BATCH, replace=False))
    alike, noise = process.kernel_.k1, process.kernel_.k2.noise_level
    known = pool.points[measured]
    gram = alike(known) + noise * np.eye(len(measured))
    across = alike(known, pool.points[left])
    covariance = alike(pool.points[left]) - across.T @ np.linalg.solve(gram, across)
    picks: list[int] = []
    for _ in range(BATCH):
        worth = (covariance**2).mean(axis=0) / (np.diag(covariance) + noise)
        worth[picks] = -1.0
        best = int(np.argmax(worth))
        picks.append(best)
        column = covariance[:, best].copy()
        covariance -= np.outer(column, column) / (column[best] + noise)
    return Step(process.predict(pool.points), left[picks])


def run_of(pool: Finished, model: str, strategy: str, seed: int) -> pd.DataFrame:
    """Return the RMSE over all conditions, in units of their sd, after the first wells and each batch."""
    measured = np.random.default_rng([seed, 0]).permutation(len(pool))[:FIRST]
    rows = []
    for number in range(BATCHES + 1):
        rng = np.random.default_rng([seed, 1, number])
        if model == ISOTROPIC:
            step = isotropic_step(pool, measured, strategy, rng)
        else:
            step = step_of(pool, measured, model, strategy if number < BATCHES else "none", rng)
        missed = pool.truth - step.mean
        missed[measured] = 0.0
        rows.append((len(measured), np.sqrt(np.mean(missed**2)) / pool.truth.std()))
        measured = np.concatenate([measured, step.picks])
    return pd.DataFrame(rows, columns=["measured", "rmse"])


def areas_of(runs: pd.DataFrame) -> dict[tuple[str, str], Floats]:
    """Return the mean height of the RMSE curve by model and strategy, one per seed in the order of seeds."""
    areas = {}
    for (model, strategy), part in runs.groupby(["model", "strategy"], sort=False):
        curves = part.pivot_table("rmse", "seed", "measured")
        wells = curves.columns.to_numpy(float)
        areas[str(model), str(strategy)] = np.trapezoid(curves.to_numpy(float), wells) / np.ptp(wells)
    return areas


def report(runs: pd.DataFrame) -> str:
    """Return each table's areas relative to random, beside those of section E.3, and in sd."""
    said = []
    for table in runs["table"].unique():
        areas = areas_of(runs[runs["table"] == table])
        said.append(f"\n{table}, {len(next(iter(areas.values())))} repeats")
        said.append(f"{'':30s} area / random     E.3               area [sd]        area / isotropic random")
        for (model, strategy), area in areas.items():
            mean, error = mean_and_error(area / areas[model, "random"])
            height, wide = mean_and_error(area)
            there = REFERENCE[strategy][TABLES.index(table)] if strategy in REFERENCE else ""
            name = f"{model}: {strategy}"
            line = f"{name:30s} {mean:.3f} +- {error:.3f}   {there:15s}   {height:.3f} +- {wide:.3f}"
            if (ISOTROPIC, "random") in areas:
                beside, off = mean_and_error(area / areas[ISOTROPIC, "random"])
                line += f"   {beside:.3f} +- {off:.3f}"
            said.append(line)
    return "\n".join(said)


def main() -> None:
    """Do the runs that are not kept yet, and print what all come to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder of the tables")
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--model", default="gp")
    parser.add_argument("--out", type=Path, help="a CSV file for the runs, gone on from")
    parser.add_argument("--isotropic", action="store_true", help="let section E.3's surrogate learn too")
    asked = parser.parse_args()
    # A length-scale at its bound is an answer where a table has no structure.
    warnings.filterwarnings("ignore", "The optimal value found for dimension", ConvergenceWarning)
    pools = {name: pool_of(pd.read_csv(asked.data / f"{name}.csv")) for name in TABLES}
    arms = [(asked.model, strategy) for strategy in STRATEGIES]
    arms += [(ISOTROPIC, "random"), (ISOTROPIC, "average variance")] if asked.isotropic else []

    def run(key: Key) -> pd.DataFrame:
        table, seed, model, strategy = key
        return run_of(pools[str(table)], str(model), str(strategy), int(seed))

    keys = [(table, seed, *arm) for seed in range(asked.repeats) for table in TABLES for arm in arms]
    print(report(completed(asked.out, ["table", "seed", "model", "strategy"], keys, run)))


if __name__ == "__main__":
    main()
