"""Outcomes of samples as numbers: which outcome each well had, and how many wells of a condition had which.

Records keep the words; their places in the protocol's list are looked up each time, so that an amendment may
add outcomes and change which are wanted.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pandas as pd

from bioal.evidence import Floats
from bioal.measurements.judging import Judged, judged
from bioal.measurements.readings import completed, latest
from bioal.measurements.replicates import SIDES
from bioal.protocol.objective import Readout
from bioal.protocol.outcomes import SHARE, Outcomes

OUTCOME_COLUMNS = ("condition", "plate", "code", "wells", "called")
FAILED = "no product"  # the status of a failure, where the protocol says that conditions may fail
EVEN = 0.5 - 1e-9  # by all together as likely as not: no failure
_NAMED = 5  # conditions named in a sentence
_TEACHING = ("sample", "carried over", "reference", "history")


def codes_of_readings(readings: pd.DataFrame, outcomes: Outcomes) -> Floats:
    """Return which outcome each reading is, (n,); NaN where it is none, as for a spoiled well."""
    known = {word: outcomes.code(str(word)) for word in readings["raw"].unique()}
    codes = [known[word] for word in readings["raw"]]
    usable = readings["status"].map(SIDES).notna().to_numpy()
    found = np.array([np.nan if code is None else float(code) for code in codes], float)
    return np.asarray(np.where(usable, found, np.nan))


def shares_of_readings(readings: pd.DataFrame, readout: Readout) -> pd.DataFrame:
    """Return one reading for each sample, as 100 where a wanted outcome was seen and 0 elsewhere, in percent.

    Where several people judged a sample, as the chance of a wanted one by all of them together.
    """
    assert readout.outcomes is not None
    chance = judged_outcomes(readings, readout).of_codes(readout.outcomes.codes)
    own = latest(readings).drop_duplicates("sample", keep="last")
    return own.assign(value=SHARE * own["sample"].map(chance).astype(float))


def judged_outcomes(readings: pd.DataFrame, readout: Readout) -> Judged:
    """Return what came of each sample, by all who judged it; of a number that may fail, 0 (failed) or 1.

    Parameters
    ----------
    readings
        `READING_COLUMNS`; the latest row of each sample and reader counts.
    """
    own = latest(completed(readings[readings["readout"] == readout.name]))
    size = 2 if readout.outcomes is None else len(readout.outcomes.names)
    found = judged(own, _codes(own, readout), size)
    return replace(found, notes=tuple(f"{readout.name}: {note}" for note in found.notes))


def failed_samples(readings: pd.DataFrame, readout: Readout) -> frozenset[str]:
    """Return the samples whose outcome is, more likely than not, none with which a condition works."""
    assert readout.outcomes is not None
    works = judged_outcomes(readings, readout).of_codes(readout.outcomes.codes)
    return frozenset(map(str, works.index[works < EVEN]))


def outcome_observations(
    readings: pd.DataFrame,
    samples: pd.DataFrame,
    readout: Readout,
    *,
    conditions: Collection[str],
    excluded: Collection[str] = (),
    premixed: Collection[str] = (),
) -> pd.DataFrame:
    """Return how many wells of each condition on each plate had which outcome.

    Of a number that may fail, the outcomes are 0 where the status says so, and 1 where there is a number.

    Parameters
    ----------
    readings
        `READING_COLUMNS`; the latest row of each sample, readout and reader counts.
    samples
        Index: sample id; columns condition, plate, role.
    conditions
        Ids of the conditions that count.
    excluded
        Ids of samples that do not count.
    premixed
        Ids of samples that share one mix with all others of their condition and plate: together one well.

    Returns
    -------
    pandas.DataFrame
        `OUTCOME_COLUMNS`, one row per condition, plate and outcome seen; replicates that disagree are rows of
        their own. A sample that several people judged counts for each outcome by its chance, and is `called`
        by the most probable one.
    """
    found = judged_outcomes(readings, readout)
    own = _long(found)
    places = samples[["condition", "plate", "role"]]
    joined = own.merge(places, left_on="sample", right_index=True)
    keep = joined["condition"].isin(set(conditions))
    keep &= joined["role"].isin(_TEACHING) & ~joined["sample"].isin(set(excluded))
    kept = joined[keep]
    weights = _weights(kept, premixed)
    return _counted(kept.assign(wells=weights * kept["chance"], called=weights * kept["called"]))


def _long(found: Judged) -> pd.DataFrame:
    """Return a row for each sample and outcome that it may have: sample, code, chance, called (0 or 1)."""
    each = found.chances.rename_axis("sample").rename_axis("code", axis=1)
    pairs = pd.MultiIndex.from_product([each.index, each.columns])
    long = pd.Series(each.to_numpy().ravel(), index=pairs, name="chance").reset_index()
    called = long["sample"].map(found.called()) == long["code"]
    return long.assign(called=called.astype(float))[long["chance"] > 0]


def _codes(own: pd.DataFrame, readout: Readout) -> Floats:
    if readout.outcomes is not None:
        return codes_of_readings(own, readout.outcomes)
    failed = (own["status"] == FAILED).to_numpy()
    read = own["status"].map(SIDES).notna().to_numpy() & own["value"].notna().to_numpy()
    return np.asarray(np.select([failed, read], [0.0, 1.0], np.nan))


def _weights(kept: pd.DataFrame, premixed: Collection[str]) -> Floats:
    """Return 1 for each well, its share of one where all were filled from one mix."""
    mixed = kept["sample"].isin(set(premixed)).to_numpy(bool)
    wells = kept[mixed].groupby(["condition", "plate"])["sample"].transform("nunique")
    weights = np.ones(len(kept))
    weights[mixed] = 1.0 / wells.to_numpy(float)
    return weights


def _counted(kept: pd.DataFrame) -> pd.DataFrame:
    keys = ["condition", "plate", "code"]
    table = kept.groupby(keys, sort=False)[["wells", "called"]].sum().reset_index()
    return table.astype({"code": np.intp, "wells": float, "called": float})[list(OUTCOME_COLUMNS)]


def disagreeing(observed: pd.DataFrame, outcomes: Outcomes) -> tuple[str, ...]:
    """Return a sentence on conditions whose wells had different outcomes, nothing where all agree."""
    said = []
    for condition, rows in observed.groupby("condition", sort=False):
        wells = rows[rows["called"] > 0].groupby("code")["called"].sum()
        if len(wells) > 1:
            each = ", ".join(f"{outcomes.names[int(str(code))]} in {n:.3g}" for code, n in wells.items())
            said.append(f"{condition} ({each})")
    if not said:
        return ()
    more = f" and {len(said) - _NAMED} more" if len(said) > _NAMED else ""
    return (f"Wells of one condition came out differently: {'; '.join(said[:_NAMED])}{more}. Each counts.",)


def unread(readings: pd.DataFrame, readout: Readout) -> tuple[str, ...]:
    """Return a sentence on readings whose words are no outcomes of the protocol in force."""
    assert readout.outcomes is not None
    own = readings[(readings["readout"] == readout.name) & readings["status"].map(SIDES).notna()]
    lost = own["raw"][np.isnan(codes_of_readings(own, readout.outcomes))]
    words = ", ".join(sorted(map(str, lost.unique())))
    said = f"{len(lost)} readings of {readout.name} are none of its outcomes ({words}) and do not count."
    return (said,) if len(lost) else ()
