"""The scores that need no model of their own: from probabilities, members and covariances of a pool.

A scoring takes a pool and a random generator and returns one number per candidate, (m,); larger is more
wanted. `conditioning` makes batches of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bioal.acquisition.tasks import utility_moments
from bioal.evidence import Floats
from bioal.strategies import gains
from bioal.strategies import probabilities as chances
from bioal.strategies.diversity import (
    density,
    improved_greedy_score,
    information_density,
    nearest_distance,
    output_greedy_score,
)
from bioal.strategies.pools import Pool

Scoring = Callable[[Pool, np.random.Generator], Floats]

EVALUATED = 256  # points at which what is expected of a single candidate is evaluated
_COMPARED = 1000  # candidates that densities are averaged over
_BLOCK = 4096


@dataclass(frozen=True)
class ByProbability:
    """The scoring of a function of class probabilities (m, classes)."""

    score: Callable[[Floats], Floats]

    def __call__(self, pool: Pool, rng: np.random.Generator) -> Floats:
        """Return the scores, shape (m,)."""
        return self.score(pool.probabilities)


@dataclass(frozen=True)
class ByMembers:
    """The scoring of a function of the members' probabilities (members, m, classes)."""

    score: Callable[[Floats], Floats]

    def __call__(self, pool: Pool, rng: np.random.Generator) -> Floats:
        """Return the scores, shape (m,)."""
        return self.score(pool.outcomes.member_proba(pool.task.points, rng))


def success(pool: Pool, _rng: np.random.Generator) -> Floats:
    """Return the chance of a wanted outcome; of a yield, the chance to pass the threshold."""
    return chances.chance(pool.probabilities, pool.successes)


def mnlp(pool: Pool, _rng: np.random.Generator) -> Floats:
    """Return the normalised log probability of one readout: -ln max p."""
    return np.asarray(-np.log(np.maximum(pool.probabilities.max(axis=1), np.finfo(float).tiny)))


def mutual_information(pool: Pool, _rng: np.random.Generator) -> Floats:
    """Return what the outcome tells about the model, H[p] - E H[p | function], without draws."""
    return np.maximum(chances.entropy(pool.probabilities) - pool.expected_entropy, 0.0)


def bald(pool: Pool, rng: np.random.Generator) -> Floats:
    """Return what a result tells about the model: for a yield ln(1 + v / g) / 2, else mutual information."""
    if not pool.about_yield:
        return mutual_information(pool, rng)
    return gains.information_gain(pool.task.sd**2, noise_variance(pool))


def spread(pool: Pool, _rng: np.random.Generator) -> Floats:
    """Return the sd over members (or of the Gaussian process)."""
    return pool.task.sd


def threshold_margin(pool: Pool, _rng: np.random.Generator) -> Floats:
    """Return minus the distance from the threshold in sds; for outcomes, the margin of probabilities."""
    threshold = getattr(pool.outcomes, "threshold", None)
    if threshold is None:
        return chances.smallest_margin(pool.probabilities)
    return chances.threshold_margin(*worth_of(pool), threshold)


def gradient_length(pool: Pool, _rng: np.random.Generator) -> Floats:
    """Return the expected gradient length, an intercept among the features."""
    return gains.expected_gradient_length(pool.probabilities, with_intercept(pool.task.points))


def average_variance(pool: Pool, _rng: np.random.Generator) -> Floats:
    """Return how much a result lowers the mean variance at (up to 256 of) the reference points."""
    return _by_blocks(pool, thinned(_or_candidates(pool), EVALUATED), _reduction)


def output_change(pool: Pool, _rng: np.random.Generator) -> Floats:
    """Return the expected squared change of predictions for (up to 256 of) the candidates."""
    some = thinned(pool.task.points, EVALUATED)
    return _by_blocks(pool, some, _reduction)


def divergence_gain(pool: Pool, _rng: np.random.Generator) -> Floats:
    """Return how far a result is expected to move the distributions at (up to 256) reference points."""
    return _by_blocks(pool, thinned(_or_candidates(pool), EVALUATED), gains.divergence_gain)


def error_reduction(pool: Pool, rng: np.random.Generator) -> Floats:
    """Return minus the log loss expected at (up to 256 of) the reference points after each result."""
    at = thinned(_or_candidates(pool), EVALUATED)
    size = len(pool.task.points)
    members = pool.outcomes.member_proba(np.vstack([pool.task.points, at]), rng)
    return gains.expected_error_by_members(members[:, :size], members[:, size:])


def farthest(pool: Pool, _rng: np.random.Generator) -> Floats:
    """Return the distance to the nearest condition known; without any, nearness to the centroid."""
    if not len(pool.occupied):
        return np.asarray(-np.linalg.norm(pool.scaled - pool.scaled.mean(axis=0), axis=1))
    return nearest_distance(pool.scaled, pool.occupied)


def representative(pool: Pool, _rng: np.random.Generator) -> Floats:
    """Return entropy x density among (up to 1000 of) the candidates."""
    return information_density(
        chances.entropy(pool.probabilities), density(pool.scaled, thinned(pool.scaled, _COMPARED))
    )


def output_greedy(pool: Pool, _rng: np.random.Generator) -> Floats:
    """Return how far the predicted yield is from all yields measured; without any, the sd."""
    if not len(pool.values):
        return pool.task.sd
    return output_greedy_score(worth_of(pool)[0], pool.values)


def improved_greedy(pool: Pool, _rng: np.random.Generator) -> Floats:
    """Return iGS from distances and predicted yields; pending conditions count as believed."""
    if not len(pool.occupied):
        return pool.task.sd
    return improved_greedy_score(pool.scaled, worth_of(pool)[0], pool.occupied, occupied_values(pool))


def anything(pool: Pool, rng: np.random.Generator) -> Floats:
    """Return random numbers: the baseline of every comparison."""
    return rng.random(len(pool.task.points))


def occupied_values(pool: Pool) -> Floats:
    """Return the yields measured, and those believed of pending conditions, (k + p,)."""
    pending = pool.task.utility(pool.task.posterior.mean(pool.task.pending))
    return np.append(pool.values, pending)


def with_intercept(points: Floats) -> Floats:
    """Return points with a column of ones."""
    return np.column_stack([points, np.ones(len(points))])


def noise_variance(pool: Pool) -> float:
    """Return the variance of a result, with a floor that keeps a second look from telling infinitely much."""
    floor = 1e-9 * float(np.max(pool.task.sd, initial=0.0)) ** 2
    return max(pool.task.posterior.noise_sd**2, floor, float(np.finfo(float).tiny))


def _reduction(across: Floats, variance: Floats, _evaluated: Floats, noise: float) -> Floats:
    return gains.variance_reduction(across, variance, noise)


def worth_of(pool: Pool) -> tuple[Floats, Floats]:
    """Return mean and sd of the candidates' worth, each (m,)."""
    return utility_moments(pool.task.mean, pool.task.sd, pool.task.utility)


def _or_candidates(pool: Pool) -> Floats:
    return pool.task.reference if len(pool.task.reference) else pool.task.points


def thinned(points: Floats, most: int) -> Floats:
    """Return at most so many of the points, evenly spread over their order."""
    if len(points) <= most:
        return points
    return points[np.linspace(0, len(points) - 1, most).astype(np.intp)]


def _by_blocks(
    pool: Pool, at: Floats, score: Callable[[Floats, Floats, Floats, float], Floats]
) -> Floats:
    """Return a score of the covariance with evaluation points, a few thousand candidates at a time."""
    evaluated = pool.task.posterior.mean_sd(at)[1] ** 2
    found, noise = np.empty(len(pool.task.points)), noise_variance(pool)
    for start in range(0, len(found), _BLOCK):
        block = slice(start, start + _BLOCK)
        across = pool.task.posterior.covariance(at, pool.task.points[block])
        found[block] = score(across, pool.task.sd[block] ** 2, evaluated, noise)
    return found

