"""The log posterior density of a Gaussian process's hyper-parameters, with its gradient.

Everything is standardised. The vector of logarithms holds the length-scales, the function's variance,
that of the main effects where there are any, one replicate variance per source, then one variance per kind
of offset (sources, plates). The gradient costs one inverse and one matrix product, whatever the number of
factors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import lapack

from bioal.evidence import Bools, Floats, Ints
from bioal.models.kernels import Kernel, factor_traces, matern_and_slope, squared_distances
from bioal.models.priors import TOGETHER, Normal, Structure

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
        What part of each source's replicate variance a value has besides: 1 / count in the column of
        its source, shape (n, sources).
    offsets
        One indicator matrix (n, n) per kind of offset: 1 where two observations share one.
    replicate
        Typical known variance of one replicate, zero where nothing is known.
    structure
        What kind of function is expected.
    shared
        Loadings L, shape (n, k), of errors that values have in common: covariance L L^T; None for none.
    """

    points: Floats
    values: Floats
    known: Floats
    shares: Floats
    groups: Ints
    categorical: Bools
    offsets: tuple[Floats, ...] = ()
    replicate: float = 0.0
    structure: Structure = TOGETHER
    shared: Floats | None = None

    @property
    def factors(self) -> int:
        """Return the number of factors."""
        return int(self.groups.max()) + 1 if len(self.groups) else 0

    @property
    def noises(self) -> slice:
        """Return where the logarithms of the replicate variances stand."""
        first = self.factors + 1 + self.structure.effects
        return slice(first, first + self.shares.shape[1])

    @property
    def parameters(self) -> int:
        """Return the number of hyper-parameters."""
        return int(self.noises.stop) + len(self.offsets)

    def kernel(self, logs: Floats, constant: float) -> Kernel:
        """Return the kernel that the logarithms stand for."""
        lengthscales, variance = np.exp(logs[: self.factors]), float(np.exp(logs[self.factors]))
        effects = float(np.exp(logs[self.factors + 1])) if self.structure.effects else 0.0
        concave = self.structure.concave
        kernel = Kernel(self.groups, self.categorical, lengthscales, variance, constant, effects, concave)
        if not effects or not len(self.points):
            return kernel
        # A factor that never moved then changes nothing where it stands.
        return replace(kernel, centre=kernel.features(self.points).mean(axis=0))

    def noise(self, logs: Floats) -> Floats:
        """Return the variance of each value about the function, shape (n,)."""
        noise: Floats = self.known + self.shares @ np.exp(logs[self.noises])
        return noise

    def covariance(self, logs: Floats, constant: float) -> Floats:
        """Return the prior covariance of the values, shape (n, n)."""
        out = self.kernel(logs, constant).between(self.points, self.points)
        for share, log in zip(self.offsets, logs[self.noises.stop :], strict=True):
            out += np.exp(log) * share
        if self.shared is not None:
            out += self.shared @ self.shared.T
        out[np.diag_indices_from(out)] += self.noise(logs)
        return out


def subset(data: Standardised, keep: Ints) -> Standardised:
    """Return the data of some observations only."""
    return replace(
        data,
        points=data.points[keep],
        values=data.values[keep],
        known=data.known[keep],
        shares=data.shares[keep],
        offsets=tuple(share[np.ix_(keep, keep)] for share in data.offsets),
        shared=None if data.shared is None else data.shared[keep],
    )


def of_factors(data: Standardised, factors: Ints) -> Standardised:
    """Return the data of some factors only, numbered anew."""
    columns = np.isin(data.groups, factors)
    return replace(
        data,
        points=data.points[:, columns],
        groups=np.searchsorted(factors, data.groups[columns]),
        categorical=data.categorical[columns],
    )


def cholesky(matrix: Floats) -> tuple[Floats, float]:
    """Return the lower Cholesky factor and the jitter, relative to the mean diagonal, that it took.

    Raises
    ------
    ValueError
        If even the largest jitter leaves the matrix indefinite: it was no covariance.
    """
    size = float(np.mean(np.diag(matrix))) if len(matrix) else 1.0
    for jitter in JITTERS:
        # Thousands of rows make hundreds of megabytes: nothing is copied where nothing is added.
        lifted = matrix + np.diag(np.full(len(matrix), jitter * size)) if jitter else matrix
        lower, info = lapack.dpotrf(lifted, lower=1, clean=1)
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
    # The factor is zero above its diagonal, and so is what comes back.
    half, _ = lapack.dpotri(lower, lower=1)
    whole = half + half.T
    whole[np.diag_indices_from(whole)] *= 0.5
    return np.asarray(whole)


def log_posterior(logs: Floats, data: Standardised, prior: Normal, constant: float) -> tuple[float, Floats]:
    """Return the log posterior density of the logarithms and its gradient, shape (parameters,)."""
    kernel = data.kernel(logs, constant)
    scaled = kernel.scaled(data.points)
    correlation, slope = matern_and_slope(squared_distances(scaled, scaled))
    variances = np.exp(logs)
    matrix = kernel.variance * correlation + constant
    features = kernel.features(data.points) if kernel.effects else data.points[:, :0]
    if kernel.effects:
        matrix += kernel.effects * (features @ features.T)
    for share, variance in zip(data.offsets, variances[data.noises.stop :], strict=True):
        matrix += variance * share
    if data.shared is not None:
        matrix += data.shared @ data.shared.T
    matrix[np.diag_indices_from(matrix)] += data.noise(logs)
    lower, _ = cholesky(matrix)
    weights = solved(lower, data.values)

    outer = np.outer(weights, weights) - inverse(lower)
    slope *= outer
    slopes = np.concatenate(
        [
            -2.0 * kernel.variance * factor_traces(slope, scaled, data.groups, data.factors),
            [kernel.variance * np.vdot(outer, correlation)],
            [kernel.effects * np.vdot(outer @ features, features)] * data.structure.effects,
            variances[data.noises] * (np.diag(outer) @ data.shares),
            variances[data.noises.stop :] * [np.vdot(outer, share) for share in data.offsets],
        ]
    )
    value = log_likelihood(lower, data.values, weights) + prior.log_density(logs)
    return value, 0.5 * slopes + prior.slope(logs)


def log_likelihood(lower: Floats, values: Floats, weights: Floats) -> float:
    """Return the log density of values under a zero-mean Gaussian; `weights` is K^-1 values."""
    return float(-0.5 * (values @ weights + len(values) * np.log(2.0 * np.pi)) - np.log(np.diag(lower)).sum())
