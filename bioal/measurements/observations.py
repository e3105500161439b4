"""From readings to observations: what is known of a condition on a plate, normalised as the protocol says.

Readings are recorded as typed; normalisation is computed here each time. Blanks and negative controls are no
conditions of the space and teach no model; references are.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from bioal.evidence import Evidence
from bioal.measurements.replicates import SIDES, one_for_each_mix, pooled, relative_variance
from bioal.protocol.objective import Readout
from bioal.protocol.space import Space

OBSERVATION_COLUMNS = ("condition", "plate", "source", "mean", "variance", "count", "lower", "upper")
TEACHING = ("sample", "carried over", "reference")


def observations(
    readings: pd.DataFrame,
    samples: pd.DataFrame,
    conditions: pd.DataFrame,
    readout: Readout,
    excluded: Collection[str] = (),
    premixed: Collection[str] = (),
) -> pd.DataFrame:
    """Return what is known of each condition on each plate, in the readout's unit after normalisation.

    Parameters
    ----------
    readings
        `READING_COLUMNS`; the latest row of each sample and readout counts.
    samples
        Index: sample id; columns condition, plate (unique in the campaign), role.
    conditions
        Index: condition id; samples of other conditions are left out.
    excluded
        Ids of samples that do not count.
    premixed
        Ids of samples that share one mix with all others of their condition and plate: technical replicates,
        which count as one sample.

    Returns
    -------
    pandas.DataFrame
        `OBSERVATION_COLUMNS`. A bound (values below a limit, or over the range) is a row of its own with
        exactly one of lower and upper finite and variance NaN. `attrs["notes"]` holds sentences about samples
        that could not be used.
    """
    values = _values(readings, samples, conditions, readout, excluded)
    table = pooled(one_for_each_mix(values, premixed))
    notes: tuple[str, ...] = ()
    if readout.normalise == "reference":
        table, notes = referred(table)
    observed = _observed(table[table["role"].isin(TEACHING)])
    observed.attrs["notes"] = notes
    return observed


def sample_values(
    readings: pd.DataFrame,
    samples: pd.DataFrame,
    conditions: pd.DataFrame,
    readout: Readout,
    excluded: Collection[str] = (),
) -> pd.DataFrame:
    """Return the value of each sample that counts, normalised as its observation is; arguments as there.

    Returns
    -------
    pandas.DataFrame
        Index: sample id; columns condition, plate, role, value, side ("measured", "below" or "over").
    """
    values = _values(readings, samples, conditions, readout, excluded).set_index("sample")
    if readout.normalise != "reference":
        return values
    measured = values[(values["role"] == "reference") & (values["side"] == "measured")]
    means = measured.groupby("plate", sort=False)["value"].mean()
    usable = means[means > 0]
    kept = values[values["plate"].isin(usable.index)]
    return kept.assign(value=kept["value"] / kept["plate"].map(usable).astype(float))


def _values(
    readings: pd.DataFrame,
    samples: pd.DataFrame,
    conditions: pd.DataFrame,
    readout: Readout,
    excluded: Collection[str],
) -> pd.DataFrame:
    """Return the values that count, with condition, plate, role and side of each."""
    own = readings[readings["readout"] == readout.name].drop_duplicates("sample", keep="last")
    side = own["status"].map(SIDES)
    usable = own[side.notna() & own["value"].notna() & ~own["sample"].isin(set(excluded))]
    joined = usable.merge(samples[["condition", "plate", "role"]], left_on="sample", right_index=True)
    known = joined[joined["condition"].isin(conditions.index)]
    return known[["sample", "condition", "plate", "role", "value"]].assign(
        value=known["value"].astype(float), side=known["status"].map(SIDES)
    )


def referred(table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    r"""Return pooled values divided by the mean of their plate's reference wells.

    With x a condition's mean (variance of the mean v) and r the mean of the plate's n reference wells,
    y = x / r and, to first order (delta method),

    .. math:: \operatorname{var} y \approx \frac{v}{r^2} + \frac{x^2 v_r}{r^4}, \quad v_r = \frac{c^2 r^2}{n},

    where c is the coefficient of variation of one reference well, pooled over plates (few wells say little
    each); where no plate has two, that of the samples' replicates. The reference itself is 1 by definition;
    the variance of its row is that of r, relative. Bounds are divided too.

    Returns
    -------
    tuple
        The table without plates that have no positive reference, and a sentence for each of those.
    """
    measured = table["side"] == "measured"
    is_reference = (table["role"] == "reference") & measured
    references = _reference_means(table[is_reference])
    spread = relative_variance(table[is_reference])
    spread = relative_variance(table[measured]) if np.isnan(spread) else spread
    usable = references[references["mean"] > 0]
    lost = [plate for plate in table["plate"].drop_duplicates() if plate not in usable.index]
    kept = table[~table["plate"].isin(lost)]
    mean = kept["plate"].map(usable["mean"]).to_numpy(float)
    relative = spread / kept["plate"].map(usable["count"]).to_numpy(float)
    value = kept["mean"].to_numpy(float) / mean
    variance = kept["variance"].to_numpy(float) / mean**2 + value**2 * relative
    own = is_reference[kept.index].to_numpy(bool)
    variance = np.where(own, value**2 * relative, variance)
    notes = tuple(
        f"{plate} has no reference well above zero; its samples cannot be used yet." for plate in lost
    )
    return kept.assign(mean=value, variance=variance), notes


def _reference_means(references: pd.DataFrame) -> pd.DataFrame:
    """Return mean and count of all reference wells of each plate."""
    total = references.assign(total=references["mean"] * references["count"])
    sums = total.groupby("plate", sort=False)[["total", "count"]].sum()
    return pd.DataFrame({"mean": sums["total"] / sums["count"], "count": sums["count"]}, dtype=float)


def _observed(table: pd.DataFrame) -> pd.DataFrame:
    mean, side = table["mean"].to_numpy(float), table["side"].to_numpy(object)
    # History ids begin with H; they are another source than the campaign's own plates.
    source = table["condition"].astype(str).str.startswith("H").astype(int).to_numpy(np.intp)
    columns = {
        "condition": table["condition"].astype(object).to_numpy(),
        "plate": table["plate"].astype(object).to_numpy(),
        "source": source,
        "mean": mean,
        "variance": table["variance"].to_numpy(float),
        "count": table["count"].to_numpy(np.intp),
        "lower": np.where(side == "over", mean, -np.inf),
        "upper": np.where(side == "below", mean, np.inf),
    }
    return pd.DataFrame(columns, columns=list(OBSERVATION_COLUMNS))


def evidence(observed: pd.DataFrame, conditions: pd.DataFrame, space: Space) -> Evidence:
    """Return observations as arrays; plates and sources are numbered in the order of appearance.

    Parameters
    ----------
    observed
        `OBSERVATION_COLUMNS`.
    conditions
        Index: condition id; columns: the space's factors. Values off the levels are allowed.
    """
    points = space.encode(conditions.loc[list(observed["condition"])])
    return Evidence(
        points=points,
        values=observed["mean"].to_numpy(float),
        variances=observed["variance"].to_numpy(float),
        counts=observed["count"].to_numpy(np.intp),
        plates=np.asarray(pd.factorize(observed["plate"].astype(object))[0], np.intp),
        sources=observed["source"].to_numpy(np.intp),
        lower=observed["lower"].to_numpy(float),
        upper=observed["upper"].to_numpy(float),
        groups=space.groups,
        categorical=space.categorical,
    )
