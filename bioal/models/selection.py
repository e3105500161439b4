"""The settings of an ensemble, searched for by optuna within a time limit.

The search is never needed for a good answer: the recipes of `ensembles` are what every model uses. It may
pay where there are hundreds of wells and patience. What it tried, and whether the limit cut it, is part of
the result, because a limit makes it depend on the machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import optuna
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.tree import DecisionTreeRegressor, ExtraTreeRegressor

from bioal.evidence import Evidence
from bioal.models.ensembles import Recipe, fit_ensemble
from bioal.models.mixture import held_out

MEMBERS = 100
BOOSTED = 24


@dataclass(frozen=True)
class Selection:
    """The best recipe found, and how.

    Parameters
    ----------
    recipe
        Ready for `fit_ensemble`.
    score
        Its mean log density of held-out observations.
    tried
        How many recipes were tried.
    asked
        How many were to be tried.
    seconds
        The time limit, None without one.
    """

    recipe: Recipe
    score: float
    tried: int
    asked: int
    seconds: float | None

    @property
    def cut(self) -> bool:
        """Return whether the time limit ended the search."""
        return self.tried < self.asked

    @property
    def note(self) -> str:
        """Return what was done as a sentence."""
        limit = f", stopped by the limit of {self.seconds:g} s" if self.cut else ""
        return f"Settings: the best of {self.tried} tried ({self.recipe.name}){limit}."


def select_recipe(
    evidence: Evidence, rng: np.random.Generator, *, tries: int = 30, seconds: float | None = None
) -> Selection:
    """Return the recipe that predicts held-out observations best among those tried.

    Every try sees the same folds and the same random numbers, so that only settings differ. The first try
    is always finished, whatever the limit.
    """
    seed = int(rng.integers(2**31))

    def score(trial: optuna.Trial) -> float:
        return _score(evidence, _recipe(trial), seed)

    with _quiet():
        study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
        study.enqueue_trial({"kind": "extra trees", "features": 1.0, "leaf": 1})
        study.optimize(score, 1)
        if tries > 1:
            study.optimize(score, tries - 1, timeout=seconds)
    best = study.best_trial
    return Selection(_recipe(best), float(best.values[0]), len(study.trials), tries, seconds)


def _score(evidence: Evidence, recipe: Recipe, seed: int) -> float:
    densities = held_out(
        evidence, [lambda seen, rng: fit_ensemble(seen, recipe, rng)], np.random.default_rng(seed)
    )
    return float(densities.mean())


def _recipe(trial: optuna.trial.BaseTrial) -> Recipe:
    """Return the recipe that a trial suggests."""
    kind = trial.suggest_categorical("kind", ["extra trees", "forest", "boosting"])
    if kind == "boosting":
        boosted = GradientBoostingRegressor(
            max_depth=trial.suggest_int("depth", 1, 6),
            learning_rate=trial.suggest_float("rate", 0.02, 0.3, log=True),
            n_estimators=trial.suggest_int("rounds", 30, 300, log=True),
            subsample=trial.suggest_float("subsample", 0.5, 1.0),
        )
        return Recipe(kind, boosted, BOOSTED)
    grown = ExtraTreeRegressor if kind == "extra trees" else DecisionTreeRegressor
    features, leaf = trial.suggest_float("features", 0.2, 1.0), trial.suggest_int("leaf", 1, 8, log=True)
    return Recipe(kind, grown(max_features=features, min_samples_leaf=leaf), MEMBERS)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep optuna from logging a line per try."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)
