"""Evidence with one row per condition, for models that cannot hold replicates or plates themselves.

Equal conditions become one mean; what their replicates differ by is kept, since it is the purest
measure of noise there is. Offsets of plates and sources are removed as far as conditions that were
measured on several of them tell.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from bioal.evidence import Evidence, Floats, Ints

FEWEST = 6  # distinct conditions from which on resampling them says something
UNTIED = (
    "Some plates have no condition in common with the others: whether such a plate reads high or what is on"
    " it is better cannot be told. Put a reference, or a condition or two of earlier plates, on every plate."
)


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


def too_little(evidence: Evidence) -> str:
    """Return why an ensemble cannot learn from this evidence, empty where it can."""
    if len(evidence) == 0 or len(first := same_points(evidence)[0]) < FEWEST:
        found = len(first) if len(evidence) else 0
        return f"{found} conditions are measured and resampling needs {FEWEST}"
    if np.ptp(pooled(evidence).values) <= 1e-12 * np.abs(evidence.values).max():
        return "all values are equal"
    return ""


def offsets(evidence: Evidence) -> Floats:
    """Return how far the plate and source of each observation lie off, shape (n,).

    Only differences within a condition count, so that a plate of better conditions is not taken for a
    better plate, and each counts by the replicates behind it. Ridge regression draws an offset towards 0
    where few replicates tell it: as if plates varied as much as replicates do.
    """
    batches, wells = _batches(evidence), np.maximum(evidence.counts, 1).astype(float)
    _, which = same_points(evidence)
    dummies = np.eye(int(batches.max(initial=0)) + 1)[batches]
    values, apart = _within(evidence.values, which, wells), _within(dummies, which, wells)
    if not apart.any():
        return np.zeros(len(evidence))
    precision = apart.T @ (wells[:, None] * apart) + np.eye(apart.shape[1])
    estimates = np.linalg.solve(precision, apart.T @ (wells * values))
    return np.asarray(dummies @ (estimates - estimates.mean()))


def untied(evidence: Evidence) -> bool:
    """Return whether some plates or sources share no condition with the others, directly or by others."""
    batches = _batches(evidence)
    if not batches.any():
        return False
    first, which = same_points(evidence)
    size = len(first) + int(batches.max()) + 1
    links = coo_array((np.ones(len(which)), (which, len(first) + batches)), shape=(size, size))
    return len(np.unique(connected_components(links, directed=False)[1])) > 1


def _batches(evidence: Evidence) -> Ints:
    """Return one number per combination of plate and source, from 0."""
    both = np.column_stack([evidence.plates, evidence.sources])
    return np.unique(both, axis=0, return_inverse=True)[1].reshape(-1)


def _within(columns: Floats, which: Ints, weights: Floats) -> Floats:
    """Return deviations from the weighted mean of the same condition."""
    shares = (weights / np.bincount(which, weights)[which]).reshape(-1, *([1] * (columns.ndim - 1)))
    means = np.zeros((int(which.max(initial=-1)) + 1, *columns.shape[1:]))
    np.add.at(means, which, shares * columns)
    return np.asarray(columns - means[which])


def _tiny(evidence: Evidence) -> float:
    """Return the smallest variance that still means something beside the values."""
    return max(float(np.var(evidence.values)) * 1e-12, float(np.finfo(float).tiny))
