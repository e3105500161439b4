"""Several plausible hyper-parameters instead of the most probable ones alone.

With few observations the most probable hyper-parameters are one of many that explain them, and a model
that believes in them alone is too sure of itself. A few draws from their posterior are found by
Hamiltonian steps along the principal axes of the posterior at its maximum. The axes do not depend on the
order of factors, so neither do the draws. With hundreds of observations the posterior is nearly normal (on
simulated ones its mean lies 0.1 to 0.4 sd from its maximum): a step along the axes is a draw.

On the twelve finished experiments that the defaults were chosen by (8 to 96 of 191 to 1728 conditions
measured), eight draws raise the mean log density of unmeasured conditions from -1.24 to -1.14 and the
coverage of 90 % intervals from 88 to 92 %. Replayed six times each, the mean regret went from 0.129 to
0.122. That was measured with one kind of function; with three of them 20 draws are no better than
eight.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bioal.evidence import Floats
from bioal.models.hyperparameters import ENOUGH, MANY, Search, floors, part_of
from bioal.models.likelihood import Standardised, log_posterior

Density = Callable[[Floats], tuple[float, Floats]]
STEP, LEAPS, MOVES, WARM_UP = 0.5, 3, 2, 4
DIFFERENCE = 0.05
OBSERVATIONS = 600  # draws times observations: beyond, hyper-parameters are known well enough


def draws_for(observations: int, most: int) -> int:
    """Return how many draws pay: fewer as observations grow, at least 1.

    >>> [draws_for(n, 8) for n in (10, 100, 300, 5000)]
    [8, 6, 2, 1]
    """
    return int(np.clip(OBSERVATIONS // max(observations, 1), 1, most))


@dataclass(frozen=True)
class Peak:
    """A maximum of the posterior density, the function's shape about it, and what it says of the structure.

    Parameters
    ----------
    best
        The logarithms there.
    axes
        The principal axes of the posterior, one sd long, as columns; None where nothing was searched.
    log_evidence
        The log probability of the values under this structure, up to a constant: Laplace's approximation
        (MacKay 1992, doi 10.1162/neco.1992.4.3.415), the volume of the maximum times its height.
    """

    best: Floats
    axes: Floats | None
    log_evidence: float


def peak_at(best: Floats, data: Standardised, search: Search) -> Peak:
    """Return what the posterior density looks like about its maximum."""
    if not search.settings.starts or len(data.values) < 2:
        return Peak(best, None, 0.0)
    density = _folded(part_of(data, ENOUGH, search), search)
    axes = _axes(best, density, search)
    volume = float(np.linalg.slogdet(axes)[1]) + 0.5 * len(best) * np.log(2.0 * np.pi)
    return Peak(best, axes, density(best)[0] + volume)


def plausible(peak: Peak, count: int, data: Standardised, search: Search) -> list[Floats]:
    """Return draws from the posterior of the hyper-parameters, or its maximum where one is asked."""
    best, axes = peak.best, peak.axes
    if count == 1 or axes is None:
        return [best] * count
    if len(data.values) >= MANY:
        steps = search.rng.standard_normal((count, len(best)))
        return [_inside(best + axes @ step, data, search) for step in steps]
    density = _folded(data, search)
    state = _State(np.zeros(len(best)), *density(best))
    found = []
    for move in range(WARM_UP + count * MOVES):
        state = _moved(state, lambda at: density(best + axes @ at), axes, search.rng)
        if move >= WARM_UP and (move - WARM_UP) % MOVES == MOVES - 1:
            found.append(_inside(best + axes @ state.at, data, search))
    return found


@dataclass(frozen=True)
class _State:
    """A place along the axes, the log density there, and its gradient by the logarithms."""

    at: Floats
    value: float
    slope: Floats


def _moved(state: _State, density: Density, axes: Floats, rng: np.random.Generator) -> _State:
    """Return the state after one Hamiltonian move, or the same where it is refused."""
    push = rng.standard_normal(len(state.at))
    step = STEP * rng.uniform(0.7, 1.2)
    energy = state.value - 0.5 * push @ push
    new = state
    for _ in range(LEAPS):
        push = push + 0.5 * step * (axes.T @ new.slope)
        at = new.at + step * push
        new = _State(at, *density(at))
        push = push + 0.5 * step * (axes.T @ new.slope)
    return new if np.log(rng.random()) < new.value - 0.5 * push @ push - energy else state


def _axes(best: Floats, density: Density, search: Search) -> Floats:
    """Return the principal axes of the posterior at its maximum, one sd long, as columns."""
    _, here = density(best)
    curvature = np.array(
        [(here - density(best + side)[1]) / DIFFERENCE for side in DIFFERENCE * np.eye(len(best))]
    )
    sizes, axes = np.linalg.eigh(0.5 * (curvature + curvature.T))
    # No direction is less certain than the prior; the sign of an axis is a convention.
    sizes = np.maximum(sizes, 1.0 / np.max(search.prior.sd) ** 2)
    return np.asarray(axes * np.where(axes.sum(axis=0) < 0, -1.0, 1.0) / np.sqrt(sizes))


def _inside(logs: Floats, data: Standardised, search: Search) -> Floats:
    """Return logarithms mirrored at their floors."""
    low = floors(data, search)
    return low + np.abs(logs - low)


def _folded(data: Standardised, search: Search) -> Density:
    """Return the log posterior density, mirrored at the floors, so that no move meets a wall."""
    low = floors(data, search)

    def density(logs: Floats) -> tuple[float, Floats]:
        value, slope = log_posterior(
            low + np.abs(logs - low), data, search.prior, search.settings.mean_variance
        )
        return value, slope * np.sign(logs - low)

    return density
