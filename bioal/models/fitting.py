"""One way to a fitted model: `fit(evidence, model, rng)`.

`model` is a name from `MODELS` or any scikit-learn regressor, which is bagged. Where there is too little
to resample, the Gaussian process answers for every model, since its prior is honest about knowing
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import cast

import numpy as np
from sklearn.base import BaseEstimator, clone, is_regressor
from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor

from bioal.errors import UsageError
from bioal.evidence import Bools, Evidence
from bioal.models.bags import Regressor
from bioal.models.comparing import allowed, leaderboard
from bioal.models.ensembles import RECIPES, Recipe, fit_ensemble, too_little
from bioal.models.gaussian_process import GaussianProcess, fit_gaussian_process, of_some
from bioal.models.mixture import Fit, Mixture, Part, fit_mixture
from bioal.models.pooling import same_points
from bioal.models.posterior import Posterior
from bioal.models.priors import TOGETHER, GPSettings
from bioal.models.published import LEARNERS, LINEAR, PUBLISHED
from bioal.models.threads import threads_for

USER_MEMBERS = 32  # clones of a user's regressor: enough for a spread, few enough for slow learners
SETTLED = 80  # conditions whose hyper-parameters stay where they are without a fifth of them
# One kind of function, its most probable hyper-parameters: a third of the time, for replays and comparisons.
QUICK = GPSettings(starts=1, members=1, structures=(TOGETHER,))
FEWEST_TO_STACK = 8  # conditions from which on folds say who predicts better


def fit(evidence: Evidence, model: object, rng: np.random.Generator) -> Posterior:
    """Return the posterior of a model given the evidence.

    Parameters
    ----------
    evidence
        All observations; none at all is allowed.
    model
        "auto", "gp", "forest", "extra trees", "boosting", or a scikit-learn regressor.
    rng
        Source of every random draw of the fit.

    Raises
    ------
    UsageError
        When `model` is neither a known name nor a regressor, or the regressor predicts NaN.
    """
    with threads_for(len(evidence)):
        return _fit_of(model)(evidence, rng)


def ensemble(recipe: Recipe) -> Fit:
    """Return the fit of a recipe; the Gaussian process answers where there is too little to learn from."""

    def fit_or_prior(evidence: Evidence, rng: np.random.Generator) -> Posterior:
        reason = too_little(evidence)
        if not reason:
            return fit_ensemble(evidence, recipe, rng)
        answer = fit_gaussian_process(evidence, rng)
        note = f"The {recipe.name} cannot learn yet ({reason}): the Gaussian process answers instead."
        return replace(answer, notes=(*answer.notes, note))

    return fit_or_prior


def _gaussian_process(evidence: Evidence, rng: np.random.Generator) -> Posterior:
    return fit_gaussian_process(evidence, rng)


def _quick_process(evidence: Evidence, rng: np.random.Generator) -> Posterior:
    return fit_gaussian_process(evidence, rng, settings=QUICK)


def _seven(evidence: Evidence, rng: np.random.Generator) -> Posterior:
    if too_little(evidence) or len(evidence) < FEWEST_TO_STACK:
        return fit_gaussian_process(evidence, rng)
    return fit_mixture(evidence, SEVEN, rng)


def _gaussian_process_of_some(
    whole: Posterior, evidence: Evidence, keep: Bools, rng: np.random.Generator
) -> Posterior:
    # A fifth less of a hundred conditions moves no hyper-parameter far; of a dozen it does.
    if isinstance(whole, GaussianProcess) and len(same_points(evidence.rows(keep))[0]) >= SETTLED:
        return of_some(whole, evidence, keep)
    # One start is enough to judge by; the fit that is kept has several.
    return fit_gaussian_process(evidence.rows(keep), rng, settings=GPSettings(starts=1))


def _auto(evidence: Evidence, rng: np.random.Generator) -> Posterior:
    if too_little(evidence) or len(evidence) < FEWEST_TO_STACK:
        return fit_gaussian_process(evidence, rng)
    return fit_mixture(evidence, AUTO, rng)


def _part(recipe: Recipe, prior: float) -> Part:
    # Half the members judge almost as well as all; the fit that is kept has them all.
    half = ensemble(replace(recipe, members=recipe.members // 2))

    def refit(_whole: Posterior, evidence: Evidence, keep: Bools, rng: np.random.Generator) -> Posterior:
        return half(evidence.rows(keep), rng)

    return Part(recipe.name, ensemble(recipe), prior, refit)


# The parts of "auto". On twelve finished experiments (60 or 96 random wells, the rest predicted) a mixture
# explained 59.1 % of the variance, the Gaussian process 58.5 %, the extra trees 55.4 %. Replayed with focused
# batches (20 seeds), a quarter of extra trees changed the mean regret by 0.003 +- 0.003, half of them by
# 0.007 +- 0.004: so trees have to show on held-out results that they predict better before they count.
AUTO: tuple[Part, ...] = (
    Part("Gaussian process", _gaussian_process, 0.95, _gaussian_process_of_some),
    _part(RECIPES["extra trees"], 0.05),
)

# Seven unlike learners, trusted alike until held-out results say otherwise: as in ART (Radivojevic et al.
# 2020, doi 10.1038/s41467-020-18008-4).
SEVEN: tuple[Part, ...] = (
    Part("Gaussian process", _gaussian_process, 1.0, _gaussian_process_of_some),
    *(_part(recipe, 1.0) for recipe in LEARNERS),
)

def _best(evidence: Evidence, rng: np.random.Generator) -> Posterior:
    """Return the model of the ladder that foretells held-out results best, and say which it is."""
    names = allowed(evidence)
    if len(names) == 1 or np.ptp(evidence.values) == 0:
        return fit_gaussian_process(evidence, rng)
    first = leaderboard(evidence, {name: MODELS[name] for name in names}, rng)[0]
    answer = MODELS[first.model](evidence, rng)
    note = f"Of {', '.join(names)}, {first.model} foretold results unseen by it best (see: bioal models)."
    return Mixture((answer,), np.ones(1), (*answer.notes, note))


MODELS: Mapping[str, Fit] = {
    "auto": _auto,
    "gp": _gaussian_process,
    **{name: ensemble(recipe) for name, recipe in RECIPES.items()},
    "ridge": ensemble(LINEAR),
    "best": _best,
    "quick gp": _quick_process,
    **{name: ensemble(recipe) for name, recipe in PUBLISHED.items()},
    "seven learners": _seven,
}


def recipe_of(regressor: Regressor) -> Recipe:
    """Return the recipe that bags a user's regressor; a forest is one already and gives its own trees."""
    name = type(regressor).__name__
    if not isinstance(regressor, RandomForestRegressor | ExtraTreesRegressor):
        return Recipe(name, regressor, USER_MEMBERS)
    settings = {setting: getattr(regressor, setting) for setting in regressor.estimator_params}
    return Recipe(name, clone(regressor.estimator).set_params(**settings), regressor.n_estimators)


def _fit_of(model: object) -> Fit:
    valid = f"Models: {', '.join(MODELS)}; or any scikit-learn regressor."
    if isinstance(model, str):
        if model in MODELS:
            return MODELS[model]
        near = get_close_matches(model.lower(), MODELS, n=1)
        meant = f' Did you mean "{near[0]}"?' if near else ""
        raise UsageError(f'There is no model "{model}".{meant} {valid}')
    if isinstance(model, type) or not (isinstance(model, BaseEstimator) and is_regressor(model)):
        raise UsageError(f"{model!r} is no scikit-learn regressor. {valid}")
    return _of_a_user(cast("Regressor", model))


def _of_a_user(regressor: Regressor) -> Fit:
    """Return the fit of a user's regressor; what it refuses is said in its own words."""
    fit_regressor = ensemble(recipe_of(regressor))

    def fit_or_refuse(evidence: Evidence, rng: np.random.Generator) -> Posterior:
        try:
            return fit_regressor(evidence, rng)
        except ValueError as error:
            raise UsageError(f"{regressor!r} cannot learn from these observations: {error}") from error

    return fit_or_refuse
