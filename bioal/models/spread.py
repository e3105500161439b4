"""How far the members of an ensemble err: their spread times s, plus noise, fitted out of bag.

The residual of a condition that a member has not seen holds two things: the error of the ensemble,
proportional to the variance v among its members, and the noise of the measurement. By the law of
total variance E r^2 = s v + noise. Both are fitted together, so that paths can be free of noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from bioal.evidence import Floats

# Priors of the logarithms, in standardised units: members of a bag disagree about as much as they err; a
# tenth of the standard deviation is a common noise, and a factor of ten either way no surprise.
SPREAD_PRIOR = (0.0, 1.0)
NOISE_PRIOR = (float(np.log(0.01)), 2.0)
FLOOR = 1e-6  # variance below which noise is not told from rounding


@dataclass(frozen=True)
class Spread:
    """Scale of the members' variance and noise variance of one replicate."""

    scale: float
    noise: float


@dataclass(frozen=True)
class Residuals:
    """Out-of-bag errors of the conditions and what is known of their noise, all of shape (n,).

    `known` holds known noise variances, NaN where only the count is known. `within` and `freedom` are the
    sum of squares among replicates of equal conditions and its degrees of freedom. `doubted` is the variance
    that conditions were given besides, because no others support them.
    """

    errors: Floats
    spreads: Floats
    known: Floats
    counts: Floats
    within: float = 0.0
    freedom: int = 0
    doubted: Floats | float = 0.0

    def noises(self, noise: float) -> Floats:
        """Return the noise variance of each condition where that of one replicate is `noise`."""
        return np.where(np.isnan(self.known), noise / self.counts, self.known)

    def expected(self, spread: Spread) -> Floats:
        """Return the variance expected of each error, doubts left out."""
        return np.asarray(spread.scale * self.spreads + self.noises(spread.noise) + FLOOR)


def fitted_spread(residuals: Residuals) -> Spread:
    """Return the most probable scale and noise under log-normal priors."""
    starts = [(0.0, np.log(noise)) for noise in (1e-4, 1e-2, 0.3)]
    bounds = [(-5.0, 5.0), (np.log(FLOOR), np.log(10.0))]
    found = [
        minimize(_loss, start, (residuals,), jac=True, method="L-BFGS-B", bounds=bounds) for start in starts
    ]
    best = min(found, key=lambda one: float(one.fun))
    scale, noise = np.exp(best.x)
    return Spread(float(scale), float(noise))


def _loss(logs: Floats, residuals: Residuals) -> tuple[float, Floats]:
    """Return the negative log posterior density and its gradient by (log scale, log noise)."""
    scale, noise = np.exp(logs)
    unknown, noises = np.isnan(residuals.known), residuals.noises(noise)
    total = residuals.expected(Spread(scale, noise)) + residuals.doubted
    squares = residuals.errors**2 / total
    pull = 0.5 * (1 - squares) / total
    slope = np.array([pull @ (scale * residuals.spreads), pull @ np.where(unknown, noises, 0.0)])
    value = 0.5 * float(np.sum(np.log(total) + squares))
    value += 0.5 * (residuals.freedom * float(logs[1]) + residuals.within / noise)
    slope[1] += 0.5 * (residuals.freedom - residuals.within / noise)
    for axis, (centre, width) in enumerate((SPREAD_PRIOR, NOISE_PRIOR)):
        value += 0.5 * ((float(logs[axis]) - centre) / width) ** 2
        slope[axis] += (logs[axis] - centre) / width**2
    return value, slope
