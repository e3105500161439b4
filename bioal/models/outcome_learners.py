"""Learners of outcomes by name, and those of the user's own: committees of scikit-learn's classifiers.

Committees hold no outcome for impossible: see `bioal.models.classifiers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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
from bioal.models.outcome_processes import FitOutcomes, fit_process
from bioal.models.outcomes import OutcomeEvidence, OutcomeModel

MEMBERS = 16  # bags: enough for a spread of votes, few enough for slow learners
TREES = 100


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

LEARNERS: Mapping[str, FitOutcomes] = {
    "logistic": bagged(learn_scikit(_LOGISTIC)),
    "svm": bagged(learn_platt),
    "forest": forest(_FOREST),
    "extra trees": forest(_EXTRA),
    "committee": fit_mixed,
    "proportional odds": _odds,
}


def fit_of_own(model: object, valid: str) -> FitOutcomes:
    """Return the fit of a user's classifier; raise UsageError, ending in what is valid, where it is none."""
    if isinstance(model, type) or not (isinstance(model, BaseEstimator) and is_classifier(model)):
        raise UsageError(f"{model!r} is no scikit-learn classifier. {valid}")
    if not hasattr(model, "predict_proba"):
        raise UsageError(f"{model!r} gives no probabilities (predict_proba). {valid}")
    return _of_classifier(model)


def _of_classifier(classifier: BaseEstimator) -> FitOutcomes:
    """Return the fit of a user's classifier; what it refuses is said in its own words."""
    fit_bags = bagged(learn_scikit(classifier))

    def fit(evidence: OutcomeEvidence, rng: np.random.Generator) -> OutcomeModel:
        try:
            return fit_bags(evidence, rng)
        except (ValueError, TypeError) as error:
            raise UsageError(f"{classifier!r} cannot learn from these outcomes: {error}") from error

    return fit
