"""The part of a posterior that its means need: small enough to be sent to every process of a cluster."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np

from bioal.evidence import Floats
from bioal.models.gaussian_process import GaussianProcess
from bioal.models.mixture import Mixture
from bioal.models.posterior import Posterior


class Means(Protocol):
    """What gives posterior means."""

    def mean(self, points: Floats) -> Floats:
        """Return the posterior mean at points (m, width), shape (m,)."""


def means_alone(posterior: Posterior) -> Means:
    """Return what gives the same means, without the matrices that only variances and paths need."""
    if isinstance(posterior, Mixture):
        # A part's means are those of a posterior still; what is left out fails loudly when it is asked.
        parts = tuple(_lean(part) for part in posterior.parts)
        return replace(posterior, parts=parts)
    return _lean(posterior)


def _lean(posterior: Posterior) -> Posterior:
    if not isinstance(posterior, GaussianProcess):
        return posterior
    nothing = np.empty((0, 0))
    return replace(posterior, members=tuple(replace(one, lower=nothing) for one in posterior.members))
