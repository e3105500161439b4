"""Readings of a readout that is a formula: computed well by well from what was read, bounds and all."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from bioal.evidence import Bools, Floats
from bioal.measurements.outcomes import FAILED, judged_outcomes, shares_of_readings, unread
from bioal.measurements.readings import completed, latest
from bioal.measurements.replicates import SIDES
from bioal.measurements.rereadings import one_reading_each
from bioal.protocol.formulas import Formula, Interval
from bioal.protocol.objective import Readout

_NAMED = 5  # wells named in a sentence


def readings_of_readout(
    readings: pd.DataFrame, samples: pd.DataFrame, conditions: pd.DataFrame, readout: Readout
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the latest reading of each sample, and a sentence on wells of which a formula says nothing.

    Parameters
    ----------
    readings
        `READING_COLUMNS`; the latest row of each sample, readout and reader counts.
    samples
        Index: sample id; column condition.
    conditions
        Index: condition id; columns: factors, which a formula may name.
    """
    wanted = latest(readings[readings["readout"].isin(readout.measured)])
    if readout.outcomes is not None:
        said = (*judged_outcomes(wanted, readout).notes, *unread(wanted, readout))
        return shares_of_readings(wanted, readout), said
    failed = readout.may_fail & (wanted["status"] == FAILED)
    one, said = one_reading_each(wanted[~failed], samples)
    if readout.formula is None:
        return one, said
    computed, unknown = _computed(one, samples, conditions, readout, readout.formula)
    return computed, (*said, *unknown)


def _computed(
    readings: pd.DataFrame,
    samples: pd.DataFrame,
    conditions: pd.DataFrame,
    readout: Readout,
    formula: Formula,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    own = readings[readings["status"].map(SIDES).notna()]
    read = own.pivot(index="sample", columns="readout", values=["value", "status"])
    typed = [name for name in formula.names if ("value", name) in read]
    factors = [name for name in formula.names if name not in typed and name in conditions]
    condition = samples["condition"].reindex(read.index)
    ids = read.index[condition.isin(conditions.index)]
    if len(typed) + len(factors) < len(formula.names) or not len(ids):
        return readings.iloc[:0], ()
    read = read.loc[ids]
    settings = conditions.loc[condition[ids]]
    known = {name: _interval(read["value", name], read["status", name]) for name in typed}
    values = {name: settings[name].to_numpy(float) for name in factors}
    known |= {name: Interval(value, value) for name, value in values.items()}
    whole = np.all([~np.isnan(one.low) for one in known.values()], axis=0)
    table, said = _rows(ids, formula.of(known), whole, readout)
    readers = {word: _reader(own, word, table["sample"]) for word in ("operator", "lab")}
    errors = {
        word: pd.Series(_error(formula, known, own, word, ids), ids).reindex(table["sample"]).to_numpy(float)
        for word in ("error", "curve_error")
    }
    return table.assign(**readers, **errors), said


def _error(
    formula: Formula, known: Mapping[str, Interval], own: pd.DataFrame, word: str, ids: pd.Index
) -> Floats:
    """Return the error of a formula by those of its readouts, to first order; NaN where none has one."""
    squares = np.full(len(ids), np.nan)
    for name, rows in own.groupby("readout"):
        error = rows.set_index("sample")[word].reindex(ids).to_numpy(float)
        if np.isfinite(error).any():
            ends = [_shifted(known, str(name), side * np.nan_to_num(error)) for side in (-1.0, 1.0)]
            low, high = (formula.of(one).low for one in ends)
            squares = np.nansum([squares, (0.5 * (high - low)) ** 2], axis=0)
    return np.asarray(np.sqrt(squares))


def _shifted(known: Mapping[str, Interval], name: str, by: Floats) -> dict[str, Interval]:
    return {**known, name: Interval(known[name].low + by, known[name].high + by)}


def _reader(own: pd.DataFrame, word: str, samples: pd.Series) -> list[str]:
    """Return who read all that a formula is made of, "" where that is several or nobody is named."""
    named = own[own[word] != ""].groupby("sample")[word].agg(["first", "nunique"])
    alone = named.loc[named["nunique"] == 1, "first"]
    return [str(one) for one in samples.map(alone).astype(object).fillna("")]


def _interval(value: pd.Series, status: pd.Series) -> Interval:
    """Return what is known of the true values behind readings; NaN where there is none."""
    number, side = value.to_numpy(float), status.map(SIDES).to_numpy(object)
    nothing = np.isnan(number)
    low = np.where((side == "below") & ~nothing, -np.inf, number)
    return Interval(low, np.where((side == "over") & ~nothing, np.inf, number))


def _rows(
    ids: pd.Index[str], found: Interval, whole: Bools, readout: Readout
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return readings of what the formula says, and a sentence on the wells of which all was read in vain."""
    low, high = (np.broadcast_to(end, len(ids)) for end in (found.low, found.high))
    exact = np.isfinite(low) & np.isclose(low, high, rtol=1e-12, atol=0.0)
    status = np.select(
        [exact, np.isfinite(high) & np.isneginf(low), np.isfinite(low) & np.isposinf(high)],
        ["ok", "below limit", "over range"],
        "",
    )
    value = np.where(status == "below limit", high, low)
    columns = {"sample": ids, "readout": readout.name, "value": value, "unit": readout.unit, "status": status}
    table = completed(pd.DataFrame({**columns, "raw": "", "cell": ""}))
    lost = [str(one) for one in ids[(status == "") & whole]]
    if not lost:
        return table[table["status"] != ""], ()
    more = f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
    said = (
        f"{readout.name} cannot be told for {', '.join(lost[:_NAMED])}{more}: a bound or a zero in"
        " the formula leaves it open."
    )
    return table[table["status"] != ""], (said,)
