"""A Gaussian process posterior, fitted to evidence: exact, calibrated, free of plate effects.

Values are standardised and the function's mean is marginalised. The posterior is the equal mixture of a
few Gaussian processes: each expects one of several kinds of functions, as many of each as its evidence
earns, with hyper-parameters drawn from their own posterior. With many observations one is enough.

On twelve finished experiments (8 or 16 random wells, then five focused batches as many; 10 seeds) the three
kinds leave a mean regret of 0.093; main effects in every function 0.107 (0.007 standard error of the
difference; no worse where most factors are choices: see `structures.expected`), these and square roots 0.104
(0.005), one function of all factors alone 0.098 (0.004, 20 seeds).
Earlier, with other settings and 20 to 40 seeds, 20 draws instead of 8, length-scales that share nothing, an
additive kernel of curves instead of parabolas, ranks of levels, four to six kinds and a prior mean below the
data's changed it by less than the noise. One step ahead (900 states): isotropic 0.115, this kind of prior
0.114, own length-scales 0.119, rank-transformed values 0.120, logarithms 0.119, ridge regression 0.123,
options compared by the letters of their names or by the chemistry of residues 0.117, extra trees 0.130.

With five random reactions and batches of five of direct arylation, and less noise expected than now, the best
yield at 50 is 98.4 % (100 runs; standard error 0.4): main effects always 98.4 (more by 20 and 25 experiments:
see `structures`), a kernel that is a product over choices 97.9, a mean of the function known better or worse
97.8 to 98.5, square roots or logarithms of yields 98.7 to 99.0 (50 to 150 runs each).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from bioal.evidence import Bools, Evidence, Floats
from bioal.models.censoring import bounds_of
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
from bioal.models.hypersamples import draws_for
from bioal.models.likelihood import subset
from bioal.models.priors import GPSettings
from bioal.models.scaling import Scale, moving_factors, scale_of, standardised
from bioal.models.structures import fitted_structures, propagated, shares_of

BLOCK = 4096
SCREEN_ROWS = 20_000


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
    constant
        Prior variance of the function's mean, standardised.
    doubted
        Variance added to each observation that the others do not support, standardised, shape (n,).
    """

    members: tuple[Conditioned, ...]
    scale: Scale
    notes: tuple[str, ...] = ()
    constant: float = 0.0
    doubted: Floats = field(default_factory=lambda: np.empty(0))

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
        total = np.zeros((len(points), len(others)))
        means = []
        for member in self.members:
            here, there, within = member.joint(points, others)
            means.append((here, there))
            total += within
        lefts, rights = (np.stack([pair[side] for pair in means]) for side in (0, 1))
        total += (lefts - lefts.mean(axis=0)).T @ (rights - rights.mean(axis=0))
        return np.asarray(self.scale.spread**2 / len(self.members) * total)

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
        # Values that are all equal but for the doubted ones leave nothing to doubt these by.
        if settled(doubted, found) or not scale_of(evidence, found == 0)[0].measured:
            break
        doubted = found
        scale, notes = scale_of(evidence, doubted == 0)
        members = _members(evidence, scale, doubted, settings, rng)
    jitter = jitter_notes(max(member.jitter for member in members))
    said = (*notes, *notes_on_evidence(evidence, doubted), *jitter)
    said = (*said, *notes_on_fit(evidence, members, scale, doubted))
    return GaussianProcess(members, scale, said, settings.mean_variance, doubted / scale.spread**2)


def of_some(whole: GaussianProcess, evidence: Evidence, keep: Bools) -> GaussianProcess:
    """Return the same Gaussian processes given some of their observations only, hyper-parameters as they are.

    Parameters
    ----------
    evidence
        All observations that `whole` was fitted to, n of them.
    keep
        Which of them are to be known, shape (n,).
    """
    # Sources and plates are counted among all, so that each hyper-parameter keeps its meaning.
    data = subset(standardised(evidence, whole.scale), np.flatnonzero(keep))
    data = replace(data, known=data.known + whole.doubted[keep])
    bounds, members = bounds_of(evidence.rows(keep), whole.scale), []
    for member in whole.members:
        here = replace(data, structure=member.structure)
        here = propagated(here, member.logs, bounds, whole.constant)
        members.append(conditioned(here, member.logs, whole.constant))
    return replace(whole, members=tuple(members), notes=(), doubted=whole.doubted[keep])


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
    """Return Gaussian processes, as many of each structure as its evidence earns, bounds replaced by sites.

    Values without a spread of their own say nothing about hyper-parameters: nothing is searched.
    """
    if not scale.measured:
        settings = replace(settings, starts=0, structures=settings.structures[:1], members=1)
    data = standardised(evidence, scale)
    data = replace(data, known=data.known + doubted / scale.spread**2)
    found = fitted_structures(data, bounds_of(evidence, scale), moving_factors(evidence), settings, rng)
    shares = shares_of(found, draws_for(len(evidence), settings.members))
    return tuple(
        conditioned(one.data, draw, settings.mean_variance)
        for one, share in zip(found, shares, strict=True)
        for draw in one.draws(share)
    )
