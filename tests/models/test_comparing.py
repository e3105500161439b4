"""The leaderboard of models: its numbers are those of a cross-validation by hand, its first the best."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm, spearmanr

from bioal.errors import UsageError
from bioal.evidence import evidence_of
from bioal.models.comparing import LADDER, Weights, allowed, leaderboard
from bioal.models.fitting import MODELS, fit
from bioal.models.mixture import folds

RNG = np.random.default_rng


def measured(count, seed=0):
    rng = RNG(seed)
    points = rng.random((count, 2))
    return evidence_of(points, 40 * points[:, 0] + 10 * points[:, 1] + rng.standard_normal(count))


def constant_of(level, sd=1.0):
    """Return the fit of a model that believes the same of every condition."""

    class Constant:
        noise_sd, notes = sd, ()

        def mean(self, points):
            return np.full(len(points), level)

        def mean_sd(self, points):
            return self.mean(points), np.zeros(len(points))

    return lambda _evidence, _rng: Constant()


def test_the_numbers_are_those_of_a_cross_validation_by_hand():
    evidence, seed = measured(25), 4
    place = leaderboard(evidence, {"ridge": MODELS["ridge"]}, RNG(seed))[0]
    # The same folds and draws, left out one after the other.
    rng = RNG(int(RNG(seed).integers(2**63)))
    which, foretold, sds = folds(evidence, 5, rng), np.zeros(25), np.zeros(25)
    for fold in range(5):
        out = which == fold
        posterior = MODELS["ridge"](evidence.rows(~out), rng)
        foretold[out], sd = posterior.mean_sd(evidence.points[out])
        sds[out] = np.hypot(sd, posterior.noise_sd)
    missed = evidence.values - foretold
    assert place.rmse == pytest.approx(np.sqrt(np.mean(missed**2)) / evidence.values.std())
    assert place.rank == pytest.approx(spearmanr(foretold, evidence.values).statistic)
    assert place.coverage == pytest.approx(np.mean(np.abs(missed) < norm.ppf(0.95) * sds))
    assert place.rmse < 0.3
    assert place.rank > 0.9


def test_the_best_is_the_largest_weighted_sum():
    evidence = measured(30)
    board = leaderboard(evidence, {name: MODELS[name] for name in ("gp", "forest", "ridge")}, RNG(0))
    totals = [-p.rmse + p.rank - abs(p.coverage - 0.9) + p.density for p in board]
    assert [place.total for place in board] == pytest.approx(sorted(totals, reverse=True))
    only = leaderboard(evidence, {"gp": MODELS["gp"]}, RNG(0), weights=Weights(0, 2, 0, 0))[0]
    assert only.total == pytest.approx(2 * only.rank)


def test_ties_stay_in_the_order_asked():
    evidence = measured(12)
    fits = {name: constant_of(20.0) for name in ("one", "other", "third")}
    assert [place.model for place in leaderboard(evidence, fits, RNG(0))] == ["one", "other", "third"]
    assert {place.rank for place in leaderboard(evidence, fits, RNG(0))} == {0.0}


def test_a_leaderboard_does_not_depend_on_the_unit():
    evidence = measured(20)
    larger = evidence_of(evidence.points, 1e6 * evidence.values + 5)
    one, other = (leaderboard(each, {"gp": MODELS["gp"]}, RNG(0))[0] for each in (evidence, larger))
    assert other.total == pytest.approx(one.total, abs=1e-3)


@pytest.mark.parametrize("weights", [(-1, 1, 1, 1), (0, 0, 0, 0), (np.nan, 1, 1, 1), (np.inf, 1, 1, 1)])
def test_weights_that_order_nothing_are_refused(weights):
    with pytest.raises(UsageError, match="none may be negative"):
        Weights(*weights)


def test_nothing_to_compare_by_is_refused():
    nothing, flat = evidence_of(np.zeros((0, 2)), np.zeros(0)), evidence_of(RNG(0).random((5, 2)), np.ones(5))
    for evidence in (nothing, flat):
        with pytest.raises(UsageError, match="at least two conditions"):
            leaderboard(evidence, {"gp": MODELS["gp"]}, RNG(0))


def test_the_ladder_of_models_only_grows():
    before: set[str] = set()
    for count in range(50):
        now = set(allowed(measured(count) if count else evidence_of(np.zeros((0, 2)), np.zeros(0))))
        assert before <= now
        before = now
    assert before == {name for _, name in LADDER}


@pytest.mark.parametrize("count", [3, 7, 24])
def test_the_best_model_is_the_first_of_its_leaderboard_and_says_so(count):
    evidence = measured(count)
    names = allowed(evidence)
    answer = fit(evidence, "best", RNG(0))
    if len(names) == 1:
        assert not any("foretold" in note for note in answer.notes)
        return
    first = leaderboard(evidence, {name: MODELS[name] for name in names}, RNG(0))[0]
    assert any(f"{first.model} foretold results unseen by it best" in note for note in answer.notes)
