"""Paths at more points than a joint covariance can hold: exact at anchors, and at each point by itself.

An exact draw at n points factorises n x n numbers: 80 GB for 100,000 of them. Among so many, points are drawn
jointly with a few hundred anchors among them, and independently of one another given these (the training
conditional of Quinonero-Candela and Rasmussen 2005, JMLR 6:1939, called FITC). Mean and variance at each
point, and all that is joint between a point and an anchor, stay exact.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg import solve_triangular

from bioal.evidence import Floats
from bioal.models.likelihood import cholesky

MOST = 6000  # points that are drawn exactly: more than any shortlist has
ANCHORS = 256
_BLOCK = 4096

Moments = Callable[[Floats], tuple[Floats, Floats]]
Covariance = Callable[[Floats, Floats], Floats]


def anchored_paths(
    moments: Moments, covariance: Covariance, points: Floats, count: int, rng: np.random.Generator
) -> Floats:
    """Return samples of a function at points (m, width), shape (m, count).

    Parameters
    ----------
    moments
        Gives mean and variance at points.
    covariance
        Gives the covariance between two sets of points.
    """
    anchors = points[np.linspace(0, len(points) - 1, ANCHORS).astype(np.intp)]
    lower, _ = cholesky(covariance(anchors, anchors))
    shared = rng.standard_normal((ANCHORS, count))
    found = np.empty((len(points), count))
    for start in range(0, len(points), _BLOCK):
        here = points[start : start + _BLOCK]
        mean, variance = moments(here)
        across = solve_triangular(lower, covariance(anchors, here), lower=True, check_finite=False)
        left = np.sqrt(np.maximum(variance - np.square(across).sum(axis=0), 0.0))
        own = left[:, None] * rng.standard_normal((len(here), count))
        found[start : start + _BLOCK] = mean[:, None] + across.T @ shared + own
    return found
