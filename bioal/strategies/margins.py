"""Batches along the border of a support vector machine.

F(x, c) is the machine's decision value for class c, one column for two classes. Margin sampling takes what
lies nearest any border; with the closest support vector, each stretch of the border is sampled once.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist

from bioal.evidence import Floats, Ints


def border_distance(decisions: Floats) -> Floats:
    """Return min_c |F(x, c)| from decision values (m,) or (m, borders).

    Margin sampling (MS) takes the smallest (Tuia et al. 2011, doi 10.1109/JSTSP.2011.2139193).
    """
    wide = decisions[:, None] if decisions.ndim == 1 else decisions
    return np.asarray(np.abs(wide).min(axis=1))


def closest_support_vectors(points: Floats, support: Floats) -> Ints:
    """Return the index of the nearest support vector of each point, (m,)."""
    return np.asarray(cdist(points, support).argmin(axis=1), np.intp)


def one_per_support_vector(distance: Floats, nearest: Ints, count: int) -> Ints:
    """Return the rows nearest the border, at most one per nearest support vector: MS-cSV.

    Tuia et al. 2009, doi 10.1109/TGRS.2008.2010404. There can be fewer than `count`: as many as
    support vectors are nearest to something.

    >>> one_per_support_vector(np.array([0.3, 0.1, 0.2]), np.array([1, 0, 0]), 3).tolist()
    [1, 0]
    """
    order = np.argsort(distance, kind="stable")
    first = np.sort(np.unique(nearest[order], return_index=True)[1])
    return order[first][:count].astype(np.intp)
