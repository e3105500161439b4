"""Between DataFrames and the tables that records hold: plain values only, None for what a cell lacks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from bioal.campaign.bodies import Plain, Table
from bioal.measurements.readings import NUMBERS, READING_COLUMNS, completed
from bioal.plates.rounds import PREDICTION_COLUMNS, SAMPLE_COLUMNS, Round
from bioal.protocol.definition import Protocol
from bioal.protocol.factors import Numeric


def table_of(frame: pd.DataFrame, index: str) -> Table:
    """Return a DataFrame as a table whose first column, named `index`, is the index."""
    columns = [index, *map(str, frame.columns)]
    cells = [frame.index, *(frame.iloc[:, at] for at in range(frame.shape[1]))]
    return Table(columns=columns, rows=[list(row) for row in zip(*map(_plain, cells), strict=True)])


def _plain(values: Iterable[Any]) -> list[Plain]:
    return [plain(value) for value in values]


def plain(value: Any) -> Plain:
    """Return a value of numpy or pandas as JSON knows it; None for NaN, NA and NaT.

    >>> plain(np.float64(2)), plain(np.nan), plain(np.str_("a"))
    (2.0, None, 'a')
    """
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    return written(str(value))


def written(text: str) -> str:
    """Return text that UTF-8 can hold: a file name of another age may not be."""
    return text.encode("utf-8", "replace").decode("utf-8")


def numeric_factors(protocol: Protocol) -> tuple[str, ...]:
    """Return the names of the factors whose values are numbers."""
    return tuple(factor.name for factor in protocol.factors if isinstance(factor, Numeric))


def conditions_from(table: Table, protocol: Protocol) -> pd.DataFrame:
    """Return conditions as a round holds them: numbers as float, options as text or None."""
    return table.frame(numeric=numeric_factors(protocol))


def predictions_from(table: Table) -> pd.DataFrame:
    """Return predictions with the columns of a round."""
    return table.frame(numeric=PREDICTION_COLUMNS[:3])


def samples_from(table: Table) -> pd.DataFrame:
    """Return samples with the columns of a round."""
    samples = table.frame()
    return samples.assign(replicate=samples["replicate"].astype(int))[list(SAMPLE_COLUMNS)]


def readings_from(table: Table, record: int) -> pd.DataFrame:
    """Return the readings that a record holds, and its number beside each."""
    frame = table.frame(numeric=tuple(name for name in NUMBERS if name in table.columns))
    known = [name for name in READING_COLUMNS if name in frame]
    return frame.reset_index(drop=True)[known].assign(record=record)


def no_readings() -> pd.DataFrame:
    """Return a table of readings without a row."""
    empty = pd.DataFrame({name: pd.Series(dtype=object) for name in READING_COLUMNS})
    return completed(empty).assign(record=pd.Series(dtype=int))


def tables_of_round(round_: Round) -> tuple[Table, Table, Table]:
    """Return a round's conditions, predictions and samples as tables."""
    return (
        table_of(round_.conditions, "condition"),
        table_of(round_.predictions, "condition"),
        table_of(round_.samples, "sample"),
    )


def exchanged(frame: pd.DataFrame, leaving: str, coming: pd.DataFrame) -> pd.DataFrame:
    """Return a table with the row of one condition, by its id, replaced by the only row of another."""
    taking = coming.index[0]
    columns = {
        name: pd.Series(
            [coming.loc[taking, name] if one == leaving else value for one, value in frame[name].items()],
            index=[taking if one == leaving else one for one in frame.index],
            dtype=frame[name].dtype,
        )
        for name in frame.columns
    }
    changed = pd.DataFrame(columns)
    changed.index.name = frame.index.name
    return changed


def round_with(round_: Round, leaving: str, conditions: pd.DataFrame, predictions: pd.DataFrame) -> Round:
    """Return a round in which another condition, one row each, has the wells of one that leaves."""
    taking = str(conditions.index[0])
    return Round(
        round_.number,
        exchanged(round_.conditions, leaving, conditions),
        exchanged(round_.predictions, leaving, predictions),
        round_.samples.assign(condition=round_.samples["condition"].replace(leaving, taking)),
        round_.size,
    )
