"""The scores of the strategies for the best yield: what one candidate alone would be worth.

Their batches are made by `acquisition` from joint paths; these numbers are for people and for combinators.
"""

from __future__ import annotations

import numpy as np

from bioal.acquisition.focus import FOCUS
from bioal.acquisition.functions import (
    log_expected_improvement,
    probability_of_improvement,
    upper_confidence_bound,
)
from bioal.evidence import Floats
from bioal.strategies.pools import Pool
from bioal.strategies.scorings import occupied_values, worth_of


def expected_improvement(pool: Pool, _rng: np.random.Generator) -> Floats:
    """Return the logarithm of the expected improvement over the best known; without any, the bound."""
    return _improvement(pool, 1.0)


def focused_improvement(pool: Pool, _rng: np.random.Generator) -> Floats:
    """Return the same with sds narrowed as for a selected list (`acquisition.focus`)."""
    return _improvement(pool, FOCUS if pool.task.selected else 1.0)


def improvement_chance(pool: Pool, _rng: np.random.Generator) -> Floats:
    """Return the probability of beating the best known; without any, the bound."""
    if not len(pool.occupied):
        return upper_confidence_bound(*worth_of(pool))
    return probability_of_improvement(*worth_of(pool), _incumbent(pool))


def confidence_bound(pool: Pool, _rng: np.random.Generator, weight: float = 2.0) -> Floats:
    """Return mean + weight x sd."""
    return upper_confidence_bound(*worth_of(pool), weight)


def one_path(pool: Pool, rng: np.random.Generator) -> Floats:
    """Return one joint path (Thompson 1933, doi 10.1093/biomet/25.3-4.285)."""
    return np.asarray(pool.task.utility(pool.task.posterior.paths(pool.task.points, 1, rng)[:, 0]))


def _improvement(pool: Pool, focus: float) -> Floats:
    mean, sd = worth_of(pool)
    if not len(pool.occupied):
        return upper_confidence_bound(mean, sd)
    # Members that agree have no sd; the floor lets them be ranked all the same.
    least = 1e-6 * float(sd.max(initial=0.0)) or 1.0
    return log_expected_improvement(mean, focus * np.maximum(sd, least), _incumbent(pool))


def _incumbent(pool: Pool) -> float:
    return float(occupied_values(pool).max())
