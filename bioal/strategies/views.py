"""What a strategy sees of the evidence besides its task: kinds of factors, outcomes, what is a success.

A batch rule gets a task; where it needs a pool, the view makes one of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bioal.acquisition.tasks import Task
from bioal.evidence import Bools, Evidence, Ints
from bioal.models.outcomes import OutcomeEvidence, OutcomeModel
from bioal.strategies.pools import Pool, pool_of


@dataclass(frozen=True)
class View:
    """What stays the same for all tasks of a batch.

    Parameters
    ----------
    groups, categorical
        As in `Evidence`, (width,).
    outcomes
        The belief about the outcome; None where a yield is measured.
    codes
        Which outcome was seen at the task's `known` points, (k,); empty for a yield.
    wanted
        The classes that count as a success; none named means the last.
    """

    groups: Ints
    categorical: Bools
    outcomes: OutcomeModel | None = None
    codes: Ints | None = None
    wanted: tuple[int, ...] = ()

    def pool(self, task: Task) -> Pool:
        """Return the pool that a task makes; what is repeated is in it only where it may be."""
        if self.outcomes is None or self.codes is None:
            return pool_of(task, groups=self.groups, categorical=self.categorical)
        return Pool(
            task=task,
            outcomes=self.outcomes,
            values=task.posterior.mean(task.known) if len(task.known) else np.empty(0),
            codes=self.codes,
            groups=self.groups,
            categorical=self.categorical,
            repeats=True,
            wanted=self.wanted,
        )


def view_of(evidence: Evidence) -> View:
    """Return the view of evidence about a yield."""
    return View(evidence.groups, evidence.categorical)


def outcome_view(evidence: OutcomeEvidence, outcomes: OutcomeModel, wanted: tuple[int, ...]) -> View:
    """Return the view of evidence about outcomes, with the model fitted to it."""
    return View(evidence.groups, evidence.categorical, outcomes, evidence.codes, wanted)
