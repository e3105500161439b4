"""Synthetic yields for the benchmarks: smooth, with interactions and noise, of any encoded condition."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable

import numpy as np
import pandas as pd

from bioal.evidence import Floats
from bioal.protocol.space import Space

NOISE = 0.05  # sd of the noise, beside that of the yields


def yields_of(width: int, seed: int = 0) -> Callable[[Floats], Floats]:
    """Return a function of points (n, width): linear, pairwise and curved parts, as in a cell-free mix."""
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=width)
    pairs = rng.normal(size=(width, width)) / width

    def yields(points: Floats) -> Floats:
        curved = 0.8 * ((points - 0.5) ** 2).sum(axis=1)
        return np.asarray(points @ weights + np.einsum("ni,ij,nj->n", points, pairs, points) - curved)

    return yields


def measured_table(space: Space, count: int, seed: int = 0) -> pd.DataFrame:
    """Return so many random conditions of a space with their noisy yields."""
    rng = np.random.default_rng(seed)
    codes = space.sample(count, rng)
    values = yields_of(space.width)(space.points(codes))
    table = space.conditions(codes)
    table["yield"] = values + NOISE * values.std() * rng.normal(size=len(values))
    return table


def peak_megabytes() -> float:
    """Return the largest memory that this process has held so far, in MB."""
    unit = 1e6 if sys.platform == "darwin" else 1024.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
