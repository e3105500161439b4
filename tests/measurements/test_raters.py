"""Several people judge by word: what is true and how each errs, against a published example and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize
from scipy.special import softmax

from bioal.measurements.raters import OPEN, RaterPrior, consensus, tallied

NONE = RaterPrior(0.0, 0.0, 0.0)
# Dawid and Skene 1979 (10.2307/2346806), table 1: five anaesthetists on 45 patients, the first three times.
PUBLISHED = (
    "1111111 3334334 1122122 2223121 2223222 2223322 1222111 3333433 2222223 2322223 4444444 2223343 "
    "1111111 2223212 1211111 1112111 1111111 1111111 2222221 2221322 2222222 2222221 2223222 2212222 "
    "1111111 1111111 2322222 1111111 1111111 1121121 1111111 3333233 1111111 2222222 2223232 4334343 "
    "2212232 2323233 3333432 1111111 1111111 1212111 2322222 1211111 2222222 "
)


def published():
    called = np.array([[int(one) - 1 for one in patient] for patient in PUBLISHED.split()])
    assert called.shape == (45, 7)
    things = np.repeat(np.arange(45), 7)
    return tallied(things, np.tile([0, 0, 0, 1, 2, 3, 4], 45), called.ravel(), shape=(45, 5, 4))


def judged(seed, right, *, things=60, labels=2, missing=0.0):
    """Return true labels and the tally of raters who are right so often, and else call any other label."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(labels, size=things)
    tally = np.zeros((things, len(right), labels))
    for rater, often in enumerate(right):
        wrong = (truth + rng.integers(1, labels, size=things)) % labels
        called = np.where(rng.random(things) < often, truth, wrong)
        seen = rng.random(things) >= missing
        tally[np.flatnonzero(seen), rater, called[seen]] = 1.0
    return truth, tally


def log_posterior(free, tally, prior):
    """Return the log density that is to be greatest, thing by thing, from unbounded numbers."""
    things, raters, labels = tally.shape
    shares = softmax(free[:labels])
    confusion = softmax(free[labels:].reshape(raters, labels, labels), axis=2)
    density = np.sum(prior.rare * np.log(shares)) + np.sum(prior.of_labels(labels) * np.log(confusion))
    for thing in range(things):
        each = [shares[true] * np.prod(confusion[:, true, :] ** tally[thing]) for true in range(labels)]
        density += np.log(sum(each))
    return density


def test_the_published_example_is_reproduced():
    found = consensus(published(), prior=NONE)
    assert found.shares == pytest.approx([0.40, 0.42, 0.11, 0.07], abs=0.005)
    # Where all agree there is no doubt; one calls patient 3 by label 1 twice, and 2 it is.
    assert found.chances[[0, 10, 2]].argmax(axis=1).tolist() == [0, 3, 1]


@pytest.mark.smoke
def test_no_other_errors_are_more_probable():
    _, tally = judged(1, [0.9, 0.8, 0.6], things=25, labels=3, missing=0.2)
    prior = RaterPrior()
    found = consensus(tally, prior=prior)
    here = np.log(np.concatenate([found.shares, found.confusion.ravel()]))
    best = minimize(lambda free: -log_posterior(free, tally, prior), here, method="BFGS")
    assert log_posterior(here, tally, prior) == pytest.approx(-best.fun, abs=1e-6)
    assert found.shares == pytest.approx(softmax(best.x[:3]), abs=1e-3)


def test_what_is_true_of_each_thing_is_the_rule_of_bayes():
    _, tally = judged(2, [0.9, 0.7], things=12)
    found = consensus(tally)
    for thing in range(12):
        size = [
            found.shares[true]
            * np.prod([found.confusion[rater, true] @ tally[thing, rater] for rater in (0, 1)])
            for true in (0, 1)
        ]
        assert found.chances[thing] == pytest.approx(np.array(size) / sum(size), abs=1e-6)


@given(arrays(np.int64, (6, 1, 3), elements=st.integers(0, 4)))
@settings(deadline=None)
def test_one_rater_is_taken_at_their_word(called):
    found = consensus(called.astype(float))
    total = called.sum(axis=(1, 2))
    assert np.isnan(found.chances[total == 0]).all()
    plain = called[total > 0, 0] / total[total > 0, None]
    np.testing.assert_array_equal(found.chances[total > 0], plain)


@given(st.integers(0, 50), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_things_and_raters_says_nothing(seed, random):
    _, tally = judged(seed, [0.9, 0.7, 0.8], things=15, missing=0.3)
    things, raters = list(range(15)), [0, 1, 2]
    random.shuffle(things)
    random.shuffle(raters)
    found, moved = consensus(tally), consensus(tally[things][:, raters])
    np.testing.assert_allclose(moved.chances, found.chances[things], atol=1e-6)
    np.testing.assert_allclose(moved.confusion, found.confusion[raters], atol=1e-6)


def test_who_errs_often_counts_less_than_their_vote():
    together, votes = 0, 0
    for seed in range(20):
        truth, tally = judged(seed, [0.95, 0.6, 0.6, 0.6], things=80)
        found = consensus(tally)
        together += int(np.sum(found.chances.argmax(axis=1) == truth))
        votes += int(np.sum(tally.sum(axis=1).argmax(axis=1) == truth))
        assert found.confusion[0].diagonal().mean() > found.confusion[1:].diagonal(axis1=1, axis2=2).mean()
    assert together > 1.05 * votes


def test_chances_are_as_often_right_as_they_say():
    said, right = [], []
    for seed in range(30):
        truth, tally = judged(seed, [0.9, 0.8, 0.7], things=60)
        chances = consensus(tally).chances
        said.append(chances.max(axis=1))
        right.append(chances.argmax(axis=1) == truth)
    assert np.mean(said) == pytest.approx(np.mean(right), abs=0.03)


def test_controls_that_are_known_tell_who_is_right():
    """Two raters who always contradict each other: only what is known for sure can say who errs."""
    truth = np.arange(20) % 2
    tally = np.zeros((20, 2, 2))
    tally[np.arange(20), 0, truth] = 1.0
    tally[np.arange(20), 1, 1 - truth] = 1.0
    known = np.where(np.arange(20) < 8, truth, OPEN)
    found = consensus(tally, known=known)
    assert (found.chances.argmax(axis=1) == truth).all()
    assert found.chances[np.arange(20), truth][8:].min() > 0.8
    assert (found.chances[np.arange(8), truth[:8]] == 1.0).all()


def test_what_is_no_tally_is_refused():
    with pytest.raises(ValueError, match=r"\(things, raters, labels\)"):
        consensus(np.ones((3, 2)))
    with pytest.raises(ValueError, match="0 or more"):
        consensus(-np.ones((3, 2, 2)))
    with pytest.raises(ValueError, match="from 0 to 1"):
        consensus(np.ones((1, 2, 2)), known=np.array([2]))
