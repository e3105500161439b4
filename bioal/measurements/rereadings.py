"""Samples that several people or labs read: one reading of each, weighed by how well each reader reads.

Readers of one sample differ by reading alone; who of two scatters more, the replicates of conditions tell
(Grubbs 1948, doi 10.1080/01621459.1948.10483261). So a value is that of its condition on its plate, beside an
error of its sample, an offset of its reader, and an error of reading: the model of `source_effects`, with
samples in the place of plates. Offsets are taken off all that a reader read of this readout.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from bioal.evidence import Floats
from bioal.measurements.judging import judged
from bioal.measurements.outliers import apart
from bioal.measurements.readings import OUTCOME
from bioal.measurements.replicates import SIDES
from bioal.measurements.source_effects import SourceEffects, Values, source_effects
from bioal.measurements.sources import source_name, spoken
from bioal.protocol.headings import normalised

BOTH = " + "
PAIR = ["sample", "readout"]
ENOUGH = 200  # samples by which readers are compared: more would tell no more, and take long


def one_reading_each(readings: pd.DataFrame, samples: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return one reading of each sample and readout, and what was found of those who read them.

    Parameters
    ----------
    readings
        `READING_COLUMNS`, one row per sample, readout and reader.
    samples
        Index: sample id; columns condition and plate.

    Returns
    -------
    pandas.DataFrame
        As it came where nothing was read by several. Of several, measured values become their weighed mean;
        of words, one that most probably is true; where there is none, the last reading stands.
    """
    if not readings.duplicated(PAIR).any():
        return readings, ()
    parts, said = [], []
    for name, own in readings.groupby("readout", sort=False):
        one, notes = _of_readout(own, samples)
        parts.append(one)
        said += [f"{name}: {note}" for note in notes]
    return pd.concat(parts).sort_index(), tuple(said)


def _of_readout(own: pd.DataFrame, samples: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    if not own.duplicated("sample").any():
        return own, ()
    if (own["unit"] == OUTCOME).any():
        return _one_word_each(own)
    measured = (own["status"].map(SIDES) == "measured") & own["value"].notna()
    read = own[measured]
    values = _in_usual_spreads(read, samples)
    found, names = _effects(values)
    levelled = _levelled(values, found, names)
    together = read.assign(value=levelled["value"])
    several = [_together(together.loc[rows.index], rows["trust"]) for _, rows in levelled.groupby("sample")]
    rest = own[~own["sample"].isin(read["sample"])].drop_duplicates("sample", keep="last")
    whole = pd.concat([pd.DataFrame(several, columns=own.columns).astype(own.dtypes.to_dict()), rest])
    return whole, () if found is None else spoken(names, found)


def _one_word_each(own: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return of each sample the last reading that says what most probably came of it."""
    read = own["status"].map(SIDES).notna()
    codes, words = pd.factorize(own["raw"].astype(str).map(normalised).where(read))
    found = judged(own, np.where(codes >= 0, codes, np.nan).astype(float), len(words))
    best = own["sample"].map(found.called()) == codes
    ordered = own.assign(best=best.to_numpy()).sort_values("best", kind="stable")
    return ordered.drop_duplicates("sample", keep="last").drop(columns="best").sort_index(), found.notes


def _in_usual_spreads(read: pd.DataFrame, samples: pd.DataFrame) -> pd.DataFrame:
    """Return values with cell, weight and usual spread: all readings of a condition on a plate are a cell."""
    places = samples.reindex(read["sample"])[["condition", "plate"]].astype(object).set_axis(read.index)
    condition = places["condition"].where(places["condition"].notna(), read["sample"])
    cells = read.assign(condition=condition, plate=places["plate"].fillna(""), well="", role="")
    names = [source_name(*pair) for pair in zip(read["operator"], read["lab"], strict=True)]
    return apart(cells.assign(side="measured", source=names)).values


def _effects(values: pd.DataFrame) -> tuple[SourceEffects | None, pd.Index]:
    """Return what samples that several read tell of their readers, None where that is nothing."""
    use = values[(values["spread"] > 0) & (values["weight"] == 1.0)]
    several = use[use.duplicated("sample", keep=False)]
    rows = several[several["sample"].isin(several["sample"].unique()[:ENOUGH])]
    which, names = pd.factorize(rows["source"], sort=True)
    if len(names) < 2:
        return None, names
    data = Values(
        values=(rows["value"] / rows["spread"]).to_numpy(float),
        cells=np.asarray(rows.groupby(["condition", "plate"]).ngroup(), np.intp),
        sources=np.asarray(which, np.intp),
        plates=np.asarray(pd.factorize(rows["sample"])[0], np.intp),
        wells=np.ones(len(rows)),
        count=len(names),
    )
    return source_effects(data), names


def _levelled(values: pd.DataFrame, found: SourceEffects | None, names: pd.Index) -> pd.DataFrame:
    """Return values without the offsets of their readers, and by how much each is to be trusted."""
    if found is None:
        return values.assign(trust=values["weight"])
    offset = values["source"].map(dict(zip(names, found.offsets, strict=True))).fillna(0.0).astype(float)
    noise = values["source"].map(dict(zip(names, found.variances, strict=True)))
    noise = noise.fillna(float(found.variances.max())).astype(float)
    moved = values["value"] - offset * values["spread"].fillna(0.0)
    return values.assign(value=moved, trust=values["weight"] / noise)


def _together(rows: pd.DataFrame, trust: pd.Series) -> pd.Series:
    """Return the reading that several of one sample are together."""
    if len(rows) == 1:
        return rows.iloc[0]
    share = (trust / trust.sum()).to_numpy(float)
    one = rows.iloc[-1].copy()
    one["value"] = float(share @ rows["value"].to_numpy(float))
    for name in ("error", "curve_error"):
        one[name] = _joint(share, rows[name].to_numpy(float))
    for name in ("operator", "lab", "raw", "cell"):
        one[name] = BOTH.join(dict.fromkeys(str(text) for text in rows[name] if text))
    return one


def _joint(share: Floats, errors: Floats) -> float:
    return float(np.sqrt(np.sum((share * errors) ** 2)))
