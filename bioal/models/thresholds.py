"""The likelihood of ordered outcomes: a hidden number plus unit normal noise falls between two thresholds.

p(c | f) = Phi(b_c - f) - Phi(b_(c-1) - f) with b_(-1) = -inf and the last b = +inf (McCullagh 1980, doi
10.1111/j.2517-6161.1980.tb01109.x; with a Gaussian process Chu and Ghahramani 2005, JMLR 6:1019). Two
classes are probit regression. It is log-concave in f.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr, ndtr

from bioal.evidence import Floats, Ints

_LOG_ROOT_TWO_PI = 0.5 * np.log(2 * np.pi)
_LEAST_CURVATURE = 1e-10


@dataclass(frozen=True)
class Slopes:
    """Log likelihood of each observation, its derivative by f, and minus its second derivative, each (n,)."""

    log: Floats
    first: Floats
    curvature: Floats


def likelihood(f: Floats, edges: Floats, codes: Ints) -> Slopes:
    """Return the log likelihood of codes at hidden values f, and its derivatives.

    Parameters
    ----------
    f
        Hidden values, shape (n,).
    edges
        Increasing thresholds, shape (classes - 1,).
    codes
        Which class each is, shape (n,).
    """
    walls = np.concatenate([[-np.inf], edges, [np.inf]])
    low, high = walls[codes] - f, walls[codes + 1] - f
    log = _log_between(low, high)
    at_low, at_high = _ratio(low, log), _ratio(high, log)
    first = at_low - at_high
    bend = _times(low, at_low) - _times(high, at_high)
    return Slopes(log, first, np.maximum(first**2 - bend, _LEAST_CURVATURE))


def class_probabilities(mean: Floats, variance: Floats, edges: Floats) -> Floats:
    """Return the probability of each class where f is normal, shape (m, classes): a closed form.

    E Phi(b - f) = Phi((b - mean) / sqrt(1 + variance)) (Rasmussen and Williams 2006, equation 3.82).
    """
    below = ndtr((edges - mean[:, None]) / np.sqrt(1 + variance)[:, None])
    ends = np.zeros((len(mean), 1))
    found = np.diff(np.hstack([ends, below, ends + 1]), axis=1)
    return np.asarray(np.clip(found, 0.0, 1.0))


def edges_of(free: Floats) -> Floats:
    """Return increasing thresholds from free numbers: the first, then logarithms of the gaps."""
    return np.asarray(np.cumsum(np.append(free[:1], np.exp(free[1:]))))


def free_of(edges: Floats) -> Floats:
    """Return the free numbers of increasing thresholds; the inverse of `edges_of`."""
    return np.append(edges[:1], np.log(np.diff(edges)))


def _log_between(low: Floats, high: Floats) -> Floats:
    """Return log(Phi(high) - Phi(low)) without cancellation in either tail."""
    flip = low > 0
    # Both ends above zero are mirrored: differences of numbers near 1 would lose their digits.
    top, bottom = log_ndtr(np.where(flip, -low, high)), log_ndtr(np.where(flip, -high, low))
    return np.asarray(top + np.log1p(-np.exp(np.minimum(bottom - top, -1e-16))))


def _ratio(at: Floats, log: Floats) -> Floats:
    """Return phi(at) / P, where log P is given."""
    return np.asarray(np.exp(-0.5 * at**2 - _LOG_ROOT_TWO_PI - log))


def _times(at: Floats, ratio: Floats) -> Floats:
    """Return at x ratio, 0 where the wall is infinitely far."""
    return np.asarray(np.where(np.isfinite(at), at, 0.0) * ratio)
