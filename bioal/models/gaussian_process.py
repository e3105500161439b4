"""A Gaussian process posterior, fitted to evidence: exact, by Cholesky factors, free of plate effects.

Values are standardised, hyper-parameters are the most probable ones, the function's mean is
marginalised. Plate and source offsets are part of the values' covariance but not of the function, so
they are integrated out of every prediction.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from bioal.evidence import Evidence, Floats
from bioal.models.censoring import Bounds, bounds_of, sites_of, with_sites
from bioal.models.diagnostics import jitter_notes, notes_on_evidence, notes_on_fit
from bioal.models.hyperparameters import Search, most_probable, prior_for, refined
from bioal.models.kernels import Kernel, matern, squared_distances
from bioal.models.likelihood import Standardised, cholesky, solved, subset
from bioal.models.priors import GPSettings
from bioal.models.scaling import Scale, scale_of, standardised

BLOCK = 4096
SCREEN_ROWS = 20_000
ALTERNATIONS = 4


@dataclass(frozen=True)
class GaussianProcess:
    """A Gaussian process conditioned on evidence.

    Parameters
    ----------
    kernel
        The fitted kernel, standardised.
    points
        Measured points, shape (n, width).
    lower
        Cholesky factor of the covariance of the measured values, shape (n, n).
    weights
        That covariance's inverse times the standardised values, shape (n,).
    scale
        What turns standardised values into the readout's unit.
    replicate_sd
        Sd of one replicate about the function, in the readout's unit.
    notes
        What the fit noticed, in sentences.
    """

    kernel: Kernel
    points: Floats
    lower: Floats
    weights: Floats
    scale: Scale
    replicate_sd: float
    notes: tuple[str, ...] = ()

    @property
    def noise_sd(self) -> float:
        """Return the sd of one separately prepared replicate about the function."""
        return self.replicate_sd

    def mean(self, points: Floats) -> Floats:
        """Return the posterior mean, shape (m,); in single precision beyond 20,000 points."""
        out = np.empty(len(points))
        single, weights = len(points) > SCREEN_ROWS, self.weights.astype(np.float32)
        for rows in _blocks(len(points)):
            if single:
                out[rows] = self._between_single(points[rows]) @ weights
            else:
                out[rows] = self._between(points[rows]) @ self.weights
        return self.scale.centre + self.scale.spread * out

    def mean_sd(self, points: Floats) -> tuple[Floats, Floats]:
        """Return posterior mean and sd of the function, each (m,)."""
        mean, variance = np.empty(len(points)), np.empty(len(points))
        for rows in _blocks(len(points)):
            cross = self._between(points[rows])
            mean[rows] = cross @ self.weights
            variance[rows] = self.kernel.diagonal - np.square(self._whitened(cross)).sum(axis=0)
        return self.scale.centre + self.scale.spread * mean, self.scale.spread * np.sqrt(
            np.maximum(variance, 0.0)
        )

    def covariance(self, points: Floats, others: Floats) -> Floats:
        """Return the posterior covariance between points and others, (m, k)."""
        return self.scale.spread**2 * self._covariance(points, others)

    def paths(self, points: Floats, count: int, rng: np.random.Generator) -> Floats:
        """Return joint samples of the function, (m, count), from the exact joint covariance."""
        joint = self._covariance(points, points)
        mean = self._between(points) @ self.weights
        # The jitter is far below what anybody can measure, and keeps equal points equal.
        lower, _ = cholesky(joint + 1e-9 * self.kernel.diagonal * np.eye(len(points)))
        draws = lower @ rng.standard_normal((len(points), count))
        return self.scale.centre + self.scale.spread * (mean[:, None] + draws)

    def _covariance(self, points: Floats, others: Floats) -> Floats:
        prior = self.kernel.between(points, others)
        first = self._whitened(self._between(points))
        second = first if others is points else self._whitened(self._between(others))
        return prior - first.T @ second

    def _between(self, points: Floats) -> Floats:
        return self.kernel.between(points, self.points)

    def _between_single(self, points: Floats) -> NDArray[np.float32]:
        """Return the prior covariance to the measured points in single precision, for screening."""
        here = self.kernel.scaled(points).astype(np.float32)
        there = self.kernel.scaled(self.points).astype(np.float32)
        correlation = matern(squared_distances(here, there))
        return np.float32(self.kernel.variance) * correlation + np.float32(self.kernel.constant)

    def _whitened(self, cross: Floats) -> Floats:
        if not len(self.points):
            return cross.T
        return np.asarray(solve_triangular(self.lower, cross.T, lower=True, check_finite=False))


def _blocks(rows: int) -> Iterator[slice]:
    for start in range(0, rows, BLOCK):
        yield slice(start, start + BLOCK)


def fit_gaussian_process(
    evidence: Evidence, rng: np.random.Generator, *, settings: GPSettings | None = None
) -> GaussianProcess:
    """Return a Gaussian process fitted to evidence; never raises for a degenerate one, but says so."""
    settings = settings or GPSettings()
    scale, notes = scale_of(evidence)
    data = standardised(evidence, scale)
    prior = prior_for(evidence, data, settings)
    # Values without a spread of their own say nothing about hyper-parameters.
    search = (
        Search(prior, settings, rng) if scale.measured else Search(prior, replace(settings, starts=0), rng)
    )
    data, logs = with_bounds(data, bounds_of(evidence, scale), search)
    fitted = conditioned(data, logs, scale, settings.mean_variance)
    said = (*notes, *notes_on_evidence(evidence), *fitted.notes, *notes_on_fit(evidence, fitted))
    return replace(fitted, notes=said)


def with_bounds(data: Standardised, bounds: Bounds, search: Search) -> tuple[Standardised, Floats]:
    """Return the data with sites for its bounds, and the hyper-parameters; each is found given the other.

    At fixed sites the gradient of the pseudo-observations' density is that of expectation propagation's
    own evidence, so the alternation climbs towards it.
    """
    measured = np.flatnonzero(~bounds.rows)
    logs = most_probable(subset(data, measured), search)
    if not bounds.rows.any():
        return data, logs
    for _ in range(ALTERNATIONS):
        sites = sites_of(data.covariance(logs, search.settings.mean_variance), data.values, bounds)
        filled = with_sites(data, sites, bounds.rows)
        logs = refined(logs, filled, search)
    return filled, logs


def conditioned(data: Standardised, logs: Floats, scale: Scale, constant: float) -> GaussianProcess:
    """Return the posterior for given hyper-parameters (logarithms, as in `likelihood`)."""
    lower, jitter = cholesky(data.covariance(logs, constant))
    noise = np.exp(logs[data.noises.start]) + data.replicate
    return GaussianProcess(
        kernel=data.kernel(logs, constant),
        points=data.points,
        lower=lower,
        weights=solved(lower, data.values),
        scale=scale,
        replicate_sd=float(np.sqrt(noise)) * scale.spread,
        notes=jitter_notes(jitter),
    )
