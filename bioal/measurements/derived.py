"""Readings of a readout that is a formula: computed well by well from what was read, bounds and all."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bioal.evidence import Bools
from bioal.measurements.outcomes import FAILED, shares_of_readings, unread
from bioal.measurements.readings import READING_COLUMNS
from bioal.measurements.replicates import SIDES
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
        `READING_COLUMNS`; the latest row of each sample and readout counts.
    samples
        Index: sample id; column condition.
    conditions
        Index: condition id; columns: factors, which a formula may name.
    """
    latest = readings.drop_duplicates(["sample", "readout"], keep="last")
    if readout.formula is None:
        own = latest[latest["readout"] == readout.name]
        if readout.outcomes is not None:
            return shares_of_readings(own, readout), unread(own, readout)
        return own[~(readout.may_fail & (own["status"] == FAILED))], ()
    return _computed(latest, samples, conditions, readout, readout.formula)


def _computed(
    latest: pd.DataFrame, samples: pd.DataFrame, conditions: pd.DataFrame, readout: Readout, formula: Formula
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    own = latest[latest["readout"].isin(formula.names) & latest["status"].map(SIDES).notna()]
    read = own.pivot(index="sample", columns="readout", values=["value", "status"])
    typed = [name for name in formula.names if ("value", name) in read]
    factors = [name for name in formula.names if name not in typed and name in conditions]
    condition = samples["condition"].reindex(read.index)
    ids = read.index[condition.isin(conditions.index)]
    if len(typed) + len(factors) < len(formula.names) or not len(ids):
        return latest.iloc[:0], ()
    read = read.loc[ids]
    settings = conditions.loc[condition[ids]]
    known = {name: _interval(read["value", name], read["status", name]) for name in typed}
    values = {name: settings[name].to_numpy(float) for name in factors}
    known |= {name: Interval(value, value) for name, value in values.items()}
    whole = np.all([~np.isnan(one.low) for one in known.values()], axis=0)
    return _rows(ids, formula.of(known), whole, readout)


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
    table = pd.DataFrame({**columns, "raw": "", "cell": ""}, columns=list(READING_COLUMNS))
    lost = [str(one) for one in ids[(status == "") & whole]]
    if not lost:
        return table[table["status"] != ""], ()
    more = f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
    said = (
        f"{readout.name} cannot be told for {', '.join(lost[:_NAMED])}{more}: a bound or a zero in"
        " the formula leaves it open."
    )
    return table[table["status"] != ""], (said,)
