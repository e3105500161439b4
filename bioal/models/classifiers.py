"""Classifiers as outcome models: any number of fitted members whose classes are put into one order.

A member that never saw a class gives it probability 0, in the right column. A committee's probabilities are
the mean of its members'; what the members do not agree on is what a well could settle.

No finite number of wells makes an outcome impossible, so each member of a committee is doubted (`doubted`):
its probabilities are mixed with those of half a well of each class, as Jeffreys' prior has them (1946, doi
10.1098/rspa.1946.0056). With n wells of K classes, a member's w ~ Beta(K/2, n) of its answer is a draw from
Dirichlet(1/2, ..., 1/2). A class that no member believes in then has the chance (1/2) / (n + K/2) on average,
and over the members it is spread as Beta(1/2, n + (K - 1)/2), which is that prior after n wells without it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.svm import SVC

from bioal.evidence import Floats, Ints
from bioal.models.outcomes import OutcomeEvidence, mean_entropy
from bioal.models.proportional_odds import fit_proportional_odds

_FOLDS = 5


class Member(Protocol):
    """A fitted classifier."""

    def predict_proba(self, points: Floats, /) -> Floats:
        """Return probabilities of all classes, shape (m, classes)."""


Learn = Callable[[OutcomeEvidence, np.random.Generator], Member]


@dataclass(frozen=True)
class Aligned:
    """A fitted scikit-learn classifier that answers for all classes, seen by it or not."""

    fitted: Any
    classes: int

    def predict_proba(self, points: Floats) -> Floats:
        """Return probabilities with a column for every class, 0 where the classifier never saw it."""
        found = np.zeros((len(points), self.classes))
        if len(points):
            found[:, np.asarray(self.fitted.classes_, np.intp)] = self.fitted.predict_proba(points)
        return found


@dataclass(frozen=True)
class Committee:
    """Members, whose mean is the answer.

    Parameters
    ----------
    members
        Fitted classifiers for the same classes.
    classes
        How many outcomes there are.
    notes
        What the fit noticed.
    """

    members: tuple[Member, ...]
    classes: int
    notes: tuple[str, ...] = ()

    def predict_proba(self, points: Floats) -> Floats:
        """Return the mean of the members' probabilities, shape (m, classes)."""
        return np.asarray(self._all(points).mean(axis=0))

    def member_proba(self, points: Floats, rng: np.random.Generator) -> Floats:
        """Return every member's probabilities, shape (members, m, classes)."""
        return self._all(points)

    def expected_entropy(self, points: Floats) -> Floats:
        """Return the members' mean entropy in nats, shape (m,)."""
        return mean_entropy(self._all(points))

    def _all(self, points: Floats) -> Floats:
        return np.stack([member.predict_proba(points) for member in self.members])


@dataclass(frozen=True)
class Doubted:
    """A member that is not taken at its word.

    Parameters
    ----------
    member
        A fitted classifier.
    share
        How much of the answer is not its own, 0 to 1.
    instead
        The probabilities of the classes that stand there, shape (classes,).
    """

    member: Member
    share: float
    instead: Floats

    def predict_proba(self, points: Floats) -> Floats:
        """Return the mixture of both, shape (m, classes)."""
        return (1.0 - self.share) * self.member.predict_proba(points) + self.share * self.instead


@dataclass(frozen=True)
class Platt:
    """A classifier of decision values with a logistic curve from each value to a probability."""

    decider: Any
    curve: LogisticRegression
    classes_: Ints

    def predict_proba(self, points: Floats) -> Floats:
        """Return the probabilities of the classes seen, shape (m, classes seen)."""
        return np.asarray(self.curve.predict_proba(_wide(self.decider.decision_function(points))))


def learn_scikit(classifier: Any) -> Learn:
    """Return how a scikit-learn classifier learns outcomes; replicates are its sample weights."""

    def learn(evidence: OutcomeEvidence, rng: np.random.Generator) -> Member:
        fresh = seeded(clone(classifier), rng)
        return Aligned(_fitted(fresh, evidence), evidence.classes)

    return learn


def learn_platt(evidence: OutcomeEvidence, rng: np.random.Generator) -> Member:
    """Return a support vector machine with probabilities (Platt 1999): a logistic curve on held-out values.

    Where a class was seen once only, nothing can be held out and the curve sees the values it was trained on.
    """
    machine = SVC(C=10.0, gamma="scale", decision_function_shape="ovr")
    fewest = int(np.unique(evidence.codes, return_counts=True)[1].min())
    fitted = _fitted(clone(machine), evidence)
    if fewest < 2:
        values = fitted.decision_function(evidence.points)
    else:
        folds = StratifiedKFold(min(_FOLDS, fewest), shuffle=True, random_state=int(rng.integers(2**31)))
        values = cross_val_predict(
            machine,
            evidence.points,
            evidence.codes,
            cv=folds,
            method="decision_function",
            params={"sample_weight": evidence.weights},
        )
    curve = LogisticRegression(max_iter=1000)
    curve.fit(_wide(values), evidence.codes, sample_weight=evidence.weights)
    return Aligned(Platt(fitted, curve, np.asarray(curve.classes_, np.intp)), evidence.classes)


def learn_odds(evidence: OutcomeEvidence, _rng: np.random.Generator) -> Member:
    """Return a proportional-odds model of the outcomes, in their order."""
    return fit_proportional_odds(evidence.points, evidence.codes, evidence.weights, evidence.classes)


def bagged_committee(
    learn: Learn, evidence: OutcomeEvidence, members: int, rng: np.random.Generator
) -> Committee:
    """Return a committee of the same learner on stratified bags: each class keeps its size in every bag.

    Unlike plain bags (Breiman 1996, doi 10.1007/BF00058655) none can miss a class, so nothing is drawn again.
    """
    bags = [evidence.rows(stratified_bag(evidence.codes, rng)) for _ in range(members)]
    learnt = [learn(bag, rng) for bag in bags]
    return Committee(doubted(learnt, evidence, rng), evidence.classes)


def doubted(
    members: Sequence[Member], evidence: OutcomeEvidence, rng: np.random.Generator
) -> tuple[Member, ...]:
    """Return members that hold no outcome for impossible, each in its own measure (see above)."""
    classes, wells = evidence.classes, float(evidence.weights.sum())
    shares = rng.beta(classes / 2, wells, len(members))
    instead = rng.dirichlet(np.full(classes, 0.5), len(members))
    each = zip(members, shares.tolist(), instead, strict=True)
    return tuple(Doubted(member, share, draw) for member, share, draw in each)


def stratified_bag(codes: Ints, rng: np.random.Generator) -> Ints:
    """Return positions drawn with replacement within each class, shape (n,)."""
    parts = [np.flatnonzero(codes == code) for code in np.unique(codes)]
    return np.concatenate([rng.choice(part, len(part)) for part in parts])


def seeded(classifier: Any, rng: np.random.Generator) -> Any:
    """Return the classifier with its random state drawn, where it has one that nobody has set."""
    if classifier.get_params().get("random_state", 0) is None:
        classifier.set_params(random_state=int(rng.integers(2**31)))
    return classifier


def _fitted(classifier: Any, evidence: OutcomeEvidence) -> Any:
    if (evidence.weights == 1).all():
        # Not every classifier takes weights; without replicates it need not.
        return classifier.fit(evidence.points, evidence.codes)
    return classifier.fit(evidence.points, evidence.codes, sample_weight=evidence.weights)


def _wide(values: Floats) -> Floats:
    return values[:, None] if values.ndim == 1 else values
