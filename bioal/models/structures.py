"""Kinds of functions, each fitted to the same values and believed as far as these values speak for it.

A structure says what is expected of the function; its evidence is the probability of the values under it,
hyper-parameters averaged over, so that a structure that could explain anything is not preferred.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bioal.evidence import Floats, Ints
from bioal.models.censoring import Bounds, sites_of, with_sites
from bioal.models.hyperparameters import Search, most_probable, prior_for, refined, with_still_factors
from bioal.models.hypersamples import Peak, peak_at, plausible
from bioal.models.likelihood import Standardised, of_factors, subset
from bioal.models.priors import GPSettings, lengthscale_mean
from bioal.models.shares import largest_remainder

ALTERNATIONS = 4


@dataclass(frozen=True)
class Fitted:
    """One structure, fitted.

    Parameters
    ----------
    data
        The values with all factors, bounds replaced by sites.
    part
        The same with the factors that moved: the others would only blur the draws.
    moving
        Which factors these are.
    peak
        The most probable hyper-parameters of `part`, and the evidence.
    search
        What they were found by.
    """

    data: Standardised
    part: Standardised
    moving: Ints
    peak: Peak
    search: Search

    def draws(self, count: int) -> list[Floats]:
        """Return plausible hyper-parameters of all factors."""
        if not count:
            return []
        still = lengthscale_mean(self.search.settings, len(self.moving))
        drawn = plausible(self.peak, count, self.part, self.search)
        return [with_still_factors(draw, self.moving, self.data.factors, still) for draw in drawn]


def fitted_structures(
    data: Standardised, bounds: Bounds, moving: Ints, settings: GPSettings, rng: np.random.Generator
) -> list[Fitted]:
    """Return every structure of the settings, fitted to the same values."""
    which = int(rng.integers(2**31))
    found = []
    for structure in settings.structures:
        here = replace(data, structure=structure)
        part = of_factors(here, moving)
        search = Search(prior_for(part, settings), settings, rng, which)
        part, best = with_bounds(part, bounds, search)
        here = replace(here, values=part.values, known=part.known)
        found.append(Fitted(here, part, moving, peak_at(best, part, search), search))
    return found


def shares_of(found: Sequence[Fitted], count: int) -> list[int]:
    """Return how many of `count` Gaussian processes each structure gives, by its evidence."""
    logs = np.array([one.peak.log_evidence for one in found])
    return [int(share) for share in largest_remainder(np.exp(logs - logs.max()), count)]


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
