r"""Several people at one bench: how much each reads high and scatters, and what a well of each counts.

Within a condition on a plate, in usual spreads, a well of person o is :math:`y = m + \delta_o + e` with
:math:`e \sim N(0, \sigma_o^2)`. Controls and conditions that several people made tell both; the variances are
estimated by restricted maximum likelihood (Patterson and Thompson 1971, doi 10.1093/biomet/58.3.545), each
drawn towards that of all as by four more wells, each offset towards none as by one. A well counts in inverse
proportion to its variance. With one person nothing changes.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from bioal.evidence import Floats, Ints

ROUNDS = 50
PRIOR_WELLS = 4.0
SPOKEN = 1.5  # how many times as much somebody must scatter, and
BEYOND = 3.0  # how many standard errors somebody must lie off, to be spoken of
CELL = ["condition", "plate", "role", "side"]


def weighed_by_source(values: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return values without their makers' offsets, weighed by how much these scatter, and what was found.

    Parameters
    ----------
    values
        Columns of `apart` and `source`: who made the well, "" where nobody was named.
    """
    if "source" not in values or values["source"].nunique() < 2:
        return values, ()
    use = (values["side"] == "measured") & (values["spread"] > 0) & (values["weight"] == 1.0)
    rows = values[use]
    rows = rows[rows.groupby(CELL)["value"].transform("count") > 1]
    which, names = pd.factorize(rows["source"].astype(str), sort=True)
    groups = rows.groupby(CELL, sort=False).ngroup()
    scaled = (rows["value"] / rows["spread"]).to_numpy(float)
    if len(names) < 2:
        return values, ()
    cells, people = np.asarray(groups, np.intp), np.asarray(which, np.intp)
    offsets, variances, errors = _fitted(scaled, cells, people, len(names))
    of = dict(zip(names, zip(offsets, variances.min() / variances, strict=True), strict=True))
    known = values["source"].map(lambda name: of.get(name, (0.0, 1.0)))
    moved = values["value"] - known.str[0].astype(float) * values["spread"].fillna(0.0)
    weight = values["weight"] * known.str[1].astype(float)
    measured = values["side"] == "measured"
    changed = values.assign(
        value=moved.where(measured, values["value"]), weight=weight.where(measured, values["weight"])
    )
    return changed, _notes(names, offsets, variances, errors)


def _fitted(values: Floats, cells: Ints, which: Ints, people: int) -> tuple[Floats, Floats, Floats]:
    """Return offset, variance, and standard error of the offset of each person."""
    variances: Floats = np.ones(people)
    offsets: Floats = np.zeros(people)
    errors: Floats = np.ones(people)
    dummies: Floats = np.eye(people)[which]
    contrast = np.eye(people) - 1.0 / people
    for _ in range(ROUNDS):
        weight: Floats = 1.0 / variances[which]
        total = np.bincount(cells, weight).astype(float)
        # Means of cells are taken out of values and people alike: what is left tells people apart.
        inner = dummies - _cell_means(dummies, cells, weight, total)
        precision = inner.T @ (weight[:, None] * inner) + np.eye(people)
        covariance = np.asarray(np.linalg.inv(precision), float)
        offsets = covariance @ (inner.T @ (weight * values))
        errors = np.asarray(np.sqrt(np.diag(contrast @ covariance @ contrast)), float)
        apart = values - dummies @ offsets
        residual = apart - _cell_means(apart[:, None], cells, weight, total)[:, 0]
        leverage = weight / total[cells] + weight * ((inner @ covariance) * inner).sum(axis=1)
        spare = np.bincount(which, 1.0 - leverage, people).astype(float)
        squares = np.bincount(which, residual**2, people).astype(float)
        common = squares.sum() / max(spare.sum(), 1e-9)
        variances = (squares + PRIOR_WELLS * common) / (np.maximum(spare, 0.0) + PRIOR_WELLS)
    return offsets - offsets.mean(), variances, errors


def _cell_means(columns: Floats, cells: Ints, weight: Floats, total: Floats) -> Floats:
    sums = np.zeros((len(total), columns.shape[1]))
    np.add.at(sums, cells, weight[:, None] * columns)
    return np.asarray((sums / total[:, None])[cells])


def _notes(
    names: pd.Index[str], offsets: Floats, variances: Floats, errors: Floats
) -> tuple[str, ...]:
    said = []
    calmest = int(np.argmin(variances))
    for name, offset, variance, error in zip(names, offsets, variances, errors, strict=True):
        more = float(np.sqrt(variance / variances[calmest]))
        if more > SPOKEN:
            calm = names[calmest]
            said.append(f"Wells of {name} scatter {more:.2g}x as much as those of {calm}; they count less.")
        if abs(offset) > BEYOND * error:
            side = "high" if offset > 0 else "low"
            said.append(f"Wells of {name} read {abs(offset):.2g} usual spreads {side}; that is taken off.")
    return tuple(said)
