"""Replicates that stand apart from their own: flagged by one stated rule, counted less, never deleted.

A well is flagged where its condition has three replicates or more on the plate, it lies farther than
`FAR` usual spreads from their median, and most of the others do not. The usual spread is the median of those
of replicates with readings of about this size on the same plate (on all plates, where one shows too little);
where it is known from few, the limit is that of a Student distribution with the same chance of a false
alarm. A flagged well at z spreads has weight (`NEAR` / z)^2. Of two replicates that far apart none can be
said to be wrong: the pair is named.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import gammaincinv, ndtr, stdtrit

from bioal.evidence import Floats

FAR, NEAR = 5.0, 3.0
FEWEST = 5  # conditions with replicates from which a usual spread is known
OF_A_PLATE = 12  # conditions with replicates from which a plate has a spread of its own
NEIGHBOURS = 25
EFFICIENCY = 0.4  # degrees of freedom of a median of spreads, as a share of theirs
LISTED = 10
CELL = ["condition", "plate", "role", "side"]


@dataclass(frozen=True)
class Conflict:
    """Replicates of a condition on a plate that contradict each other, and those of them that stand apart."""

    condition: str
    plate: str
    samples: tuple[str, ...]
    wells: tuple[str, ...]
    values: tuple[float, ...]
    apart: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Apart:
    """What the rule found.

    Parameters
    ----------
    values
        The values as they came, with `weight` (1 unless flagged) and `spread`, the usual one of one replicate
        (NaN where unknown).
    notes
        A sentence for each flagged well, and each pair.
    conflicts
        The same as tables: one for each condition and plate, in the order of the values.
    """

    values: pd.DataFrame
    notes: tuple[str, ...]
    conflicts: tuple[Conflict, ...] = ()


def apart(values: pd.DataFrame) -> Apart:
    """Return values with weights and usual spreads.

    Parameters
    ----------
    values
        Columns sample, well, condition, plate, role, value, side; one row per sample.
    """
    keys = [key for key in CELL if key in values]
    groups = values.groupby(keys, sort=False, dropna=False)["value"]
    middle, count = groups.transform("median"), groups.transform("count")
    measured = values["side"] == "measured"
    cells = values.assign(middle=middle, count=count, sd=groups.transform("std"))
    spread, limit = _usual_spreads(cells, measured)
    distance = ((values["value"] - middle).abs() / spread).where(measured & (spread > 0), 0.0)
    far = distance > limit
    others = far.groupby([values[key] for key in keys], sort=False, dropna=False).transform("sum")
    flagged = far & (count > 2) & (2 * others < count)
    # Each of two lies half their difference from the median, and a difference has sqrt(2) times the spread.
    pair = (count == 2) & (distance > limit / np.sqrt(2.0))
    weight = np.where(flagged, (NEAR / distance.clip(lower=NEAR)) ** 2, 1.0)
    told = values.assign(weight=weight, spread=spread)
    said = told.assign(distance=distance, middle=middle, count=count)
    notes = (*_flag_notes(said[flagged]), *_pair_notes(said[pair], keys))
    return Apart(told, notes, _conflicts(said.assign(apart=flagged | pair), keys))


def _conflicts(said: pd.DataFrame, keys: list[str]) -> tuple[Conflict, ...]:
    groups = said.groupby(keys, sort=False, dropna=False)
    return tuple(
        Conflict(
            str(rows["condition"].iloc[0]),
            str(rows["plate"].iloc[0]),
            tuple(map(str, rows["sample"])),
            tuple(map(str, rows["well"] if "well" in rows else [""] * len(rows))),
            tuple(map(float, rows["value"])),
            tuple(map(str, rows.loc[rows["apart"], "sample"])),
        )
        for _, rows in groups
        if rows["apart"].any()
    )


def _usual_spreads(cells: pd.DataFrame, measured: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return the usual spread of one replicate at each value, and how many of them are far."""
    one = cells[measured & (cells["count"] > 1)].drop_duplicates([key for key in CELL if key in cells])
    spread, limit = (pd.Series(value, index=cells.index) for value in (np.nan, np.inf))
    if len(one) < FEWEST:
        return spread, limit
    own = one.groupby("plate")["value"].transform("count") >= OF_A_PLATE
    for plate, rows in cells.groupby("plate", sort=False):
        here = one[own & (one["plate"] == plate)]
        here = here if len(here) else one
        spread[rows.index] = _spread_at(rows["middle"].to_numpy(float), here)
        limit[rows.index] = _limit(here)
    return spread, limit


def _limit(cells: pd.DataFrame) -> float:
    """Return the distance in usual spreads beyond which a well is far, `FAR` if these are known exactly."""
    degrees = float(np.mean(cells["count"] - 1)) * min(len(cells), NEIGHBOURS)
    # A well and the median of its replicates differ by about sqrt(2) spreads of one.
    chance = ndtr(-FAR / np.sqrt(2.0))
    return float(-np.sqrt(2.0) * stdtrit(EFFICIENCY * degrees, chance))


def _spread_at(levels: Floats, cells: pd.DataFrame) -> Floats:
    """Return the median spread of the cells whose median is of about the same size as each level."""
    degrees = cells["count"].to_numpy(float) - 1.0
    # Twice the inverse of the incomplete gamma function is the median of chi-squared.
    sd = cells["sd"].to_numpy(float) / np.sqrt(2.0 * gammaincinv(degrees / 2.0, 0.5) / degrees)
    order = np.argsort(cells["middle"].abs().to_numpy(float), kind="stable")
    sizes, sd = cells["middle"].abs().to_numpy(float)[order], sd[order]
    least = 1e-3 * float(sizes[-1]) + np.finfo(float).tiny
    sizes, wanted = np.maximum(sizes, least), np.clip(np.abs(levels), least, sizes[-1])
    slope = _slope(sizes, sd)
    window = min(NEIGHBOURS, len(sd))
    flat = np.median(np.lib.stride_tricks.sliding_window_view(sd / sizes**slope, window), axis=1)
    first = np.clip(np.searchsorted(sizes, wanted) - window // 2, 0, len(flat) - 1)
    # Where readings were rounded alike their spread is not known to be none.
    return np.asarray(np.maximum(flat[first] * wanted**slope, 0.2 * float(np.median(sd))))


def _slope(sizes: Floats, sd: Floats) -> float:
    """Return the power of its size with which a spread grows, from 0 (constant) to 1 (a share of it)."""
    use = sd > 0
    if use.sum() < FEWEST or np.ptp(sizes[use]) == 0:
        return 0.0
    from scipy.stats import theilslopes  # noqa: PLC0415 -- loads a library that few commands need

    return float(np.clip(theilslopes(np.log(sd[use]), np.log(sizes[use]))[0], 0.0, 1.0))


def _place(row: pd.Series) -> str:
    well = f" {row['well']}" if row.get("well") else ""
    return f"{row['sample']} ({row['plate']}{well})"


def _flag_notes(flagged: pd.DataFrame) -> tuple[str, ...]:
    if flagged.empty:
        return ()
    ranked = flagged.sort_values("distance", ascending=False, kind="stable")
    told = [
        f"{_place(row)} reads {row['value']:.4g}, {row['distance']:.0f} usual spreads from the middle of its"
        f" {int(row['count'])} replicates ({row['middle']:.4g}); it counts {row['weight']:.2g} of a well."
        for _, row in ranked.head(LISTED).iterrows()
    ]
    return (*told, *_more(len(ranked), "wells stand apart from their replicates"))


def _pair_notes(pairs: pd.DataFrame, keys: list[str]) -> tuple[str, ...]:
    if pairs.empty:
        return ()
    found = [rows for _, rows in pairs.groupby(keys, sort=False, dropna=False)]
    found = sorted(found, key=lambda rows: -float(rows["distance"].iloc[0]))
    told = [
        f"{' and '.join(_place(row) for _, row in rows.iterrows())} are replicates and read"
        f" {' and '.join(f'{value:.4g}' for value in rows['value'])}: which one is wrong two cannot tell."
        for rows in found[:LISTED]
    ]
    return (*told, *_more(len(found), "pairs of replicates stand apart"))


def _more(count: int, what: str) -> tuple[str, ...]:
    return (f"{count - LISTED} more {what} less far.",) if count > LISTED else ()
