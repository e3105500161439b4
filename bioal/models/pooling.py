"""Evidence with one row per condition, for models that cannot hold replicates, plates or bounds.

Equal conditions become one mean; what their replicates differ by is kept, since it is the purest
measure of noise there is. Plate and source effects are removed as far as conditions measured on several
plates tell them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bioal.evidence import Evidence, Floats, Ints


@dataclass(frozen=True)
class Pooled:
    """Distinct conditions: points (n, width); values, noise variances, counts, each (n,).

    `variances` is NaN where nothing is known. `within` and `freedom` are the sum of squares of single
    replicates about the means of their conditions, and its degrees of freedom, where variances are unknown.
    """

    points: Floats
    values: Floats
    variances: Floats
    counts: Floats
    within: float
    freedom: int

    def __len__(self) -> int:
        return len(self.values)


def same_points(evidence: Evidence) -> tuple[Ints, Ints]:
    """Return the first row of each distinct point, and which of these each observation belongs to."""
    _, first, which = np.unique(evidence.points, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return first[order], rank[which.reshape(-1)]


def pooled(evidence: Evidence) -> Pooled:
    """Return the evidence with equal conditions pooled, each observation weighted by its precision."""
    first, which = same_points(evidence)
    size, counts = len(first), np.maximum(evidence.counts, 1).astype(float)
    known = np.bincount(which, np.isnan(evidence.variances), size) == 0
    weights = np.where(known[which], 1 / np.maximum(evidence.variances, _tiny(evidence)), counts)
    total = np.bincount(which, weights, size)
    values = np.bincount(which, weights * evidence.values, size) / total
    unknown = ~known[which]
    within = float(np.sum((weights * (evidence.values - values[which]) ** 2)[unknown]))
    return Pooled(
        points=evidence.points[first],
        values=values,
        variances=np.where(known, 1 / total, np.nan),
        counts=np.bincount(which, counts, size),
        within=within,
        freedom=int(unknown.sum() - (~known).sum()),
    )


def _tiny(evidence: Evidence) -> float:
    """Return the smallest variance that still means something beside the values."""
    return max(float(np.var(evidence.values)) * 1e-12, float(np.finfo(float).tiny))
