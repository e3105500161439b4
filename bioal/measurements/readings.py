"""A reading: one value of one readout of one sample, as it was read, with its status.

Readings are tables with `READING_COLUMNS`, one row per sample, readout and reader; they are never normalised.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass

import numpy as np
import pandas as pd

OUTCOME = "(outcome)"  # the unit of a reading that is a word: `raw` is the word, `value` its position then
READING_COLUMNS = (
    *("sample", "readout", "value", "unit", "status", "raw", "cell"),
    *("operator", "lab", "error", "curve_error"),
)
# Columns that older records and most files lack, and what stands in them then.
UNSAID: Mapping[str, str | float] = {"operator": "", "lab": "", "error": math.nan, "curve_error": math.nan}
NUMBERS = ("value", "error", "curve_error")


@dataclass(frozen=True)
class Reading:
    """One value of one readout of one sample.

    `value` is NaN where nothing was read; `raw` is the text of the cell, `cell` its address; `operator` and
    `lab` say who read it, "" where nobody is named: several may read one sample. `error` is the standard
    error of the value by itself, and `curve_error` that of the standard curve by which it was read off, which
    values of one curve share; NaN where they are not known.
    """

    sample: str
    readout: str
    value: float
    unit: str
    status: str
    raw: str
    cell: str
    operator: str = ""
    lab: str = ""
    error: float = math.nan
    curve_error: float = math.nan

    @property
    def key(self) -> tuple[str, str]:
        """Return what a reading is of: sample and readout."""
        return self.sample, self.readout

    @property
    def reader(self) -> tuple[str, str]:
        """Return who read it: operator and lab."""
        return self.operator, self.lab

    @property
    def words(self) -> str:
        """Return value and status as a person reads them.

        >>> Reading("R01-S0001", "GFP", 5.0, "RFU", "below limit", "5", "F2").words
        '5 RFU (below limit)'
        """
        number = f"{self.value:.12g} {self.unit}".strip() if self.value == self.value else ""
        number = self.raw if self.unit == OUTCOME else number
        status = self.status if self.status != "ok" or not number else ""
        return f"{number} ({status})" if number and status else number or status


def readings_table(readings: Iterable[Reading]) -> pd.DataFrame:
    """Return readings as a table with `READING_COLUMNS`."""
    rows = [astuple(reading) for reading in readings]
    table = pd.DataFrame(rows, columns=list(READING_COLUMNS), dtype=object)
    return completed(table)


def completed(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of readings with all of `READING_COLUMNS`; others are kept behind them."""
    whole = table.copy()
    for name, unsaid in UNSAID.items():
        whole[name] = _filled(whole[name], unsaid) if name in table else unsaid
    others = [name for name in whole if name not in READING_COLUMNS]
    return whole[[*READING_COLUMNS, *others]].astype(dict.fromkeys(NUMBERS, float))


def _filled(column: pd.Series, unsaid: object) -> pd.Series:
    """Return a column with what is not said filled in, as objects: pandas must not guess a type here."""
    said = column.to_numpy(object)
    return pd.Series(np.where(column.isna(), np.array(unsaid, object), said), column.index, dtype=object)


def without_unsaid(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of readings without the columns of `UNSAID` in which nothing is said."""
    empty = [name for name in UNSAID if not (table[name].notna() & (table[name] != "")).any()]
    return table.drop(columns=empty)


def latest(table: pd.DataFrame) -> pd.DataFrame:
    """Return the last reading of each sample and readout by each reader."""
    by = ["sample", "readout", "operator", "lab"]
    return table.drop_duplicates(by, keep="last") if len(table) else table


def readings_of(table: pd.DataFrame) -> tuple[Reading, ...]:
    """Return the rows of a table of readings, the latest of each sample, readout and reader."""
    rows = latest(completed(table))[list(READING_COLUMNS)].astype(object).itertuples(index=False, name=None)
    made = []
    for sample, readout, value, *rest, error, curve in rows:
        unit, status, raw, cell, operator, lab = ("" if pd.isna(part) else str(part) for part in rest)
        words = (str(sample), str(readout), float(value), unit, status, raw, cell, operator, lab)
        # One NaN for all: readings of which no error is known are equal if the rest is.
        errors = (math.nan if math.isnan(one) else float(one) for one in (error, curve))
        made.append(Reading(*words, *errors))
    return tuple(made)
