"""Proportional odds: logistic regression for ordered outcomes, one slope per column, one threshold per step.

P(c <= j | x) = 1 / (1 + exp(x'w - b_j)) (McCullagh 1980, doi 10.1111/j.2517-6161.1980.tb01109.x, equation
2.1), fitted by maximum likelihood with a ridge on the slopes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from bioal.evidence import Floats, Ints
from bioal.models.thresholds import edges_of, free_of

RIDGE = 0.1
_LEAST = 1e-12


@dataclass(frozen=True)
class ProportionalOdds:
    """Slopes (width,) and increasing thresholds (classes - 1,)."""

    slopes: Floats
    edges: Floats

    def predict_proba(self, points: Floats) -> Floats:
        """Return the probability of each class, shape (m, classes)."""
        return _probabilities(points @ self.slopes, self.edges)


def fit_proportional_odds(
    points: Floats, codes: Ints, weights: Floats, classes: int, ridge: float = RIDGE
) -> ProportionalOdds:
    """Return the most probable slopes and thresholds.

    The loss is -sum of weights x log probabilities + ridge / 2 |slopes|^2; thresholds are pulled as gently
    towards the classes' shares, so that a class that nobody has seen keeps one.
    """
    seen = np.bincount(codes, weights, classes) + 1.0
    below = np.cumsum(seen)[:-1] / seen.sum()
    centre = np.concatenate([np.zeros(points.shape[1]), free_of(np.log(below / (1 - below)))])

    def loss(free: Floats) -> tuple[float, Floats]:
        slopes, raw = np.split(free, [points.shape[1]])
        edges = edges_of(raw)
        score = points @ slopes
        chance = np.maximum(_probabilities(score, edges)[np.arange(len(codes)), codes], _LEAST)
        low, high = _densities(score, edges, codes)
        by_score = weights * (low - high) / chance
        by_edge = np.bincount(codes, weights * high / chance, classes)[:-1]
        by_edge = by_edge - np.bincount(codes, weights * low / chance, classes)[1:]
        gaps = np.append(1.0, np.diff(edges))
        slope = np.concatenate([points.T @ by_score, gaps * np.cumsum(by_edge[::-1])[::-1]])
        apart = free - centre
        return 0.5 * ridge * apart @ apart - weights @ np.log(chance), ridge * apart - slope

    found = minimize(loss, centre, jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
    slopes, raw = np.split(found, [points.shape[1]])
    return ProportionalOdds(slopes, edges_of(raw))


def _probabilities(score: Floats, edges: Floats) -> Floats:
    ends = np.zeros((len(score), 1))
    below = expit(edges - score[:, None])
    return np.asarray(np.diff(np.hstack([ends, below, ends + 1]), axis=1))


def _densities(score: Floats, edges: Floats, codes: Ints) -> tuple[Floats, Floats]:
    """Return the logistic density at the wall below and above each observation, each (n,)."""
    walls = np.concatenate([[-np.inf], edges, [np.inf]])
    low, high = expit(walls[codes] - score), expit(walls[codes + 1] - score)
    return low * (1 - low), high * (1 - high)
