"""Censored observations as soft pseudo-observations, by expectation propagation.

What is known of a well below the limit is that its reading would lie under the bound. Each such bound
becomes a Gaussian site (a value and a variance) whose moments agree with the truncated belief (Minka
2001; Rasmussen and Williams 2006, section 3.6). A truncated Gaussian is log-concave, so the sites have
positive variance and the iteration converges.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import log_ndtr

from bioal.evidence import Bools, Evidence, Floats
from bioal.models.likelihood import Standardised, cholesky, solved
from bioal.models.scaling import Scale

ROUNDS, DAMPING, TOLERANCE = 60, 0.8, 1e-8
LEAST_PRECISION = 1e-8
FAR_TAIL = -1e3  # sds beyond which a tail is exponential, and 1 - x^2 has lost its digits


@dataclass(frozen=True)
class Bounds:
    """Standardised bounds of the censored observations, shape (n,) each; infinite where there is none."""

    lower: Floats
    upper: Floats

    @property
    def rows(self) -> Bools:
        """Return which observations are bounds."""
        return np.isfinite(self.lower) | np.isfinite(self.upper)


def bounds_of(evidence: Evidence, scale: Scale) -> Bounds:
    """Return the bounds of the evidence in standardised units."""
    return Bounds(scale.standardised(evidence.lower), scale.standardised(evidence.upper))


@dataclass(frozen=True)
class Sites:
    """A pseudo-observation per censored reading, shape (k,) each."""

    values: Floats
    variances: Floats


def truncated_moments(mean: Floats, variance: Floats, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """Return mean and variance of Gaussians cut to [lower, upper], in the far tails too."""
    sd = np.sqrt(variance)
    a, b = (lower - mean) / sd, (upper - mean) / sd
    # Work on the side of the tail where log_ndtr keeps its digits.
    flip = a + b > 0
    a, b = np.where(flip, -b, a), np.where(flip, -a, b)
    top = log_ndtr(b)
    outside = np.minimum(log_ndtr(a) - top, -1e-15)
    mass = top + np.log1p(-np.exp(outside))
    at_a, at_b = _density(a, mass), _density(b, mass)
    shift = at_a - at_b
    first = np.where(np.isfinite(a), a, 0.0) * at_a - np.where(np.isfinite(b), b, 0.0) * at_b
    ratio = np.where(b < FAR_TAIL, 1.0 / np.minimum(b, -1.0) ** 2, 1.0 + first - shift**2)
    return mean + np.where(flip, -sd, sd) * shift, variance * np.clip(ratio, 1e-12, 1.0)


def _density(at: Floats, log_mass: Floats) -> Floats:
    """Return the standard normal density divided by a mass; 0 at infinity."""
    finite = np.isfinite(at)
    logs = -0.5 * np.where(finite, at, 0.0) ** 2 - 0.5 * np.log(2.0 * np.pi) - log_mass
    return np.where(finite, np.exp(np.where(finite, logs, 0.0)), 0.0)


def sites_of(covariance: Floats, values: Floats, bounds: Bounds) -> Sites:
    """Return the sites of the censored readings.

    Parameters
    ----------
    covariance
        Prior covariance of the noisy readings, shape (n, n).
    values
        Standardised values, shape (n,); those of censored rows are not used.
    bounds
        Their bounds.
    """
    rows = bounds.rows
    mean, joint = _given_measured(covariance, values, rows)
    return _propagated(mean, joint, bounds.lower[rows], bounds.upper[rows])


def _given_measured(covariance: Floats, values: Floats, rows: Bools) -> tuple[Floats, Floats]:
    """Return mean and covariance of the censored readings once the measured ones are known."""
    joint = covariance[np.ix_(rows, rows)]
    if rows.all():
        return np.zeros(len(joint)), joint
    cross = covariance[np.ix_(~rows, rows)]
    lower, _ = cholesky(covariance[np.ix_(~rows, ~rows)])
    return cross.T @ solved(lower, values[~rows]), joint - cross.T @ solved(lower, cross)


def _propagated(mean: Floats, joint: Floats, lower: Floats, upper: Floats) -> Sites:
    least = LEAST_PRECISION / np.diag(joint)
    precision, shift = least.copy(), least * mean
    for _ in range(ROUNDS):
        marginal_mean, marginal = _marginals(mean, joint, precision, shift)
        cavity = 1.0 / np.maximum(1.0 / marginal - precision, 1e-12 / marginal)
        cavity_mean = cavity * (marginal_mean / marginal - shift)
        cut_mean, cut = truncated_moments(cavity_mean, cavity, lower, upper)
        wanted = np.maximum(1.0 / cut - 1.0 / cavity, least)
        wanted_shift = cut_mean * (wanted + 1.0 / cavity) - cavity_mean / cavity
        change = np.max(np.abs(wanted - precision) / (wanted + 1.0 / marginal))
        precision = precision + DAMPING * (wanted - precision)
        shift = shift + DAMPING * (wanted_shift - shift)
        if change < TOLERANCE:
            break
    return Sites(shift / precision, 1.0 / precision)


def _marginals(mean: Floats, joint: Floats, precision: Floats, shift: Floats) -> tuple[Floats, Floats]:
    """Return marginal means and variances of the readings given the sites."""
    root = np.sqrt(precision)
    factor, _ = cholesky(np.eye(len(mean)) + root[:, None] * joint * root)
    scaled = root[:, None] * joint
    reduced = solved(factor, scaled)
    posterior = joint - scaled.T @ reduced
    centre = mean + posterior @ (shift - precision * mean)
    return centre, np.maximum(np.diag(posterior), 1e-300)


def with_sites(data: Standardised, sites: Sites, rows: Bools) -> Standardised:
    """Return the data with each censored row replaced by its site."""
    values, known = data.values.copy(), data.known.copy()
    values[rows] = sites.values
    known[rows] = data.known[rows] + sites.variances
    return replace(data, values=values, known=known)
