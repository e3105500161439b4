"""The search for the most probable hyper-parameters: several starts, analytic gradients.

All starts take a few steps on a part of the observations; only the best is followed to the end, on a
thousand of them at most: by then hyper-parameters are known far better than they matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from bioal.evidence import Floats, Ints
from bioal.models.likelihood import Standardised, log_posterior, subset
from bioal.models.priors import GPSettings, Normal, prior_of

SUBSET, ENOUGH = 128, 1000
MANY = 200  # observations from which on hyper-parameters have one posterior maximum, and nearly a normal one
SHORT_SEARCH, LONG_SEARCH = 12, 80
TOLERANCE = 1e-7
BELIEVABLE = 6.0  # prior sds: nothing is expected beyond, and exp() stays finite


@dataclass(frozen=True)
class Search:
    """What a search for hyper-parameters goes by; `part` seeds which of many observations it sees."""

    prior: Normal
    settings: GPSettings
    rng: np.random.Generator
    part: int = 0


@dataclass(frozen=True)
class Found:
    """A maximum of the posterior density: where, and its logarithm."""

    logs: Floats
    log_posterior: float


def prior_for(data: Standardised, settings: GPSettings) -> Normal:
    """Return the prior that suits the factors, the sources and the offsets of the data."""
    return prior_of(
        settings,
        factors=data.factors,
        sources=data.shares.shape[1],
        offsets=len(data.offsets),
        effects=data.structure.effects,
    )


def with_still_factors(logs: Floats, moving: Ints, factors: int, still: float) -> Floats:
    """Return logarithms for all factors; those that never moved have the log length-scale `still`."""
    lengthscales = np.full(factors, still)
    lengthscales[moving] = logs[: len(moving)]
    return np.concatenate([lengthscales, logs[len(moving) :]])


def most_probable(data: Standardised, search: Search) -> Floats:
    """Return the logarithms of the largest posterior density found; the prior's centre without starts."""
    if len(data.values) < 2 or not search.settings.starts:
        return np.array(search.prior.mean, float)
    return refined(begun(data, search, starts_of(search, data)).logs, data, search)


def begun(data: Standardised, search: Search, starts: Sequence[Floats]) -> Found:
    """Return where the best of some short searches arrives, on a part of the observations."""
    part = part_of(data, SUBSET, search)
    ends = [_climbed(start, part, search, SHORT_SEARCH) for start in starts]
    return max(ends, key=lambda found: found.log_posterior)


def refined(logs: Floats, data: Standardised, search: Search) -> Floats:
    """Return the nearest maximum from given logarithms; those themselves where nothing is searched."""
    if not search.settings.starts or not len(data.values):
        return logs
    return _climbed(logs, part_of(data, ENOUGH, search), search, LONG_SEARCH).logs


def part_of(data: Standardised, most: int, search: Search) -> Standardised:
    """Return at most so many of the observations, the same ones whatever order they came in."""
    return data if len(data.values) <= most else subset(data, rows_of(data, most, search))


def rows_of(data: Standardised, most: int, search: Search) -> Ints:
    """Return which observations `part_of` takes."""
    if len(data.values) <= most:
        return np.arange(len(data.values))
    order, rng = np.lexsort([data.values, *data.points.T]), np.random.default_rng(search.part)
    return np.asarray(order[np.sort(rng.choice(len(order), most, replace=False))])


def starts_of(search: Search, data: Standardised) -> list[Floats]:
    """Return starting points that treat all factors alike, so that their order changes nothing.

    The prior's centre; a rough function with little noise; a smooth one with much; a rough one with much.
    """
    centre, sd = np.array(search.prior.mean, float), search.prior.sd
    rough, noisy = np.zeros(len(centre)), np.zeros(len(centre))
    rough[: data.factors] = sd[: data.factors]
    noisy[data.noises.start :] = sd[data.noises.start :]
    both = [centre, centre - rough - noisy, centre + rough + noisy, centre - rough + noisy]
    return both[: search.settings.starts]


def floors(data: Standardised, search: Search) -> Floats:
    """Return the smallest logarithms that are considered: those of noises have a floor of their own."""
    low = search.prior.mean - BELIEVABLE * search.prior.sd
    low[data.noises] = np.maximum(low[data.noises], np.log(search.settings.noise_floor))
    return low


def _climbed(logs: Floats, data: Standardised, search: Search, steps: int) -> Found:
    prior, settings = search.prior, search.settings

    def downhill(at: Floats) -> tuple[float, Floats]:
        value, gradient = log_posterior(at, data, prior, settings.mean_variance)
        return -value, -gradient

    low, high = floors(data, search), prior.mean + BELIEVABLE * prior.sd
    start = np.clip(logs, low, high)
    bounds = list(zip(low, high, strict=True))
    found = minimize(
        downhill,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": steps, "ftol": TOLERANCE},
    )
    return Found(np.asarray(found.x, float), -float(found.fun))
