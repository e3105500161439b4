"""What a batch rule is asked and what it answers: a task, and the picks.

A task is a shortlist of candidates with the posterior that judges them; picks are positions in that
shortlist, best first, with what each one added.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from bioal.evidence import Bools, Floats, Ints
from bioal.models.posterior import Posterior

Utility = Callable[[Floats], Floats]

# Nodes and weights of Gauss-Hermite quadrature against the standard normal density.
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(7)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


def identity(readout: Floats) -> Floats:
    """Return the readout itself: more is better."""
    return readout


def utility_moments(mean: Floats, sd: Floats, utility: Utility) -> tuple[Floats, Floats]:
    """Return mean and sd of the utility where the readout is normal; exact for a linear utility."""
    values = [utility(mean + node * sd) for node in _NODES]
    middle = np.sum([w * v for w, v in zip(_WEIGHTS, values, strict=True)], axis=0)
    square = np.sum([w * (v - middle) ** 2 for w, v in zip(_WEIGHTS, values, strict=True)], axis=0)
    return middle, np.sqrt(square)


@dataclass(frozen=True)
class Task:
    """Choose `count` of these candidates.

    Parameters
    ----------
    posterior, utility
        The belief about the readout, and what a value of the readout is worth.
    points, mean, sd
        The shortlisted candidates, (m, width), with the posterior's mean and sd of the readout, (m,).
    known, pending
        Points measured, (k, width), and points chosen but not measured, (p, width).
    reference
        A random sample of all candidates, (r, width): where the model is to become better.
    repeated
        Which candidates have been measured or chosen before, (m,).
    selected
        Whether the candidates are a list that somebody selected, and no whole space.
    cost
        What measuring each candidate costs, (m,), where gains count per cost; None where they count alone.
    """

    posterior: Posterior
    utility: Utility
    points: Floats
    mean: Floats
    sd: Floats
    known: Floats
    pending: Floats
    reference: Floats
    repeated: Bools
    count: int
    selected: bool = True
    cost: Floats | None = None

    def of(self, rows: Ints) -> Task:
        """Return the task with some of its candidates only."""
        return replace(
            self,
            points=self.points[rows],
            mean=self.mean[rows],
            sd=self.sd[rows],
            repeated=self.repeated[rows],
            cost=None if self.cost is None else self.cost[rows],
        )


@dataclass(frozen=True)
class Picks:
    """Positions in the shortlist, best first; what each added; and which were only filled in.

    Parameters
    ----------
    rows
        Distinct positions, shape (count,), fewer where the shortlist is shorter.
    gains
        What each pick added to the batch in the rule's own unit, shape (count,); 0 where filled in.
    filled
        Picks made since the rule itself saw no more gain, shape (count,).
    drawn
        Picks drawn at random beside the rule's own, shape (count,); None where there are none.
    """

    rows: Ints
    gains: Floats
    filled: Bools
    drawn: Bools | None = None

    @property
    def by_lot(self) -> Bools:
        """Return which picks were drawn at random beside the rule's own, (count,)."""
        return np.zeros(len(self.rows), bool) if self.drawn is None else self.drawn


def picks_of(rows: list[int] | Ints, gains: list[float] | Floats, filled: int = 0) -> Picks:
    """Return picks of which the last `filled` are filled in."""
    late = np.arange(len(rows)) >= len(rows) - filled
    return Picks(np.asarray(rows, np.intp), np.asarray(gains, float), late)
