"""Gaussian processes for unordered outcomes: one per class against all others, shares made to sum to one.

One against the rest is what scikit-learn's Gaussian process classifier does too (Rasmussen and Williams
2006, section 3.5 for the joint form).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import entr, ndtr, ndtri

from bioal.evidence import Floats
from bioal.models.ordinal_process import OrdinalProcess, fit_ordinal_process
from bioal.models.outcomes import OutcomeEvidence

_DRAWS = 64
_LEAST = 1e-300


@dataclass(frozen=True)
class OneAgainstRest:
    """One process per class; `processes[c]` gives the chance of class c."""

    processes: tuple[OrdinalProcess, ...]
    notes: tuple[str, ...] = ()

    @property
    def classes(self) -> int:
        """Return how many outcomes there are."""
        return len(self.processes)

    def predict_proba(self, points: Floats) -> Floats:
        """Return the probability of each class, shape (m, classes)."""
        return _shares(np.stack([one.predict_proba(points)[:, 1] for one in self.processes], axis=-1))

    def member_proba(self, points: Floats, rng: np.random.Generator) -> Floats:
        """Return class probabilities along joint paths of all processes, (members, m, classes)."""
        return _shares(
            np.stack([one.member_proba(points, rng)[..., 1] for one in self.processes], axis=-1)
        )

    def expected_entropy(self, points: Floats) -> Floats:
        """Return the entropy averaged over the hidden functions, (m,), by 64 Sobol points."""
        moments = [one.mean_sd(points) for one in self.processes]
        draws = normal_draws(self.classes, _DRAWS)
        found = np.zeros(len(points))
        for draw in draws:
            walls = [one.edges[0] for one in self.processes]
            known = [
                ndtr(mean + z * sd - wall) for (mean, sd), z, wall in zip(moments, draw, walls, strict=True)
            ]
            found += entr(_shares(np.stack(known, axis=-1))).sum(axis=1) / _DRAWS
        return found


def normal_draws(width: int, count: int) -> Floats:
    """Return Sobol points, the same every time, as independent standard normal draws, (count, width)."""
    from scipy.stats import qmc  # noqa: PLC0415 -- loads all of a large library for one sequence

    # Half a cell off: the first point of the plain sequence is 0, whose normal quantile is infinite.
    return np.asarray(ndtri(qmc.Sobol(width, scramble=False).random(count) + 0.5 / count))


def fit_one_against_rest(evidence: OutcomeEvidence) -> OneAgainstRest:
    """Return one Gaussian process per class."""
    parts = [
        replace(evidence, codes=(evidence.codes == code).astype(np.intp), classes=2, ordered=True)
        for code in range(evidence.classes)
    ]
    return OneAgainstRest(tuple(fit_ordinal_process(part) for part in parts))


def _shares(chances: Floats) -> Floats:
    raised = np.maximum(chances, _LEAST)
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))
