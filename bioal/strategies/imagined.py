"""Batches in closed form: each pick is taken as measured, whatever its result, before the next is chosen.

With a Gaussian process the covariance after a measurement does not depend on the result, so gains of whole
batches are exact. For outcomes, joint paths or members are the worlds, and a batch is worth what it tells
about which of them is ours.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bioal.acquisition.downdates import Conditioned
from bioal.acquisition.tasks import Picks, picks_of
from bioal.evidence import Floats
from bioal.strategies import gains
from bioal.strategies.conditioning import conditioned_batch
from bioal.strategies.pools import Pool
from bioal.strategies.scorings import mutual_information, thinned
from bioal.strategies.training import filled

# Score of the candidates from: covariance with evaluation points (e, m), variances (m,), (e,), and the noise.
Gain = Callable[[Floats, Floats, Floats, float], Floats]

_WORLDS = 512  # combinations of outcomes that a batch is judged by
_CANDIDATES = 1000


def divergence_batch(pool: Pool, _rng: np.random.Generator) -> Picks:
    """Choose by KL maximisation at the reference points, in closed form."""
    reference = pool.task.reference if len(pool.task.reference) else pool.task.points
    return _imagined(pool, reference, gains.divergence_gain)


def output_change_batch(pool: Pool, _rng: np.random.Generator) -> Picks:
    """Choose by expected output change over (up to 1,000 of) the candidates, in closed form."""
    return _imagined(pool, thinned(pool.task.points, _CANDIDATES), _reduction)


def information_batch(pool: Pool, rng: np.random.Generator) -> Picks:
    """Choose the batch that tells most about the model together: batch BALD.

    Of a yield that is the greedy log determinant; of outcomes Kirsch, van Amersfoort and Gal 2019, arXiv
    1906.08158, members being the worlds.
    """
    if pool.about_yield:
        return _imagined(pool, pool.task.points[:0], _information)
    singles = mutual_information(pool, rng)
    some = np.argsort(-singles, kind="stable")[: max(_CANDIDATES, 4 * pool.task.count)]
    members = pool.outcomes.member_proba(pool.task.points[some], rng)
    rows, told = batch_bald(members, pool.task.count, rng)
    return filled(pool, picks_of(some[rows], told), singles, rng)


def batch_bald(members: Floats, count: int, rng: np.random.Generator) -> tuple[list[int], list[float]]:
    """Return rows chosen greedily by joint mutual information, and what each added in nats.

    Parameters
    ----------
    members
        Probabilities of each world, (worlds, m, classes).
    count
        How many rows; fewer are returned where no world is left in doubt.
    """
    worlds, size, classes = members.shape
    own = gains.log_loss(members).mean(axis=0)
    joint, weights = np.ones((1, worlds)), np.ones(1)
    rows: list[int] = []
    told: list[float] = []
    for _ in range(min(count, size)):
        after = np.tensordot(joint, members, axes=(1, 0)) / worlds  # (combinations, m, classes)
        before = joint.mean(axis=1)
        share = after / before[:, None, None]
        surprise = np.tensordot(weights, gains.log_loss(share), axes=1)
        added = surprise - own
        added[rows] = -np.inf
        row = int(np.argmax(added))
        if added[row] <= 1e-3 * np.log(classes):
            break
        rows.append(row)
        told.append(float(added[row]))
        joint, weights = _continued(joint, members[:, row], weights, rng)
    return rows, told


def _continued(
    joint: Floats, outcome: Floats, weights: Floats, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return combinations with one more outcome each, all or a sample, and how much each stands for.

    `joint` (combinations, worlds) holds the probability of a combination in each world; weights sum to one.
    """
    longer = (joint[:, None, :] * outcome.T[None]).reshape(-1, joint.shape[1])
    given = longer.mean(axis=1).reshape(len(joint), -1) / joint.mean(axis=1)[:, None]
    chance = (weights[:, None] * given).ravel()
    keep = chance > 0
    longer, chance = longer[keep], chance[keep] / chance[keep].sum()
    if len(longer) > _WORLDS:
        # Systematic draws, each standing for the same probability.
        spots = (rng.random() + np.arange(_WORLDS)) / _WORLDS
        drawn = np.minimum(np.searchsorted(np.cumsum(chance), spots), len(chance) - 1)
        longer, chance = longer[drawn], np.full(_WORLDS, 1 / _WORLDS)
    # Only ratios between worlds count; products of many probabilities would vanish.
    return longer / longer.max(axis=1, keepdims=True), chance


def _imagined(pool: Pool, at: Floats, gain: Gain) -> Picks:
    size, known = len(pool.task.points), len(pool.task.points) + len(pool.task.pending)
    left = Conditioned(pool.task.posterior, np.vstack([pool.task.points, pool.task.pending, at]))
    left.measure_all(np.arange(size, known))
    across = left.block(slice(known, None), slice(0, size))
    free, rows, worths = np.ones(size, bool), [], []
    for _ in range(min(pool.task.count, size)):
        worth = gain(across, left.variance[:size], left.variance[known:], left.noise)
        row = int(np.argmax(np.where(free, worth, -np.inf)))
        rows.append(row)
        worths.append(float(worth[row]))
        free[row] = False
        root = left.measure(row)
        across -= np.outer(root[known:], root[:size])
    return picks_of(rows, worths)


def _reduction(across: Floats, variance: Floats, _evaluated: Floats, noise: float) -> Floats:
    return gains.variance_reduction(across, variance, noise)


def _information(_across: Floats, variance: Floats, _evaluated: Floats, noise: float) -> Floats:
    return gains.information_gain(variance, noise)


def conditioned_information(pool: Pool, rng: np.random.Generator) -> Picks:
    """Choose by BALD: exact for a yield, and for outcomes conditioned on the share of variance left."""
    if pool.about_yield:
        return information_batch(pool, rng)
    return conditioned_batch(pool, mutual_information(pool, rng), rng)
