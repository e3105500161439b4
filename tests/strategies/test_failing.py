"""Yields that only show where a condition works."""

import numpy as np
import pytest

from bioal.acquisition.functions import expected_improvement
from bioal.acquisition.tasks import Task, identity
from bioal.strategies import picks, pool_of
from bioal.strategies.failing import MayFail

RNG = np.random.default_rng


@pytest.fixture
def failing(pools):
    """Yields rise with the first factor; what is high in it grows less and less likely."""
    good = pools["yield"].task.posterior
    return MayFail(good, pools["grows or not"].outcomes, works=(0,), worst=-6.0)


def test_the_chance_to_work_multiplies_the_expected_improvement(failing):
    points, best = RNG(0).random((6, 3)), 1.0
    paths = failing.paths(points, 40000, RNG(1))
    found = np.maximum(paths - best, 0).mean(axis=1)
    alone = expected_improvement(*failing.posterior.mean_sd(points), best)
    assert found == pytest.approx(failing.chance(points) * alone, abs=0.03)


def test_moments_are_those_of_the_mixture(failing):
    points = RNG(0).random((5, 3))
    paths = failing.paths(points, 40000, RNG(2))
    mean, sd = failing.mean_sd(points)
    assert mean == pytest.approx(paths.mean(axis=1), abs=0.4)
    assert sd == pytest.approx(paths.std(axis=1), abs=0.4)
    assert failing.mean(points) == pytest.approx(mean)


def test_a_batch_keeps_away_from_what_will_fail(failing, pools):
    points = RNG(3).random((80, 3))
    parts = {"points": points, "known": pools["yield"].task.known, "pending": points[:0], "reference": points}
    chosen = {}
    for name, posterior in {"all": failing.posterior, "working": failing}.items():
        mean, sd = posterior.mean_sd(points)
        task = Task(posterior, identity, mean=mean, sd=sd, repeated=np.zeros(80, bool), count=6, **parts)
        chosen[name] = picks("expected improvement", pool_of(task), RNG(0)).rows
    chances = {name: failing.chance(points[rows]).mean() for name, rows in chosen.items()}
    assert chances["working"] > chances["all"] + 0.1


def test_what_always_works_changes_nothing(pools):
    pool = pools["yield"]
    sure = MayFail(pool.task.posterior, pools["grows or not"].outcomes, works=(0, 1), worst=-6.0)
    points = RNG(0).random((4, 3))
    mean, sd = pool.task.posterior.mean_sd(points)
    assert sure.mean_sd(points)[0] == pytest.approx(mean)
    assert sure.mean_sd(points)[1] == pytest.approx(sd)
    assert sure.covariance(points, points) == pytest.approx(pool.task.posterior.covariance(points, points))
    assert sure.noise_sd == pool.task.posterior.noise_sd
    assert sure.notes == (*pool.task.posterior.notes, *pools["grows or not"].outcomes.notes)
