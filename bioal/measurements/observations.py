"""From readings to observations: what is known of a condition on a plate, normalised as the protocol says.

Readings are recorded as typed; normalisation is computed here each time. Blanks and negative controls are no
conditions of the space and teach no model; references are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bioal.evidence import Evidence, Floats
from bioal.measurements.derived import readings_of_readout
from bioal.measurements.outliers import Conflict, apart
from bioal.measurements.replicates import SIDES, one_for_each_mix, pooled
from bioal.measurements.sources import (
    SourcesApart,
    level_between_plates,
    source_name,
    weighed_by_source,
)
from bioal.measurements.yields import Together, normalised
from bioal.plates.rounds import CONTROL_ROLES
from bioal.protocol.objective import Readout
from bioal.protocol.space import Space

OBSERVATION_COLUMNS = (
    *("condition", "plate", "source", "mean", "variance", "count", "lower", "upper"),
    *("by", "noise", "unit", "least", "curve"),
)
TEACHING = ("sample", "carried over", "reference", "history")
OWN = 0  # the source that this campaign is
_OLD = re.compile(r"H(\d+)-")


def observations(
    readings: pd.DataFrame,
    samples: pd.DataFrame,
    conditions: pd.DataFrame,
    readout: Readout,
    excluded: Collection[str] = (),
    premixed: Collection[str] = (),
    gains: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return what is known of each condition on each plate, in the readout's unit after normalisation.

    Parameters
    ----------
    readings
        `READING_COLUMNS`; the latest row of each sample and readout counts.
    samples
        Index: sample id; columns condition, plate (unique in the campaign), role; where there are, well,
        title (of a control), operator and lab.
    conditions
        Index: condition id; samples of other conditions are left out.
    excluded
        Ids of samples that do not count.
    premixed
        Ids of samples that share one mix with all others of their condition and plate: technical replicates,
        which count as one sample.
    gains
        Plate -> the reader's gain, where somebody noted it.

    Returns
    -------
    pandas.DataFrame
        `OBSERVATION_COLUMNS`. A bound (values below a limit, or over the range) is a row of its own with
        exactly one of lower and upper finite and variance NaN. `by` is who made or read it (None: several
        did), `noise` the variance of one of its replicates relative to the calmest source's, `unit` the usual
        spread of one, NaN where sources were not levelled between plates; `least` is the variance of the mean
        that a standard curve leaves by its signals alone, and `curve` that which the curve adds, 0 without.
        `attrs["notes"]` holds sentences about samples that could not be used, or stand apart;
        `attrs["conflicts"]` replicates that contradict each other, as `Conflict`; `attrs["together"]` what
        the plates have in common, None where each went by its own controls; `attrs["apart"]` what stays
        uncertain of the offsets of sources.
    """
    own, unknown = readings_of_readout(readings, samples, conditions, readout)
    values = one_for_each_mix(_values(own, samples, conditions, readout, excluded), premixed)
    # Old data come as they were normalised then; their offset is estimated with the model.
    past = values["role"] == "history"
    own_yields = _own_yields(values[~past], readout, gains)
    old = pooled(values[past].assign(weight=1.0, spread=np.nan))
    table = pd.concat([own_yields.table, old], ignore_index=True) if past.any() else own_yields.table
    observed = _observed(table[table["role"].isin(TEACHING)])
    observed.attrs["notes"] = (*unknown, *own_yields.notes)
    observed.attrs["conflicts"] = own_yields.conflicts
    observed.attrs["together"] = own_yields.together
    observed.attrs["apart"] = own_yields.apart
    return observed


@dataclass(frozen=True, eq=False)
class _Own:
    """The yields of this campaign, what was noticed on the way, and what they have in common."""

    table: pd.DataFrame
    notes: tuple[str, ...]
    conflicts: tuple[Conflict, ...] = ()
    together: Together | None = None
    apart: SourcesApart | None = None


def _own_yields(values: pd.DataFrame, readout: Readout, gains: Mapping[str, str] | None) -> _Own:
    # An outcome is a word: it has no scale on which it could stand apart.
    if readout.pool is False or readout.outcomes is not None:
        plain = values.assign(weight=1.0, spread=np.nan)
        found = normalised(pooled(plain), readout, gains)
        return _Own(found.table, found.notes)
    told = apart(values)
    weighed, people = weighed_by_source(told.values)
    found = normalised(pooled(weighed), readout, gains)
    table, others, uncertain = level_between_plates(found.table, readout)
    notes = (*found.notes, *people, *others, *told.notes)
    return _Own(table, notes, told.conflicts, found.together, uncertain)


def sample_values(
    readings: pd.DataFrame,
    samples: pd.DataFrame,
    conditions: pd.DataFrame,
    readout: Readout,
    excluded: Collection[str] = (),
    gains: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return the value of each sample that counts, normalised as its observation is; arguments as there.

    What normalising does to a plate is a straight line, so it is read off the plate's conditions.

    Returns
    -------
    pandas.DataFrame
        Index: sample id; columns condition, plate, role, value, side ("measured", "below" or "over").
    """
    own, _ = readings_of_readout(readings, samples, conditions, readout)
    values = _values(own, samples, conditions, readout, excluded)
    kept = values.set_index("sample")
    past = values["role"] == "history"
    if readout.normalise == "none" or past.all() or (readout.grows and readout.normalise == "blank"):
        return kept
    raw = pooled(values[~past].assign(weight=1.0, spread=np.nan))
    keys = ["condition", "plate", "role", "control", "side"]
    both = raw.merge(normalised(raw, readout, gains).table, on=keys, suffixes=("", " normalised"))
    lines = {str(plate): _line(rows) for plate, rows in both.groupby("plate", sort=False)}
    usable = kept["plate"].isin(lines) | (kept["role"] == "history")
    kept = kept[usable]
    mapped = [
        value if role == "history" else lines[plate][0] * value + lines[plate][1]
        for value, role, plate in zip(kept["value"], kept["role"], kept["plate"], strict=True)
    ]
    return kept.assign(value=mapped)


def _line(rows: pd.DataFrame) -> tuple[float, float]:
    """Return slope and intercept of what normalising did to one plate."""
    raw, made = rows["mean"].to_numpy(float), rows["mean normalised"].to_numpy(float)
    if np.ptp(raw) == 0.0:
        return (float(made[0] / raw[0]), 0.0) if raw[0] else (1.0, float(made[0]))
    slope, intercept = np.polyfit(raw, made, 1)
    return float(slope), float(intercept)


def _values(
    own: pd.DataFrame,
    samples: pd.DataFrame,
    conditions: pd.DataFrame,
    readout: Readout,
    excluded: Collection[str],
) -> pd.DataFrame:
    """Return the values that count, with condition, plate, well, role, control and side of each."""
    side = own["status"].map(SIDES)
    usable = own[side.notna() & own["value"].notna() & ~own["sample"].isin(set(excluded))]
    places = samples.reindex(columns=["condition", "plate", "well", "role", "title", "operator", "lab"])
    joined = usable.merge(places, left_on="sample", right_index=True, suffixes=("", " made"))
    known = joined[joined["condition"].isin(conditions.index)]
    table = known[["sample", "condition", "plate", "well", "role", "value"]]
    return table.assign(
        well=table["well"].astype(object).fillna(""),
        source=_sources(known),
        value=known["value"].astype(float),
        least=known["error"].fillna(0.0) ** 2,
        curve=known["curve_error"].fillna(0.0) ** 2,
        side=known["status"].map(SIDES),
        control=_controls(known, readout),
    )


def _sources(known: pd.DataFrame) -> list[str]:
    """Return who made or read each value: as the reading says, else as is known of the sample."""
    said = known[["operator", "lab"]].astype(object).fillna("")
    made = known[["operator made", "lab made"]].astype(object).fillna("").set_axis(said.columns, axis=1)
    both = said.where(said != "", made)
    return [source_name(*each) for each in both.itertuples(index=False, name=None)]


def _controls(known: pd.DataFrame, readout: Readout) -> list[str]:
    """Return the role of each well that is a control of the kind that the readout means, "" of others."""
    wanted = {role: readout.named(role) for role in CONTROL_ROLES}
    titled = zip(known["role"], known["title"], strict=True)
    return [role if role in wanted and wanted[role] in ("", title) else "" for role, title in titled]


def _observed(table: pd.DataFrame) -> pd.DataFrame:
    mean, side = table["mean"].to_numpy(float), table["side"].to_numpy(object)
    source = np.array([source_of(str(condition)) for condition in table["condition"]], np.intp)
    columns = {
        "condition": table["condition"].astype(object).to_numpy(),
        "plate": table["plate"].astype(object).to_numpy(),
        "source": source,
        "mean": mean,
        "variance": table["variance"].to_numpy(float),
        "count": table["count"].to_numpy(np.intp),
        "lower": np.where(side == "over", mean, -np.inf),
        "upper": np.where(side == "below", mean, np.inf),
        "by": table["source"].astype(object).to_numpy(),
        "noise": table["noise"].to_numpy(float),
        "unit": table["unit"].to_numpy(float) if "unit" in table else np.nan,
        "least": table["least"].to_numpy(float),
        "curve": table["curve"].to_numpy(float),
    }
    return pd.DataFrame(columns, columns=list(OBSERVATION_COLUMNS))


def source_of(condition: str) -> int:
    """Return the number of the source that a condition is of: old data have it in their ids.

    >>> source_of("R02-C017"), source_of("reference-1"), source_of("H12-C001")
    (0, 0, 12)
    """
    found = _OLD.match(condition)
    return int(found[1]) if found else OWN


def evidence(observed: pd.DataFrame, conditions: pd.DataFrame, space: Space) -> Evidence:
    """Return observations as arrays; plates and sources are numbered in the order of appearance.

    Parameters
    ----------
    observed
        `OBSERVATION_COLUMNS`.
    conditions
        Index: condition id; columns: the space's factors. Values off the levels are allowed.

    Notes
    -----
    Where plates were corrected together, the uncertainty of these corrections is `Evidence.shared`. It is
    handed over as if the readings that made them were others than these, which makes it a little too large
    for controls and carried-over conditions.
    """
    points = space.encode(conditions.loc[list(observed["condition"])])
    values = observed["mean"].to_numpy(float)
    return Evidence(
        points=points,
        values=values,
        variances=observed["variance"].to_numpy(float),
        counts=observed["count"].to_numpy(np.intp),
        plates=np.asarray(pd.factorize(observed["plate"].astype(object))[0], np.intp),
        sources=observed["source"].to_numpy(np.intp),
        lower=observed["lower"].to_numpy(float),
        upper=observed["upper"].to_numpy(float),
        groups=space.groups,
        categorical=space.categorical,
        shared=_shared(observed, values),
    )


def _shared(observed: pd.DataFrame, values: Floats) -> Floats | None:
    """Return the loadings of what values have in common through their plates and sources, (n, k)."""
    together: Together | None = observed.attrs.get("together")
    uncertain: SourcesApart | None = observed.attrs.get("apart")
    parts = [] if together is None else [together.loadings(observed["plate"], values)]
    if uncertain is not None:
        parts.append(uncertain.loadings(list(observed["by"]), observed["unit"].to_numpy(float)))
    return np.hstack(parts) if parts else None
