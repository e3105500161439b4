r"""From readings to yields: what the control wells of plates say about the readings beside them.

By each plate's own controls (`plate_by_plate`), with x a condition's mean, n that of the negative wells and r
that of the reference wells,

.. math:: y = x / r \quad\text{or}\quad y = x - n \quad\text{or}\quad y = \frac{x - n}{r - n},

or for all plates together (`together`), so that one bad control does not rescale a plate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bioal.evidence import Bools, Floats, Ints
from bioal.measurements.bridges import Bridges, PlateEffects
from bioal.measurements.plate_effects import plate_effects
from bioal.measurements.replicates import relative_variance
from bioal.protocol.objective import NEEDED, Readout

PRIOR_DEGREES = 4.0  # how many degrees of freedom the usual spread of replicates is worth beside their own
DOUBTED = 0.3  # a control that counts less than this is spoken of
_LEVEL = {"negative": 0.0, "blank": 0.0, "reference": 1.0}


@dataclass(frozen=True, eq=False)
class Together:
    """What plates share: their effects, and their names in the order in which these are numbered."""

    plates: tuple[str, ...]
    effects: PlateEffects

    def loadings(self, plates: pd.Series, yields: Floats) -> Floats:
        """Return L, (n, 2 plates), whose L L^T is what yields on these plates have in common."""
        numbers = pd.Index(self.plates).get_indexer(pd.Index(plates))
        return self.effects.loadings(np.asarray(numbers, np.intp), yields)


@dataclass(frozen=True, eq=False)
class Yields:
    """Values after normalisation; `together` is None where each plate went by its own controls."""

    table: pd.DataFrame
    notes: tuple[str, ...] = ()
    together: Together | None = None


def normalised(table: pd.DataFrame, readout: Readout, gains: Mapping[str, str] | None = None) -> Yields:
    """Return pooled readings as the protocol wants them.

    Parameters
    ----------
    table
        As of `pooled`, with `control`: the role of the control that is meant, "" for all else.
    gains
        Plate -> the reader's gain, where somebody noted it.
    """
    # A growth rate is that of readings less the blank already.
    if readout.normalise == "none" or (readout.grows and readout.normalise == "blank"):
        return Yields(table)
    if readout.pooled and readout.normalise == "blank":
        return less_common_blank(table)
    if readout.pooled:
        return together(table, readout, gains or {})
    return plate_by_plate(table, readout)


def plate_by_plate(table: pd.DataFrame, readout: Readout) -> Yields:
    r"""Return values by the control wells of their own plate alone.

    Variances are first order (delta method). With w = r - n and v a mean's variance,

    .. math:: \operatorname{var} y \approx \frac{v + (1 - y)^2 v_n + y^2 v_r}{w^2},

    and without negative wells n = v_n = 0. A control well's variance is pooled over plates, relative to its
    mean (few wells say little each); where no plate has two, that of all replicates. A control is 0 or 1 by
    definition: the variance of its row is that of its own mean. Bounds are moved like values.

    Plates that lack a control, or whose reference is not above their negative control, are left out.
    """
    needed = NEEDED[readout.normalise]
    low = next((role for role in needed if role != "reference"), "")
    means, variances = _control_means(table, needed)
    floor = _column(means, low, 0.0)
    top = _column(means, "reference", np.nan) if "reference" in needed else floor + 1.0
    window = top - floor
    lost = {
        plate: _lacking(readout, [role for role in needed if np.isnan(_of(means, plate, role))])
        for plate in table["plate"].drop_duplicates()
        if not _of_plate(window, plate) > 0
    }
    kept = table[~table["plate"].isin(list(lost))]
    wide, zero = (kept["plate"].map(one).to_numpy(float) for one in (window, floor))
    value = (kept["mean"].to_numpy(float) - zero) / wide
    below, above = (
        kept["plate"].map(_column(variances, role, 0.0)).to_numpy(float) for role in (low, "reference")
    )
    slope = 1.0 - value if "reference" in needed else np.ones(len(kept))
    of_controls = slope**2 * below + value**2 * above
    own = (kept["control"].isin(needed) & (kept["side"] == "measured")).to_numpy(bool)
    variance = (np.where(own, 0.0, kept["variance"].to_numpy(float)) + of_controls) / wide**2
    notes = tuple(f"{plate} {why}; its samples cannot be used yet." for plate, why in lost.items())
    return Yields(_scaled(kept, wide).assign(mean=value, variance=variance), notes)


def _control_means(table: pd.DataFrame, roles: tuple[str, ...]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return mean and variance of the mean of each control (columns) of each plate."""
    measured = table[table["side"] == "measured"]
    found, noise = {}, {}
    for role in roles:
        own = measured[measured["control"] == role]
        total = own.assign(total=own["mean"] * own["count"])
        sums = total.groupby("plate", sort=False)[["total", "count"]].sum()
        spread = relative_variance(own)
        spread = relative_variance(measured) if np.isnan(spread) else spread
        found[role] = (sums["total"] / sums["count"]).astype(float)
        noise[role] = spread * found[role] ** 2 / sums["count"].astype(float)
    return pd.DataFrame(found), pd.DataFrame(noise)


def _column(means: pd.DataFrame, role: str, other: float) -> pd.Series:
    return means[role] if role in means else pd.Series(other, index=means.index)


def _of(means: pd.DataFrame, plate: str, role: str) -> float:
    return _of_plate(means[role], plate)


def _of_plate(values: pd.Series, plate: str) -> float:
    return float(values.get(plate, np.nan))


def _lacking(readout: Readout, absent: list[str]) -> str:
    if readout.normalise == "reference":
        return "has no reference well above zero"
    if absent:
        return f"has no {' and no '.join(absent)} well that was read"
    return "has reference wells that read no more than its negative wells"


def less_common_blank(table: pd.DataFrame) -> Yields:
    """Return values less their plate's blank, drawn towards that of all plates as far as wells scatter.

    Blanks vary about a mean that plates share; how much is estimated by restricted maximum likelihood, and
    a plate without blanks gets that mean.
    """
    blanks = table[(table["control"] == "blank") & (table["side"] == "measured")]
    plates = tuple(table["plate"].drop_duplicates())
    if blanks["plate"].nunique() < 2:
        return plate_by_plate(table, Readout("", normalise="blank", pool=False))
    # A blank is a background at a gain of one.
    middle = float(blanks["mean"].abs().mean()) or 1.0
    bridges = Bridges(
        plates=_numbers(blanks["plate"], plates),
        conditions=np.zeros(len(blanks), np.intp),
        means=blanks["mean"].to_numpy(float) / middle,
        variances=_noise(table)[blanks.index].to_numpy(float) / middle**2,
        known=np.zeros(1),
        settings=np.zeros(len(plates), np.intp),
        gained=False,
    )
    effects = plate_effects(bridges).times(middle)
    absent = [plate for plate in plates if plate not in set(blanks["plate"])]
    notes = [f"{plate} has no blank well that was read; the others' blank is used." for plate in absent]
    return _applied(table, Together(plates, effects), (*notes, *_doubts(blanks, effects)))


def together(table: pd.DataFrame, readout: Readout, gains: Mapping[str, str]) -> Yields:
    """Return values by the gain and background that all plates' controls and shared conditions tell."""
    rows = _bridging(table, readout)
    plates = tuple(rows["plate"].drop_duplicates())
    if len(plates) < 2 or not _has_window(rows, readout):
        return plate_by_plate(table, readout)
    conditions = tuple(rows["condition"].drop_duplicates())
    control = dict(zip(rows["condition"], rows["control"], strict=True))
    settings = pd.factorize(pd.Series([gains.get(plate, "") for plate in plates]))[0]
    bridges = Bridges(
        plates=_numbers(rows["plate"], plates),
        conditions=_numbers(rows["condition"], conditions),
        means=rows["mean"].to_numpy(float),
        variances=_noise(table)[rows.index].to_numpy(float),
        known=np.array([_LEVEL.get(control[one], np.nan) for one in conditions]),
        settings=np.asarray(settings, np.intp),
        background=readout.normalise == "controls",
    )
    effects = plate_effects(bridges)
    lost = [plate for plate in table["plate"].drop_duplicates() if plate not in plates]
    notes = [f"{plate} shares too little with others; its samples cannot be used yet." for plate in lost]
    said = (*notes, *_several(rows), *_borrowed(rows, plates, readout), *_doubts(rows, effects))
    return _applied(table[~table["plate"].isin(lost)], Together(plates, effects), said)


def _bridging(table: pd.DataFrame, readout: Readout) -> pd.DataFrame:
    """Return the rows that tie plates: controls that are meant, and conditions on two plates or more.

    Plates that hold too few of them are left out, and then conditions that only these had in common.
    """
    needed = NEEDED[readout.normalise]
    rows = table[table["side"] == "measured"]
    rows = rows.assign(control=rows["control"].where(rows["control"].isin(needed), ""))
    while True:
        anchor = rows["control"] != ""
        shared = rows.groupby("condition")["plate"].transform("nunique") > 1
        ties = rows[anchor | shared]
        enough = ties.groupby("plate")["condition"].transform("nunique") >= len(needed)
        tied = _tied(ties[enough])
        if len(tied) == len(rows):
            return rows
        rows = tied


def _tied(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows on plates with controls, or tied to these by chains of shared conditions."""
    plates = set(rows.loc[rows["control"] != "", "plate"])
    while True:
        known = set(rows.loc[rows["plate"].isin(plates), "condition"])
        more = set(rows.loc[rows["condition"].isin(known), "plate"])
        if more <= plates:
            return rows[rows["plate"].isin(plates)]
        plates |= more


def _has_window(rows: pd.DataFrame, readout: Readout) -> bool:
    """Return whether on some plate the reference reads above zero, or above the negative control."""
    means = rows[rows["control"] != ""].pivot_table(index="plate", columns="control", values="mean")
    if "reference" not in means:
        return False
    floor = means.get("negative", np.nan) if readout.normalise == "controls" else 0.0
    return bool((means["reference"] > floor).any())


def _noise(table: pd.DataFrame) -> pd.Series:
    """Return the variance of each mean, its replicates' own spread weighed with the usual one."""
    count = table["count"].to_numpy(float)
    own = np.nan_to_num(table["variance"].to_numpy(float) * count)
    usual = table["spread"].to_numpy(float) ** 2 * table["noise"].to_numpy(float)
    degrees = np.where(table["variance"].notna(), count - 1.0, 0.0)
    known = np.where(np.isnan(usual), 0.0, PRIOR_DEGREES)
    single = (degrees * own + known * np.nan_to_num(usual)) / np.maximum(degrees + known, 1.0)
    return pd.Series(single / count, index=table.index)


def _numbers(names: pd.Series, order: tuple[str, ...]) -> Ints:
    return np.asarray(pd.Index(order).get_indexer(pd.Index(names)), np.intp)


def _applied(table: pd.DataFrame, found: Together, notes: tuple[str, ...]) -> Yields:
    plates = _numbers(table["plate"], found.plates)
    value = found.effects.yields(plates, table["mean"].to_numpy(float))
    gain = found.effects.gain[plates]
    variance = table["variance"].to_numpy(float) / gain**2
    return Yields(_scaled(table, gain).assign(mean=value, variance=variance), notes, found)


def _scaled(table: pd.DataFrame, gain: Floats) -> pd.DataFrame:
    """Return a table whose spreads and errors are in units of yields."""
    errors = {name: table[name].to_numpy(float) / gain**2 for name in ("least", "curve")}
    return table.assign(spread=table["spread"].to_numpy(float) / gain, **errors)


def _several(rows: pd.DataFrame) -> tuple[str, ...]:
    """Return a sentence for each kind of control that was made in several ways, as after an amendment."""
    ways = rows[rows["control"] != ""].groupby("control", sort=False)["condition"].unique()
    return tuple(
        f"{len(names)} conditions count as the {role} ({', '.join(map(str, names[:3]))}): each is taken for"
        f" {_LEVEL[str(role)]:g}. If they differ, name the one that is meant in the readout."
        for role, names in ways.items()
        if len(names) > 1
    )


def _borrowed(rows: pd.DataFrame, plates: tuple[str, ...], readout: Readout) -> tuple[str, ...]:
    """Return a sentence for each plate that lacks a control of its own."""
    said = []
    for plate in plates:
        own = rows[rows["plate"] == plate]
        absent = [role for role in NEEDED[readout.normalise] if role not in set(own["control"])]
        if absent:
            said.append(
                f"{plate} has no {' and no '.join(absent)} well that was read; what it shares with other"
                f" plates ({', '.join(own['condition'].drop_duplicates()[:3])}) is used instead."
            )
    return tuple(said)


def _doubts(rows: pd.DataFrame, effects: PlateEffects) -> tuple[str, ...]:
    """Return a sentence for each control that the other plates do not support."""
    doubted: Bools = (effects.weights < DOUBTED) & (rows["control"] != "").to_numpy(bool)
    return tuple(
        f"The {row['control']} wells of {row['plate']} read {row['mean']:.4g}, which the other plates and"
        f" conditions do not support; they count {weight:.2g}."
        for (_, row), weight in zip(rows[doubted].iterrows(), effects.weights[doubted], strict=True)
    )
