"""Learners by name, those of published workflows too, and those of the user's own, all bagged.

All are scikit-learn's or keep to its manners, trained on standardised values of points in [0, 1].
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, Self, cast

import numpy as np
from sklearn.base import BaseEstimator, clone, is_regressor
from sklearn.ensemble import ExtraTreesRegressor, GradientBoostingRegressor, RandomForestRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.svm import SVR
from sklearn.tree import DecisionTreeRegressor

from bioal.errors import UsageError
from bioal.evidence import Evidence
from bioal.models.bags import Regressor
from bioal.models.ensembles import EXTRA_TREES, FOREST, Recipe, ensemble
from bioal.models.mixture import Fit
from bioal.models.parts import ensemble_part, process_part, stacked
from bioal.models.posterior import Posterior

OWN_MEMBERS = 32  # clones of a user's regressor: enough for a spread, few enough for slow learners
MEMBERS = 10  # of each of the seven learners but the forest


class Perceptron(MLPRegressor):  # type: ignore[misc]  # scikit-learn ships no types
    """A multi-layer perceptron that stops after a fixed number of passes, which is part of its smoothness."""

    def fit(self, points: Any, values: Any) -> Self:
        """Learn values (n,) at points (n, width)."""
        with warnings.catch_warnings():
            # Stopping early is meant: trained to the end, it would follow the noise.
            warnings.filterwarnings("ignore", "Stochastic Optimizer: Maximum iterations", ConvergenceWarning)
            super().fit(points, values)
        return self


def perceptron(*units: int) -> Perceptron:
    """Return an untrained perceptron with so many units in each hidden layer."""
    return Perceptron(hidden_layer_sizes=units, max_iter=300, learning_rate_init=0.01)


# Pandi et al. 2022, doi 10.1038/s41467-022-31245-z; Borkowski et al. 2020, doi 10.1038/s41467-020-15798-5
_RECIPES = (
    FOREST,
    EXTRA_TREES,
    Recipe("boosting", GradientBoostingRegressor(subsample=0.8, max_depth=3), 32),
    Recipe("ridge", Ridge(alpha=0.1), 32),
    Recipe(
        "boosting 20",
        GradientBoostingRegressor(n_estimators=60, learning_rate=0.1, max_depth=4, subsample=0.8),
        20,
    ),
    Recipe("perceptrons", perceptron(100, 100, 20), 25),
)
RECIPES: Mapping[str, Recipe] = {recipe.name: recipe for recipe in _RECIPES}

# Seven unlike learners, trusted alike until held-out results say otherwise: as in ART (Radivojevic et al.
# 2020, doi 10.1038/s41467-020-18008-4, table 1).
_OF_SEVEN = (
    Recipe("forest", DecisionTreeRegressor(max_features=0.5), 50),
    Recipe("boosting", GradientBoostingRegressor(n_estimators=60, subsample=0.8, max_depth=3), MEMBERS),
    Recipe("perceptrons", perceptron(40, 10), MEMBERS),
    Recipe("support vectors", SVR(C=3.0, epsilon=0.1), MEMBERS),
    Recipe("kernel ridge", KernelRidge(alpha=0.1, kernel="rbf"), MEMBERS),
    Recipe("neighbours", KNeighborsRegressor(3, weights="distance"), MEMBERS),
)
SEVEN = (process_part(1.0), *(ensemble_part(recipe, 1.0) for recipe in _OF_SEVEN))


def _seven(evidence: Evidence, rng: np.random.Generator) -> Posterior:
    return stacked(evidence, SEVEN, rng)


LEARNERS: Mapping[str, Fit] = {
    **{name: ensemble(recipe) for name, recipe in RECIPES.items()},
    "seven learners": _seven,
}


def fit_of_own(model: object, valid: str) -> Fit:
    """Return the fit of a user's regressor; raise UsageError, ending in what is valid, where it is none."""
    if isinstance(model, type) or not (isinstance(model, BaseEstimator) and is_regressor(model)):
        raise UsageError(f"{model!r} is no scikit-learn regressor. {valid}")
    return _of_regressor(cast("Regressor", model))


def recipe_of(regressor: Regressor) -> Recipe:
    """Return the recipe that bags a user's regressor; a forest is one already and gives its own trees."""
    name = type(regressor).__name__
    if not isinstance(regressor, RandomForestRegressor | ExtraTreesRegressor):
        return Recipe(name, regressor, OWN_MEMBERS)
    settings = {setting: getattr(regressor, setting) for setting in regressor.estimator_params}
    return Recipe(name, clone(regressor.estimator).set_params(**settings), regressor.n_estimators)


def _of_regressor(regressor: Regressor) -> Fit:
    """Return the fit of a user's regressor; what it refuses is said in its own words."""
    fit_regressor = ensemble(recipe_of(regressor))

    def fit_or_refuse(evidence: Evidence, rng: np.random.Generator) -> Posterior:
        try:
            return fit_regressor(evidence, rng)
        except ValueError as error:
            raise UsageError(f"{regressor!r} cannot learn from these observations: {error}") from error

    return fit_or_refuse
