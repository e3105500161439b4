"""The log posterior density of a Gaussian process's hyper-parameters, with its gradient.

Everything is standardised. The vector of logarithms holds the length-scales, the function's variance,
the replicate variance, then one variance per kind of offset (plates, sources). The gradient costs one
inverse and one matrix product, whatever the number of factors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack

from bioal.evidence import Bools, Floats, Ints
from bioal.models.kernels import Kernel, factor_traces, matern_and_slope, squared_distances
from bioal.models.priors import Normal

JITTERS = (0.0, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2)


@dataclass(frozen=True)
class Standardised:
    """Evidence in standardised units, ready for a Gaussian process.

    Parameters
    ----------
    points, groups, categorical
        As in `Evidence`.
    values
        Standardised values, shape (n,).
    known
        Known variance of each value, zero where nothing is known, shape (n,).
    shares
        What part of the replicate variance each value has besides: 1 / count, shape (n,).
    offsets
        One indicator matrix (n, n) per kind of offset: 1 where two observations share it.
    """

    points: Floats
    values: Floats
    known: Floats
    shares: Floats
    groups: Ints
    categorical: Bools
    offsets: tuple[Floats, ...] = ()

    @property
    def factors(self) -> int:
        """Return the number of factors."""
        return int(self.groups.max()) + 1 if len(self.groups) else 0

    def kernel(self, logs: Floats, constant: float) -> Kernel:
        """Return the kernel that the logarithms stand for."""
        lengthscales, variance = np.exp(logs[: self.factors]), float(np.exp(logs[self.factors]))
        return Kernel(self.groups, self.categorical, lengthscales, variance, constant)

    def noise(self, logs: Floats) -> Floats:
        """Return the variance of each value about the function, shape (n,)."""
        noise: Floats = self.known + np.exp(logs[self.factors + 1]) * self.shares
        return noise

    def covariance(self, logs: Floats, constant: float) -> Floats:
        """Return the prior covariance of the values, shape (n, n)."""
        out = self.kernel(logs, constant).between(self.points, self.points)
        for share, log in zip(self.offsets, logs[self.factors + 2 :], strict=True):
            out += np.exp(log) * share
        out[np.diag_indices_from(out)] += self.noise(logs)
        return out


def cholesky(matrix: Floats) -> tuple[Floats, float]:
    """Return the lower Cholesky factor and the jitter, relative to the mean diagonal, that it took.

    Raises
    ------
    ValueError
        If even the largest jitter leaves the matrix indefinite: it was no covariance.
    """
    size = float(np.mean(np.diag(matrix))) if len(matrix) else 1.0
    for jitter in JITTERS:
        lower, info = lapack.dpotrf(matrix + np.eye(len(matrix)) * (jitter * size), lower=1, clean=1)
        if info == 0:
            return lower, jitter
    raise ValueError(
        "A covariance matrix is indefinite even with jitter 0.01; its entries are not a kernel's"
    )


def solved(lower: Floats, right: Floats) -> Floats:
    """Return K^-1 right from the Cholesky factor of K."""
    if not len(lower):
        return right
    out, _ = lapack.dpotrs(lower, right, lower=1)
    return np.asarray(out, float).reshape(right.shape)


def inverse(lower: Floats) -> Floats:
    """Return the full symmetric inverse from the Cholesky factor."""
    half, _ = lapack.dpotri(lower, lower=1)
    half = np.tril(half)
    return np.asarray(half + np.tril(half, -1).T)


def log_posterior(logs: Floats, data: Standardised, prior: Normal, constant: float) -> tuple[float, Floats]:
    """Return the log posterior density of the logarithms and its gradient, shape (parameters,)."""
    kernel = data.kernel(logs, constant)
    scaled = kernel.scaled(data.points)
    correlation, slope = matern_and_slope(squared_distances(scaled, scaled))
    matrix = kernel.variance * correlation + constant
    variances = np.exp(logs[data.factors + 1 :])
    for share, variance in zip(data.offsets, variances[1:], strict=True):
        matrix += variance * share
    matrix[np.diag_indices_from(matrix)] += data.noise(logs)
    lower, _ = cholesky(matrix)
    weights = solved(lower, data.values)
    value = (
        -0.5 * data.values @ weights - np.log(np.diag(lower)).sum() - 0.5 * len(weights) * np.log(2 * np.pi)
    )

    outer = np.outer(weights, weights) - inverse(lower)
    slope *= outer
    lengths = -kernel.variance * factor_traces(slope, scaled, data.groups, data.factors)
    amplitude = 0.5 * kernel.variance * np.vdot(outer, correlation)
    noise = 0.5 * variances[0] * (np.diag(outer) @ data.shares)
    rest = [0.5 * v * np.vdot(outer, share) for share, v in zip(data.offsets, variances[1:], strict=True)]
    gradient = np.concatenate([lengths, [amplitude, noise], rest])
    return float(value) + prior.log_density(logs), gradient + prior.slope(logs)
