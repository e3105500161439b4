"""The strategies that a person can ask for by name; each registers a batch rule of `acquisition`.

A strategy also says what its shortlist is made of, and which rule takes over where conditions may be
measured again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np

from bioal.acquisition.batch import (
    confidence_bound_batch,
    expected_improvement_batch,
    probability_batch,
    random_batch,
    thompson_batch,
)
from bioal.acquisition.downdates import average_variance_batch, variance_batch
from bioal.acquisition.focus import focused_improvement_batch
from bioal.acquisition.judging import Shares
from bioal.acquisition.knowledge import knowledge_gradient_batch
from bioal.acquisition.tasks import Picks, Task
from bioal.errors import UsageError

Rule = Callable[[Task, np.random.Generator], Picks]

_OUTCOME = Shares()
_MODEL = Shares(mean=0.0, improvement=0.0, sd=0.6, random=0.4)
_ANY = Shares(mean=0.0, improvement=0.0, sd=0.0, random=1.0)


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
    """

    name: str
    rule: Rule
    repeating: Rule
    shares: Shares
    reason: str = ""


_STRATEGIES = {
    known.name: known
    for known in (
        Strategy("focused improvement", focused_improvement_batch, knowledge_gradient_batch, _OUTCOME),
        Strategy("expected improvement", expected_improvement_batch, knowledge_gradient_batch, _OUTCOME),
        Strategy("probability of improvement", probability_batch, knowledge_gradient_batch, _OUTCOME),
        Strategy("upper confidence bound", confidence_bound_batch, knowledge_gradient_batch, _OUTCOME),
        Strategy("thompson", thompson_batch, thompson_batch, _OUTCOME),
        Strategy("variance", variance_batch, variance_batch, _MODEL, "explore"),
        Strategy("average variance", average_variance_batch, average_variance_batch, _MODEL, "explore"),
        Strategy("random", random_batch, random_batch, _ANY, "random"),
    )
}


def names() -> tuple[str, ...]:
    """Return the names of all strategies.

    >>> names()[0]
    'focused improvement'
    """
    return tuple(_STRATEGIES)


def strategy(name: str) -> Strategy:
    """Return the strategy of this name; raise UsageError, naming the valid ones, where there is none."""
    if name in _STRATEGIES:
        return _STRATEGIES[name]
    near = get_close_matches(str(name), _STRATEGIES, n=1)
    hint = f' Did you mean "{near[0]}"?' if near else ""
    raise UsageError(f'There is no acquisition "{name}".{hint} Acquisitions: {", ".join(_STRATEGIES)}.')
