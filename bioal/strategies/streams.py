"""Measure or skip, decided as conditions arrive: fermenter time points, colony picks, library members.

A budget manager sees one utility in [0, 1] at a time (1 - max p, or an sd as a share of the largest one) and
is replaced by its successor, so that a decision can be replayed. The published ones only steer towards a
share of the arrivals, and overspend; `Stream` keeps a hard cap of wells, and a reserve for the end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np

from bioal.errors import UsageError
from bioal.evidence import Floats

WINDOW = 100  # arrivals over which spending is averaged


class Budget(Protocol):
    """How willing to measure: a share of the arrivals, and what was seen so far."""

    def offered(self, utility: float, rng: np.random.Generator, *, allowed: bool = True) -> tuple[bool, Self]:
        """Return whether to measure an arrival, and the budget after it; never where it is not allowed."""


@dataclass(frozen=True)
class _Windowed:
    """Spending over a sliding window: u <- u (w - 1) / w + asked, and a budget is left while u / w < share.

    Zliobaite, Bifet, Pfahringer and Holmes 2014, doi 10.1109/TNNLS.2012.2236570, section III.
    """

    share: float
    window: int = WINDOW
    spent: float = 0.0

    def __post_init__(self) -> None:
        _check_share(self.share)

    @property
    def left(self) -> bool:
        """Return whether there is a budget left."""
        return self.spent / self.window < self.share

    def after(self, asked: bool) -> Self:
        """Return the budget after an arrival."""
        return replace(self, spent=self.spent * (self.window - 1) / self.window + asked)


@dataclass(frozen=True)
class FixedUncertainty(_Windowed):
    """Ask where the confidence max p is at most theta = 1 / C + B (1 - 1 / C), C being `classes`."""

    classes: int = 2

    def offered(
        self, utility: float, _rng: np.random.Generator, *, allowed: bool = True
    ) -> tuple[bool, Self]:
        """Return whether to measure, and the budget after it."""
        theta = 1 / self.classes + self.share * (1 - 1 / self.classes)
        asked = allowed and self.left and 1 - utility <= theta
        return asked, self.after(asked)


@dataclass(frozen=True)
class VariableUncertainty(_Windowed):
    """Ask where max p < theta; theta shrinks by `step` after an arrival measured, grows after one skipped."""

    theta: float = 1.0
    step: float = 0.01

    def offered(
        self, utility: float, _rng: np.random.Generator, *, allowed: bool = True
    ) -> tuple[bool, Self]:
        """Return whether to measure, and the budget after it."""
        if not (allowed and self.left):
            return False, self.after(False)
        asked = 1 - utility < self.theta
        return asked, self.moved(asked).after(asked)

    def moved(self, asked: bool) -> Self:
        """Return the budget with its threshold moved."""
        return replace(self, theta=self.theta * (1 - self.step if asked else 1 + self.step))


@dataclass(frozen=True)
class RandomVariableUncertainty(VariableUncertainty):
    """The same with theta times a draw from N(1, scatter) at each arrival, so that nothing is never asked."""

    scatter: float = 1.0

    def offered(self, utility: float, rng: np.random.Generator, *, allowed: bool = True) -> tuple[bool, Self]:
        """Return whether to measure, and the budget after it."""
        if not (allowed and self.left):
            return False, self.after(False)
        asked = bool(1 - utility < self.theta * rng.normal(1.0, self.scatter))
        return asked, self.moved(asked).after(asked)


@dataclass(frozen=True)
class SplitBudget(VariableUncertainty):
    """Variable uncertainty, but with chance `at_random` an arrival is decided by lot: an honest sample."""

    at_random: float = 0.1

    def offered(self, utility: float, rng: np.random.Generator, *, allowed: bool = True) -> tuple[bool, Self]:
        """Return whether to measure, and the budget after it."""
        if not (allowed and self.left):
            return False, self.after(False)
        if self.at_random > rng.random():
            asked = bool(rng.random() <= self.share)
            return asked, self.after(asked)
        return super().offered(utility, rng)


@dataclass(frozen=True)
class RandomBudget(_Windowed):
    """Ask by lot, whatever the utility: the baseline."""

    def offered(
        self, _utility: float, rng: np.random.Generator, *, allowed: bool = True
    ) -> tuple[bool, Self]:
        """Return whether to measure, and the budget after it."""
        drawn = bool(rng.random() <= self.share)
        asked = allowed and self.left and drawn
        return asked, self.after(asked)


@dataclass(frozen=True)
class QuantileFilter:
    """Ask where the utility is in the upper `share` of the last ones, balanced by what was spent.

    u >= quantile_(1-B)(last w) - range x (B seen - asked) / tolerance: the balanced incremental quantile
    filter (Kottke, Krempl and Spiliopoulou 2015, Probabilistic active learning in datastreams). Utilities
    may be of any scale.
    """

    share: float
    window: int = WINDOW
    tolerance: float = 50.0
    seen: int = 0
    asked: int = 0
    last: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        _check_share(self.share)

    def offered(
        self, utility: float, _rng: np.random.Generator, *, allowed: bool = True
    ) -> tuple[bool, Self]:
        """Return whether to measure, and the budget after it."""
        last = (*self.last, float(utility))[-self.window :]
        left = self.share * (self.seen + 1) - self.asked
        usual = np.quantile(last, 1 - self.share)
        asked = bool(allowed and utility >= usual - (max(last) - min(last)) * left / self.tolerance)
        return asked, replace(self, seen=self.seen + 1, asked=self.asked + asked, last=last)


@dataclass(frozen=True)
class Neighbourhood:
    """Which arrivals are new nearest neighbours of something in the window: only these may be measured.

    Ienco, Zliobaite and Pfahringer 2014, PMLR 36:133: dense regions first.
    """

    window: int = WINDOW
    points: tuple[Floats, ...] = ()
    nearest: tuple[float, ...] = ()

    def arrived(self, point: Floats) -> tuple[int, Neighbourhood]:
        """Return of how many arrivals this one is the nearest neighbour so far, and the window after it."""
        apart = [float(np.linalg.norm(point - other)) for other in self.points]
        closer = sum(d < old for d, old in zip(apart, self.nearest, strict=True))
        nearest = [min(d, old) for d, old in zip(apart, self.nearest, strict=True)]
        nearest.append(min(apart, default=np.inf))
        points = (*self.points, point)
        return closer, Neighbourhood(self.window, points[-self.window :], tuple(nearest[-self.window :]))


@dataclass(frozen=True)
class Stream:
    """A stream of arrivals of which at most `cap` are measured, whatever the budget would like.

    Parameters
    ----------
    budget
        How willing to measure.
    cap
        Wells there are.
    expected, reserve
        Of the last fifth of so many expected arrivals, this many wells are kept for.
    seen, asked
        What has happened so far.

    Examples
    --------
    >>> stream = Stream(VariableUncertainty(0.5), cap=1)
    >>> rng = np.random.default_rng(0)
    >>> first, stream = stream.offered(0.4, rng)
    >>> second, stream = stream.offered(0.4, rng)
    >>> first, second, stream.left
    (True, False, 0)
    """

    budget: Budget
    cap: int
    expected: int = 0
    reserve: int = 0
    seen: int = 0
    asked: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.reserve <= self.cap or (self.reserve and not self.expected):
            raise UsageError(
                f"A reserve of {self.reserve} of {self.cap} wells for the end of {self.expected} arrivals"
                " cannot be kept. Say how many arrivals are expected, and reserve no more than there are."
            )

    @property
    def left(self) -> int:
        """Return how many wells may be used now, those in reserve not counted before their time."""
        kept = self.reserve if self.seen < 0.8 * self.expected else 0
        return max(0, self.cap - self.asked - kept)

    def offered(self, utility: float, rng: np.random.Generator) -> tuple[bool, Stream]:
        """Return whether to measure the condition that arrives, and the stream after it."""
        if not np.isfinite(utility):
            raise UsageError(f"A utility of {utility} arrived; a finite number is needed.")
        asked, budget = self.budget.offered(utility, rng, allowed=self.left > 0)
        return asked, replace(self, budget=budget, seen=self.seen + 1, asked=self.asked + asked)


def _check_share(share: float) -> None:
    if not 0 < share <= 1:
        raise UsageError(f"A budget of {share} of the arrivals was asked for; it lies above 0 and up to 1.")
