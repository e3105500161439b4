"""Bags of regressors: the same learner trained on many resamples of the conditions.

Conditions are resampled, never single wells, so that a member that has not seen a condition has seen
none of its replicates. Each member's prediction of the conditions left out of its bag is what tells
spread from noise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.base import clone

from bioal.evidence import Bools, Floats

Singles = NDArray[np.float32]
ROWS = 4096  # rows predicted at once: a block and its members stay in the processor's cache


class Regressor(Protocol):
    """What is needed of a scikit-learn regressor."""

    def fit(self, points: Any, values: Any) -> Any:
        """Learn values (n,) at points (n, width)."""

    def predict(self, points: Any) -> Any:
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
        for start, rows in _blocks(points):
            for number, member in enumerate(self.members):
                found[start : start + len(rows), number] = _predicted(member, rows)
        return found

    def mean(self, points: Floats) -> Floats:
        """Return the mean over members, shape (m,), without holding them all."""
        total = np.zeros(len(points))
        for start, rows in _blocks(points):
            for member in self.members:
                total[start : start + len(rows)] += _predicted(member, rows)
        return total / len(self)


def bagged(
    make: MakeMember, points: Floats, values: Floats, chances: Floats, size: int, rng: np.random.Generator
) -> Bag:
    """Train `size` members, each on a bootstrap of the conditions drawn with these chances.

    Parameters
    ----------
    make
        Returns a fresh, untrained regressor with a seed of its own.
    points, values
        One row per condition, (n, width) and (n,).
    chances
        Probability of each condition at each draw, shape (n,): precise conditions are drawn more often.
    """
    singles, rows = points.astype(np.float32), len(points)
    seen = np.zeros((rows, size), bool)
    members = []
    with config_context(assume_finite=True, skip_parameter_validation=True):
        for number in range(size):
            drawn = rng.choice(rows, rows, p=chances)
            seen[drawn, number] = True
            members.append(make(rng).fit(singles[drawn], values[drawn]))
    return Bag(tuple(members), seen)


def member_of(template: Regressor) -> MakeMember:
    """Return what makes clones of a regressor, each with its own seed wherever it takes one."""
    seeded = [name for name in template.get_params() if name.split("__")[-1] == "random_state"]

    def make(rng: np.random.Generator) -> Regressor:
        seeds = {
            name: int(seed) for name, seed in zip(seeded, rng.integers(2**31, size=len(seeded)), strict=True)
        }
        return clone(template).set_params(**seeds)  # type: ignore[no-any-return]

    return make


def _blocks(points: Floats) -> Iterator[tuple[int, Singles]]:
    if not np.isfinite(points).all():
        raise ValueError("Points must be finite: a tree sends NaN somewhere without a word")
    for start in range(0, len(points), ROWS):
        yield start, np.ascontiguousarray(points[start : start + ROWS], dtype=np.float32)


def _predicted(member: Regressor, rows: Singles) -> Floats:
    # A single tree is asked directly: scikit-learn's checks cost more than the answer.
    tree = getattr(member, "tree_", None)
    found = member.predict(rows) if tree is None else tree.predict(rows)
    return np.asarray(found, float).reshape(len(rows))
