"""A yield that only shows where a condition works: the chance that it works multiplies what it promises.

Which conditions fail (nothing grows, all precipitates) is learnt from the outcomes, never guessed. Along a
path a condition that fails has the worst yield, so a path gains nothing there, and the expected improvement
is the chance to work times that of the yield (Gelbart, Snoek and Adams 2014, arXiv 1403.5607; Schonlau,
Welch and Jones 1998, doi 10.1214/lnms/1215456182).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bioal.evidence import Floats
from bioal.models.outcomes import OutcomeEvidence, OutcomeModel
from bioal.models.posterior import Posterior


@dataclass(frozen=True)
class Works:
    """Outcomes that say whether a condition works: with which classes it does, and what learns from them."""

    evidence: OutcomeEvidence
    codes: tuple[int, ...]
    model: object = "auto"


@dataclass(frozen=True)
class MayFail:
    """The posterior of what a condition yields where it may fail.

    Parameters
    ----------
    posterior
        The belief about the yield of conditions that work.
    outcomes
        The belief about the outcome.
    works
        The classes with which a condition works.
    worst
        The yield of a failure, in the readout's unit: no better than any that was measured.
    """

    posterior: Posterior
    outcomes: OutcomeModel
    works: tuple[int, ...]
    worst: float

    @property
    def noise_sd(self) -> float:
        """Return the sd of one replicate that works."""
        return self.posterior.noise_sd

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what both fits noticed."""
        return (*self.posterior.notes, *self.outcomes.notes)

    def chance(self, points: Floats) -> Floats:
        """Return the chance to work, shape (m,)."""
        return np.asarray(self.outcomes.predict_proba(points)[:, list(self.works)].sum(axis=1))

    def mean(self, points: Floats) -> Floats:
        """Return the mean, failures counted as the worst, shape (m,)."""
        return np.asarray(self.worst + self.chance(points) * (self.posterior.mean(points) - self.worst))

    def mean_sd(self, points: Floats) -> tuple[Floats, Floats]:
        """Return mean and sd of the mixture of working and failing, each (m,)."""
        chance, (mean, sd) = self.chance(points), self.posterior.mean_sd(points)
        lead = mean - self.worst
        variance = chance * sd**2 + chance * (1 - chance) * lead**2
        return np.asarray(self.worst + chance * lead), np.sqrt(variance)

    def paths(self, points: Floats, count: int, rng: np.random.Generator) -> Floats:
        """Return joint samples, the worst yield where a path's outcome is a failure, shape (m, count)."""
        paths = self.posterior.paths(points, count, rng)
        members = self.outcomes.member_proba(points, rng)[:, :, list(self.works)].sum(axis=2)
        # Few members miss the chance a little on average, by which every gain would be off.
        off = self.chance(points) / np.maximum(members.mean(axis=0), np.finfo(float).tiny)
        worlds = np.minimum(members * off, 1.0)[rng.integers(len(members), size=paths.shape[1])].T
        return np.where(rng.random(paths.shape) < worlds, paths, self.worst)

    def covariance(self, points: Floats, others: Floats) -> Floats:
        """Return the covariance of the yield scaled by the chances to work; failing's own is left out."""
        chances = np.outer(self.chance(points), self.chance(others))
        return np.asarray(chances * self.posterior.covariance(points, others))
