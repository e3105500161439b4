"""Everything that is known, as arrays: the one thing that models are fitted to.

An observation is what is known of one condition on one plate from one source. Evidence holds all
observations: row i of each array belongs to observation i. Nobody below the doors guesses here: what is
not known is NaN, what is censored has a bound.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Evidence:
    """All observations as arrays.

    Parameters
    ----------
    points
        Encoded conditions, shape (n, width); numeric columns in [0, 1] (outside for conditions
        beyond the present levels), one 0/1 column per option of an unordered choice.
    values
        Observed means in the readout's own unit and direction, shape (n,). Where an observation is
        censored, the value is the bound that was read.
    variances
        Variance of each value (of the mean, so divided by the count), shape (n,); NaN where nothing
        is known, and the model then uses its own noise divided by the count.
    counts
        Number of separately prepared replicates behind each value, shape (n,).
    plates, sources
        Which plate, which source (this campaign 0, history 1, ...) an observation comes from, shape (n,).
    lower, upper
        Bounds of the true value for censored observations, shape (n,); -inf and +inf where `values`
        is a measurement. Below limit 5: lower = -inf, upper = 5; over range 60000: lower = 60000,
        upper = +inf.
        An observation is censored where exactly one of them is finite.
    groups
        The factor that each column of `points` belongs to, shape (width,), 0, 1, 2, ...
    categorical
        True for the 0/1 columns of an unordered choice, shape (width,).
    shared
        Loadings L, shape (n, k): errors that values have in common besides their own have covariance L L^T,
        as those of the gain and background by which a plate was corrected. None where there are none.
    """

    points: Floats
    values: Floats
    variances: Floats
    counts: Ints
    plates: Ints
    sources: Ints
    lower: Floats
    upper: Floats
    groups: Ints
    categorical: Bools
    shared: Floats | None = None

    def __post_init__(self) -> None:
        rows, width = self.points.shape
        if self.shared is not None and len(self.shared) != rows:
            raise ValueError(f"Evidence.shared has {len(self.shared)} rows; {rows} are needed")
        for field in fields(self)[1:-1]:
            size = width if field.name in ("groups", "categorical") else rows
            if getattr(self, field.name).shape != (size,):
                found = getattr(self, field.name).shape
                raise ValueError(
                    f"Evidence.{field.name} has shape {found}; ({size},) is needed for points {(rows, width)}"
                )
        if not np.isfinite(self.points).all() or not np.isfinite(self.values).all():
            raise ValueError("Evidence holds a point or value that is not finite; leave unmeasured rows out")

    def __len__(self) -> int:
        return len(self.values)

    @property
    def censored(self) -> Bools:
        """Return which observations are bounds, not measurements, shape (n,)."""
        return np.isfinite(self.lower) | np.isfinite(self.upper)

    def rows(self, keep: Bools | Ints) -> Evidence:
        """Return the evidence of some observations only, in the order asked."""
        per_row = {one.name for one in fields(self)} - {"groups", "categorical", "shared"}
        shared = None if self.shared is None else self.shared[keep]
        return replace(self, **{name: getattr(self, name)[keep] for name in per_row}, shared=shared)


def evidence_of(
    points: Floats, values: Floats, *, groups: Ints | None = None, categorical: Bools | None = None
) -> Evidence:
    """Return evidence of single uncensored measurements on one plate, nothing known of their noise."""
    rows, width = points.shape
    none = np.full(rows, np.inf)
    return Evidence(
        points=np.asarray(points, float),
        values=np.asarray(values, float),
        variances=np.full(rows, np.nan),
        counts=np.ones(rows, np.intp),
        plates=np.zeros(rows, np.intp),
        sources=np.zeros(rows, np.intp),
        lower=-none,
        upper=none,
        groups=np.arange(width, dtype=np.intp) if groups is None else groups,
        categorical=np.zeros(width, bool) if categorical is None else categorical,
    )
