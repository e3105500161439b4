"""One way to a fitted model: `fit(evidence, model, rng)`.

`model` is one of the names in `MODELS` or any scikit-learn regressor. With few observations every choice
is answered by the Gaussian process, whose prior is honest about knowing nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

import numpy as np

from bioal.errors import UsageError
from bioal.evidence import Evidence
from bioal.models.ensembles import RECIPES, Recipe, fit_ensemble
from bioal.models.gaussian_process import fit_gaussian_process
from bioal.models.mixture import Fit, fit_mixture
from bioal.models.pooling import pooled
from bioal.models.posterior import Posterior

FEWEST = 8  # distinct conditions from which resampling and folds say more than the prior
USER_MEMBERS = 32


def _ensemble(recipe: Recipe) -> Fit:
    return lambda evidence, rng: fit_ensemble(evidence, recipe, rng)


def _gaussian_process(evidence: Evidence, rng: np.random.Generator) -> Posterior:
    return fit_gaussian_process(evidence, rng)


def _auto(evidence: Evidence, rng: np.random.Generator) -> Posterior:
    return fit_mixture(evidence, AUTO, rng)


# The parts of "auto" and their prior weights.
AUTO: Mapping[str, tuple[Fit, float]] = {
    "Gaussian process": (_gaussian_process, 0.5),
    "extra trees": (_ensemble(RECIPES["extra trees"]), 0.5),
}

MODELS: Mapping[str, Fit] = {
    "auto": _auto,
    "gp": _gaussian_process,
    **{name: _ensemble(recipe) for name, recipe in RECIPES.items()},
}


def fit(evidence: Evidence, model: object, rng: np.random.Generator) -> Posterior:
    """Return the posterior of a model given the evidence.

    Parameters
    ----------
    evidence
        All observations; none at all is allowed.
    model
        "auto", "gp", "forest", "extra trees", "boosting", or a scikit-learn regressor to be bagged.
    rng
        Source of every random draw of the fit.

    Raises
    ------
    UsageError
        When `model` is neither a known name nor a regressor.
    """
    chosen = _fit_of(model)
    if chosen is _gaussian_process or _enough(evidence):
        return chosen(evidence, rng)
    return _gaussian_process(evidence, rng)


def _enough(evidence: Evidence) -> bool:
    known = pooled(evidence) if len(evidence) else ()
    return len(known) >= FEWEST


def _fit_of(model: object) -> Fit:
    if isinstance(model, str):
        if model in MODELS:
            return MODELS[model]
        near = get_close_matches(model, MODELS, n=1)
        hint = f' Did you mean "{near[0]}"?' if near else ""
        raise UsageError(
            f'There is no model "{model}".{hint} Models: {", ".join(MODELS)}; or any scikit-learn regressor.'
        )
    if all(callable(getattr(model, name, None)) for name in ("fit", "predict", "get_params")):
        name = type(model).__name__
        return _ensemble(Recipe(name, model, USER_MEMBERS))  # type: ignore[arg-type]
    raise UsageError(f"{model!r} is no model. Models: {', '.join(MODELS)}; or any scikit-learn regressor.")
