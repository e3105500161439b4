"""Measure how long each strategy takes to score 100,000 candidates, with 200 measured.

    python -m benchmarks.strategies_time [--candidates 100000] [--measured 200] [--names "entropy,bald"]

Once on a yield (a Gaussian process of eleven factors) and once on outcomes none < weak < strong (a Gaussian
process as well), in seconds of one core. They include what the model predicts of the candidates, which every
strategy needs: each begins with a pool in which nothing has been worked out yet. "closed" marks the
strategies whose score is a formula of the model's prediction; the others draw functions or train models of
their own. Sooner than 5 s is what is promised of the closed ones.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.tasks import NOISE, yields_of
from bioal.acquisition.tasks import Task, identity
from bioal.evidence import Floats, evidence_of
from bioal.models.gaussian_process import fit_gaussian_process
from bioal.models.outcome_fitting import fit_outcomes
from bioal.models.outcomes import outcome_evidence_of
from bioal.strategies import Pool, names, outcome_pool, pool_of, scores

FACTORS, REFERENCE, PROMISED = 11, 1000, 5.0
DRAWN = {"thompson", "vote entropy", "variation ratio", "consensus entropy", "mean kl", "max kl"}
DRAWN |= {"disagreement", "error reduction"}
TRAINED = {"query by bagging", "normalised query by bagging", "maximum disagreement", "margin sampling"}
TRAINED |= {"closest support vectors", "model change", "discriminative"}


def pools_of(measured: int, candidates: int) -> dict[str, Callable[[], Pool]]:
    """Return what makes a pool about a yield and one about outcomes, models fitted, nothing predicted yet."""
    rng = np.random.default_rng(0)
    known, points = rng.random((measured, FACTORS)), rng.random((candidates, FACTORS))
    values = yields_of(FACTORS)(known)
    values = (values - values.mean()) / values.std() + NOISE * rng.normal(size=measured)
    evidence = evidence_of(known, values)
    posterior = fit_gaussian_process(evidence, np.random.default_rng(0))
    seen = outcome_evidence_of(known, np.digitize(values, [-0.5, 0.5]), classes=3, ordered=True)
    outcomes = fit_outcomes(seen, "gp", np.random.default_rng(0))
    reference = points[:REFERENCE]

    def of_yields() -> Pool:
        mean, sd = posterior.mean_sd(points)
        none = np.zeros(candidates, bool)
        task = Task(posterior, identity, points, mean, sd, known, points[:0], reference, none, 24)
        return pool_of(task, values=values, repeats=False)

    def of_outcomes() -> Pool:
        return outcome_pool(seen, outcomes, points, 24, reference=reference)

    return {"yield": of_yields, "outcomes": of_outcomes}


def seconds(name: str, make: Callable[[], Pool]) -> tuple[float, Floats]:
    """Return the processor seconds of the scores, the pool's own predictions included, and the scores."""
    start = time.process_time()
    found = scores(name, make(), np.random.default_rng(0))
    return time.process_time() - start, found


def main() -> None:
    """Print a line per strategy."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--candidates", type=int, default=100_000)
    parser.add_argument("--measured", type=int, default=200)
    parser.add_argument("--names", default="")
    asked = parser.parse_args()
    with threadpool_limits(limits=1, user_api="blas"):
        makers = pools_of(asked.measured, asked.candidates)
        chosen = [name for name in asked.names.split(",") if name] or names()
        for name in chosen:
            took = {kind: seconds(name, make)[0] for kind, make in makers.items()}
            how = "drawn" if name in DRAWN else "trained" if name in TRAINED else "closed"
            late = " LATE" if how == "closed" and max(took.values()) > PROMISED else ""
            said = ", ".join(f"{kind} {value:.2f} s" for kind, value in took.items())
            print(f"{name:28} {how:8} {said}{late}", flush=True)


if __name__ == "__main__":
    main()
