"""What is believed about hyper-parameters before any data: log-normal priors, in standardised units.

Length-scales grow with the square root of the number of factors, so that the prior says the same
about the function in 2 and in 40 dimensions (Hvarfner et al. 2024, arXiv 2402.02229). All densities
are those of the logarithm of the parameter: a maximum then does not move with the parametrisation.

The numbers are narrower and shorter than that paper's (mean 1.41, sd 1.73 of the logarithm): on twelve
finished experiments, 8 to 96 conditions measured, its numbers gave unmeasured conditions a mean log
density of -2.38 at the most probable hyper-parameters, these, with noise about exp(-3.5), -1.24; about
exp(-4) -1.27. That was measured with one kind of function and with length-scales
that share nothing; the part in common says that a function is rough or smooth in many factors alike.

Noise is expected about exp(-2.5), within a factor of 4.5 either way, and as much beside what replicates know,
which is often that of one pipetting on one plate only. With exp(-3.5) and a factor of 2.7, and exp(-6) beside
replicates, 90 % intervals of unmeasured conditions hold 87.5 %, with these 88.6 % (twenty experiments, 16 and
64 conditions measured, five seeds; triplicates of a cell-free buffer 82 and 88 %), and regret is the same
(difference 0.000 +- 0.003, twelve experiments, 30 seeds).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bioal.evidence import Floats


@dataclass(frozen=True)
class Normal:
    """A normal density of the logarithms of parameters.

    Parameters
    ----------
    mean
        Shape (parameters,).
    own
        The sd of each that is its own, shape (parameters,).
    tied, shared
        The first `tied` logarithms have a part in common besides, of sd `shared`.
    """

    mean: Floats
    own: Floats
    tied: int = 0
    shared: float = 0.0

    @cached_property
    def sd(self) -> Floats:
        """Return the sd of each, its share in the common part included, shape (parameters,)."""
        common = np.where(np.arange(len(self.mean)) < self.tied, self.shared, 0.0)
        return np.asarray(np.hypot(self.own, common))

    @cached_property
    def precision(self) -> Floats:
        """Return the inverse covariance, shape (parameters, parameters)."""
        common = np.where(np.arange(len(self.mean)) < self.tied, self.shared, 0.0)
        return np.asarray(np.linalg.inv(np.diag(self.own**2) + np.outer(common, common)))

    @cached_property
    def _log_scale(self) -> float:
        _, logarithm = np.linalg.slogdet(self.precision / (2.0 * np.pi))
        return 0.5 * float(logarithm)

    def log_density(self, logs: Floats) -> float:
        """Return the log density."""
        apart = logs - self.mean
        return float(self._log_scale - 0.5 * apart @ self.precision @ apart)

    def slope(self, logs: Floats) -> Floats:
        """Return the derivative of the log density by each logarithm."""
        return np.asarray(-self.precision @ (logs - self.mean))


@dataclass(frozen=True)
class Structure:
    """What kind of function is expected.

    Parameters
    ----------
    effects
        Whether main effects stand beside the function of all factors together.
    concave
        Whether numeric factors count by their square root.
    """

    effects: bool
    concave: bool


MAIN_EFFECTS = Structure(effects=True, concave=False)
TOGETHER = Structure(effects=False, concave=False)
CONCAVE = Structure(effects=True, concave=True)


@dataclass(frozen=True)
class GPSettings:
    """Choices of the Gaussian process; every number is in standardised units.

    Parameters
    ----------
    starts
        How many starting points the search for hyper-parameters has.
    members
        How many draws of the hyper-parameters a posterior holds at most.
    structures
        What kinds of functions are compared.
    lengthscale_shift, lengthscale_shared, lengthscale_sd
        The logarithm of a length-scale has mean `lengthscale_shift + log(factors) / 2`; all deviate from it
        by a common part of sd `lengthscale_shared`, and each by a part of its own of sd `lengthscale_sd`.
    variance_sd
        Sd of the logarithm of the function's variance, whose mean is 0.
    effects_mean, effects_sd
        The logarithm of the variance of the sum of all main effects has this mean and sd.
    noise_mean, noise_sd, noise_floor
        The logarithm of the replicate variance, or of what known variances leave unexplained, has this mean
        and sd; it never falls below the floor.
    offset_mean, offset_sd
        The same for the variance of plate and source effects.
    mean_variance
        Prior variance of the function's mean, which is marginalised.
    """

    starts: int = 3
    members: int = 8
    structures: tuple[Structure, ...] = (TOGETHER, MAIN_EFFECTS, CONCAVE)
    lengthscale_shift: float = -1.0
    lengthscale_shared: float = 0.7
    lengthscale_sd: float = 0.4
    variance_sd: float = 1.0
    effects_mean: float = 0.0
    effects_sd: float = 1.0
    noise_mean: float = -2.5
    noise_sd: float = 1.5
    noise_floor: float = 1e-6
    offset_mean: float = -3.0
    offset_sd: float = 1.5
    mean_variance: float = 0.25


def lengthscale_mean(settings: GPSettings, factors: int) -> float:
    """Return the prior mean of the logarithm of a length-scale among this many factors."""
    return settings.lengthscale_shift + 0.5 * float(np.log(max(factors, 1)))


def prior_of(
    settings: GPSettings, *, factors: int, sources: int, offsets: int, effects: bool = False
) -> Normal:
    """Return the prior of the logarithms: length-scales, variance, effects, noise of each source, offsets."""
    shift = lengthscale_mean(settings, factors)
    each = settings.effects_mean - float(np.log(max(factors, 1)))
    mean = [shift] * factors + [0.0] + [each] * effects
    mean += [settings.noise_mean] * sources + [settings.offset_mean] * offsets
    own = [settings.lengthscale_sd] * factors + [settings.variance_sd] + [settings.effects_sd] * effects
    own += [settings.noise_sd] * sources + [settings.offset_sd] * offsets
    return Normal(np.array(mean), np.array(own), factors, settings.lengthscale_shared)
