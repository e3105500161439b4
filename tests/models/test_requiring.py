"""What counts only where a requirement is met: moments against paths, and what the engine then chooses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bioal.acquisition.candidates import Listed
from bioal.engine import Settings, choose
from bioal.evidence import evidence_of
from bioal.models.fitting import fit
from bioal.models.requiring import UNTOLD, Demand, Required, Requiring

NOTHING, NONE = np.empty((0, 1), int), np.empty((0, 2))


def wanted(points):
    return 3 * points[:, 0] + points[:, 1]


def viability(points):
    """Return what falls as the wanted rises: below 80 where the first factor is above 0.6."""
    return 110.0 - 50.0 * points[:, 0]


@pytest.fixture
def measured():
    rng = np.random.default_rng(0)
    points = rng.random((30, 2))
    noise = rng.standard_normal((2, 30))
    other = Required(evidence_of(points, viability(points) + noise[0]), 80.0, 1)
    return evidence_of(points, wanted(points) + 0.05 * noise[1]), other


@pytest.mark.smoke
def test_mean_and_sd_are_those_of_the_paths(measured):
    evidence, other = measured
    rng = np.random.default_rng(1)
    demand = Demand(fit(other.evidence, "gp", rng), other.limit, other.side)
    counting = Requiring(fit(evidence, "gp", rng), [demand], worst=-1.0)
    asked = rng.random((40, 2))
    mean, sd = counting.mean_sd(asked)
    paths = counting.paths(asked, 4000, rng)
    np.testing.assert_allclose(mean, paths.mean(axis=1), atol=0.15)
    np.testing.assert_allclose(sd, paths.std(axis=1), atol=0.15)
    np.testing.assert_allclose(mean, counting.mean(asked))
    low = asked[:, 0] < 0.4
    np.testing.assert_allclose(counting.chance(asked)[low], 1.0, atol=0.02)
    np.testing.assert_allclose(counting.chance(asked)[asked[:, 0] > 0.8], 0.0, atol=0.02)


def chosen(measured, required, seed=0):
    grid = np.stack(np.meshgrid(*[np.linspace(0, 1, 21)] * 2, indexing="ij"), axis=-1).reshape(-1, 2)
    settings = Settings(8, model="gp", required=required)
    candidates = Listed(grid)
    rng = np.random.default_rng(seed)
    return choose(measured, candidates, settings, rng, taken=NOTHING, pending=NONE)


def test_a_batch_meets_the_requirement_and_stands_at_its_edge(measured):
    evidence, other = measured
    free, bound = chosen(evidence, ()), chosen(evidence, (other,))
    assert np.mean(viability(free.points) < 80) > 0.6
    assert np.mean(viability(bound.points) >= 78) >= 0.75
    assert wanted(bound.points).max() > 2.2
    # A person reads what is expected of the readout itself.
    sound = viability(bound.points) >= 80
    np.testing.assert_allclose(bound.mean[sound], wanted(bound.points)[sound], atol=0.3)


def test_at_most_is_the_other_side(measured):
    evidence, other = measured
    above = replace(other, limit=80.0, side=-1)
    assert np.mean(viability(chosen(evidence, (above,)).points) <= 82) >= 0.75


def test_a_requirement_that_nobody_measured_waits_and_says_so(measured):
    evidence, other = measured
    waiting = replace(other, evidence=other.evidence.rows(np.arange(2)))
    batch = chosen(evidence, (waiting,))
    assert UNTOLD in batch.notes
    assert batch.points.tolist() == chosen(evidence, ()).points.tolist()
