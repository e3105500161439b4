"""A strategy: a batch rule for tasks, a choice and a score for pools, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from bioal.acquisition.batch import (
    confidence_bound_batch,
    expected_improvement_batch,
    probability_batch,
)
from bioal.acquisition.focus import focused_improvement_batch
from bioal.acquisition.judging import Shares
from bioal.acquisition.tasks import Picks, Task
from bioal.errors import UsageError
from bioal.strategies.combining import Choice, EpsilonRandom
from bioal.strategies.pools import Pool, pool_of
from bioal.strategies.scorings import Scoring
from bioal.strategies.views import View

Rule = Callable[[Task, np.random.Generator], Picks]

DATA = ("yields", "outcomes")
_BY_PATHS = (
    focused_improvement_batch,
    expected_improvement_batch,
    probability_batch,
    confidence_bound_batch,
)


@dataclass(frozen=True)
class OnPools:
    """A batch rule for tasks as a choice from a pool."""

    rule: Rule

    def __call__(self, pool: Pool, rng: np.random.Generator) -> Picks:
        """Return the rule's picks from the pool's task."""
        return self.rule(pool.task, rng)


@dataclass(frozen=True)
class OnTasks:
    """A choice from a pool as a batch rule for tasks; `view` is what is known besides."""

    choice: Choice
    view: View | None = None

    def __call__(self, task: Task, rng: np.random.Generator) -> Picks:
        """Return the picks from the pool that the task makes."""
        return self.choice(pool_of(task) if self.view is None else self.view.pool(task), rng)


@dataclass(frozen=True)
class Strategy:
    """A way to choose a batch.

    Parameters
    ----------
    name
        What a person writes.
    rule
        The batch rule for conditions that are all new.
    repeating
        The batch rule where conditions may be measured again.
    shares
        What the shortlist is made of.
    reason
        The reason of every pick, or "" where it depends on the pick.
    score
        One number per candidate of a pool, larger is more wanted; None where a batch is all there is.
    choice
        The same as `rule` for a pool; None for the rule itself.
    about, formula, source
        What it wants, in a line; its formula; where it comes from.
    again
        The choice where conditions may be measured again; None for `choice`.
    data
        What it works on.
    signed
        Whether the score can be negative, so that no product can be made with it.
    """

    name: str
    rule: Rule
    repeating: Rule
    shares: Shares
    reason: str = ""
    score: Scoring | None = None
    choice: Choice | None = None
    about: str = ""
    formula: str = ""
    source: str = ""
    again: Choice | None = None
    data: tuple[str, ...] = DATA
    signed: bool = False

    def seeing(self, view: View | None, *, repeats: bool) -> Rule:
        """Return the batch rule that knows what a view says besides the task."""
        choice = (self.again or self.choice) if repeats else self.choice
        if choice is None:
            return self.repeating if repeats else self.rule
        return OnTasks(choice, view)

    def require(self, kind: str) -> None:
        """Raise UsageError where it does not work on "yields" or on "outcomes"."""
        if kind not in self.data:
            only = " and ".join(self.data)
            raise UsageError(f'"{self.name}" works on {only}, and these are {kind}. Choose another strategy.')

    def counts_cost(self, *, repeats: bool) -> bool:
        """Return whether its picks count per cost where a task says what candidates cost."""
        choice = self.choice or OnPools(self.repeating if repeats else self.rule)
        within = choice.choice if isinstance(choice, EpsilonRandom) else choice
        rule = within.rule if isinstance(within, OnPools) else within
        rule = rule.func if isinstance(rule, partial) else rule
        return rule in _BY_PATHS or bool(getattr(rule, "conditioned", False))

    @property
    def random_share(self) -> float:
        """Return which share of a batch is drawn at random beside the rule's own, 0 to 1."""
        return self.choice.share if isinstance(self.choice, EpsilonRandom) else 0.0

    @property
    def pick(self) -> Choice:
        """Return how a batch is chosen from a pool."""
        return self.choice or OnPools(self.rule)
