"""Several people or labs: how much each reads high and scatters, and what a well of each counts.

A source is who made or read a value: an operator, a lab, or both. What sources share tells them apart: within
a plate, conditions and controls that several made (`weighed_by_source`); between plates that only one of them
made, controls and conditions that came along (`level_between_plates`), beside what plates differ by anyway.
Offsets are taken off; a well counts in inverse proportion to its variance; what stays uncertain of an offset
is shared by all that this source measured. With one source nothing changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bioal.evidence import Floats
from bioal.measurements.outliers import CELL
from bioal.measurements.source_effects import SourceEffects, Values, source_effects
from bioal.protocol.objective import NEEDED, Readout

SPOKEN = 1.5  # how many times as much somebody must scatter, and
BEYOND = 3.0  # how many standard errors somebody must lie off, to be spoken of
NOBODY = "nobody named"
UNIT = 0.1  # of the spread of all values: the usual spread, where no replicates tell it


@dataclass(frozen=True, eq=False)
class SourcesApart:
    """What stays uncertain of the offsets that were taken off: names of sources, and their covariance."""

    names: tuple[str, ...]
    covariance: Floats

    def loadings(self, names: Sequence[str], units: Floats) -> Floats:
        """Return L, (n, sources), whose L L^T is what values of these sources have in common."""
        vectors, sizes = _rooted(self.covariance)
        rows = pd.Index(self.names).get_indexer(pd.Index(names))
        own = np.where(rows[:, None] >= 0, (vectors * sizes)[np.maximum(rows, 0)], 0.0)
        return np.asarray(np.nan_to_num(units)[:, None] * own)


def _rooted(covariance: Floats) -> tuple[Floats, Floats]:
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors), np.asarray(np.sqrt(np.maximum(values, 0.0)))


def source_name(operator: str, lab: str) -> str:
    """Return how a source is called, "" where nobody is named.

    >>> source_name("Ana", "Basel"), source_name("", "Basel"), source_name("", "")
    ('Ana, Basel', 'Basel', '')
    """
    return ", ".join(one for one in (operator, lab) if one)


def weighed_by_source(values: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return values without their makers' offsets, beside how much these scatter, and what was found.

    Parameters
    ----------
    values
        Columns of `apart` and `source`, as `source_name`.

    Returns
    -------
    pandas.DataFrame
        With `noise`, the variance of one well relative to that of the calmest source; as it came where there
        is one source.
    """
    if "source" not in values or values["source"].nunique() < 2:
        return values, ()
    use = (values["side"] == "measured") & (values["spread"] > 0) & (values["weight"] == 1.0)
    rows = values[use]
    rows = rows[rows.groupby(CELL)["value"].transform("count") > 1]
    which, names = pd.factorize(rows["source"].astype(str), sort=True)
    if len(names) < 2:
        return values, ()
    size = len(rows)
    scaled = Values(
        values=(rows["value"] / rows["spread"]).to_numpy(float),
        cells=np.asarray(rows.groupby(CELL, sort=False).ngroup(), np.intp),
        sources=np.asarray(which, np.intp),
        plates=np.zeros(size, np.intp),
        wells=np.ones(size),
        count=len(names),
    )
    found = source_effects(scaled)
    relative = found.variances / found.variances.min()
    of = dict(zip(names, zip(found.offsets, relative, strict=True), strict=True))
    known = values["source"].map(lambda name: of.get(name, (0.0, 1.0)))
    measured = values["side"] == "measured"
    moved = values["value"] - known.str[0].astype(float) * values["spread"].fillna(0.0)
    changed = values.assign(
        value=moved.where(measured, values["value"]), noise=known.str[1].astype(float).where(measured, 1.0)
    )
    return changed, spoken(names, found)


def level_between_plates(
    table: pd.DataFrame, readout: Readout
) -> tuple[pd.DataFrame, tuple[str, ...], SourcesApart | None]:
    """Return normalised means without the offsets of sources that made whole plates, and what was found.

    Parameters
    ----------
    table
        Columns of `pooled`, normalised; `source` is None where several sources made a mean.

    Returns
    -------
    None in the place of what stays uncertain where there is one source, or nothing that several measured.
    """
    named = table[table["source"].notna() & (table["side"] == "measured")] if "source" in table else table[:0]
    # Controls that a plate was normalised by read the same on each by definition.
    rows = named[~named["control"].isin(NEEDED[readout.normalise])]
    tied = rows.groupby("condition")["source"].transform("nunique") > 1
    if not tied.any():
        return table, (), None
    shared = rows[tied]
    which, names = pd.factorize(shared["source"].astype(str), sort=True)
    unit = _units(table)
    found = source_effects(
        Values(
            values=shared["mean"].to_numpy(float) / unit[shared.index].to_numpy(float),
            cells=np.asarray(pd.factorize(shared["condition"])[0], np.intp),
            sources=np.asarray(which, np.intp),
            plates=np.asarray(pd.factorize(shared["plate"])[0], np.intp),
            wells=shared["count"].to_numpy(float) / shared["noise"].to_numpy(float),
            count=len(names),
        )
    )
    offset = table["source"].map(dict(zip(names, found.offsets, strict=True))).fillna(0.0).astype(float)
    levelled = table.assign(mean=table["mean"] - offset * unit, unit=unit)
    apart = SourcesApart(tuple(map(str, names)), found.covariance)
    return levelled, _offset_notes(names, found), apart


def _units(table: pd.DataFrame) -> pd.Series:
    """Return the usual spread of one well of each condition, or one for all where no replicates tell it."""
    means = table.loc[table["side"] == "measured", "mean"].astype(float)
    other = UNIT * (float(means.std()) or abs(float(means.mean())) or 1.0)
    # Plates must share it: differences of a mean in units that differ would be none of the sources.
    spread = table["spread"].astype(float).groupby(table["condition"]).transform("median")
    return spread.where(spread > 0, other)


def spoken(names: pd.Index, found: SourceEffects) -> tuple[str, ...]:
    """Return a sentence for each source that scatters much more than another, or reads high or low."""
    return (*_scatter_notes(names, found), *_offset_notes(names, found))


def _called(name: str) -> str:
    return name or NOBODY


def _scatter_notes(names: pd.Index, found: SourceEffects) -> tuple[str, ...]:
    calmest = int(np.argmin(found.variances))
    more = np.sqrt(found.variances / found.variances[calmest])
    return tuple(
        f"Wells of {_called(name)} scatter {ratio:.2g}x as much as those of {_called(names[calmest])}; they"
        " count less."
        for name, ratio in zip(names, more, strict=True)
        if ratio > SPOKEN
    )


def _offset_notes(names: pd.Index, found: SourceEffects) -> tuple[str, ...]:
    told = zip(names, found.offsets, found.errors, strict=True)
    return tuple(
        f"Wells of {_called(name)} read {abs(offset):.2g} usual spreads {'high' if offset > 0 else 'low'};"
        " that is taken off."
        for name, offset, error in told
        if abs(offset) > BEYOND * error
    )
