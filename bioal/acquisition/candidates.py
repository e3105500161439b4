"""Where a batch may come from: candidates as rows of integer codes, and the points they encode to.

A space of 10^25 conditions and a list of forty are asked the same questions: list these of yourself, draw
some, name the neighbours of those. Codes are level numbers, one column per factor; a plain list of
points has one code, its row number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bioal.evidence import Floats, Ints

Codes = NDArray[np.integer[Any]]


class Candidates(Protocol):
    """Conditions that may be proposed, as integer codes of shape (m, columns)."""

    @property
    def selected(self) -> bool:
        """Return whether somebody selected these among far more combinations that could be made."""

    @property
    def size(self) -> float:
        """Return how many candidates there are; an estimate where nobody can count them."""

    @property
    def places(self) -> int:
        """Return how long the list is that `block` cuts; some of its places may hold no candidate."""

    def block(self, start: int, stop: int) -> Codes:
        """Return the candidates at these places of the list, always in the same order."""

    def sample(self, count: int, rng: np.random.Generator) -> Codes:
        """Draw up to `count` distinct candidates at random, all of them if there are no more."""

    def neighbours(self, codes: Codes) -> Codes:
        """Return the distinct candidates one step of one factor away from any of these rows."""

    def crosses(self, codes: Codes, count: int, rng: np.random.Generator) -> Codes:
        """Return up to `count` distinct candidates that take each factor from one of two of these rows."""

    def points(self, codes: Codes) -> Floats:
        """Return the points of these codes, shape (m, width)."""

    def settings(self, codes: Codes) -> Ints:
        """Return which combination of per-plate factors each row has, shape (m,); zeros without any."""


SELECTED = 0.25  # share of all combinations of levels below which somebody must have selected a list


def is_selection(points: Floats, groups: Ints) -> bool:
    """Return whether a list holds only few of all combinations of its factors' levels.

    Parameters
    ----------
    points
        The whole list, what is measured included, shape (n, width).
    groups
        As in `Evidence`, shape (width,).

    Examples
    --------
    >>> grid = np.array([[a, b] for a in range(5) for b in range(5)], float)
    >>> is_selection(grid, np.arange(2)), is_selection(grid[::6], np.arange(2))
    (False, True)
    """
    levels = [_distinct(points[:, groups == factor]) for factor in np.unique(groups)]
    # Counted in logarithms: a product over forty factors would overflow no float, but over more it may.
    return bool(np.log(len(points)) < np.log(SELECTED) + np.sum(np.log(levels))) if len(points) else False


def _distinct(columns: Floats) -> int:
    # Rows of a single column are told apart sooner as plain numbers.
    return len(np.unique(columns[:, 0] if columns.shape[1] == 1 else columns, axis=0))


@dataclass(frozen=True)
class Listed:
    """Candidates given as a list of points, shape (n, width); the code of a row is its number."""

    listed: Floats
    plate_settings: Ints | None = None
    selected: bool = True

    @property
    def size(self) -> float:
        """Return the length of the list."""
        return len(self.listed)

    @property
    def places(self) -> int:
        """Return the length of the list."""
        return len(self.listed)

    def block(self, start: int, stop: int) -> Codes:
        """Return the row numbers from one to another."""
        return np.arange(start, min(stop, len(self.listed)))[:, None]

    def sample(self, count: int, rng: np.random.Generator) -> Codes:
        """Draw rows without replacement."""
        count = min(count, len(self.listed))
        return rng.choice(len(self.listed), count, replace=False)[:, None]

    def neighbours(self, codes: Codes) -> Codes:
        """Return nothing: rows of a list have no neighbours, and short lists are screened whole."""
        return codes[:0]

    def crosses(self, codes: Codes, count: int, rng: np.random.Generator) -> Codes:
        """Return nothing: what two rows of a list have in part is no row of it."""
        return codes[:0]

    def points(self, codes: Codes) -> Floats:
        """Return the listed points of these rows."""
        return self.listed[codes[:, 0]]

    def settings(self, codes: Codes) -> Ints:
        """Return the given plate settings of these rows."""
        if self.plate_settings is None:
            return np.zeros(len(codes), np.intp)
        return self.plate_settings[codes[:, 0]]
