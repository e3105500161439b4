"""Models that strategies train for themselves: a border, bags of unlike learners, views, bootstraps.

They see single results as arrays; whoever calls makes sure that two outcomes were seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from bioal.evidence import Bools, Floats, Ints
from bioal.models.classifiers import learn_scikit, stratified_bag
from bioal.models.outcomes import OutcomeEvidence

_VIEWS = 3
_FOLDS = 5


@dataclass(frozen=True)
class Border:
    """A support vector machine: `decisions` (m,) or (m, classes) of the candidates, its support vectors."""

    decisions: Floats
    support: Floats


def border(evidence: OutcomeEvidence, points: Floats) -> Border:
    """Return the decision values of a support vector machine (radial kernel, C = 10) at points."""
    machine = SVC(C=10.0, gamma="scale", decision_function_shape="ovr")
    machine.fit(evidence.points, evidence.codes, sample_weight=evidence.weights)
    return Border(np.asarray(machine.decision_function(points)), np.asarray(machine.support_vectors_))


def bagged_votes(
    evidence: OutcomeEvidence, points: Floats, bags: int, rng: np.random.Generator
) -> Floats:
    """Return probabilities of trees and lines in turn, each on a stratified bag, (bags, m, classes)."""
    learners = (
        learn_scikit(DecisionTreeClassifier(max_features=0.7)),
        learn_scikit(LogisticRegression(C=10.0, max_iter=1000)),
    )
    found = []
    for turn in range(bags):
        bag = evidence.rows(stratified_bag(evidence.codes, rng))
        found.append(learners[turn % 2](bag, rng).predict_proba(points))
    return np.stack(found)


def views_of(evidence: OutcomeEvidence, most: int = _VIEWS) -> tuple[Bools, ...]:
    """Return groups of factors as masks of columns, (width,) each: those that moved together are one view.

    Average linkage on 1 - |correlation| of the measured conditions; at most `most` views.
    """
    factors = int(evidence.groups.max(initial=-1)) + 1
    labels = np.arange(1, factors + 1, dtype=np.intp)
    if factors > most:
        means = np.stack([_one_number(evidence, factor) for factor in range(factors)])
        moved = means.std(axis=1, keepdims=True)
        standard = (means - means.mean(axis=1, keepdims=True)) / np.where(moved > 0, moved, 1.0)
        apart = np.clip(1 - np.abs(standard @ standard.T) / len(evidence), 0, None)
        np.fill_diagonal(apart, 0)
        tree = linkage(squareform(apart, checks=False), "average")
        labels = np.asarray(fcluster(tree, most, "maxclust"), np.intp)
    return tuple(np.isin(evidence.groups, np.flatnonzero(labels == one)) for one in np.unique(labels))


def _one_number(evidence: OutcomeEvidence, factor: int) -> Floats:
    """Return one number per condition for a factor; which option it is where there are several columns."""
    columns = evidence.points[:, evidence.groups == factor]
    return np.asarray((columns * np.arange(1.0, columns.shape[1] + 1)).sum(axis=1))


@dataclass(frozen=True)
class ViewVotes:
    """What each view says: of the candidates, (views, m), and held out of the measured ones, (views, n)."""

    votes: Ints
    held_out: Ints


def view_votes(
    evidence: OutcomeEvidence, points: Floats, views: tuple[Bools, ...], rng: np.random.Generator
) -> ViewVotes:
    """Return the votes of forests, each of which sees one group of factors."""
    votes, held_out = [], []
    fewest = int(np.unique(evidence.codes, return_counts=True)[1].min())
    for view in views:
        trees = ExtraTreesClassifier(10, random_state=int(rng.integers(2**31)))
        seen = evidence.points[:, view]
        if fewest > 1:
            folds = StratifiedKFold(min(_FOLDS, fewest), shuffle=True, random_state=int(rng.integers(2**31)))
            held_out.append(cross_val_predict(trees, seen, evidence.codes, cv=folds))
        else:
            held_out.append(np.full(len(evidence), -1))
        votes.append(trees.fit(seen, evidence.codes).predict(points[:, view]))
    return ViewVotes(np.array(votes, np.intp), np.array(held_out, np.intp))


def bootstrap_predictions(
    points: Floats, values: Floats, wanted: Floats, count: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return what ridge regression predicts, (m,), and what it predicts from bootstraps, (m, count).

    A bootstrap draws as many rows as there are, with replacement (Efron 1979, doi 10.1214/aos/1176344552).
    """
    draws = [rng.integers(len(values), size=len(values)) for _ in range(count)]
    members = [_ridge(points[rows], values[rows], wanted) for rows in draws]
    return _ridge(points, values, wanted), np.stack(members, axis=1)


def _ridge(points: Floats, values: Floats, wanted: Floats, penalty: float = 0.1) -> Floats:
    middle, level = points.mean(axis=0), values.mean()
    centred = points - middle
    slopes = np.linalg.solve(
        centred.T @ centred + penalty * np.eye(points.shape[1]), centred.T @ (values - level)
    )
    return np.asarray(level + (wanted - middle) @ slopes)


def chance_unlabelled(known: Floats, pool: Floats, points: Floats) -> Floats:
    """Return how surely points can be told from those measured, (m,): logistic regression on all products."""
    learner = make_pipeline(
        PolynomialFeatures(2, include_bias=False),
        LogisticRegression(C=10.0, max_iter=2000, class_weight="balanced"),
    )
    labels = np.repeat([0, 1], [len(known), len(pool)])
    learner.fit(np.vstack([known, pool]), labels)
    return np.asarray(learner.predict_proba(points)[:, 1])
