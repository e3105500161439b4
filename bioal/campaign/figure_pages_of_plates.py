"""Every plate as a page of a workbook: conditions, readings, values, residuals, well by well."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from bioal.plates.wells import row_name, shape_of_plate
from bioal.report.findings import Findings
from bioal.report.plate_maps import PlateMap
from bioal.sheets.figures import Block, FigurePage, Shading, Table
from bioal.sheets.style import ROLE_FILLS

WIDTHS = {96: 8.0, 384: 5.8, 1536: 5.4}
LETTERS = {"reference": "R", "negative": "N", "blank": "B"}
NO_TREND = "Neither edge nor slope shows in the residuals."


def plate_pages(found: Findings) -> Iterable[FigurePage]:
    """Return a page for each plate, the latest first."""
    readout, title = found.material.protocol.readout, found.material.title
    for plate in reversed(found.maps):
        if not plate.size:
            continue
        said = plate.trend.words if plate.trend is not None else ()
        blocks = [Block("Conditions", _legend(plate), (_conditions(plate),))]
        if readout.normalise != "none":
            blocks.append(Block(f"Readings, {readout.heading}", "", (_values(plate, "reading"),)))
        blocks.append(Block(f"Values, {title}", "", (_values(plate, "value"),)))
        words = " ".join(said) or NO_TREND
        blocks.append(Block(f"Residuals, {title}", words, (_values(plate, "residual"),)))
        yield FigurePage(plate.name, f"{found.material.name}, {plate.name}", tuple(blocks), True, False)


def _legend(plate: PlateMap) -> str:
    counts = plate.wells["role"].value_counts()
    said = ", ".join(f"{count} {role}" for role, count in counts.items())
    out = int(plate.wells["excluded"].sum())
    return f"{said}. R, N, B: reference, negative, blank." + (f" {out} do not count (x)." if out else "")


def _conditions(plate: PlateMap) -> Table:
    rows, columns = shape_of_plate(plate.size)
    grid = [[""] * columns for _ in range(rows)]
    fills = {}
    wells = plate.wells
    for i, j, role, condition, out in zip(
        wells["row"], wells["column"], wells["role"], wells["condition"], wells["excluded"], strict=True
    ):
        text = LETTERS.get(str(role)) or str(condition).rpartition("-")[2]
        grid[int(i)][int(j)] = f"{text} x" if out else text
        fills[int(i), int(j) + 1] = ROLE_FILLS.get(str(role), ROLE_FILLS["sample"])
    return Table(_framed(pd.DataFrame(grid)), fills=fills, narrow=WIDTHS.get(plate.size, 12.0))


def _values(plate: PlateMap, column: str) -> Table:
    grid = np.full(shape_of_plate(plate.size), np.nan)
    values = plate.wells[column].to_numpy(float)
    grid[plate.wells["row"].to_numpy(int), plate.wells["column"].to_numpy(int)] = values
    finite = np.abs(values[np.isfinite(values)])
    # As many digits as the largest needs to show three, so that numbers stay short and alike.
    digits = 2 - int(np.floor(np.log10(finite.max()))) if len(finite) and finite.max() > 0 else 0
    shading: Shading = "parting" if column == "residual" else "rising"
    frame = _framed(pd.DataFrame(np.round(grid, digits)))
    return Table(frame, shading, narrow=WIDTHS.get(plate.size, 12.0))


def _framed(grid: pd.DataFrame) -> pd.DataFrame:
    """Return a grid with the letters of its rows and the numbers of its columns."""
    framed = grid.set_axis([str(j + 1) for j in range(len(grid.columns))], axis=1)
    framed.insert(0, " ", [row_name(i) for i in range(len(grid))])
    return framed
