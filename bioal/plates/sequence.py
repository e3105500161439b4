"""An order of conditions for hands: from one to the next, few volumes change, and these by little."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bioal.plates.orientation import Ints
from bioal.protocol.arrays import Floats
from bioal.protocol.factors import Factor, Numeric
from bioal.protocol.values import is_blank

STARTS = 16


def order_of_few_changes(conditions: pd.DataFrame, factors: Sequence[Factor]) -> Ints:
    """Return the positions of conditions in an order that changes few factors from one to the next.

    The nearest condition that is left comes next, from several beginnings; the shortest way is taken, and the
    order as it is where none is shorter.
    """
    steps = changes_between(conditions, factors)
    count = len(conditions)
    beginnings = np.unique(np.linspace(0, count - 1, min(count, STARTS)).astype(np.intp))
    ways = [np.arange(count, dtype=np.intp), *(_nearest(steps, int(first)) for first in beginnings)]
    return min(ways, key=lambda way: float(steps[way[:-1], way[1:]].sum()))


def changes_between(conditions: pd.DataFrame, factors: Sequence[Factor]) -> Floats:
    """Return how many factors differ between each two conditions, shape (n, n).

    Added is how far numeric factors lie apart, so that among equals the smaller step comes first; on a way
    through all conditions it adds less than one.
    """
    count = len(conditions)
    changed, apart = np.zeros((count, count)), np.zeros((count, count))
    for factor in factors:
        values = conditions[factor.name].tolist()
        texts = np.array(["" if is_blank(value) else factor.text(value) for value in values])
        changed += texts[:, None] != texts[None, :]
        if isinstance(factor, Numeric):
            numbers = pd.Series(values, dtype=float).fillna(0.0).to_numpy()
            apart += np.abs(numbers[:, None] - numbers[None, :]) / (np.ptp(numbers) or 1.0)
    return changed + apart / ((len(factors) + 1) * max(count, 1))


def _nearest(steps: Floats, first: int) -> Ints:
    way, left = [first], np.ones(len(steps), bool)
    left[first] = False
    while left.any():
        way.append(int(np.argmin(np.where(left, steps[way[-1]], np.inf))))
        left[way[-1]] = False
    return np.array(way, dtype=np.intp)
