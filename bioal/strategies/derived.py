"""Yields seen as outcomes, and outcomes seen as yields, so that any strategy runs on either.

A yield passes or fails a threshold; an outcome has an expected rank between 0 (the first class) and 1 (the
last), which is the most wanted one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import entr, ndtr

from bioal.acquisition.tasks import Utility, utility_moments
from bioal.evidence import Floats
from bioal.models.chances import Chances, chances_of
from bioal.models.outcomes import OutcomeModel
from bioal.models.posterior import Posterior

MEMBERS = 64  # paths that speak for a posterior as a committee
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(32)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


@dataclass(frozen=True)
class Passing:
    """The outcome "one replicate is worth more than the threshold": codes 0 (fails) and 1 (passes).

    Parameters
    ----------
    posterior, utility
        The belief about a readout, and what it is worth.
    threshold
        In units of the utility.
    """

    posterior: Posterior
    utility: Utility
    threshold: float
    classes: int = 2

    @property
    def notes(self) -> tuple[str, ...]:
        """Return the posterior's notes."""
        return self.posterior.notes

    @property
    def noise(self) -> float:
        """Return the noise variance, kept from zero so that a chance stays defined on the threshold."""
        return max(self.posterior.noise_sd**2, float(np.finfo(float).tiny))

    def predict_proba(self, points: Floats) -> Floats:
        """Return the chances to fail and to pass, shape (m, 2)."""
        return self.chances(*self.posterior.mean_sd(points))

    def chances(self, mean: Floats, sd: Floats) -> Floats:
        """Return the chances to fail and to pass from the readout's mean and sd, (m,) each, shape (m, 2)."""
        worth, doubt = utility_moments(mean, sd, self.utility)
        return self._chances(worth, np.sqrt(doubt**2 + self.noise))

    def member_proba(self, points: Floats, rng: np.random.Generator) -> Floats:
        """Return the chances along joint paths, shape (members, m, 2)."""
        paths = self.utility(self.posterior.paths(points, MEMBERS, rng)[:, :MEMBERS])
        return self._chances(paths.T, np.sqrt(self.noise))

    def expected_entropy(self, points: Floats) -> Floats:
        """Return the entropy averaged over the function, (m,), by quadrature."""
        return self.entropy_within(*self.posterior.mean_sd(points))

    def entropy_within(self, mean: Floats, sd: Floats) -> Floats:
        """Return the entropy averaged over the function from the readout's mean and sd, (m,) each."""
        mean, sd = utility_moments(mean, sd, self.utility)
        found = np.zeros(len(mean))
        for node, weight in zip(_NODES, _WEIGHTS, strict=True):
            found += weight * entr(self._chances(mean + node * sd, np.sqrt(self.noise))).sum(axis=1)
        return found

    def _chances(self, worth: Floats, sd: Floats | float) -> Floats:
        lead = (worth - self.threshold) / sd
        return np.stack([ndtr(-lead), ndtr(lead)], axis=-1)


def expected_rank(outcomes: OutcomeModel, points: Floats) -> Chances:
    """Return the expected rank, 0 (the first class) to 1, as a posterior; its noise that at some points."""
    return chances_of(outcomes, np.linspace(0.0, 1.0, outcomes.classes), points)
