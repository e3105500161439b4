"""One way to a model of outcomes: `fit_outcomes(evidence, model, rng)`.

`model` is a name from `OUTCOME_MODELS` or any scikit-learn classifier with probabilities, which is bagged.
Where too little is known to train one (a class or two conditions missing), the Gaussian process answers
instead, since its prior is honest about knowing nothing, and says so. Committees hold no outcome for
impossible: see `bioal.models.classifiers`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

import numpy as np
from sklearn.base import BaseEstimator, is_classifier
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from bioal.errors import UsageError
from bioal.evidence import Floats, Ints
from bioal.models.classifiers import (
    Aligned,
    Committee,
    Learn,
    bagged_committee,
    doubted,
    learn_odds,
    learn_platt,
    learn_scikit,
)
from bioal.models.one_against_rest import OneAgainstRest, fit_one_against_rest
from bioal.models.ordinal_process import OrdinalProcess, fit_ordinal_process
from bioal.models.outcomes import OutcomeEvidence, OutcomeModel
from bioal.models.threads import threads_for

MEMBERS = 16  # bags: enough for a spread of votes, few enough for slow learners
TREES = 100

FitOutcomes = Callable[[OutcomeEvidence, np.random.Generator], OutcomeModel]


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


def fit_process(
    evidence: OutcomeEvidence, _rng: np.random.Generator
) -> OrdinalProcess | OneAgainstRest:
    """Return a Gaussian process: with thresholds for two or ordered outcomes, else one per class."""
    if evidence.ordered or evidence.classes == 2:
        return fit_ordinal_process(evidence)
    return fit_one_against_rest(evidence)


def bagged(learn: Learn) -> FitOutcomes:
    """Return the fit of a committee of one learner on stratified bags."""

    def fit(evidence: OutcomeEvidence, rng: np.random.Generator) -> OutcomeModel:
        return bagged_committee(learn, evidence, MEMBERS, rng)

    return fit


def forest(classifier: RandomForestClassifier | ExtraTreesClassifier) -> FitOutcomes:
    """Return the fit of a forest, whose trees are the members."""
    learn = learn_scikit(classifier)

    def fit(evidence: OutcomeEvidence, rng: np.random.Generator) -> OutcomeModel:
        whole = learn(evidence, rng)
        assert isinstance(whole, Aligned)
        # Trees know the classes by their position in the forest.
        seen = np.asarray(whole.fitted.classes_, np.intp)
        trees = [_Tree(tree, seen, evidence.classes) for tree in whole.fitted.estimators_]
        return Committee(doubted(trees, evidence, rng), evidence.classes)

    return fit


@dataclass(frozen=True)
class _Tree:
    """A tree of a forest, in which a class is its position among those that the forest saw."""

    tree: DecisionTreeClassifier
    seen: Ints
    classes: int

    def predict_proba(self, points: Floats) -> Floats:
        found = np.zeros((len(points), self.classes))
        if len(points):
            found[:, self.seen[self.tree.classes_.astype(np.intp)]] = self.tree.predict_proba(points)
        return found


def fit_mixed(evidence: OutcomeEvidence, rng: np.random.Generator) -> OutcomeModel:
    """Return a committee of different learners on the same outcomes: competing explanations."""
    learners = [learn_scikit(_LOGISTIC), learn_platt, learn_scikit(_FOREST), learn_scikit(_EXTRA)]
    if evidence.ordered:
        learners.append(learn_odds)
    members = [learn(evidence, rng) for learn in learners]
    members.append(fit_process(evidence, rng))
    return Committee(doubted(members, evidence, rng), evidence.classes)


def _odds(evidence: OutcomeEvidence, rng: np.random.Generator) -> OutcomeModel:
    if not evidence.ordered:
        raise UsageError(
            "Proportional odds need outcomes in an order, and these have none. "
            "Say that they are ordered, or take another model."
        )
    return bagged_committee(learn_odds, evidence, MEMBERS, rng)


_LOGISTIC = LogisticRegression(C=10.0, max_iter=1000)
_FOREST = RandomForestClassifier(TREES)
_EXTRA = ExtraTreesClassifier(TREES, bootstrap=True)

OUTCOME_MODELS: Mapping[str, FitOutcomes] = {
    "auto": fit_process,
    "gp": fit_process,
    "logistic": bagged(learn_scikit(_LOGISTIC)),
    "svm": bagged(learn_platt),
    "forest": forest(_FOREST),
    "extra trees": forest(_EXTRA),
    "committee": fit_mixed,
    "proportional odds": _odds,
}


def _fit_of(model: object) -> FitOutcomes:
    valid = f"Models of outcomes: {', '.join(OUTCOME_MODELS)}; or any scikit-learn classifier."
    if isinstance(model, str):
        if model in OUTCOME_MODELS:
            return OUTCOME_MODELS[model]
        near = get_close_matches(model.lower(), OUTCOME_MODELS, n=1)
        meant = f' Did you mean "{near[0]}"?' if near else ""
        raise UsageError(f'There is no model of outcomes "{model}".{meant} {valid}')
    if isinstance(model, type) or not (isinstance(model, BaseEstimator) and is_classifier(model)):
        raise UsageError(f"{model!r} is no scikit-learn classifier. {valid}")
    if not hasattr(model, "predict_proba"):
        raise UsageError(f"{model!r} gives no probabilities (predict_proba). {valid}")
    return _of_a_user(model)


def _of_a_user(classifier: BaseEstimator) -> FitOutcomes:
    """Return the fit of a user's classifier; what it refuses is said in its own words."""
    fit_bags = bagged(learn_scikit(classifier))

    def fit(evidence: OutcomeEvidence, rng: np.random.Generator) -> OutcomeModel:
        try:
            return fit_bags(evidence, rng)
        except (ValueError, TypeError) as error:
            raise UsageError(f"{classifier!r} cannot learn from these outcomes: {error}") from error

    return fit
