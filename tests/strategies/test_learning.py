"""Strategies earn their keep: with as many wells they know more than random choice does."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from bioal.models.outcome_fitting import fit_outcomes
from bioal.models.outcomes import outcome_evidence_of
from bioal.strategies import outcome_pool, picks

RNG = np.random.default_rng


def grows(points):
    """A ring: inside it grows, outside not; no noise."""
    return (np.square(points - 0.5).sum(axis=1) < 0.1).astype(int)


def share_right(name, seed, rounds=3, wells=6):
    rng = RNG(seed)
    points = rng.random((300, 2))
    rows = list(rng.permutation(300)[:8])
    for _ in range(rounds):
        evidence = outcome_evidence_of(points[rows], grows(points[rows]), classes=2)
        outcomes = fit_outcomes(evidence, "gp", rng)
        rest = np.setdiff1d(np.arange(300), rows)
        pool = outcome_pool(evidence, outcomes, points[rest], wells, reference=points)
        rows += rest[picks(name, pool, rng).rows].tolist()
    fitted = fit_outcomes(outcome_evidence_of(points[rows], grows(points[rows]), classes=2), "gp", rng)
    asked = RNG(99).random((1000, 2))
    return np.mean(fitted.predict_proba(asked).argmax(axis=1) == grows(asked))


@pytest.fixture(scope="module")
def at_random():
    with threadpool_limits(limits=1, user_api="blas"):
        return np.mean([share_right("random", seed) for seed in range(5)])


@pytest.mark.parametrize("name", ["margin", "entropy", "mutual information", "batch bald"])
def test_a_border_is_known_better_than_after_random_wells(name, at_random):
    assert np.mean([share_right(name, seed) for seed in range(5)]) > at_random
