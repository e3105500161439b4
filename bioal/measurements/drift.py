"""Whether the reference reads otherwise than in the round before: by how much, how surely, and why.

The ratio of two means of raw readings, with c the coefficient of variation of one well (pooled over the
references of all plates, or over all replicates where no plate has two reference wells), has a logarithm of
variance c^2 (1/n + 1/m). What lies within the 99 % interval about no change is not spoken of.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from bioal.measurements.derived import readings_of_readout
from bioal.measurements.replicates import SIDES
from bioal.protocol.objective import Readout

SURE, SHOWN = 0.99, 0.95
# What people note of a plate that may explain a drift: field of the details, and how it is said.
CAUSES = {"Gain": "the reader's gain", "Lots": "the lots"}


@dataclass(frozen=True)
class Moved:
    """A ratio of readings with the ends of its 95 % interval; `sure` where it is beyond noise."""

    ratio: float
    low: float
    high: float
    sure: bool

    @property
    def words(self) -> str:
        """Return the ratio with its interval, `1.82x (1.61x to 2.1x)`."""
        return f"{self.ratio:.3g}x ({self.low:.3g}x to {self.high:.3g}x)"


def reference_drift(
    readings: pd.DataFrame,
    samples: pd.DataFrame,
    conditions: pd.DataFrame,
    readout: Readout,
    number: int,
    *,
    excluded: Collection[str] = (),
    details: Mapping[str, Mapping[str, str]] | None = None,
) -> tuple[str, ...]:
    """Return a sentence for each plate of a round whose reference reads otherwise than in the round before.

    Parameters
    ----------
    readings
        `READING_COLUMNS`; the latest row of each sample counts.
    samples
        Index: sample id; columns condition, plate (unique in the campaign), role, round, and `title` of
        controls where they have names.
    conditions
        Index: condition id; columns: factors, which a formula may name.
    number
        The round.
    excluded
        Ids of samples that do not count.
    details
        Plate -> what people noted of it, by field.
    """
    wells = _wells(readings, samples, conditions, readout, excluded)
    means = wells[wells["role"] == "reference"]
    earlier = [int(one) for one in means["round"].unique() if one < number]
    if readout.reference:
        means = means[means["title"] == readout.reference]
    if not earlier or not (means["round"] == number).any():
        return ()
    before = max(earlier)
    noise, freedom = _noise(means, wells)
    then = means[means["round"] == before]["value"]
    said = []
    for plate, rows in means[means["round"] == number].groupby("plate", sort=False):
        moved = _moved(rows["value"], then, noise, freedom)
        if moved is not None and moved.sure:
            known = details or {}
            olds = [known.get(one, {}) for one in means.loc[means["round"] == before, "plate"].unique()]
            why = (*_others(wells, str(plate), before), *_causes(known.get(str(plate), {}), olds))
            said.append(
                f"Reference moved by {moved.words} since round {before} on {plate}; {'; '.join(why)}."
            )
    return tuple(said)


def _wells(
    readings: pd.DataFrame,
    samples: pd.DataFrame,
    conditions: pd.DataFrame,
    readout: Readout,
    excluded: Collection[str],
) -> pd.DataFrame:
    own, _ = readings_of_readout(readings, samples, conditions, readout)
    measured = own[(own["status"].map(SIDES) == "measured") & ~own["sample"].isin(set(excluded))]
    columns = samples.reindex(columns=["condition", "plate", "role", "round", "title"])
    joined = measured[["sample", "value"]].merge(columns, left_on="sample", right_index=True)
    return joined.assign(value=joined["value"].astype(float))


def _noise(means: pd.DataFrame, wells: pd.DataFrame) -> tuple[float, float]:
    """Return the coefficient of variation of one well, and its degrees of freedom."""
    for table in (means, wells):
        cells = table.groupby(["condition", "plate"])["value"].agg(["mean", "var", "count"])
        cells = cells[(cells["count"] > 1) & (cells["mean"] > 0)]
        freedom = float((cells["count"] - 1).sum())
        if freedom:
            relative = (cells["count"] - 1) * cells["var"] / cells["mean"] ** 2
            return float(np.sqrt(relative.sum() / freedom)), freedom
    return float("nan"), 0.0


def _moved(now: pd.Series, then: pd.Series, noise: float, freedom: float) -> Moved | None:
    """Return how far readings moved; None where that has no ratio, or noise is not known."""
    if now.mean() <= 0 or then.mean() <= 0 or not noise > 0:
        return None
    log = float(np.log(now.mean() / then.mean()))
    sd = noise * float(np.sqrt(1 / len(now) + 1 / len(then)))
    sure = abs(log) > sd * float(stdtrit(freedom, 0.5 + SURE / 2))
    reach = sd * float(stdtrit(freedom, 0.5 + SHOWN / 2))
    low, middle, high = (float(np.exp(log + side * reach)) for side in (-1, 0, 1))
    return Moved(middle, low, high, sure)


def _others(wells: pd.DataFrame, plate: str, before: int) -> tuple[str, ...]:
    """Return what conditions on this plate and in the earlier round did meanwhile."""
    others = wells[~wells["role"].isin(("reference", "negative", "blank"))]
    now = others[others["plate"] == plate].groupby("condition")["value"].mean()
    then = others[others["round"] == before].groupby("condition")["value"].mean()
    ratios = (now / then)[(now > 0) & (then > 0)].dropna() if len(now) and len(then) else now[:0]
    if not len(ratios):
        return ("no condition was carried over that could tell whether all of the plate did",)
    plural = "s" * (len(ratios) != 1)
    return (f"{len(ratios)} condition{plural} carried over by {float(np.median(ratios)):.2g}x",)


def _causes(now: Mapping[str, str], before: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """Return what was noted of a plate otherwise than of all plates before."""
    said = []
    for field, words in CAUSES.items():
        olds = {one[field] for one in before if field in one}
        if field in now and olds and now[field] not in olds:
            verb = "differs" if words.endswith("gain") else "differ"
            said.append(f"{words} {verb} ({now[field]}; before {', '.join(sorted(olds))})")
    return tuple(said)
