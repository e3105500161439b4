"""Which model foretells best: a leaderboard by a weighted sum of held-out metrics, and a ladder of models.

Every model sees the same folds. Errors and densities are in units of the sd of all values, so that a yield in
pmol and one in mol give the same leaderboard.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from scipy.stats import norm, rankdata

from bioal.errors import UsageError
from bioal.evidence import Bools, Evidence, Floats
from bioal.models.mixture import Fit, foretold
from bioal.models.pooling import same_points
from bioal.models.posterior import Posterior

INTERVAL = 0.9
METRICS = ("rmse", "rank", "coverage", "density")
# From how many measured conditions on a model may be chosen: simple ones first.
LADDER: tuple[tuple[int, str], ...] = (
    (0, "gp"),
    (6, "ridge"),
    (20, "extra trees"),
    (20, "forest"),
    (40, "boosting"),
)


@dataclass(frozen=True)
class Weights:
    """What each metric counts in the sum; none may be negative, and one must count."""

    rmse: float = 1.0
    rank: float = 1.0
    coverage: float = 1.0
    density: float = 1.0

    def __post_init__(self) -> None:
        given = asdict(self)
        if min(given.values()) < 0 or not 0 < sum(given.values()) < np.inf:
            said = ", ".join(f"{name} {weight:g}" for name, weight in given.items())
            raise UsageError(f"Weights of {said}: none may be negative, and at least one must be positive.")


@dataclass(frozen=True)
class Place:
    """A model's place on a leaderboard.

    Parameters
    ----------
    model
        Its name.
    rmse
        Root mean squared error over the sd of the values: 0 is perfect, 1 is as good as their mean.
    rank
        Spearman's correlation of foretold and measured values; 0 where either does not vary.
    coverage
        Share of the values inside their 90 % interval.
    density
        Mean log density, values in units of their sd.
    total
        -rmse + rank - |coverage - 0.9| + density, each times its weight: larger is better.
    """

    model: str
    rmse: float
    rank: float
    coverage: float
    density: float
    total: float


def leaderboard(
    evidence: Evidence, fits: Mapping[str, Fit], rng: np.random.Generator, *, weights: Weights | None = None
) -> tuple[Place, ...]:
    """Return the models, the best first; models of equal totals stay in the order in which they are given.

    Each of five folds of conditions is foretold by models that have seen the other four.

    Raises
    ------
    UsageError
        If fewer than two different conditions were measured, or all values are equal.
    """
    measured = evidence.rows(np.flatnonzero(~evidence.censored))
    if len(measured) == 0 or len(same_points(measured)[0]) < 2 or np.ptp(measured.values) == 0:
        raise UsageError(
            "Models are compared by what they foretell: measure at least two conditions that differ in yield."
        )
    wanted, seed = weights or Weights(), int(rng.integers(2**63))
    places = [_place(name, fit, measured, wanted, seed) for name, fit in fits.items()]
    return tuple(sorted(places, key=lambda place: -place.total))


def allowed(evidence: Evidence, ladder: Sequence[tuple[int, str]] = LADDER) -> tuple[str, ...]:
    """Return the models that as many measured conditions allow; more conditions never allow fewer."""
    count = len(same_points(evidence)[0]) if len(evidence) else 0
    return tuple(name for fewest, name in ladder if count >= fewest)


def _place(name: str, fit: Fit, measured: Evidence, weights: Weights, seed: int) -> Place:
    def unseen(evidence: Evidence, keep: Bools, rng: np.random.Generator) -> Posterior:
        return fit(evidence.rows(keep), rng)

    # The same seed, so the same folds, for every model.
    found = foretold(measured, [unseen], np.random.default_rng(seed))
    unit = float(np.std(measured.values))
    means, values = found.means[:, 0], found.evidence.values
    spread = np.sqrt(found.sds[:, 0] ** 2 + found.noises[:, 0])
    rmse = float(np.sqrt(np.mean((values - means) ** 2))) / unit
    inside = np.abs(values - means) <= norm.ppf(0.5 + INTERVAL / 2) * spread
    coverage = float(np.mean(inside))
    density = float(found.densities[:, 0].mean()) + float(np.log(unit))
    rank = _rank_correlation(means, values)
    parts = (-rmse, rank, -abs(coverage - INTERVAL), density)
    total = sum(weight * part for weight, part in zip(asdict(weights).values(), parts, strict=True))
    return Place(name, rmse, rank, coverage, density, total)


def _rank_correlation(one: Floats, other: Floats) -> float:
    """Return Spearman's correlation, 0 where there is nothing to rank."""
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(np.corrcoef(rankdata(one), rankdata(other))[0, 1])
