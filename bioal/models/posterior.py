"""What a fitted model believes: mean and sd at points, and joint paths, free of plate effects.

A path is one sample of the whole noise-free function, so paths at many points move together. Whoever
chooses a batch sees a posterior only through this protocol; Gaussian processes, ensembles and
mixtures all satisfy it.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from bioal.evidence import Floats


class Posterior(Protocol):
    """A belief about the noise-free readout, in the readout's own unit and direction."""

    @property
    def noise_sd(self) -> float:
        """Return the standard deviation of one separately prepared replicate about the function."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Return sentences that a person should read: what the fit noticed."""

    def mean(self, points: Floats) -> Floats:
        """Return the posterior mean at points (m, width), shape (m,); the cheap part of `mean_sd`."""

    def mean_sd(self, points: Floats) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of the function at points (m, width), each (m,)."""

    def paths(self, points: Floats, count: int, rng: np.random.Generator) -> Floats:
        """Return `count` joint samples of the function at points (m, width), shape (m, count)."""

    def covariance(self, points: Floats, others: Floats) -> Floats:
        """Return the posterior covariance between points (m, width) and others (k, width), (m, k)."""
