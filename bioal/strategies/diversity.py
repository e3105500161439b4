"""Which conditions are unlike those measured, or stand for many others: distances between points.

Points come scaled, so that two options of a choice are 1 apart (`scaled_points`). Larger means more wanted.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist

from bioal.evidence import Bools, Floats, Ints
from bioal.models.kernels import HAMMING


def scaled_points(points: Floats, categorical: Bools) -> Floats:
    """Return points whose Euclidean distance counts a different option as 1, like the width of a range."""
    return np.asarray(points * np.where(categorical, HAMMING, 1.0))


def nearest_distance(points: Floats, known: Floats) -> Floats:
    """Return the distance to the nearest known point, infinite where none is known, (m,).

    The score of core-set (Sener and Savarese 2018, arXiv 1708.00489) and of greedy sampling on
    the inputs, GSx (Wu, Lin and Huang 2019, doi 10.1016/j.ins.2018.09.060).
    """
    return np.asarray(cdist(points, known).min(axis=1, initial=np.inf))


def core_set(points: Floats, known: Floats, count: int) -> tuple[Ints, Floats]:
    """Return rows chosen one after the other, each farthest from all known and chosen, with these distances.

    Where nothing is known the first is the one nearest the centroid (Wu et al. 2019).
    """
    apart, rows, gains = nearest_distance(points, known), [], []
    free = np.ones(len(points), bool)
    for _ in range(min(count, len(points))):
        central = -np.linalg.norm(points - points.mean(axis=0), axis=1)
        row = int(np.argmax(np.where(free, apart if np.isfinite(apart[0]) else central, -np.inf)))
        rows.append(row)
        gains.append(float(apart[row]))
        free[row] = False
        apart = np.minimum(apart, np.linalg.norm(points - points[row], axis=1))
    return np.array(rows, np.intp), np.array(gains)


def density(points: Floats, others: Floats) -> Floats:
    """Return the mean similarity 1 / (1 + distance) to all others, (m,), in blocks."""
    found = np.empty(len(points))
    for start in range(0, len(points), 512):
        block = slice(start, start + 512)
        found[block] = (1.0 / (1.0 + cdist(points[block], others))).mean(axis=1)
    return found


def information_density(uncertainty: Floats, mean_similarity: Floats, power: float = 1.0) -> Floats:
    """Return uncertainty x (mean similarity)^power (Settles and Craven 2008, doi 10.3115/1613715.1613855)."""
    return np.asarray(uncertainty * mean_similarity**power)


def ranked_batch(
    uncertainty: Floats, points: Floats, known: Floats, count: int
) -> tuple[Ints, Floats]:
    """Return rows one after the other by alpha (1 - similarity) + (1 - alpha) uncertainty, and these scores.

    alpha = |U| / (|U| + |L|), similarity = 1 / (1 + distance to the nearest of L), L grows with each pick and
    U shrinks (Cardoso et al. 2017, doi 10.1016/j.ins.2016.10.037).
    """
    apart, rows, scores = nearest_distance(points, known), [], []
    free = np.ones(len(points), bool)
    for turn in range(min(count, len(points))):
        worth = _ranks(uncertainty, apart, len(points) - turn, len(known) + turn)
        row = int(np.argmax(np.where(free, worth, -np.inf)))
        rows.append(row)
        scores.append(float(worth[row]))
        free[row] = False
        apart = np.minimum(apart, np.linalg.norm(points - points[row], axis=1))
    return np.array(rows, np.intp), np.array(scores)


def first_ranks(uncertainty: Floats, points: Floats, known: Floats) -> Floats:
    """Return the scores by which a ranked batch takes its first row, (m,)."""
    return _ranks(uncertainty, nearest_distance(points, known), len(points), len(known))


def _ranks(uncertainty: Floats, apart: Floats, left: int, labelled: int) -> Floats:
    alpha = left / max(left + labelled, 1)
    return np.asarray(alpha * (1 - 1 / (1 + apart)) + (1 - alpha) * uncertainty)


def improved_greedy_score(
    points: Floats, predicted: Floats, known: Floats, values: Floats
) -> Floats:
    """Return min over known of distance x |predicted - value|: iGS (Wu et al. 2019)."""
    gaps = cdist(points, known) * np.abs(predicted[:, None] - values)
    return np.asarray(gaps.min(axis=1, initial=np.inf))


def output_greedy_score(predicted: Floats, values: Floats) -> Floats:
    """Return how far a predicted yield is from the nearest measured one: GSy (Wu et al. 2019)."""
    return np.asarray(np.abs(predicted[:, None] - values).min(axis=1, initial=np.inf))


def largest_cluster_batch(points: Floats, nearest: Ints, closest: Floats, count: int) -> tuple[Ints, Floats]:
    """Return rows by LCMD: the farthest member of the heaviest cluster becomes the next centre.

    Centres are the known points first; the weight of a cluster is the sum of its squared distances
    (Holzmueller et al. 2023, JMLR 24(164), arXiv 2203.09410).

    Parameters
    ----------
    points
        Candidates, scaled so that distances count, (m, width).
    nearest, closest
        Index of the nearest centre, and the squared distance to it, (m,); one centre at infinity where none.
    """
    nearest, closest = nearest.copy(), closest.copy()
    free, rows, gains = np.ones(len(closest), bool), [], []
    centres = int(nearest.max(initial=0)) + 1
    for turn in range(min(count, len(closest))):
        weights = np.bincount(nearest, np.where(free, closest, 0.0), centres + turn)
        heaviest = nearest == np.argmax(weights)
        inside = free & heaviest if (free & heaviest).any() else free
        row = int(np.argmax(np.where(inside, closest, -np.inf)))
        rows.append(row)
        gains.append(float(closest[row]))
        free[row] = False
        squares = np.square(points - points[row]).sum(axis=1)
        closer = squares < closest
        nearest[closer], closest[closer] = centres + turn, squares[closer]
    return np.array(rows, np.intp), np.array(gains)
