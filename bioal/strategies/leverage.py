"""How far a condition lies from what was measured, in the sense of a linear model: its leverage.

With X the measured points beside a column of ones, (n, p), and x a condition likewise, the leverage is
x' (X'X)^+ x, the diagonal of the hat matrix for measured rows. Above 2 p / n a point counts as influential
(Hoaglin and Welsch 1978, doi 10.1080/00031305.1978.10479237).
"""

from __future__ import annotations

import numpy as np

from bioal.evidence import Bools, Floats


def leverages(points: Floats, known: Floats) -> Floats:
    """Return the leverage of points (m, width) among known ones (n, width), (m,).

    It is infinite where a point goes in a direction in which no known point ever moved.
    """
    rows = np.hstack([np.ones((len(known), 1)), known])
    wanted = np.hstack([np.ones((len(points), 1)), points])
    _, sizes, axes = np.linalg.svd(rows, full_matrices=False)
    kept = sizes > sizes.max(initial=0.0) * max(rows.shape) * np.finfo(float).eps
    along = wanted @ axes[kept].T
    beside = np.linalg.norm(wanted - along @ axes[kept], axis=1)
    found = np.square(along / sizes[kept]).sum(axis=1)
    return np.where(beside > 1e-8 * np.linalg.norm(wanted, axis=1), np.inf, found)


def influential(points: Floats, known: Floats) -> Bools:
    """Return which points have a leverage above 2 p / n, (m,); none where n <= 2 p, which cannot tell."""
    rows = np.hstack([np.ones((len(known), 1)), known])
    rank = int(np.linalg.matrix_rank(rows)) if len(known) else 0
    if len(known) <= 2 * rank:
        return np.zeros(len(points), bool)
    return np.asarray(leverages(points, known) > 2 * rank / len(known))
