"""Kinds of functions, each fitted to the same values and believed as far as these values speak for it.

A structure says what is expected of the function; its evidence is the probability of the values under it,
hyper-parameters averaged over, so that a structure that could explain anything is not preferred. Which ones
are worth comparing depends on the factors (`expected`) and, with hundreds of observations, on a part of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import log_ndtr

from bioal.evidence import Floats, Ints
from bioal.models.censoring import Bounds, sites_of, with_sites
from bioal.models.conditioned import conditioned
from bioal.models.hyperparameters import (
    ENOUGH,
    MANY,
    Found,
    Search,
    begun,
    most_probable,
    prior_for,
    refined,
    rows_of,
    starts_of,
    with_still_factors,
)
from bioal.models.hypersamples import Peak, peak_at, plausible
from bioal.models.likelihood import Standardised, of_factors, subset
from bioal.models.priors import GPSettings, Structure, lengthscale_mean
from bioal.models.shares import largest_remainder

ALTERNATIONS = 4
OPEN = 10.0  # by so much (in logarithms) may a part of them be likelier under another structure


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


@dataclass(frozen=True)
class _Option:
    """A structure to be fitted to `data`, of which `part` moved, from a start if one is known."""

    data: Standardised
    part: Standardised
    search: Search
    start: Floats | None = None


def fitted_structures(
    data: Standardised, bounds: Bounds, moving: Ints, settings: GPSettings, rng: np.random.Generator
) -> list[Fitted]:
    """Return the structures of the settings, fitted to the same values.

    Of hundreds of observations, where a search is slow, a part decides where each search begins, and leaves
    out the structures that it has no doubt about.
    """
    which = int(rng.integers(2**31))
    options = []
    for structure in expected(settings.structures, data, moving):
        here = replace(data, structure=structure)
        part = of_factors(here, moving)
        options.append(_Option(here, part, Search(prior_for(part, settings), settings, rng, which)))
    # Values alone do not say what bounds besides them would.
    if settings.starts and len(data.values) >= MANY and not bounds.rows.any():
        options = _promising(options)
    return [_fitted(option, bounds, moving) for option in options]


def _promising(options: Sequence[_Option]) -> list[_Option]:
    """Return the options that a part of the values leaves open, with a start for each."""
    ends: list[Found] = []
    for number, option in enumerate(options):
        # One search of several starts is enough: what it finds is near what the other structures do.
        starts = [_translated(ends[-1].logs, options[number - 1], option)] if ends else None
        starts = starts or starts_of(option.search, option.part)
        ends.append(begun(option.part, option.search, starts))
    least = max(end.log_posterior for end in ends) - OPEN
    pairs = zip(options, ends, strict=True)
    return [replace(option, start=end.logs) for option, end in pairs if end.log_posterior > least]


def _fitted(option: _Option, bounds: Bounds, moving: Ints) -> Fitted:
    part, search = option.part, option.search
    filled, best = with_bounds(part, bounds, search, option.start)
    peak = peak_at(best, filled, search)
    peak = replace(peak, log_evidence=peak.log_evidence + _of_bounds(part, filled, best, bounds, search))
    here = replace(option.data, values=filled.values, known=filled.known)
    return Fitted(here, filled, moving, peak, search)


def expected(structures: Sequence[Structure], data: Standardised, moving: Ints) -> Sequence[Structure]:
    """Return the kinds of functions that are worth comparing.

    Where most factors are choices, only those with main effects beside the function of all factors together:
    an option that few wells have seen is told by its own level long before its combinations are, and square
    roots say nothing of names. Direct arylation from five random reactions, in batches of five, reaches 91.5,
    94.4, 98.4 and 99.0 % yield with 20, 25, 40 and 50 experiments, with three kinds 89.1, 92.5, 97.3 and 98.8
    (100 runs each, paired over all batches +1.5 +- 0.8; in 100 others, with an earlier prior of the noise,
    +1.6 +- 0.9). A Suzuki coupling and a protein's residues in such batches, and four tables of choices in
    batches of 8 or 16, cannot tell (mean regret +0.002 +- 0.004, 30 seeds). Doses need all kinds.
    """
    chosen = np.unique(data.groups[data.categorical])
    with_effects = [one for one in structures if one.effects and not one.concave]
    mostly = 2 * np.isin(moving, chosen).sum() > len(moving)
    return with_effects if mostly and with_effects else structures


def _of_bounds(
    part: Standardised, filled: Standardised, best: Floats, bounds: Bounds, search: Search
) -> float:
    """Return what is to be added to a log evidence that took the sites of bounds for measured values.

    At the fixed point of expectation propagation the evidence has, for each bound, the mass that the others
    leave on its side of the limit, where the sites' own has their density (Rasmussen and Williams 2006,
    equation 3.65). Sites differ between structures, so without this they would not compare.
    """
    keep = rows_of(part, ENOUGH, search)
    rows = bounds.rows[keep]
    if not rows.any():
        return 0.0
    belief = conditioned(subset(filled, keep), best, search.settings.mean_variance)
    values, mean, variance = (array[rows] for array in belief.left_out)
    site = (filled.known - part.known)[keep][rows]
    sd = np.sqrt(np.maximum(variance - site, 1e-12 * variance))
    lower, upper = bounds.lower[keep][rows], bounds.upper[keep][rows]
    mass = np.where(np.isfinite(upper), log_ndtr((upper - mean) / sd), log_ndtr((mean - lower) / sd))
    density = -0.5 * (np.log(2.0 * np.pi * variance) + (values - mean) ** 2 / variance)
    return float(np.sum(mass - density))


def shares_of(found: Sequence[Fitted], count: int) -> list[int]:
    """Return how many of `count` Gaussian processes each structure gives, by its evidence."""
    logs = np.array([one.peak.log_evidence for one in found])
    return [int(share) for share in largest_remainder(np.exp(logs - logs.max()), count)]


def with_bounds(
    data: Standardised, bounds: Bounds, search: Search, start: Floats | None = None
) -> tuple[Standardised, Floats]:
    """Return the data with sites for its bounds, and the best hyper-parameters, each given the other.

    At fixed sites the gradient of the pseudo-observations' density is that of expectation propagation's
    own evidence, so the alternation climbs towards it.
    """
    measured = subset(data, np.flatnonzero(~bounds.rows))
    logs = most_probable(measured, search) if start is None else refined(start, measured, search)
    if not bounds.rows.any():
        return data, logs
    for _ in range(ALTERNATIONS):
        filled = propagated(data, logs, bounds, search.settings.mean_variance)
        logs = refined(logs, filled, search)
    return filled, logs


def propagated(data: Standardised, logs: Floats, bounds: Bounds, constant: float) -> Standardised:
    """Return the data with a site for each bound, given hyper-parameters."""
    if not bounds.rows.any():
        return data
    return with_sites(data, sites_of(data.covariance(logs, constant), data.values, bounds), bounds.rows)


def _translated(own: Floats, before: _Option, option: _Option) -> Floats:
    """Return the hyper-parameters of one structure as a start for another."""
    place = option.part.factors + 1
    without = np.delete(own, place) if before.part.structure.effects else own
    if not option.part.structure.effects:
        return np.asarray(without)
    effects = own[place] if before.part.structure.effects else option.search.prior.mean[place]
    return np.insert(without, place, effects)
