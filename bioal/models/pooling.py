"""Evidence with one row per condition, for models that cannot hold replicates or plates themselves.

Equal conditions become one mean; what their replicates differ by is kept, since it is the purest
measure of noise there is. Offsets of plates and sources are removed as far as conditions that were
measured on several of them tell.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bioal.evidence import Evidence, Floats, Ints

BRIDGES = 2  # conditions measured on several plates from which on plates and conditions can be told apart


@dataclass(frozen=True)
class Pooled:
    """Distinct conditions: points (n, width); values, noise variances and replicate counts, each (n,).

    `variances` is NaN where nothing is known. `within` and `freedom` are the sum of squares of replicates
    about the means of their conditions, and its degrees of freedom, where variances are unknown.
    """

    points: Floats
    values: Floats
    variances: Floats
    counts: Floats
    within: float
    freedom: int

    def __len__(self) -> int:
        return len(self.values)

    def standardised(self, centre: float, unit: float) -> Pooled:
        """Return the same conditions with values and variances in multiples of `unit` about `centre`."""
        return replace(
            self,
            # The last digits depend on the unit and would decide between equally good splits of a tree.
            values=np.round((self.values - centre) / unit, 9),
            variances=self.variances / unit / unit,
            within=self.within / unit / unit,
        )


def same_points(evidence: Evidence) -> tuple[Ints, Ints]:
    """Return a row of each distinct point, and which of these each observation belongs to.

    Points come in their own order, so that a fit does not depend on the order of the rows.
    """
    _, first, which = np.unique(evidence.points, axis=0, return_index=True, return_inverse=True)
    return first, which.reshape(-1)


def pooled(evidence: Evidence) -> Pooled:
    """Return the evidence with equal conditions pooled, each observation weighted by its precision."""
    first, which = same_points(evidence)
    size, counts = len(first), np.maximum(evidence.counts, 1).astype(float)
    known = np.bincount(which, np.isnan(evidence.variances), size) == 0
    weights = np.where(known[which], 1 / np.maximum(evidence.variances, _tiny(evidence)), counts)
    values = evidence.values - offsets(evidence)
    total = np.bincount(which, weights, size)
    means = np.bincount(which, weights * values, size) / total
    unknown = ~known[which]
    return Pooled(
        points=evidence.points[first],
        values=means,
        variances=np.where(known, 1 / total, np.nan),
        counts=np.bincount(which, counts, size).astype(float),
        within=float(np.sum((weights * (values - means[which]) ** 2)[unknown])),
        freedom=int(unknown.sum() - (~known).sum()),
    )


def offsets(evidence: Evidence) -> Floats:
    """Return how far the plate and source of each observation lie off, shape (n,).

    Only differences within a condition count, so that a plate of better conditions is not taken for a
    better plate. Ridge regression halves an offset that a single condition tells: as if plates varied as
    much as replicates do.
    """
    batches = _batches(evidence)
    _, which = same_points(evidence)
    dummies = np.eye(int(batches.max(initial=0)) + 1)[batches]
    values, apart = _within(evidence.values, which), _within(dummies, which)
    if not apart.any():
        return np.zeros(len(evidence))
    estimates = np.linalg.solve(apart.T @ apart + np.eye(apart.shape[1]), apart.T @ values)
    return np.asarray(dummies @ (estimates - estimates.mean()))


def unbridged(evidence: Evidence) -> bool:
    """Return whether there are several plates or sources and too few conditions measured on more than one."""
    batches = _batches(evidence)
    if not batches.any():
        return False
    first, which = same_points(evidence)
    pairs = np.unique(np.column_stack([which, batches]), axis=0)
    return int((np.bincount(pairs[:, 0], minlength=len(first)) > 1).sum()) < BRIDGES


def _batches(evidence: Evidence) -> Ints:
    """Return one number per combination of plate and source, from 0."""
    both = np.column_stack([evidence.plates, evidence.sources])
    return np.unique(both, axis=0, return_inverse=True)[1].reshape(-1)


def _within(columns: Floats, which: Ints) -> Floats:
    """Return deviations from the mean of the same condition."""
    sums = np.zeros((int(which.max(initial=-1)) + 1, *columns.shape[1:]))
    np.add.at(sums, which, columns)
    counts = np.bincount(which).reshape(-1, *([1] * (columns.ndim - 1)))
    return np.asarray(columns - (sums / counts)[which])


def _tiny(evidence: Evidence) -> float:
    """Return the smallest variance that still means something beside the values."""
    return max(float(np.var(evidence.values)) * 1e-12, float(np.finfo(float).tiny))
