r"""Several people judge the same things by word (grows, does not): what is true, and how each of them errs.

A thing has a true label j with chance :math:`p_j`, and rater k calls a thing of label j by the label l with
chance :math:`\pi^{(k)}_{jl}`, whatever others say. The most probable p and :math:`\pi` are found by
expectation and maximisation (Dawid and Skene 1979, doi 10.2307/2346806, equations 2.3 to 2.5), with
Dirichlet priors: each rater is expected to be right as often as somebody who was seen `RIGHT` times right
and `WRONG` times wrong, and no label is rarer than one thing of it in all. What is known for sure (a negative
control) anchors the rest. With one rater there is nobody to compare with: their own labels count, in shares.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bioal.evidence import Floats, Ints

RIGHT, WRONG = 4.0, 1.0  # readings that the prior of each rater is worth, for each true label
RARE = 1.0  # things of each label that the prior of how common labels are is worth
ROUNDS, TOLERANCE = 5000, 1e-10
OPEN = -1  # the label of a thing of which nothing is known for sure


@dataclass(frozen=True, eq=False)
class Consensus:
    """What several raters say together.

    Parameters
    ----------
    chances
        Probability of each label for each thing, shape (things, labels); NaN where nobody judged it.
    confusion
        How often each rater calls a thing of true label j by label l, shape (raters, labels, labels).
    shares
        How common the true labels are, shape (labels,).
    """

    chances: Floats
    confusion: Floats
    shares: Floats


@dataclass(frozen=True)
class RaterPrior:
    """What is expected before anything was judged, in numbers of readings; 0 throughout: nothing is."""

    right: float = RIGHT
    wrong: float = WRONG
    rare: float = RARE

    def of_labels(self, labels: int) -> Floats:
        """Return the readings that a rater's prior is worth, (labels, labels): rows true, columns called."""
        off = self.wrong / max(labels - 1, 1)
        return np.where(np.eye(labels, dtype=bool), self.right, off)


def tallied(things: Ints, raters: Ints, labels: Ints, *, shape: tuple[int, int, int]) -> Floats:
    """Return how often each thing was called by each label by each rater, shape (things, raters, labels).

    Parameters
    ----------
    things, raters, labels
        One entry per reading, shape (n,).
    shape
        How many things, raters and labels there are.

    >>> tallied(np.array([0, 0]), np.array([0, 1]), np.array([1, 1]), shape=(1, 2, 2)).tolist()
    [[[0.0, 1.0], [0.0, 1.0]]]
    """
    tally = np.zeros(shape)
    np.add.at(tally, (things, raters, labels), 1.0)
    return tally


def consensus(tally: Floats, *, known: Ints | None = None, prior: RaterPrior | None = None) -> Consensus:
    """Return what is true of each thing by the raters together, and how each of them errs.

    Parameters
    ----------
    tally
        As of `tallied`, shape (things, raters, labels); a weight between 0 and 1 is part of a reading.
    known
        The label of things that are known for sure, `OPEN` (-1) for all others, shape (things,).

    Raises
    ------
    ValueError
        Where the tally has not three dimensions, holds what is no count, or `known` does not fit it.
    """
    known = np.full(len(tally), OPEN, np.intp) if known is None else known
    _require(tally, known)
    prior = prior or RaterPrior()
    plain = _plain(tally.sum(axis=1), known)
    judging = tally.any(axis=(0, 2))
    chances = plain
    if judging.sum() > 1:
        for _ in range(ROUNDS):
            shares, confusion = _errors(tally, chances, prior)
            before, chances = chances, _chances(tally, shares, confusion, known)
            if np.nanmax(np.abs(chances - before), initial=0.0) < TOLERANCE:
                break
    shares, confusion = _errors(tally, chances, prior)
    return Consensus(chances, confusion, shares)


def _require(tally: Floats, known: Ints) -> None:
    if tally.ndim != 3 or known.shape != tally.shape[:1]:
        raise ValueError(
            f"a tally of shape {tally.shape} with known labels of shape {known.shape}: (things, raters,"
            " labels) with (things,) is needed"
        )
    if not np.isfinite(tally).all() or (tally < 0).any():
        raise ValueError("a tally counts readings: each entry is 0 or more")
    if ((known < OPEN) | (known >= tally.shape[2])).any():
        raise ValueError(f"a known label is from 0 to {tally.shape[2] - 1}, or {OPEN} where it is not known")


def _plain(called: Floats, known: Ints) -> Floats:
    """Return the share of each label among the readings of each thing, (things, labels)."""
    total = called.sum(axis=1, keepdims=True)
    shares = np.divide(called, total, out=np.full_like(called, np.nan), where=total > 0)
    return _anchored(shares, known)


def _anchored(chances: Floats, known: Ints) -> Floats:
    sure = known != OPEN
    return np.where(sure[:, None], np.eye(chances.shape[1])[np.where(sure, known, 0)], chances)


def _errors(tally: Floats, chances: Floats, prior: RaterPrior) -> tuple[Floats, Floats]:
    """Return how common labels are and how raters err, where this is true of each thing (2.3, 2.4)."""
    judged = np.nan_to_num(chances)
    common = judged.sum(axis=0) + prior.rare
    called = np.einsum("ij,ikl->kjl", judged, tally) + prior.of_labels(tally.shape[2])
    total = called.sum(axis=2, keepdims=True)
    # Without a prior, what a rater calls things that nobody ever saw is left open: all alike.
    even = np.full_like(called, 1.0 / tally.shape[2])
    return common / common.sum(), np.divide(called, total, out=even, where=total > 0)


def _chances(tally: Floats, shares: Floats, confusion: Floats, known: Ints) -> Floats:
    """Return what is true of each thing where raters err so (equation 2.5)."""
    with np.errstate(divide="ignore"):
        logs = np.maximum(np.log(confusion), -1e300)
        size = np.log(shares) + np.einsum("ikl,kjl->ij", tally, logs)
    chances = np.exp(size - size.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    chances[tally.sum(axis=(1, 2)) == 0] = np.nan
    return _anchored(chances, known)
