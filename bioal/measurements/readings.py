"""A reading: one value of one readout of one sample, as it was read, with its status.

Readings are tables with `READING_COLUMNS`, one row per sample and readout; they are never normalised.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass

import pandas as pd

OUTCOME = "(outcome)"  # the unit of a reading that is a word: `raw` is the word, `value` its position then
READING_COLUMNS = ("sample", "readout", "value", "unit", "status", "raw", "cell")


@dataclass(frozen=True)
class Reading:
    """One value of one readout of one sample.

    `value` is NaN where nothing was read; `raw` is the text of the cell, `cell` its address.
    """

    sample: str
    readout: str
    value: float
    unit: str
    status: str
    raw: str
    cell: str

    @property
    def key(self) -> tuple[str, str]:
        """Return what a reading is of: sample and readout."""
        return self.sample, self.readout

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
    return table.assign(value=table["value"].astype(float))


def readings_of(table: pd.DataFrame) -> tuple[Reading, ...]:
    """Return the rows of a table of readings, the latest where a sample's readout appears twice."""
    latest = table.drop_duplicates(["sample", "readout"], keep="last") if len(table) else table
    rows = latest[list(READING_COLUMNS)].astype(object).itertuples(index=False, name=None)
    return tuple(
        Reading(
            str(sample), str(readout), float(value), *(("" if pd.isna(part) else str(part)) for part in rest)
        )
        for sample, readout, value, *rest in rows
    )
