"""Bags of regressors: the same learner trained on many resamples of the conditions.

Conditions are resampled, never single wells, so that a member that has not seen a condition has seen
none of its replicates. What each member predicts for the conditions left out of its bag tells spread
from noise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.base import clone
from sklearn.tree import BaseDecisionTree

from bioal.evidence import Bools, Floats

ROWS = 4096  # rows predicted at once, so that a block stays in the processor's cache


class Regressor(Protocol):
    """What is needed of a scikit-learn regressor."""

    def fit(self, points: Any, values: Any, /) -> Any:
        """Learn values (n,) at points (n, width)."""

    def predict(self, points: Any, /) -> Any:
        """Return predictions (m,) at points (m, width)."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the settings."""


MakeMember = Callable[[np.random.Generator], Regressor]


@dataclass(frozen=True)
class Bag:
    """Trained members; `seen` tells which condition each was trained on, shape (conditions, members)."""

    members: tuple[Regressor, ...]
    seen: Bools

    def __len__(self) -> int:
        return len(self.members)

    def predictions(self, points: Floats) -> Floats:
        """Return the prediction of every member, shape (m, members)."""
        found = np.empty((len(points), len(self)))
        for rows, column, predicted in self._predicted(points):
            found[rows, column] = predicted
        return found

    def mean(self, points: Floats) -> Floats:
        """Return the mean over members, shape (m,), without holding all predictions."""
        total = np.zeros(len(points))
        for rows, _, predicted in self._predicted(points):
            total[rows] += predicted
        return total / len(self)

    def _predicted(self, points: Floats) -> Iterator[tuple[slice, int, Floats]]:
        """Yield rows, member number and prediction, block by block."""
        if not np.isfinite(points).all():
            raise ValueError("Points must be finite: a tree would send NaN somewhere without a word")
        # Trees are asked directly: scikit-learn's checks would cost more than their answer.
        trees = [getattr(member, "tree_", None) for member in self.members]
        single = any(tree is not None for tree in trees)
        for start in range(0, len(points), ROWS):
            rows = slice(start, min(start + ROWS, len(points)))
            block: NDArray[Any] = np.ascontiguousarray(points[rows], np.float32 if single else np.float64)
            for number, (member, tree) in enumerate(zip(self.members, trees, strict=True)):
                found = member.predict(block) if tree is None else tree.predict(block)
                yield rows, number, np.asarray(found, float).reshape(len(block))


def bagged(
    make: MakeMember, points: Floats, values: Floats, chances: Floats, size: int, rng: np.random.Generator
) -> Bag:
    """Return `size` members, each trained on a bootstrap of the conditions drawn with these chances.

    Parameters
    ----------
    make
        Returns a fresh, untrained regressor with a seed of its own.
    points, values
        One row per condition, (n, width) and (n,).
    chances
        Probability of each condition at each draw, shape (n,): precise conditions are drawn more often.
    """
    rows = len(points)
    drawn = rng.choice(rows, (size, rows), p=chances)
    seen = np.zeros((rows, size), bool)
    seen[drawn, np.arange(size)[:, None]] = True
    with config_context(assume_finite=True, skip_parameter_validation=True):
        members = tuple(_trained(make(rng), points[which], values[which]) for which in drawn)
    return Bag(members, seen)


def member_of(template: Regressor) -> MakeMember:
    """Return what makes clones of a regressor, each with its own seed wherever it takes one."""
    untrained = clone(template)
    seeded = [name for name in template.get_params() if name.split("__")[-1] == "random_state"]

    def make(rng: np.random.Generator) -> Regressor:
        # A copy of what is untrained is a clone, at a tenth of the time, which counts beside a small tree.
        member: Regressor = deepcopy(untrained)
        for name, seed in zip(seeded, rng.integers(2**31, size=len(seeded)).tolist(), strict=True):
            owner, _, attribute = name.rpartition("__")
            setattr(member.get_params()[owner] if owner else member, attribute, seed)
        return member

    return make


def _trained(member: Regressor, points: Floats, values: Floats) -> Regressor:
    if isinstance(member, BaseDecisionTree):
        trained: Regressor = member.fit(points.astype(np.float32), values, check_input=False)
        return trained
    member.fit(points, values)
    return member
