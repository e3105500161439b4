"""What is believed about hyper-parameters before any data: log-normal priors, in standardised units.

Length-scales grow with the square root of the number of factors, so that the prior says the same
about the function in 2 and in 40 dimensions (Hvarfner et al. 2024, arXiv 2402.02229). All densities
are those of the logarithm of the parameter: a maximum then does not move with the parametrisation.

The numbers are narrower and shorter than that paper's (mean 1.41, sd 1.73 of the logarithm): on twelve
finished experiments, 8 to 96 conditions measured, its numbers gave unmeasured conditions a mean log
density of -2.38 at the most probable hyper-parameters, these -1.24; noise about exp(-3.5) instead of
exp(-4) took it from -1.27 there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bioal.evidence import Floats


@dataclass(frozen=True)
class Normal:
    """A normal density of the logarithms of parameters; `mean` and `sd` are scalars or arrays."""

    mean: Floats
    sd: Floats

    def log_density(self, logs: Floats) -> float:
        """Return the summed log density."""
        scaled = (logs - self.mean) / self.sd
        return float(np.sum(-0.5 * scaled**2 - np.log(self.sd) - 0.5 * np.log(2.0 * np.pi)))

    def slope(self, logs: Floats) -> Floats:
        """Return the derivative of the log density by each logarithm."""
        return -(logs - self.mean) / self.sd**2


@dataclass(frozen=True)
class GPSettings:
    """Choices of the Gaussian process; every number is in standardised units.

    Parameters
    ----------
    starts
        How many starting points the search for hyper-parameters has.
    members
        How many draws of the hyper-parameters a posterior holds at most.
    lengthscale_shift, lengthscale_sd
        The logarithm of a length-scale has mean `lengthscale_shift + log(factors) / 2` and this sd.
    variance_sd
        Sd of the logarithm of the function's variance, whose mean is 0.
    noise_mean, noise_sd, noise_floor
        The logarithm of the replicate variance has this mean and sd; it never falls below the floor.
    excess_mean
        Takes the place of `noise_mean` where variances are known: what they leave unexplained is small.
    offset_mean, offset_sd
        The same for the variance of plate and source effects.
    mean_variance
        Prior variance of the function's mean, which is marginalised.
    """

    starts: int = 3
    members: int = 8
    lengthscale_shift: float = -1.0
    lengthscale_sd: float = 0.75
    variance_sd: float = 1.0
    noise_mean: float = -3.5
    noise_sd: float = 1.0
    excess_mean: float = -6.0
    noise_floor: float = 1e-6
    offset_mean: float = -3.0
    offset_sd: float = 1.5
    mean_variance: float = 1.0


def lengthscale_mean(settings: GPSettings, factors: int) -> float:
    """Return the prior mean of the logarithm of a length-scale among this many factors."""
    return settings.lengthscale_shift + 0.5 * float(np.log(max(factors, 1)))


def prior_of(settings: GPSettings, *, factors: int, sources: int, offsets: int) -> Normal:
    """Return the prior of the logarithms: length-scales, variance, noise of each source, offsets."""
    shift = lengthscale_mean(settings, factors)
    mean = [shift] * factors + [0.0] + [settings.noise_mean] * sources + [settings.offset_mean] * offsets
    spread = [settings.lengthscale_sd] * factors + [settings.variance_sd] + [settings.noise_sd] * sources
    return Normal(np.array(mean), np.array(spread + [settings.offset_sd] * offsets))
