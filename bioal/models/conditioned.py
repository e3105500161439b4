"""A Gaussian process with known hyper-parameters, conditioned on standardised values.

Plate and source offsets are part of the values' covariance but not of the function, so they are
integrated out of every prediction.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from bioal.evidence import Floats
from bioal.models.anchored import MOST, anchored_paths
from bioal.models.kernels import Kernel
from bioal.models.likelihood import Standardised, cholesky, inverse, solved
from bioal.models.priors import Structure
from bioal.models.single import matern_sums

# Far below what anybody can measure; equal points stay equal along a path.
PATH_JITTER = 1e-9


@dataclass(frozen=True)
class Conditioned:
    """A belief about the standardised function.

    Parameters
    ----------
    kernel
        The prior covariance of the function.
    points
        Measured points, shape (n, width).
    lower
        Cholesky factor of the covariance of the measured values, shape (n, n).
    weights
        That covariance's inverse times the values, shape (n,).
    noise
        Variance of one replicate about the function.
    jitter
        What had to be added to the covariance's diagonal, relative to its mean.
    logs, structure
        The hyper-parameters (logarithms, as in `likelihood`), and the kind of function they are for.
    """

    kernel: Kernel
    points: Floats
    lower: Floats
    weights: Floats
    noise: float
    jitter: float
    logs: Floats
    structure: Structure

    def mean(self, points: Floats) -> Floats:
        """Return the mean, shape (m,)."""
        return self.kernel.between(points, self.points) @ self.weights

    def screened(self, points: Floats) -> NDArray[np.float32]:
        """Return the mean in single precision, shape (m,)."""
        weights = self.kernel.variance * self.weights
        sums = matern_sums(self.kernel.scaled(points), self.kernel.scaled(self.points), weights)
        sums += np.float32(self.kernel.constant * self.weights.sum())
        if self.kernel.effects:
            slopes = self.kernel.effects * (self.weights @ self.kernel.features(self.points))
            sums += (self.kernel.features(points) @ slopes).astype(np.float32)
        return sums

    def moments(self, points: Floats) -> tuple[Floats, Floats]:
        """Return mean and variance, each (m,)."""
        cross = self.kernel.between(points, self.points)
        variance = self.kernel.diagonal(points) - np.square(self._whitened(cross)).sum(axis=0)
        return cross @ self.weights, np.maximum(variance, 0.0)

    def covariance(self, points: Floats, others: Floats) -> Floats:
        """Return the covariance between points (m, width) and others (k, width), (m, k)."""
        return self.joint(points, others)[2]

    def joint(self, points: Floats, others: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the means at points (m,) and at others (k,), and the covariance between them (m, k)."""
        here = self.kernel.between(points, self.points)
        there = here if others is points else self.kernel.between(others, self.points)
        left = self.kernel.between(points, others)
        left -= self._explained(here, there)
        return here @ self.weights, there @ self.weights, left

    def _explained(self, here: Floats, there: Floats) -> Floats:
        """Return how much of the covariance of two sets of points what was measured explains, (m, k)."""
        if here is there:
            whitened = self._whitened(here)
            return whitened.T @ whitened
        # Solving is dear: only the fewer points are solved for.
        if len(here) > len(there):
            return here @ self._solved(there)
        return self._solved(here).T @ there.T

    def _solved(self, cross: Floats) -> Floats:
        return solved(self.lower, cross.T) if len(self.points) else cross.T

    def paths(self, points: Floats, count: int, rng: np.random.Generator) -> Floats:
        """Return joint samples, shape (m, count), from the exact joint covariance, or through anchors."""
        if len(points) > MOST:
            return anchored_paths(self.moments, self.covariance, points, count, rng)
        mean, _, joint = self.joint(points, points)
        joint[np.diag_indices_from(joint)] += PATH_JITTER * self.kernel.diagonal(points)
        lower, _ = cholesky(joint)
        return mean[:, None] + lower @ rng.standard_normal((len(points), count))

    @cached_property
    def left_out(self) -> tuple[Floats, Floats, Floats]:
        """Return the values, and mean and variance that the others predict for each, noise included."""
        precision = np.diag(inverse(self.lower))
        values = self.lower @ (self.lower.T @ self.weights)
        return values, values - self.weights / precision, 1.0 / precision

    def _whitened(self, cross: Floats) -> Floats:
        if not len(self.points):
            return cross.T
        return np.asarray(solve_triangular(self.lower, cross.T, lower=True, check_finite=False))


def conditioned(data: Standardised, logs: Floats, constant: float) -> Conditioned:
    """Return the belief for given hyper-parameters (logarithms, as in `likelihood`)."""
    lower, jitter = cholesky(data.covariance(logs, constant))
    return Conditioned(
        kernel=data.kernel(logs, constant),
        points=data.points,
        lower=lower,
        weights=solved(lower, data.values),
        noise=float(np.exp(logs[data.noises.start])) + data.replicate,
        jitter=jitter,
        logs=logs,
        structure=data.structure,
    )
