"""Measure the best yield of a reaction found by 20, 25, 40 and 50 experiments, beside the published curve.

    python -m benchmarks.reactions --data direct_arylation.csv --out runs.csv [--runs 50] [--acquisition NAME]

As in EDBO (Shields et al. 2021, doi 10.1038/s41586-021-03213-y): 1,728 direct arylations, 5 random
experiments, then batches of 5 up to 50, in 50 runs. The published curve had quantum-chemical descriptors of
bases, ligands and solvents; here each is a name. Finished runs are kept in --out and gone on from; one file
can hold several settings. An error is one standard error over runs.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.runs import Key, completed, mean_and_error
from bioal.evidence import Floats
from bioal.propose import propose

PUBLISHED = {20: 91.6, 25: 95.6, 40: 98.6, 50: 99.8}  # experiments and mean best yield in %
BATCH, MOST = 5, 50


@dataclass(frozen=True)
class Setting:
    """What learns and what chooses."""

    model: str
    acquisition: str


def run_of(pool: pd.DataFrame, setting: Setting, seed: int) -> pd.DataFrame:
    """Return the best yield after each batch of one run, the first batch being random."""
    truth: Floats = pool["yield"].to_numpy(float)
    measured = np.random.default_rng(seed).choice(len(pool), BATCH, replace=False)
    rows, seconds = [(len(measured), truth[measured].max(), 0.0)], 0.0
    while len(measured) < MOST:
        known = np.full(len(pool), np.nan)
        known[measured] = truth[measured]
        start = time.perf_counter()
        chosen = propose(
            pool.assign(**{"yield": known}),
            conditions=BATCH,
            model=setting.model,
            acquisition=setting.acquisition,
            seed=seed,
        )
        seconds = time.perf_counter() - start
        measured = np.append(measured, chosen.index.to_numpy())
        rows.append((len(measured), truth[measured].max(), seconds))
    return pd.DataFrame(rows, columns=["measured", "best", "seconds"]).round({"seconds": 3})


def report(runs: pd.DataFrame, setting: Setting) -> str:
    """Return the mean best yield after so many experiments beside the published one."""
    said = [f"{setting.model}, {setting.acquisition}: {runs['seed'].nunique()} runs"]
    said += ["experiments  mean best %  error  published"]
    for measured, published in PUBLISHED.items():
        best = runs.loc[runs["measured"] == measured, "best"].to_numpy(float)
        mean, error = mean_and_error(best)
        said.append(f"{measured:11d}  {mean:11.2f}  {error:5.2f}  {published:9.1f}")
    seconds = runs.loc[runs["measured"] > BATCH, "seconds"].median()
    return "\n".join([*said, f"{seconds:.1f} s per proposal (median)"])


def main() -> None:
    """Do the runs that are not kept yet, and print what all come to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="the table direct_arylation.csv")
    parser.add_argument("--out", type=Path, required=True, help="a CSV file for the runs")
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--model", default="auto")
    parser.add_argument("--acquisition", default="focused improvement")
    asked = parser.parse_args()
    pool, setting = pd.read_csv(asked.data), Setting(asked.model, asked.acquisition)

    def run(key: Key) -> pd.DataFrame:
        return run_of(pool, setting, int(key[-1]))

    keys = [(setting.model, setting.acquisition, seed) for seed in range(asked.runs)]
    print(report(completed(asked.out, ["model", "acquisition", "seed"], keys, run), setting))


if __name__ == "__main__":
    main()
