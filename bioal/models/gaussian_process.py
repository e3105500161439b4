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
from bioal.models.diagnostics import (
    FEWEST,
    jitter_notes,
    leave_one_out,
    notes_on_evidence,
    notes_on_fit,
    usual_variances,
)
from bioal.models.doubts import DOUBTINGS, doubts, settled
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
    """Return a Gaussian process fitted to evidence; never raises for a degenerate one, but says so.

    Observations that no others support are doubted, and the rest is fitted again, until no more are.
    """
    settings = settings or GPSettings()
    doubted = np.zeros(len(evidence))
    scale, notes = scale_of(evidence)
    members = _members(evidence, scale, doubted, settings, rng)
    for _ in range(DOUBTINGS):
        found = _doubts(evidence, members, scale, doubted)
        if settled(doubted, found):
            break
        doubted = found
        scale, notes = scale_of(evidence, doubted == 0)
        members = _members(evidence, scale, doubted, settings, rng)
    jitter = jitter_notes(max(member.jitter for member in members))
    said = (*notes, *notes_on_evidence(evidence, doubted), *jitter)
    return GaussianProcess(members, scale, (*said, *notes_on_fit(evidence, members, scale, doubted)))


def _doubts(evidence: Evidence, members: tuple[Conditioned, ...], scale: Scale, doubted: Floats) -> Floats:
    """Return the variance that each observation is to get because the others do not support it."""
    kept = ~evidence.censored
    out = np.zeros(len(evidence))
    if kept.sum() >= FEWEST and scale.measured:
        left = leave_one_out(members, scale)
        usual = usual_variances(left, doubted, members, scale)
        out[kept] = doubts((left.values - left.means)[kept], usual[kept], evidence.counts[kept] <= 1)
    return out


def _members(
    evidence: Evidence, scale: Scale, doubted: Floats, settings: GPSettings, rng: np.random.Generator
) -> tuple[Conditioned, ...]:
    """Return a Gaussian process for each draw of the hyper-parameters, bounds replaced by sites.

    Factors that never moved take no part in the search: they would only blur the draws. Values without a
    spread of their own say nothing about hyper-parameters: nothing is searched.
    """
    if not scale.measured:
        settings = replace(settings, starts=0)
    data, moving = standardised(evidence, scale), moving_factors(evidence)
    data = replace(data, known=data.known + doubted / scale.spread**2)
    part = of_factors(data, moving)
    search = Search(prior_for(part, settings), settings, rng)
    part, best = with_bounds(part, bounds_of(evidence, scale), search)
    still = lengthscale_mean(settings, len(moving))
    logs = [with_still_factors(draw, moving, data.factors, still) for draw in plausible(best, part, search)]
    data = replace(data, values=part.values, known=part.known)
    return tuple(conditioned(data, each, settings.mean_variance) for each in logs)


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
