r"""How many times the reference a condition gives, from the wells of one confirmation alone.

With means c of the condition's wells, r of the reference's and f of the wells that stand for nothing (blanks
or negative controls; f = 0 where the readout has none), the fold is

.. math:: \theta = \frac{c - f}{r - f}, \qquad
          T(\theta) = \frac{c - \theta r - (1 - \theta) f}{\sqrt{v_c + \theta^2 v_r + (1 - \theta)^2 v_f}}.

Its interval holds every theta that a t-test does not reject (Fieller 1954, doi
10.1111/j.2517-6161.1954.tb00159.x). Each kind of wells has a variance of its own, so the degrees of freedom
are Welch's (1947, doi 10.1093/biomet/34.1-2.28), for three kinds as in Hasler, Vonk and Hothorn (2008, doi
10.1002/sim.3052). Where several plates are used, each counts with its share of the condition's wells, for
every kind of well alike: what multiplies all values of a plate, or is added to them where f is measured, then
leaves theta as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from bioal.evidence import Floats

LEVEL = 0.90
_TURNS = 100  # of the search for an end whose degrees of freedom depend on it


@dataclass(frozen=True)
class Arm:
    """The mean of one kind of wells, its variance, and what that variance rests on."""

    mean: float
    variance: float
    freedom: float
    wells: int


NOTHING = Arm(0.0, 0.0, np.inf, 0)


@dataclass(frozen=True)
class Fold:
    """How many times the reference a condition gives.

    Parameters
    ----------
    ratio, low, high
        The estimate and the ends of its interval; NaN where `why` says why there are none.
    wells, reference_wells
        How many wells of the condition and of the reference it rests on.
    why
        What keeps the fold from being told, "" where it is.
    """

    condition: str
    ratio: float
    low: float
    high: float
    wells: int
    reference_wells: int
    why: str = ""


def arm_of(values: pd.DataFrame, shares: Mapping[str, float]) -> Arm:
    """Return the mean of wells, each plate with its share, and its variance pooled within plates.

    Parameters
    ----------
    values
        Columns plate and value, one row per well.
    shares
        Plate -> its share; they add up to 1 and every plate has a well.
    """
    groups = values[values["plate"].isin(list(shares))].groupby("plate")["value"]
    weights = pd.Series(shares)
    means, counts = groups.mean(), groups.count()
    freedom = float((counts - 1).sum())
    squares = float((groups.var(ddof=1).fillna(0.0) * (counts - 1)).sum())
    single = squares / freedom if freedom else np.nan
    variance = single * float((weights**2 / counts).sum())
    return Arm(float((weights * means).sum()), variance, freedom, int(counts.sum()))


def ratio_interval(
    above: Arm, below: Arm, floor: Arm = NOTHING, level: float = LEVEL
) -> tuple[float, float] | None:
    """Return the ends of the interval of (above - floor) / (below - floor), None where it has no ends.

    It has none where `below` cannot be told from `floor`. Formula and sources: see the module.
    """
    ends = []
    for side in (-1.0, 1.0):
        ratio = (above.mean - floor.mean) / (below.mean - floor.mean)
        for _ in range(_TURNS):
            found = _end(above, below, floor, _quantile(above, below, floor, ratio, level), side)
            if found is None:
                return None
            ratio, before = found, ratio
            if abs(ratio - before) <= 1e-12 * abs(before):
                break
        ends.append(ratio)
    return ends[0], ends[1]


def _quantile(above: Arm, below: Arm, floor: Arm, ratio: float, level: float) -> float:
    """Return the quantile of Student's t with Welch's degrees of freedom at a ratio."""
    parts: Floats = np.array([above.variance, ratio**2 * below.variance, (1 - ratio) ** 2 * floor.variance])
    degrees = np.array([above.freedom, below.freedom, floor.freedom])
    if not parts.sum():
        return 0.0
    freedom = float(parts.sum() ** 2 / np.sum(parts**2 / degrees))
    return float(stdtrit(freedom, (1 + level) / 2))


def _end(above: Arm, below: Arm, floor: Arm, quantile: float, side: float) -> float | None:
    """Return the root, on one side, of T(theta) = +- quantile; None where the interval has no end there."""
    top, bottom, square = above.mean - floor.mean, below.mean - floor.mean, quantile**2
    a = bottom**2 - square * (below.variance + floor.variance)
    b = top * bottom - square * floor.variance
    c = top**2 - square * (above.variance + floor.variance)
    if a <= 0:
        return None
    return float((b + side * np.sqrt(max(b * b - a * c, 0.0))) / a)


def folds(
    values: pd.DataFrame, conditions: list[str], *, floor: str = "", falling: bool = False
) -> tuple[Fold, ...]:
    """Return the fold of each condition over the reference wells beside it.

    The intervals hold together with 90 % (Bonferroni), so that the best of them may be quoted.

    Parameters
    ----------
    values
        Columns condition, plate, control ("reference", "negative", "blank" or ""), value and side
        ("measured", or "below" or "over" where the value is a limit), one row per well that counts.
    conditions
        Ids of the conditions that are to be confirmed.
    floor
        The control that stands for nothing, "" where the readout has none.
    falling
        Whether less is better: the fold is then how many times less than the reference.
    """
    level = 1 - (1 - LEVEL) / max(len(conditions), 1)
    return tuple(_fold(values, one, floor, falling=falling, level=level) for one in conditions)


def _fold(values: pd.DataFrame, condition: str, floor: str, *, falling: bool, level: float) -> Fold:
    own = values[values["condition"] == condition]
    shares = {str(plate): float(part) for plate, part in own["plate"].value_counts(normalize=True).items()}
    beside = values[values["plate"].isin(list(shares))]
    parts = {"the condition": own, "the reference": beside[beside["control"] == "reference"]}
    if floor:
        parts[f"the {floor}"] = beside[beside["control"] == floor]
    counts = (len(own), len(parts["the reference"]))
    nothing = (condition, np.nan, np.nan, np.nan, *counts)
    why = next((said for name, part in parts.items() if (said := _unusable(name, part, shares))), "")
    if why:
        return Fold(*nothing, why)
    arms = [arm_of(part, shares) for part in parts.values()]
    nil = arms[2] if floor else NOTHING
    above, below = (arms[1], arms[0]) if falling else (arms[0], arms[1])
    ends = ratio_interval(above, below, nil, level)
    if ends is None:
        return Fold(*nothing, "the wells scatter too much to tell what it is divided by from nothing")
    ratio = (above.mean - nil.mean) / (below.mean - nil.mean)
    return Fold(condition, ratio, ends[0], ends[1], *counts)


def _unusable(name: str, part: pd.DataFrame, shares: Mapping[str, float]) -> str:
    """Return why a kind of wells says nothing about a fold, "" where it does."""
    if not len(part):
        return f"no well of {name} was read"
    if (part["side"] != "measured").any():
        return f"a well of {name} is beyond what can be read"
    if set(shares) - set(part["plate"]):
        return f"{name} has no well on one of its plates"
    return "" if (part["plate"].value_counts() > 1).any() else f"{name} needs two wells on a plate"
