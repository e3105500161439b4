"""Recipes of the learners of published workflows: perceptrons, boosted trees, kernels, neighbours.

All are scikit-learn's, trained on standardised values of points in [0, 1].
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, Self

from sklearn.ensemble import GradientBoostingRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.svm import SVR
from sklearn.tree import DecisionTreeRegressor

from bioal.models.ensembles import Recipe

MEMBERS = 10  # of each of seven learners


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


LINEAR = Recipe("ridge", Ridge(alpha=0.1), 32)

# Pandi et al. 2022, doi 10.1038/s41467-022-31245-z; Borkowski et al. 2020, doi 10.1038/s41467-020-15798-5
PUBLISHED: Mapping[str, Recipe] = {
    "boosting 20": Recipe(
        "boosting 20",
        GradientBoostingRegressor(n_estimators=60, learning_rate=0.1, max_depth=4, subsample=0.8),
        20,
    ),
    "perceptrons": Recipe("perceptrons", perceptron(100, 100, 20), 25),
}

# Radivojevic et al. 2020, doi 10.1038/s41467-020-18008-4, table 1, beside the Gaussian process.
LEARNERS = (
    Recipe("forest", DecisionTreeRegressor(max_features=0.5), 50),
    Recipe("boosting", GradientBoostingRegressor(n_estimators=60, subsample=0.8, max_depth=3), MEMBERS),
    Recipe("perceptrons", perceptron(40, 10), MEMBERS),
    Recipe("support vectors", SVR(C=3.0, epsilon=0.1), MEMBERS),
    Recipe("kernel ridge", KernelRidge(alpha=0.1, kernel="rbf"), MEMBERS),
    Recipe("neighbours", KNeighborsRegressor(3, weights="distance"), MEMBERS),
)
