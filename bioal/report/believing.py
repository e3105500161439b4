"""Intervals and draws of what a posterior believes, on the readout's own scale.

A chance of outcomes is no number with a symmetric error: it lies between 0 and 100 %. Its interval and its
draws come from the hidden function, mapped to chances; those of a number are normal.
"""

from __future__ import annotations

import numpy as np

from bioal.evidence import Floats
from bioal.models.chances import Chances, Interval
from bioal.models.posterior import Posterior

INTERVAL = 1.6448536269514722  # standard normal quantile of 95 %: both ends of a 90 % interval


def interval_of(posterior: Posterior, points: Floats) -> Interval:
    """Return posterior means at points (m, width) and the ends of their 90 % intervals, each (m,)."""
    if isinstance(posterior, Chances):
        return posterior.interval(points)
    mean, sd = posterior.mean_sd(points)
    return Interval(mean, mean - INTERVAL * sd, mean + INTERVAL * sd)


def draws_of(posterior: Posterior, points: Floats, count: int, rng: np.random.Generator) -> Floats:
    """Return joint draws of the readout, (m, count); chances are those of possible worlds."""
    if isinstance(posterior, Chances):
        return posterior.draws(points, count, rng)
    return posterior.paths(points, count, rng)


def limited(posterior: Posterior, values: Floats) -> Floats:
    """Return values of the readout within what it can be: chances from 0 to 100 %, numbers as they are."""
    if isinstance(posterior, Chances):
        return np.asarray(np.clip(values, posterior.worth.min(), posterior.worth.max()))
    return values
