"""Whether the skip list is wrong as seldom as was asked for: simulated campaigns, by hand.

Each simulation draws training conditions and checks at random from all conditions, measures both, fits a
model to the first (one for several draws of checks), and asks which of the others need not be measured. All
of these are then measured, too: the share that comes out otherwise than predicted is the error of the skip
list. It may exceed what was asked for in 5 % of the simulations at most.

    # confidence that says nothing, and a little more errors than are allowed
    python -m benchmarks.skipping --kind worst
    # outcomes of the virtual growth laboratory, yields of the virtual cell-free laboratory
    python -m benchmarks.skipping --kind growth --checks 200 --error 0.2
    python -m benchmarks.skipping --kind yield --taught 150 --error 0.2
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest
from threadpoolctl import threadpool_limits

from bioal.evidence import Bools, Floats, Ints, evidence_of
from bioal.lab import CellFreeLab, GrowthLab
from bioal.models.fitting import fit
from bioal.models.outcome_fitting import fit_outcomes
from bioal.models.outcomes import OutcomeEvidence
from bioal.strategies.sparing import confidence_within, spared


@dataclass(frozen=True)
class Trial:
    """A simulation: how many teach and how many check, which model, and what may be wrong."""

    taught: int
    checks: int
    others: int
    model: str
    error: float


@dataclass(frozen=True)
class Predicted:
    """Conditions, in random order, as a model sees them: how surely, and whether wrongly, (n,) each."""

    sure: Floats
    wrong: Bools


def worst(trial: Trial, rng: np.random.Generator) -> Predicted:
    """Return predictions whose confidence says nothing, wrong a little more often than is allowed."""
    count = trial.checks + trial.others
    return Predicted(rng.uniform(0.5, 1.0, count), rng.random(count) < 1.02 * trial.error)


def growth(trial: Trial, rng: np.random.Generator) -> Predicted:
    """Return predictions of the outcomes of single cultures."""
    lab = GrowthLab()
    space = lab.protocol.space
    codes = space.sample(trial.taught + trial.checks + trial.others, rng)
    conditions, points = space.conditions(codes), space.points(codes)
    rates = lab.rate(conditions) * np.exp(lab.error * rng.standard_normal(len(codes)))
    names = lab.protocol.readout.outcomes.names
    seen = np.array([names.index(one) for one in lab.outcome(rates)])
    taught = slice(0, trial.taught)
    evidence = OutcomeEvidence(
        points=points[taught],
        codes=seen[taught],
        weights=np.ones(trial.taught),
        classes=len(names),
        ordered=True,
        groups=space.groups,
        categorical=space.categorical,
    )
    chances = fit_outcomes(evidence, trial.model, rng).predict_proba(points[trial.taught :])
    return Predicted(chances.max(axis=1), chances.argmax(axis=1) != seen[trial.taught :])


def yields(trial: Trial, rng: np.random.Generator) -> Predicted:
    """Return predictions of the yields of single wells, right within their usual scatter."""
    lab = CellFreeLab()
    space = lab.protocol.space
    codes = space.sample(trial.taught + trial.checks + trial.others, rng)
    truth, points = lab.truth(space.conditions(codes)), space.points(codes)
    scale = float(np.std(truth))
    seen = truth + 0.1 * scale * rng.standard_normal(len(truth))
    posterior = fit(evidence_of(points[: trial.taught], seen[: trial.taught]), trial.model, rng)
    mean, sd = posterior.mean_sd(points[trial.taught :])
    tolerance = scale
    sure = confidence_within(np.sqrt(sd**2 + posterior.noise_sd**2), tolerance)
    return Predicted(sure, np.abs(seen[trial.taught :] - mean) > tolerance)


KINDS: dict[str, Callable[[Trial, np.random.Generator], Predicted]] = {
    "worst": worst,
    "growth": growth,
    "yield": yields,
}
MODELS = {"worst": "", "growth": "logistic", "yield": "gp"}


def outcomes_of(kind: str, trial: Trial, draws: int, seed: int) -> list[tuple[int, float]]:
    """Return how many conditions were skipped, and the share that came out otherwise, for draws of checks."""
    rng = np.random.default_rng([seed, trial.checks])
    told = KINDS[kind](trial, rng)
    return [drawn(told, trial, rng.permutation(len(told.sure))) for _ in range(draws)]


def drawn(told: Predicted, trial: Trial, order: Ints) -> tuple[int, float]:
    """Return the same for one draw: the first conditions in this order are the checks."""
    checked, left = order[: trial.checks], order[trial.checks :]
    found = spared(told.sure[checked], told.wrong[checked], told.sure[left], error=trial.error)
    wrong = told.wrong[left][found.rows]
    return len(wrong), float(wrong.mean()) if len(wrong) else 0.0


def main() -> None:
    """Simulate, and print how often the error exceeds what was asked for."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    asked.add_argument("--kind", choices=list(KINDS), default="worst")
    asked.add_argument("--models", type=int, default=50, help="trained on conditions of their own")
    asked.add_argument("--draws", type=int, default=20, help="of checks, for each model")
    asked.add_argument("--taught", type=int, default=48)
    asked.add_argument("--checks", type=int, default=120)
    asked.add_argument("--others", type=int, default=800)
    asked.add_argument("--error", type=float, default=0.1)
    asked.add_argument("--model", default="")
    given = asked.parse_args()
    trial = Trial(given.taught, given.checks, given.others, given.model or MODELS[given.kind], given.error)
    with threadpool_limits(1):
        each = [outcomes_of(given.kind, trial, given.draws, seed) for seed in range(given.models)]
    found = [one for draws in each for one in draws]
    over = sum(wrong > trial.error for _, wrong in found)
    ends = binomtest(over, len(found)).proportion_ci(0.95)
    skipped = np.array([count for count, _ in found]) / trial.others
    errors = [wrong for count, wrong in found if count]
    print(f"{given.kind} {trial.model}: error above {trial.error:g} in {over} of {len(found)} simulations")
    print(f"    {over / len(found):.1%} (95 % interval {ends.low:.1%} to {ends.high:.1%}); 5 % are allowed")
    print(f"    something skipped in {len(errors)}; on average {skipped.mean():.0%} of all skipped")
    if errors:
        print(f"    of those skipped {np.mean(errors):.1%} came out otherwise on average")


if __name__ == "__main__":
    main()
