"""A posterior for what counts only where other readouts meet their requirements.

Each required readout has a model of its own. A path of the readout that is wanted counts where the paths of
all required ones lie on the right side of their limits; elsewhere it has the value of the worst that was
measured. Mean and sd are those of such paths, with the probability that all requirements are met (Gardner et
al. 2014, Bayesian optimization with inequality constraints, section 3, multiplies improvement by it).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from bioal.evidence import Evidence, Floats
from bioal.models.fitting import fit
from bioal.models.posterior import Posterior

FEWEST = 3  # distinct measured conditions from which a requirement is predicted
UNTOLD = (
    "A readout with a requirement has been measured in too few conditions to be predicted: the requirement"
    " does not count yet."
)


@dataclass(frozen=True)
class Required:
    """Observations of a required readout, and on which side of the limit it must be: +1 above, -1 below."""

    evidence: Evidence
    limit: float
    side: int


@dataclass(frozen=True)
class Demand:
    """What is believed of a required readout, and where it must lie."""

    posterior: Posterior
    limit: float
    side: int

    def chance(self, points: Floats) -> Floats:
        """Return the probability that the requirement is met, (m,)."""
        mean, sd = self.posterior.mean_sd(points)
        return np.asarray(ndtr(self.side * (mean - self.limit) / np.maximum(sd, np.finfo(float).tiny)))

    def met(self, points: Floats, count: int, rng: np.random.Generator) -> Floats:
        """Return 1 where a path meets the requirement and 0 where not, (m, count)."""
        paths = self.posterior.paths(points, count, rng)
        return np.asarray(self.side * (paths - self.limit) >= 0, float)


@dataclass(frozen=True)
class Requiring:
    """A posterior whose values count only where all demands are met, and are `worst` elsewhere."""

    wanted: Posterior
    demands: Sequence[Demand]
    worst: float

    @property
    def noise_sd(self) -> float:
        """Return the sd of one replicate of the readout that is wanted."""
        return self.wanted.noise_sd

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what the fit of the readout that is wanted noticed."""
        return self.wanted.notes

    def chance(self, points: Floats) -> Floats:
        """Return the probability that all demands are met, (m,)."""
        return np.asarray(np.prod([demand.chance(points) for demand in self.demands], axis=0))

    def mean(self, points: Floats) -> Floats:
        """Return the mean, (m,)."""
        return self.worst + self.chance(points) * (self.wanted.mean(points) - self.worst)

    def mean_sd(self, points: Floats) -> tuple[Floats, Floats]:
        """Return mean and sd of what counts, each (m,)."""
        chance, (mean, sd) = self.chance(points), self.wanted.mean_sd(points)
        above = mean - self.worst
        variance = chance * sd**2 + chance * (1.0 - chance) * above**2
        return self.worst + chance * above, np.sqrt(variance)

    def paths(self, points: Floats, count: int, rng: np.random.Generator) -> Floats:
        """Return joint samples of what counts, (m, count)."""
        met = np.prod([demand.met(points, count, rng) for demand in self.demands], axis=0)
        return np.asarray(np.where(met > 0, self.wanted.paths(points, count, rng), self.worst))

    def covariance(self, points: Floats, others: Floats) -> Floats:
        """Return the covariance of the readout that is wanted where both count, (m, k)."""
        weight = np.outer(self.chance(points), self.chance(others))
        return np.asarray(weight * self.wanted.covariance(points, others))


def where_required(
    wanted: Posterior, required: Sequence[Required], worst: float, rng: np.random.Generator
) -> tuple[Posterior, tuple[str, ...]]:
    """Return a posterior of what counts, and a sentence where a requirement cannot be predicted yet."""
    told = [one for one in required if len(np.unique(one.evidence.points, axis=0)) >= FEWEST]
    notes = (UNTOLD,) if len(told) < len(required) else ()
    demands = [Demand(fit(one.evidence, "gp", rng), one.limit, one.side) for one in told]
    return (Requiring(wanted, demands, worst) if demands else wanted), notes
