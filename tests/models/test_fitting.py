from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.tree import DecisionTreeRegressor, ExtraTreeRegressor

from bioal.errors import UsageError
from bioal.evidence import Evidence, evidence_of
from bioal.models.ensembles import Recipe, ensemble
from bioal.models.fitting import MODELS, fit
from bioal.models.learners import recipe_of


def some_wells(count: int, seed: int = 0) -> Evidence:
    points = np.random.default_rng(seed).random((count, 3))
    return evidence_of(points, 100 * points[:, 0] ** 2 + 10 * points[:, 1])


@pytest.mark.smoke
@pytest.mark.parametrize("model", ["auto", "gp", "mixture", "extra trees", Ridge()])
def test_every_model_tells_good_from_bad(model):
    posterior = fit(some_wells(30), model, np.random.default_rng(0))
    mean, sd = posterior.mean_sd(np.array([[0.05, 0.1, 0.5], [0.95, 0.9, 0.5]]))
    assert mean[1] > mean[0] + 30
    assert (sd > 0).all()
    assert posterior.paths(np.zeros((2, 3)), 7, np.random.default_rng(1)).shape == (2, 7)


@pytest.mark.parametrize("model", list(MODELS))
@pytest.mark.parametrize("count", [0, 1, 3])
def test_hardly_any_wells_give_a_wide_belief_whatever_the_model(model, count):
    posterior = fit(some_wells(count), model, np.random.default_rng(0))
    mean, sd = posterior.mean_sd(np.random.default_rng(1).random((5, 3)))
    assert np.isfinite(mean).all()
    assert (sd > 0).all()


def test_equal_values_give_an_honest_belief_and_a_sentence():
    evidence = evidence_of(np.random.default_rng(0).random((20, 2)), np.full(20, 5.0))
    posterior = fit(evidence, "forest", np.random.default_rng(0))
    mean, sd = posterior.mean_sd(np.full((1, 2), 0.5))
    assert mean[0] == pytest.approx(5.0)
    assert sd[0] > 0.01
    assert "The forest cannot learn yet (all values are equal)" in " ".join(posterior.notes)


def test_a_mixture_says_who_carries_how_much():
    notes = fit(some_wells(30), "mixture", np.random.default_rng(0)).notes
    assert any("Gaussian process" in note and "extra trees" in note and " %" in note for note in notes)


def test_an_unknown_model_is_answered_with_the_valid_ones():
    with pytest.raises(UsageError, match=r'no model "Forrest"\. Did you mean "forest"\? Models: auto, gp'):
        fit(some_wells(10), "Forrest", np.random.default_rng(0))


@pytest.mark.parametrize("model", [3, Ridge, LogisticRegression(), None])
def test_what_is_no_regressor_is_refused(model):
    with pytest.raises(UsageError, match=r"is no scikit-learn regressor\. Models: auto"):
        fit(some_wells(10), model, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("forest", "tree"),
    [(RandomForestRegressor, DecisionTreeRegressor), (ExtraTreesRegressor, ExtraTreeRegressor)],
)
def test_a_forest_of_the_users_gives_its_own_trees(forest, tree):
    recipe = recipe_of(forest(n_estimators=70, min_samples_leaf=3, max_features=0.4))
    assert type(recipe.regressor) is tree
    assert recipe.regressor.get_params()["min_samples_leaf"] == 3
    assert recipe.regressor.get_params()["max_features"] == 0.4
    assert recipe.members == 70


tables = st.tuples(st.integers(0, 40), st.integers(1, 12), st.integers(0, 10**6), st.integers(-12, 12))


@settings(max_examples=30, deadline=None)
@given(tables, st.booleans(), st.booleans())
def test_no_table_however_odd_makes_an_ensemble_fail(table, ties, duplicates):
    count, width, seed, power = table
    rng = np.random.default_rng(seed)
    points = rng.integers(0, 2 if duplicates else 50, (count, width)) / 50.0
    values = (rng.integers(0, 2, count) if ties else rng.standard_normal(count)) * 10.0**power
    fitted = ensemble(Recipe("small", ExtraTreeRegressor(), 8))
    posterior = fitted(evidence_of(points, values.astype(float)), rng)
    mean, sd = posterior.mean_sd(rng.random((6, width)))
    assert np.isfinite(mean).all()
    assert np.isfinite(sd).all()
    assert np.isfinite(posterior.noise_sd)
