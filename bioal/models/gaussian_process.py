"""A Gaussian process posterior, fitted to evidence: exact, calibrated, free of plate effects.

Values are standardised and the function's mean is marginalised. The posterior is the equal mixture of a
few Gaussian processes whose hyper-parameters are draws from their own posterior; with many observations
one is enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from bioal.evidence import Evidence, Floats
from bioal.models.censoring import Bounds, bounds_of, sites_of, with_sites
from bioal.models.conditioned import Conditioned, conditioned
from bioal.models.diagnostics import jitter_notes, notes_on_evidence, notes_on_fit
from bioal.models.hyperparameters import Search, most_probable, prior_for, refined, with_still_factors
from bioal.models.hypersamples import plausible
from bioal.models.likelihood import Standardised, of_factors, subset
from bioal.models.priors import GPSettings, lengthscale_mean
from bioal.models.scaling import Scale, moving_factors, scale_of, standardised

BLOCK = 4096
SCREEN_ROWS = 20_000
ALTERNATIONS = 4


@dataclass(frozen=True)
class GaussianProcess:
    """An equal mixture of Gaussian processes, in the readout's unit.

    Parameters
    ----------
    members
        One per draw of the hyper-parameters, standardised.
    scale
        What turns standardised values into the readout's unit.
    notes
        What the fit noticed, in sentences.
    """

    members: tuple[Conditioned, ...]
    scale: Scale
    notes: tuple[str, ...] = ()

    @property
    def noise_sd(self) -> float:
        """Return the sd of one separately prepared replicate about the function."""
        return self.scale.spread * float(np.sqrt(np.mean([member.noise for member in self.members])))

    def mean(self, points: Floats) -> Floats:
        """Return the posterior mean, shape (m,); in single precision beyond 20,000 points."""
        out = np.empty(len(points))
        single = len(points) > SCREEN_ROWS
        for rows in _blocks(len(points)):
            here = points[rows]
            means = [member.screened(here) if single else member.mean(here) for member in self.members]
            out[rows] = np.mean(means, axis=0)
        return self.scale.centre + self.scale.spread * out

    def mean_sd(self, points: Floats) -> tuple[Floats, Floats]:
        """Return posterior mean and sd of the function, each (m,)."""
        mean, variance = np.empty(len(points)), np.empty(len(points))
        for rows in _blocks(len(points)):
            moments = [member.moments(points[rows]) for member in self.members]
            means, variances = np.array(moments).transpose(1, 0, 2)
            mean[rows] = means.mean(axis=0)
            variance[rows] = variances.mean(axis=0) + means.var(axis=0)
        return self.scale.centre + self.scale.spread * mean, self.scale.spread * np.sqrt(variance)

    def covariance(self, points: Floats, others: Floats) -> Floats:
        """Return the posterior covariance between points and others, (m, k)."""
        within = np.mean([member.covariance(points, others) for member in self.members], axis=0)
        here, there = ([member.mean(at) for member in self.members] for at in (points, others))
        between = (np.array(here) - np.mean(here, axis=0)).T @ (np.array(there) - np.mean(there, axis=0))
        return np.asarray(self.scale.spread**2 * (within + between / len(self.members)))

    def paths(self, points: Floats, count: int, rng: np.random.Generator) -> Floats:
        """Return joint samples of the function, (m, count), the members' in mixed order."""
        # Where there are fewer paths than members, chance says which are asked.
        turn = rng.permutation(len(self.members))[np.arange(count) % len(self.members)]
        asked, shares = np.unique(turn, return_counts=True)
        drawn = [
            self.members[which].paths(points, int(share), rng)
            for which, share in zip(asked, shares, strict=True)
        ]
        joint = np.hstack([np.empty((len(points), 0)), *drawn])
        return self.scale.centre + self.scale.spread * joint[:, rng.permutation(count)]


def _blocks(rows: int) -> Iterator[slice]:
    for start in range(0, rows, BLOCK):
        yield slice(start, start + BLOCK)


def fit_gaussian_process(
    evidence: Evidence, rng: np.random.Generator, *, settings: GPSettings | None = None
) -> GaussianProcess:
    """Return a Gaussian process fitted to evidence; never raises for a degenerate one, but says so."""
    settings = settings or GPSettings()
    scale, notes = scale_of(evidence)
    if not scale.measured:
        # Values without a spread of their own say nothing about hyper-parameters.
        settings = replace(settings, starts=0)
    data, logs = _searched(evidence, scale, settings, rng)
    members = tuple(conditioned(data, each, settings.mean_variance) for each in logs)
    jitter = jitter_notes(max(member.jitter for member in members))
    said = (*notes, *notes_on_evidence(evidence), *jitter, *notes_on_fit(evidence, members, scale))
    return GaussianProcess(members, scale, said)


def _searched(
    evidence: Evidence, scale: Scale, settings: GPSettings, rng: np.random.Generator
) -> tuple[Standardised, list[Floats]]:
    """Return the data, bounds replaced by sites, and draws of the hyper-parameters.

    Factors that never moved take no part in the search: they would only blur the draws.
    """
    data, moving = standardised(evidence, scale), moving_factors(evidence)
    part = of_factors(data, moving)
    search = Search(prior_for(part, settings), settings, rng)
    part, best = with_bounds(part, bounds_of(evidence, scale), search)
    still = lengthscale_mean(settings, len(moving))
    logs = [with_still_factors(draw, moving, data.factors, still) for draw in plausible(best, part, search)]
    return replace(data, values=part.values, known=part.known), logs


def with_bounds(data: Standardised, bounds: Bounds, search: Search) -> tuple[Standardised, Floats]:
    """Return the data with sites for its bounds, and the best hyper-parameters, each given the other.

    At fixed sites the gradient of the pseudo-observations' density is that of expectation propagation's
    own evidence, so the alternation climbs towards it.
    """
    logs = most_probable(subset(data, np.flatnonzero(~bounds.rows)), search)
    if not bounds.rows.any():
        return data, logs
    for _ in range(ALTERNATIONS):
        sites = sites_of(data.covariance(logs, search.settings.mean_variance), data.values, bounds)
        filled = with_sites(data, sites, bounds.rows)
        logs = refined(logs, filled, search)
    return filled, logs
