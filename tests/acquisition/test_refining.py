"""A batch in a space too large to list gets better by looking around it, judged on paths of its own."""

from dataclasses import replace

import numpy as np
import pytest

from bioal.acquisition.batch import expected_improvement_batch
from bioal.acquisition.judging import Screen, Shares
from bioal.acquisition.refining import looked_around
from bioal.acquisition.rows import rows_among
from bioal.acquisition.screening import shortlist
from bioal.acquisition.tasks import Task, identity
from bioal.protocol.constraints import Limits, Linear
from bioal.protocol.factors import Numeric
from bioal.protocol.space import Space

NAMES = [f"f{number}" for number in range(14)]
SPACE = Space(
    tuple(Numeric(name, "mM", tuple(range(1, 11))) for name in NAMES),
    (Linear(dict.fromkeys(NAMES, 1.0), Limits(None, 60.0)),),
)


@pytest.fixture
def screen(linear):
    rng = np.random.default_rng(0)
    weights = np.concatenate([[0.0], rng.normal(size=14), -np.ones(14)])
    posterior = linear(weights, 0.3 * rng.normal(size=(29, 29)), squares=True)
    taken = SPACE.sample(5, rng)
    incumbent = float(posterior.mean(SPACE.points(taken)).max())
    return Screen(posterior, identity, incumbent, SPACE, taken, taken)


def batch_of(short, screen):
    points = SPACE.points(short.judged.codes)
    known, none = SPACE.points(screen.taken), points[:0]
    repeated = np.zeros(len(points), bool)
    task = Task(
        screen.posterior, identity, points, short.judged.mean, short.judged.sd, known, none, none, repeated, 8
    )
    return expected_improvement_batch(task, np.random.default_rng(1)).rows


def test_looking_around_a_batch_raises_what_fresh_paths_say_it_gains(screen):
    short = shortlist(screen, Shares(), 300, 32, np.random.default_rng(0))
    before = short.judged.codes[batch_of(short, screen)]
    for _ in range(3):
        short = looked_around(short, screen, batch_of(short, screen), np.random.default_rng(2))
    after = short.judged.codes[batch_of(short, screen)]
    joined = np.vstack([SPACE.points(screen.taken), SPACE.points(before), SPACE.points(after)])
    known, first, second = np.split(screen.posterior.paths(joined, 20_000, np.random.default_rng(9)), [5, 13])
    rise = np.maximum(second.max(axis=0), known.max(axis=0)) - np.maximum(
        first.max(axis=0), known.max(axis=0)
    )
    assert rise.mean() > 3 * rise.std() / np.sqrt(len(rise.T))
    assert SPACE.feasible(after).all()


def test_a_look_keeps_the_picks_first_and_adds_their_free_neighbours(screen):
    short = shortlist(screen, Shares(), 300, 32, np.random.default_rng(0))
    rows = np.array([7, 2, 40])
    taken = SPACE.neighbours(short.judged.codes[[7]])[:3]
    around = looked_around(short, replace(screen, taken=taken), rows, np.random.default_rng(2))
    assert around.judged.codes[:3].tolist() == short.judged.codes[rows].tolist()
    near = SPACE.neighbours(short.judged.codes[rows])
    expected = near[~rows_among(near, taken)]
    assert rows_among(expected, around.judged.codes).all()
    assert not rows_among(around.judged.codes[3:], taken).any()
    mean, sd = screen.posterior.mean_sd(SPACE.points(around.judged.codes))
    np.testing.assert_allclose(around.judged.mean, mean)
    np.testing.assert_allclose(around.judged.sd, sd)
