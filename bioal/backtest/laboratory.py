"""The virtual laboratory as a finished table: some of its conditions, their truth, and its own errors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from bioal.backtest.finished import Finished, pool_of
from bioal.lab import CellFreeLab
from bioal.measurements.tabled import tabled
from bioal.plates.rounds import Round
from bioal.plates.wells import well_from_ij

CONDITIONS = 2000
REPLICATES = 3


def laboratory(conditions: int = CONDITIONS, *, seed: int = 0) -> Finished:
    """Return a random pool of the virtual lab's conditions, each measured in triplicate.

    The drift between plates is left out: readings are relative to a plate's reference.
    """
    lab = CellFreeLab()
    rng = np.random.default_rng(seed)
    space = lab.protocol.space
    table = space.conditions(space.sample(conditions, rng))
    repeated = table.loc[table.index.repeat(REPLICATES)].reset_index(drop=True)
    heading = lab.protocol.readout.name
    reference = float((lab.fluorescence(table) / lab.truth(table))[0])
    repeated[heading] = _measured(lab, repeated, rng) / reference
    read = tabled(repeated, heading, plan=lab.protocol)
    truth = lab.truth(read.conditions)
    return pool_of(read, np.full(len(repeated), np.nan), lab.protocol.objective, heading, truth=truth)


def _measured(lab: CellFreeLab, table: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Return what wells of these conditions shine, each in a well drawn at random."""
    steady = replace(lab, errors=replace(lab.errors, plate=0.0))
    wells = [well_from_ij(int(i), int(j)) for i, j in zip(*_places(len(table), rng), strict=True)]
    samples = pd.DataFrame(
        {"condition": table.index, "plate": "plate-1", "well": wells, "role": "sample", "replicate": 1}
    )
    everything = Round(1, table, pd.DataFrame(), samples, lab.protocol.plate.size)
    return steady.measure(everything, rng).to_numpy(float)


def _places(count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    return rng.integers(8, size=count), rng.integers(12, size=count)
