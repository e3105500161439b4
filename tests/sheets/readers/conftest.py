"""A round whose plate is full, so that every well of a reader's file belongs to a sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from bioal.measurements.cells import Returned
from bioal.plates.rounds import Round, sample_id
from bioal.plates.wells import wells_of_plate
from bioal.protocol.objective import Readout
from bioal.protocol.reads import read_in
from bioal.sheets.readers.choosing import Asked
from bioal.sheets.readers.plates import read_plate

GFP = Readout("GFP", "RFU")


def full_round(size: int, plates: int = 1) -> Round:
    """Return a round with a sample in every well of every plate."""
    wells = [(f"plate-{plate + 1}", well) for plate in range(plates) for well in wells_of_plate(size)]
    samples = pd.DataFrame(
        {
            "condition": "R03-C001",
            "plate": [plate for plate, _ in wells],
            "well": [well for _, well in wells],
            "role": "sample",
            "replicate": range(1, len(wells) + 1),
        },
        index=[sample_id(3, number + 1) for number in range(len(wells))],
    )
    return Round(3, pd.DataFrame({"Mg": [1.0]}, index=["R03-C001"]), pd.DataFrame(), samples, size)


Reads = Callable[..., Returned]


@pytest.fixture
def returned() -> Reads:
    """Return a function that reads a file as plate-1 of a full round."""

    def read(
        path: Path,
        size: int = 96,
        *,
        how: str | None = None,
        channel: str | None = None,
        area: str | None = None,
        as_: str | None = None,
        plate: str = "plate-1",
        plates: int = 1,
        readouts: tuple[Readout, ...] = (GFP,),
        vessels: bool = False,
        reader: str | None = None,
    ) -> Returned:
        asked = Asked(plate, None if how is None else read_in(how), channel, as_, area, reader)
        round_ = full_round(size, plates)
        return read_plate(path, asked, replace(round_, size=0) if vessels else round_, readouts)

    return read


@pytest.fixture
def numbers() -> Callable[[Returned], Mapping[str, object]]:
    """Return a function that gives what a plate's filled wells hold: numbers, else texts."""

    def held(read: Returned) -> Mapping[str, object]:
        (grid,) = read.grids
        filled = {well: cell.value for well, cell in grid.wells.items() if cell.kind != "blank"}
        return {well: _number(value) for well, value in filled.items()}

    return held


def _number(value: object) -> object:
    try:
        return float(str(value))
    except ValueError:
        return value
