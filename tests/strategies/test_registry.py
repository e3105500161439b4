"""Strategies by name."""

import numpy as np
import pytest

from bioal import strategies
from bioal.acquisition.tasks import Task, identity
from bioal.errors import UsageError


def test_the_names_promised_are_there():
    promised = {
        "focused improvement",
        "expected improvement",
        "probability of improvement",
        "upper confidence bound",
        "thompson",
        "variance",
        "average variance",
        "random",
    }
    promised |= {
        *("least confidence", "margin", "entropy", "mnlp", "vote entropy", "consensus entropy", "mean kl"),
        *("max kl", "query by bagging", "maximum disagreement", "margin sampling", "closest support vectors"),
        *("expected gradient length", "model change", "output change", "error reduction", "bald", "core-set"),
        *("kl maximisation", "batch bald", "information density", "ranked batch", "igs", "lcmd"),
        *("discriminative", "epsilon random"),
    }
    assert promised <= set(strategies.names())


def test_an_unknown_name_is_answered_with_the_nearest_and_all():
    with pytest.raises(UsageError, match=r'Did you mean "thompson"\?.*expected improvement, .*random'):
        strategies.strategy("tompson")
    with pytest.raises(UsageError, match='There is no strategy "7"'):
        strategies.strategy(7)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", strategies.names())
def test_the_shares_of_a_shortlist_make_one(name):
    shares = strategies.strategy(name).shares
    assert shares.mean + shares.improvement + shares.sd + shares.random == pytest.approx(1.0)


class Unsure:
    """Ten independent conditions, equally good; the last ones are the least known."""

    noise_sd, notes = 0.1, ()

    def _sd(self, points):
        return 0.1 + points[:, 0]

    def mean(self, points):
        return np.zeros(len(points))

    def mean_sd(self, points):
        return np.zeros(len(points)), self._sd(points)

    def paths(self, points, count, rng):
        return self._sd(points)[:, None] * rng.standard_normal((len(points), count))

    def covariance(self, points, others):
        return (points[:, 0][:, None] == others[:, 0]) * self._sd(points)[:, None] ** 2


@pytest.mark.parametrize("repeating", [False, True])
@pytest.mark.parametrize("name", strategies.names())
def test_every_strategy_answers_with_distinct_rows(name, repeating):
    points = np.arange(10.0)[:, None] / 10
    posterior, mark = Unsure(), np.arange(10) < 3
    task = Task(
        posterior=posterior,
        utility=identity,
        points=points,
        mean=posterior.mean(points),
        sd=posterior.mean_sd(points)[1],
        known=points[:3],
        pending=points[:0],
        reference=points,
        repeated=mark,
        count=4,
    )
    chosen = strategies.strategy(name)
    picks = (chosen.repeating if repeating else chosen.rule)(task, np.random.default_rng(0))
    assert len(set(picks.rows)) == 4
    if name in ("variance", "upper confidence bound"):
        assert 9 in picks.rows
