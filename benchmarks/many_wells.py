"""Measure 96 of 10,000 candidates with 5,000 measured wells: seconds, memory; and what a part of them costs.

    python -m benchmarks.many_wells [--measured 5000] [--candidates 10000] [--batch 96] [--exact 2000]

The Gaussian process is exact in all wells; its hyper-parameters are found on 1,000 of them at most. The
second table compares that with hyper-parameters found on all of 2,000 wells, by mean log density and RMSE
(beside the sd of the yields) of 2,000 further ones, for three draws of the wells.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd

from benchmarks.tasks import NOISE, peak_megabytes, yields_of
from bioal.evidence import Evidence, evidence_of
from bioal.models import hyperparameters
from bioal.models.gaussian_process import fit_gaussian_process
from bioal.models.mixture import log_density
from bioal.propose import propose

FACTORS, LEVELS = 11, (0.1, 0.3, 0.5, 1.0)


def wells_of(count: int, seed: int) -> Evidence:
    """Return so many distinct random conditions with their noisy yields."""
    rng = np.random.default_rng(seed)
    codes = rng.choice(len(LEVELS) ** FACTORS, count, replace=False)
    points = np.array(LEVELS)[(codes[:, None] >> (2 * np.arange(FACTORS))) & 3]
    values = yields_of(FACTORS)(points)
    return evidence_of(points, values + NOISE * values.std() * rng.normal(size=count))


def proposed(measured: int, candidates: int, batch: int) -> None:
    """Print the seconds and the memory of one proposal."""
    wells = wells_of(measured + candidates, 0)
    table = pd.DataFrame(wells.points, columns=[f"f{number}" for number in range(FACTORS)])
    table["yield"] = np.where(np.arange(len(table)) < measured, wells.values, np.nan)
    before, start, used = peak_megabytes(), time.perf_counter(), time.process_time()
    chosen = propose(table, conditions=batch)
    print(
        f"{measured} measured, {len(chosen)} of {candidates}: {time.perf_counter() - start:.1f} s"
        f" ({time.process_time() - used:.1f} s of processor time), {peak_megabytes() - before:.0f} MB added",
        flush=True,
    )


def compared(count: int, seed: int) -> None:
    """Print how well unseen wells are predicted by hyper-parameters of a part and of all wells."""
    wells = wells_of(count + 2000, seed)
    seen, unseen = wells.rows(np.arange(count)), wells.rows(np.arange(count, count + 2000))
    most = hyperparameters.ENOUGH
    for enough in (most, count):
        hyperparameters.ENOUGH = enough
        start = time.process_time()
        posterior = fit_gaussian_process(seen, np.random.default_rng(0))
        missed = unseen.values - posterior.mean_sd(unseen.points)[0]
        print(
            f"seed {seed}, hyper-parameters from {enough} of {count}:"
            f" log density {log_density(posterior, unseen).mean():.4f},"
            f" RMSE {np.sqrt(np.mean(missed**2)) / unseen.values.std():.4f},"
            f" {time.process_time() - start:.1f} s of processor time",
            flush=True,
        )
    hyperparameters.ENOUGH = most


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--measured", type=int, default=5000)
    parser.add_argument("--candidates", type=int, default=10_000)
    parser.add_argument("--batch", type=int, default=96)
    parser.add_argument("--exact", type=int, default=2000)
    asked = parser.parse_args()
    proposed(asked.measured, asked.candidates, asked.batch)
    for seed in (1, 2, 3) if asked.exact else ():
        compared(asked.exact, seed)


if __name__ == "__main__":
    main()
