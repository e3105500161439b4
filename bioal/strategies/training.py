"""The strategies that train models of their own on what was measured, and rules that are batches by nature.

Where there is nothing to train on (one outcome seen, or none), the least known candidates are wanted.
"""

from __future__ import annotations

import numpy as np

from bioal.acquisition.tasks import Picks, picks_of
from bioal.evidence import Floats
from bioal.models.kernels import squared_distances
from bioal.models.trained import (
    bagged_votes,
    bootstrap_predictions,
    border,
    chance_unlabelled,
    view_votes,
    views_of,
)
from bioal.strategies.committees import (
    normalised_vote_entropy,
    updated_view_weights,
    view_shares,
    vote_entropy,
)
from bioal.strategies.conditioning import conditioned_batch
from bioal.strategies.diversity import (
    core_set,
    first_ranks,
    largest_cluster_batch,
    ranked_batch,
)
from bioal.strategies.gains import expected_model_change
from bioal.strategies.margins import border_distance, closest_support_vectors, one_per_support_vector
from bioal.strategies.pools import Pool, with_pending
from bioal.strategies.probabilities import entropy, least_confidence
from bioal.strategies.scorings import improved_greedy, occupied_values, spread, with_intercept

BAGS, BOOTSTRAPS = 24, 16
_UNLABELLED, _SUB_BATCHES = 1000, 10


def bagging(pool: Pool, rng: np.random.Generator) -> Floats:
    """Return the entropy of the votes of 24 bags of trees and lines."""
    if not pool.decided:
        return spread(pool, rng)
    return vote_entropy(bagged_votes(pool.evidence, pool.task.points, BAGS, rng))


def normalised_bagging(pool: Pool, rng: np.random.Generator) -> Floats:
    """Return the entropy of the votes over that of as many equal shares as classes got votes."""
    if not pool.decided:
        return spread(pool, rng)
    return normalised_vote_entropy(bagged_votes(pool.evidence, pool.task.points, BAGS, rng))


def maximum_disagreement(pool: Pool, rng: np.random.Generator) -> Floats:
    """Return the entropy of what groups of factors say, each trusted by class as far as it was right."""
    if not pool.decided:
        return spread(pool, rng)
    views = views_of(pool.evidence)
    found = view_votes(pool.evidence, pool.task.points, views, rng)
    trust = np.ones((len(views), pool.outcomes.classes))
    trust = updated_view_weights(trust, found.held_out, pool.codes)
    return entropy(view_shares(found.votes, trust))


def margin_sampling(pool: Pool, rng: np.random.Generator) -> Floats:
    """Return minus the distance to the nearest border of a support vector machine."""
    if not pool.decided:
        return spread(pool, rng)
    return -border_distance(border(pool.evidence, pool.task.points).decisions)


def support_vector_batch(pool: Pool, rng: np.random.Generator) -> Picks:
    """Choose along the border, one candidate per support vector; the rest by margin sampling."""
    if not pool.decided:
        return conditioned_batch(pool, spread(pool, rng), rng)
    found = border(pool.evidence, pool.task.points)
    distance = border_distance(found.decisions)
    nearest = closest_support_vectors(pool.task.points, found.support)
    rows = one_per_support_vector(distance, nearest, pool.task.count)
    first = picks_of(rows, -distance[rows])
    return filled(pool, first, -distance, rng)


def model_change(pool: Pool, rng: np.random.Generator) -> Floats:
    """Return the expected model change of ridge regression, over 16 bootstraps of what was measured."""
    if len(pool.values) < 2:
        return spread(pool, rng)
    features = with_intercept(pool.task.points)
    predicted, members = bootstrap_predictions(
        pool.task.known, pool.values, pool.task.points, BOOTSTRAPS, rng
    )
    return expected_model_change(predicted, members, features)


def core_set_batch(pool: Pool, _rng: np.random.Generator) -> Picks:
    """Choose candidates far from all that is known and from each other."""
    return picks_of(*core_set(pool.scaled, pool.occupied, pool.task.count))


def ranked_rule(pool: Pool, _rng: np.random.Generator) -> Picks:
    """Choose by the ranked batch of least confidence and distance."""
    unsure = least_confidence(pool.probabilities)
    return picks_of(*ranked_batch(unsure, pool.scaled, pool.occupied, pool.task.count))


def cluster_batch(pool: Pool, _rng: np.random.Generator) -> Picks:
    """Choose the farthest member of the heaviest cluster about what is known (LCMD)."""
    points = pool.scaled
    apart = squared_distances(points, pool.occupied)
    nearest = apart.argmin(axis=1) if len(pool.occupied) else np.zeros(len(points), np.intp)
    # With nothing known, the centroid stands for all that is.
    central = np.square(points - points.mean(axis=0)).sum(axis=1)
    closest = apart.min(axis=1) if len(pool.occupied) else central
    rows, gains = largest_cluster_batch(points, nearest.astype(np.intp), closest, pool.task.count)
    return picks_of(rows, gains)


def improved_greedy_batch(pool: Pool, rng: np.random.Generator) -> Picks:
    """Choose by iGS one after the other, each pick taken as measured with the yield believed of it."""
    free, rows, gains = np.ones(len(pool.task.points), bool), [], []
    worth = pool.task.utility(pool.task.mean)
    scores = improved_greedy(pool, rng)
    empty = not len(occupied_values(pool))
    for _ in range(min(pool.task.count, len(free))):
        row = int(np.argmax(np.where(free, scores, -np.inf)))
        rows.append(row)
        gains.append(float(scores[row]))
        free[row] = False
        gaps = np.linalg.norm(pool.scaled - pool.scaled[row], axis=1) * np.abs(worth - worth[row])
        scores = gaps if empty and len(rows) == 1 else np.minimum(scores, gaps)
    return picks_of(rows, gains)


def unlabelled(pool: Pool, rng: np.random.Generator) -> Floats:
    """Return how surely a candidate can be told from what was measured or is pending."""
    known = np.vstack([pool.task.known, pool.task.pending])
    if not len(known):
        return spread(pool, rng)
    return chance_unlabelled(known, _some(pool, rng), pool.task.points)


def discriminative_batch(pool: Pool, rng: np.random.Generator) -> Picks:
    """Choose what is told most surely from the measured, in ten sub-batches with a refit before each.

    Gissin and Shalev-Shwartz 2019, arXiv 1907.06347.
    """
    rows = np.empty(0, np.intp)
    gains = np.empty(0)
    wanted = min(pool.task.count, len(pool.task.points))
    while len(rows) < wanted:
        rest = np.setdiff1d(np.arange(len(pool.task.points)), rows)
        size = min(max(1, wanted // _SUB_BATCHES), wanted - len(rows))
        part = with_pending(pool.rows(rest, size), pool.task.points[rows])
        scores = unlabelled(part, rng)
        found = conditioned_batch(part, scores, rng).rows
        rows, gains = np.append(rows, rest[found]), np.append(gains, scores[found])
    return picks_of(rows, gains)


def filled(pool: Pool, first: Picks, scores: Floats, rng: np.random.Generator) -> Picks:
    """Return the picks, and the best conditioned on them where they are fewer than asked."""
    missing = min(pool.task.count, len(pool.task.points)) - len(first.rows)
    if missing <= 0:
        return first
    rest = np.setdiff1d(np.arange(len(pool.task.points)), first.rows)
    part = with_pending(pool.rows(rest, missing), pool.task.points[first.rows])
    more = conditioned_batch(part, scores[rest], rng)
    rows = np.append(first.rows, rest[more.rows])
    # What is filled in is worth less than what the rule itself chose.
    later = more.gains - more.gains.max(initial=0.0) + first.gains.min(initial=np.inf)
    return picks_of(rows, np.append(first.gains, later), filled=missing)


def _some(pool: Pool, rng: np.random.Generator) -> Floats:
    points = pool.task.points
    if len(points) <= _UNLABELLED:
        return points
    return points[rng.choice(len(points), _UNLABELLED, replace=False)]


def ranked_score(pool: Pool, _rng: np.random.Generator) -> Floats:
    """Return the first turn's score of the ranked batch."""
    unsure = least_confidence(pool.probabilities)
    return first_ranks(unsure, pool.scaled, pool.occupied)
