"""Each plate well by well: conditions, readings, values, residuals; and whether its edge or a slope shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bioal.evidence import Floats
from bioal.plates.wells import ij_from_well, shape_of_plate
from bioal.report.material import Material

FEWEST = 12  # wells that say something about edge and slope
CLEAR = 3.0  # standard errors at which an edge or a slope is named


@dataclass(frozen=True)
class Trend:
    """How residuals depend on the place, in the readout's unit: estimate and standard error of each."""

    edge: tuple[float, float]
    down: tuple[float, float]
    across: tuple[float, float]

    @property
    def words(self) -> tuple[str, ...]:
        """Return what is clear, in words; nothing where nothing is."""
        said = {
            "Wells at the edge lie {} the others, by {:.3g} on average.": self.edge,
            "Values change from the top to the bottom row: the bottom lies {} the top, by {:.3g}.": self.down,
            "Values change from left to right: the right lies {} the left, by {:.3g}.": self.across,
        }
        return tuple(
            text.format("above" if size > 0 else "below", abs(size))
            for text, (size, error) in said.items()
            if error > 0 and abs(size) > CLEAR * error
        )


@dataclass(frozen=True)
class PlateMap:
    """A plate.

    Parameters
    ----------
    wells
        Index sample id; columns well, condition, role, row, column, reading, status, value (normalised),
        residual (value less posterior mean), excluded.
    size
        Wells of the plate; 0 for vessels, which have no rows and columns.
    """

    name: str
    round: int
    size: int
    wells: pd.DataFrame
    trend: Trend | None


def plate_maps_of(material: Material) -> tuple[PlateMap, ...]:
    """Return the maps of all plates, in order."""
    table = _wells(material)
    maps = []
    for plate, wells in table.groupby("plate", sort=False):
        number = material.round_of_plate[str(plate)]
        size = material.rounds[number].size
        placed = _placed(wells.drop(columns="plate"), size)
        maps.append(PlateMap(str(plate), number, size, placed, trend_of(placed, size)))
    return tuple(maps)


def trend_of(wells: pd.DataFrame, size: int) -> Trend | None:
    """Return edge and slopes by least squares on the residuals; None where too few wells have one."""
    kept = wells[wells["residual"].notna() & wells["row"].ge(0)]
    if not size or len(kept) < FEWEST:
        return None
    rows, columns = shape_of_plate(size)
    row, column = kept["row"].to_numpy(float), kept["column"].to_numpy(float)
    edge = (row == 0) | (row == rows - 1) | (column == 0) | (column == columns - 1)
    table = np.column_stack([np.ones(len(kept)), edge, row / (rows - 1), column / (columns - 1)])
    sizes, errors = _least_squares(table, kept["residual"].to_numpy(float))
    pairs = [(float(size), float(error)) for size, error in zip(sizes[1:], errors[1:], strict=True)]
    return Trend(*pairs)


def _least_squares(table: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Return coefficients and their standard errors; 0 and 0 for a column that tells nothing of its own."""
    free = [0]
    for column in range(1, table.shape[1]):
        if np.linalg.matrix_rank(table[:, [*free, column]]) > len(free):
            free.append(column)
    used = table[:, free]
    found, *_ = np.linalg.lstsq(used, values, rcond=None)
    left = values - used @ found
    variance = float(left @ left) / max(len(values) - len(free), 1)
    sizes, errors = np.zeros(table.shape[1]), np.zeros(table.shape[1])
    sizes[free] = found
    errors[free] = np.sqrt(variance * np.diag(np.linalg.inv(used.T @ used)))
    return sizes, errors


def _wells(material: Material) -> pd.DataFrame:
    wanted = material.protocol.readout.name
    readings = material.readings[material.readings["readout"] == wanted].set_index("sample")
    samples = material.samples[["well", "condition", "role", "plate"]]
    table = samples.assign(
        reading=readings["value"].reindex(samples.index).astype(float),
        status=readings["status"].reindex(samples.index).astype(object).fillna(""),
        value=material.values["value"].reindex(samples.index).astype(float),
        excluded=[str(sample) in material.excluded for sample in samples.index],
    )
    expected = pd.Series(_expected(material), dtype=float).reindex(table["condition"]).to_numpy(float)
    side = material.values["side"].reindex(samples.index)
    residual = np.where(
        (side == "measured").to_numpy(bool), table["value"].to_numpy(float) - expected, np.nan
    )
    return table.assign(residual=residual)


def _expected(material: Material) -> Mapping[str, float]:
    """Return the posterior mean of each observed condition."""
    if material.posterior is None or not len(material.observations):
        return {}
    means = material.posterior.mean(material.evidence.points)
    return dict(zip(material.observations["condition"].astype(str), means.tolist(), strict=True))


def _placed(wells: pd.DataFrame, size: int) -> pd.DataFrame:
    if not size:
        return wells.assign(row=-1, column=-1)
    places = [ij_from_well(str(well)) for well in wells["well"]]
    return wells.assign(row=[i for i, _ in places], column=[j for _, j in places])
