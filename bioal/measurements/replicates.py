"""Replicates of a condition on a plate, brought together: mean, variance of the mean, count; or a bound.

Only separately prepared samples are replicates here. Measured values and values beyond a limit are kept
apart: a bound is never averaged with a number.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import numpy as np
import pandas as pd

Side = Literal["measured", "below", "over"]

# What a status is worth to a model; spoiled and missing are worth nothing.
SIDES: dict[str, Side] = {
    "ok": "measured",
    "no product": "measured",
    "below limit": "below",
    "over range": "over",
}


def pooled(values: pd.DataFrame) -> pd.DataFrame:
    r"""Return one row per condition, plate and side: mean, variance of the mean, count.

    For n replicates y_i of one condition on one plate,

    .. math:: \bar y = \tfrac1n \sum_i y_i, \qquad v = \frac{1}{n (n - 1)} \sum_i (y_i - \bar y)^2,

    with v = NaN for n = 1 and for bounds. The mean of n bounds bounds the mean of the n true values. Wells of
    weights w below 1 count as that part of a well, and n becomes their sum, rounded.

    Parameters
    ----------
    values
        Columns condition, plate, role, control, value, side, weight, spread; one row per sample.

    Returns
    -------
    pandas.DataFrame
        Columns condition, plate, role, control, side, mean, variance, count, spread, in the order of first
        appearance.
    """
    keys = ["condition", "plate", "role", "control", "side"]
    groups = values.groupby(keys, sort=False, dropna=False)
    table = groups.agg(
        mean=("value", "mean"),
        variance=("value", "var"),
        count=("value", "count"),
        spread=("spread", "median"),
    ).reset_index()
    measured = (table["side"] == "measured").to_numpy()
    variance = np.where(measured, table["variance"].to_numpy(float) / table["count"].to_numpy(float), np.nan)
    table = table.assign(variance=variance)
    which = groups.ngroup()
    few = which.isin(set(which[values["weight"] < 1.0]))
    for at, rows in values[few].groupby(which[few]):
        table.loc[at, ["mean", "variance", "count"]] = _weighted(rows)
    return table


def _weighted(rows: pd.DataFrame) -> tuple[float, float, int]:
    """Return weighted mean, variance of that mean, and count of replicates of which some count less."""
    weight, value = rows["weight"].to_numpy(float), rows["value"].to_numpy(float)
    total = float(weight.sum())
    mean = float(weight @ value) / total
    if len(rows) == 1:
        return mean, float("nan"), 1
    # The variance of one replicate, without bias for weights that say how much each is trusted.
    single = float(weight @ (value - mean) ** 2) / (total - float(weight @ weight) / total)
    return mean, single / total, max(1, round(total))


def one_for_each_mix(values: pd.DataFrame, premixed: Collection[str]) -> pd.DataFrame:
    """Return one value, the mean, in the place of premixed wells of a condition on a plate.

    They were filled from one mix: what they differ by is reading, not mixing, so their scatter must not be
    taken for that of the mean. The first of them stands for all; other rows stay as they are.

    Parameters
    ----------
    values
        Columns sample, condition, plate, role, value, side; one row per sample.
    premixed
        Ids of samples that share a mix with all others of their condition and plate.
    """
    keys, table = ["condition", "plate", "role", "side"], values.reset_index(drop=True)
    shared = table["sample"].isin(set(premixed))
    mixed = table[shared]
    means = mixed.groupby(keys, sort=False, dropna=False)["value"].transform("mean")
    others = mixed.index[mixed.duplicated(keys)]
    return table.assign(value=table["value"].where(~shared, means)).drop(index=others)


def relative_variance(table: pd.DataFrame) -> float:
    r"""Return the relative variance of one replicate, pooled over rows of `pooled` with two or more.

    .. math:: c^2 = \frac{\sum_g (n_g - 1)\, s_g^2 / \bar y_g^2}{\sum_g (n_g - 1)}

    NaN where no row has two replicates and a mean that is not zero.
    """
    usable = table[(table["count"] > 1) & (table["mean"] != 0) & table["variance"].notna()]
    freedom = usable["count"].to_numpy(float) - 1
    if not freedom.sum():
        return float("nan")
    single = usable["variance"].to_numpy(float) * usable["count"].to_numpy(float)
    return float(np.sum(freedom * single / usable["mean"].to_numpy(float) ** 2) / freedom.sum())
