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
    weights w below 1 count as that part of a well, and n becomes their sum, rounded. Where a well of source i
    has a variance of r_i times that of the calmest, u_i = w_i / r_i weighs it,

    .. math:: \bar y = \frac{\sum_i u_i y_i}{\sum_i u_i}, \qquad v = \frac{1}{\sum_i u_i}
              \frac{\sum_i u_i (y_i - \bar y)^2}{\sum_i w_i - \sum_i u_i w_i / \sum_i u_i}.

    Parameters
    ----------
    values
        Columns condition, plate, role, control, value, side, weight, spread; one row per sample. Where there
        are: source, and noise, the r of each well.

    Returns
    -------
    pandas.DataFrame
        Columns condition, plate, role, control, side, mean, variance, count, spread, source (None where
        several made it), noise (the variance of one replicate relative to the calmest source's), least and
        curve (the variance of the mean by signals alone, and by their standard curve), in the order of first
        appearance.
    """
    keys = ["condition", "plate", "role", "control", "side"]
    said = {name: values.get(name, other) for name, other in (("source", ""), ("least", 0.0), ("curve", 0.0))}
    groups = values.assign(**said).groupby(keys, sort=False, dropna=False)
    table = groups.agg(
        mean=("value", "mean"),
        variance=("value", "var"),
        count=("value", "count"),
        spread=("spread", "median"),
        source=("source", "first"),
        sources=("source", "nunique"),
        least=("least", "mean"),
        curve=("curve", "mean"),
    ).reset_index()
    measured = (table["side"] == "measured").to_numpy()
    variance = np.where(measured, table["variance"].to_numpy(float) / table["count"].to_numpy(float), np.nan)
    alone = table["sources"] == 1
    # Replicates share the error of their curve, and each has its own of its signal.
    table = table.assign(least=table["least"] / table["count"].clip(lower=1))
    table = table.assign(
        variance=variance, source=table["source"].astype(object).where(alone, None), noise=1.0
    )
    return _reweighed(table.drop(columns="sources"), values, groups.ngroup())


def _reweighed(table: pd.DataFrame, values: pd.DataFrame, which: pd.Series) -> pd.DataFrame:
    """Return pooled rows with those done anew in which wells count differently."""
    values = values.assign(noise=values.get("noise", 1.0))
    few = which.isin(set(which[(values["weight"] < 1.0) | (values["noise"] != 1.0)]))
    for at, rows in values[few].groupby(which[few]):
        table.loc[at, ["mean", "variance", "count", "noise"]] = _weighted(rows)
    return table


def _weighted(rows: pd.DataFrame) -> tuple[float, float, int, float]:
    """Return weighted mean, its variance, count and relative noise of replicates that count differently."""
    weight, value = rows["weight"].to_numpy(float), rows["value"].to_numpy(float)
    trust = weight / rows["noise"].to_numpy(float)
    total, trusted = float(weight.sum()), float(trust.sum())
    mean = float(trust @ value) / trusted
    if len(rows) == 1:
        return mean, float("nan"), 1, total / trusted
    # The variance of one replicate, without bias for weights that say how much each is trusted.
    single = float(trust @ (value - mean) ** 2) / (total - float(trust @ weight) / trusted)
    return mean, single / trusted, max(1, round(total)), total / trusted


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
