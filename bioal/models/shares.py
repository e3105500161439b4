"""Whole shares of a whole number, as near to given weights as can be."""

from __future__ import annotations

import numpy as np

from bioal.evidence import Floats, Ints


def largest_remainder(weights: Floats, count: int) -> Ints:
    """Return whole shares that sum to `count`, each the weight's exact share rounded down or up.

    >>> largest_remainder(np.array([0.5, 0.3, 0.2]), 7).tolist()
    [4, 2, 1]
    """
    exact = weights / weights.sum() * count
    shares = np.floor(exact).astype(np.intp)
    most = np.argsort(shares - exact, kind="stable")
    shares[most[: count - int(shares.sum())]] += 1
    return np.asarray(shares)
