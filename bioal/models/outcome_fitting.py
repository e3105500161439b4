"""One way to a model of outcomes: `fit_outcomes(evidence, model, rng)`.

`model` is a name from `OUTCOME_MODELS` or any scikit-learn classifier with probabilities, which is bagged.
Where too little is known to train one (a class or two conditions missing), the Gaussian process answers
instead, since its prior is honest about knowing nothing, and says so. Learners are loaded when they first
learn, as in `bioal.models.fitting`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches

import numpy as np

from bioal.errors import UsageError
from bioal.models.outcome_processes import FitOutcomes, fit_process
from bioal.models.outcomes import OutcomeEvidence, OutcomeModel
from bioal.models.threads import threads_for


def fit_outcomes(evidence: OutcomeEvidence, model: object, rng: np.random.Generator) -> OutcomeModel:
    """Return a model of the outcomes.

    Parameters
    ----------
    evidence
        All outcomes; none at all, or one class only, is allowed.
    model
        "auto" and "gp" (a Gaussian process), "logistic", "svm", "forest", "extra trees", "committee" (one of
        each), "proportional odds" (ordered outcomes), or a scikit-learn classifier with `predict_proba`.
    rng
        Source of every random draw of the fit.

    Raises
    ------
    UsageError
        When `model` is neither a known name nor such a classifier, or the classifier fails.
    """
    fit = _fit_of(model)
    with threads_for(len(evidence)):
        reason = too_few(evidence)
        if not reason or fit is fit_process:
            return fit(evidence, rng)
        answer = fit_process(evidence, rng)
        note = f"The {model} cannot learn yet ({reason}): the Gaussian process answers instead."
        return replace(answer, notes=(*answer.notes, note))


def too_few(evidence: OutcomeEvidence) -> str:
    """Return why a classifier cannot learn from this evidence, empty where it can."""
    seen = np.unique(evidence.codes)
    if len(seen) == 0:
        return "nothing has been measured"
    return "" if len(seen) > 1 else "all outcomes are the same"


def _learner(name: str) -> FitOutcomes:
    def fit_learner(evidence: OutcomeEvidence, rng: np.random.Generator) -> OutcomeModel:
        from bioal.models.outcome_learners import LEARNERS  # noqa: PLC0415 -- loads most of scikit-learn

        return LEARNERS[name](evidence, rng)

    return fit_learner


OUTCOME_MODELS: Mapping[str, FitOutcomes] = {
    "auto": fit_process,
    "gp": fit_process,
    **{
        name: _learner(name)
        for name in ("logistic", "svm", "forest", "extra trees", "committee", "proportional odds")
    },
}


def _fit_of(model: object) -> FitOutcomes:
    valid = f"Models of outcomes: {', '.join(OUTCOME_MODELS)}; or any scikit-learn classifier."
    if isinstance(model, str):
        if model in OUTCOME_MODELS:
            return OUTCOME_MODELS[model]
        near = get_close_matches(model.lower(), OUTCOME_MODELS, n=1)
        meant = f' Did you mean "{near[0]}"?' if near else ""
        raise UsageError(f'There is no model of outcomes "{model}".{meant} {valid}')
    from bioal.models.outcome_learners import fit_of_own  # noqa: PLC0415 -- only who has one has it loaded

    return fit_of_own(model, valid)
