"""The search for the most probable hyper-parameters: several starts, analytic gradients.

All starts take a few steps on a part of the observations; only the best is followed to the end on all
of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize

from bioal.evidence import Floats, Ints
from bioal.models.likelihood import Standardised, log_posterior
from bioal.models.priors import GPSettings, Normal

SUBSET = 250
SHORT_SEARCH, LONG_SEARCH = 12, 80


@dataclass(frozen=True)
class Found:
    """The most probable logarithms and their log posterior density."""

    logs: Floats
    log_posterior: float


def most_probable(data: Standardised, prior: Normal, settings: GPSettings, rng: np.random.Generator) -> Found:
    """Return the hyper-parameters of the largest posterior density found."""
    if len(data.values) < 2:
        return Found(np.asarray(prior.mean, float), prior.log_density(prior.mean))
    part = _part(data, rng)
    begun = [_climbed(start, part, prior, settings, SHORT_SEARCH) for start in _starts(prior, settings, rng)]
    best = max(begun, key=lambda found: found.log_posterior)
    return _climbed(best.logs, data, prior, settings, LONG_SEARCH)


def refined(logs: Floats, data: Standardised, prior: Normal, settings: GPSettings) -> Found:
    """Return the nearest maximum from given hyper-parameters."""
    return _climbed(logs, data, prior, settings, LONG_SEARCH)


def _part(data: Standardised, rng: np.random.Generator) -> Standardised:
    if len(data.values) <= SUBSET:
        return data
    return subset(data, np.sort(rng.choice(len(data.values), SUBSET, replace=False)))


def subset(data: Standardised, keep: Ints) -> Standardised:
    """Return the data of some observations only."""
    return replace(
        data,
        points=data.points[keep],
        values=data.values[keep],
        known=data.known[keep],
        shares=data.shares[keep],
        offsets=tuple(share[np.ix_(keep, keep)] for share in data.offsets),
    )


def _starts(prior: Normal, settings: GPSettings, rng: np.random.Generator) -> list[Floats]:
    """Return starting points: smooth with little noise, rough with little, then drawn around them."""
    smooth = np.array(prior.mean, float)
    rough = smooth - np.where(smooth > 0, 1.5, 0.0)
    drawn = [smooth + rng.normal(-0.75, 0.75, len(smooth)) for _ in range(settings.starts - 2)]
    return [smooth, rough, *drawn][: settings.starts]


def _climbed(logs: Floats, data: Standardised, prior: Normal, settings: GPSettings, steps: int) -> Found:
    def downhill(at: Floats) -> tuple[float, Floats]:
        value, gradient = log_posterior(at, data, prior, settings.mean_variance)
        return -value, -gradient

    # Beyond six prior sds nothing is believable, and exp() stays finite.
    low, high = prior.mean - 6.0 * prior.sd, prior.mean + 6.0 * prior.sd
    low[data.factors + 1] = max(low[data.factors + 1], np.log(settings.noise_floor))
    start = np.clip(logs, low, high)
    bounds = list(zip(low, high, strict=True))
    found = minimize(downhill, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": steps})
    return Found(np.asarray(found.x, float), -float(found.fun))
