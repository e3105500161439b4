"""Laplace's approximation of a Gaussian process whose observations are ordered outcomes.

The posterior of the hidden function is taken as normal about its mode, found by Newton's method
(Rasmussen and Williams 2006, algorithms 3.1 and 5.1, www.gaussianprocess.org/gpml). The approximate
log marginal likelihood comes with its gradient by the kernel and by the thresholds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

from bioal.evidence import Floats, Ints
from bioal.models.likelihood import cholesky
from bioal.models.thresholds import Slopes, likelihood

_TURNS, _CLOSE = 100, 1e-10
_STEP = 1e-4  # of central differences of elementwise functions: errors of 1e-8


@dataclass(frozen=True)
class Seen:
    """Outcomes: `codes` (n,) and how often each was seen, `weights` (n,)."""

    codes: Ints
    weights: Floats

    def slopes(self, f: Floats, edges: Floats) -> Slopes:
        """Return the weighted log likelihood and its derivatives at hidden values (n,)."""
        one = likelihood(f, edges, self.codes)
        return Slopes(one.log * self.weights, one.first * self.weights, one.curvature * self.weights)


@dataclass(frozen=True)
class Mode:
    """The most probable hidden values.

    Parameters
    ----------
    f
        The values, shape (n,).
    slopes
        The likelihood there.
    weights
        The prior covariance's inverse times f, shape (n,).
    lower
        Cholesky factor of I + W^1/2 K W^1/2, W being the curvature.
    """

    f: Floats
    slopes: Slopes
    weights: Floats
    lower: Floats

    @property
    def log_evidence(self) -> float:
        """Return the approximate log marginal likelihood."""
        fit = self.slopes.log.sum() - 0.5 * self.weights @ self.f
        return float(fit - np.log(np.diag(self.lower)).sum())

    def whitened(self, cross: Floats) -> Floats:
        """Return L^-1 W^1/2 cross, (n, m): its squares are what the outcomes take from a variance."""
        if not len(cross):
            return cross
        scaled = np.sqrt(self.slopes.curvature)[:, None] * cross
        return np.asarray(solve_triangular(self.lower, scaled, lower=True, check_finite=False))


def mode_of(covariance: Floats, edges: Floats, seen: Seen) -> Mode:
    """Return the mode of the hidden values at measured points with this prior covariance (n, n)."""
    weights = np.zeros(len(covariance))
    f, height = weights, seen.slopes(weights, edges).log.sum()
    for _ in range(_TURNS):
        target = _newton(covariance, f, seen.slopes(f, edges))
        weights, f, raised = _uphill(covariance, edges, seen, weights, target, height)
        if raised - height < _CLOSE:
            break
        height = raised
    slopes = seen.slopes(f, edges)
    return Mode(f, slopes, weights, _factor(covariance, slopes))


def _newton(covariance: Floats, f: Floats, slopes: Slopes) -> Floats:
    """Return the weights that Newton's method proposes next."""
    root = np.sqrt(slopes.curvature)
    right = slopes.curvature * f + slopes.first
    lower = _factor(covariance, slopes)
    half = solve_triangular(lower, root * (covariance @ right), lower=True)
    return np.asarray(right - root * solve_triangular(lower, half, lower=True, trans=1))


def _uphill(
    covariance: Floats, edges: Floats, seen: Seen, weights: Floats, target: Floats, height: float
) -> tuple[Floats, Floats, float]:
    """Return the longest of ever shorter steps that does not go down, where it leads, and how high."""
    step = 1.0
    while step > 1e-6:
        tried = weights + step * (target - weights)
        f = covariance @ tried
        found = float(seen.slopes(f, edges).log.sum() - 0.5 * tried @ f)
        if found >= height:
            return tried, f, found
        step /= 2
    return weights, covariance @ weights, height


def _factor(covariance: Floats, slopes: Slopes) -> Floats:
    root = np.sqrt(slopes.curvature)
    inner = root[:, None] * covariance * root
    inner[np.diag_indices_from(inner)] += 1.0
    return cholesky(inner)[0]


@dataclass(frozen=True)
class Gradient:
    """Derivatives of the log evidence: by the covariance, symmetric (n, n), and by each threshold."""

    covariance: Floats
    edges: Floats


def gradient_of(mode: Mode, covariance: Floats, edges: Floats, seen: Seen) -> Gradient:
    """Return how the log evidence changes with the prior covariance and the thresholds."""
    root = np.sqrt(mode.slopes.curvature)
    half = solve_triangular(mode.lower, np.diag(root), lower=True)
    inner = half.T @ half  # (K + W^-1)^-1
    variance = np.diag(covariance) - np.square(half @ covariance).sum(axis=0)
    bend = _difference(lambda by: seen.slopes(mode.f + by, edges).curvature)
    shift = -0.5 * variance * bend  # by each hidden value at the mode
    pull = shift - inner @ (covariance @ shift)
    explicit = 0.5 * (np.outer(mode.weights, mode.weights) - inner)
    moved = 0.5 * (np.outer(pull, mode.slopes.first) + np.outer(mode.slopes.first, pull))
    by_edge = [_by_edge(one, mode, edges, seen, variance, covariance @ pull) for one in range(len(edges))]
    return Gradient(explicit + moved, np.array(by_edge))


def _by_edge(one: int, mode: Mode, edges: Floats, seen: Seen, variance: Floats, pull: Floats) -> float:
    unit = np.eye(len(edges))[one]
    up, down = (seen.slopes(mode.f, edges + by * unit) for by in (_STEP, -_STEP))
    log, first, curvature = (
        (getattr(up, part) - getattr(down, part)) / (2 * _STEP) for part in ("log", "first", "curvature")
    )
    return float(log.sum() - 0.5 * variance @ curvature + pull @ first)


def _difference(of: Callable[[float], Floats]) -> Floats:
    """Return the derivative at 0 of an elementwise function of one shift, by central differences."""
    return np.asarray((of(_STEP) - of(-_STEP)) / (2 * _STEP))
