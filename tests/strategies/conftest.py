"""Pools to choose from: about a yield, and about outcomes, ordered or not."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from bioal.acquisition.tasks import Task, identity
from bioal.evidence import evidence_of
from bioal.models.gaussian_process import fit_gaussian_process
from bioal.models.outcome_fitting import fit_outcomes
from bioal.models.outcomes import outcome_evidence_of
from bioal.models.priors import GPSettings
from bioal.strategies import outcome_pool, pool_of

DATA = Path(os.environ.get("BIOAL_DATA", Path(__file__).parents[3] / "shared" / "data"))
GOLDEN = DATA / "parity" / "golden.json"


def surface(points):
    return 6 * points[:, 0] - 3 + 2 * np.sin(5 * points[:, 1])


def measured(count, seed):
    rng = np.random.default_rng(seed)
    points = rng.random((count, 3))
    return points, surface(points) + 0.3 * rng.standard_normal(count)


@cache
def posterior_of(known, seed):
    points, values = measured(known, seed)
    evidence = evidence_of(points, values)
    settings = GPSettings(starts=1, members=1)
    return evidence, fit_gaussian_process(evidence, np.random.default_rng(0), settings=settings)


def yield_pool(known=24, candidates=60, count=6, seed=0, **options):
    rng = np.random.default_rng(seed + 100)
    evidence, posterior = posterior_of(known, seed)
    pool = rng.random((candidates, 3))
    mean, sd = posterior.mean_sd(pool)
    task = Task(
        posterior=posterior,
        utility=identity,
        points=pool,
        mean=mean,
        sd=sd,
        known=evidence.points,
        pending=pool[:0],
        reference=rng.random((40, 3)),
        repeated=np.zeros(candidates, bool),
        count=count,
    )
    return pool_of(task, **{"repeats": False, **options})


@cache
def outcomes_of(known, seed, walls, ordered, model):
    points, values = measured(known, seed)
    codes = np.digitize(values, walls)
    evidence = outcome_evidence_of(points, codes, classes=len(walls) + 1, ordered=ordered)
    return evidence, fit_outcomes(evidence, model, np.random.default_rng(0))


def grown_pool(known=24, candidates=60, count=6, seed=0, *, walls=(-1.0, 1.0), ordered=True, model="gp"):
    rng = np.random.default_rng(seed + 100)
    evidence, outcomes = outcomes_of(known, seed, walls, ordered, model)
    return outcome_pool(evidence, outcomes, rng.random((candidates, 3)), count, reference=rng.random((40, 3)))


POOLS = {
    "yield": yield_pool,
    "grows or not": lambda **given: grown_pool(walls=(0.0,), **given),
    "none < weak < strong": grown_pool,
    "unordered": lambda **given: grown_pool(ordered=False, **given),
    "forest": lambda **given: grown_pool(model="forest", **given),
}


@pytest.fixture(autouse=True)
def _one_thread():
    """Small matrices on one thread, as the engine does it."""
    with threadpool_limits(limits=1, user_api="blas"):
        yield


@pytest.fixture(scope="session")
def make():
    """Make pools of any size: `make["yield"](known=24, candidates=60, count=6)`."""
    return POOLS


@pytest.fixture(scope="session")
def grown():
    return grown_pool


@pytest.fixture(scope="session")
def pools():
    with threadpool_limits(limits=1, user_api="blas"):
        return {name: build() for name, build in POOLS.items()}


@pytest.fixture(scope="session")
def golden():
    if not GOLDEN.exists():
        pytest.skip("the shared data are not here")
    return json.loads(GOLDEN.read_text(encoding="utf-8"))
