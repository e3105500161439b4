"""Who prepares which sample: plate by plate in turn, or column by column where all share a plate.

It follows from the wells alone, so it can be asked of any round again.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from bioal.plates.dealing import operator_of_plates
from bioal.plates.orientation import Ints
from bioal.plates.wells import ij_from_well
from bioal.protocol.protocol import PlateSetup


def shares_of_columns(columns: Ints, people: int) -> Ints:
    """Return for each well the number of the operator who fills its column; neighbours go to one person.

    Parameters
    ----------
    columns
        The column of each filled well.
    people
        How many operators share them, as evenly as whole columns allow.
    """
    wells = np.bincount(columns)
    middle = np.cumsum(wells) - wells / 2
    return np.asarray(np.minimum(middle * people / max(len(columns), 1), people - 1), np.intp)[columns]


def operators_of(samples: pd.DataFrame, setup: PlateSetup) -> pd.Series:
    """Return the operator of each sample, index sample id; "" where the protocol names none."""
    people = setup.operators
    if not people:
        return pd.Series("", index=samples.index, dtype=object)
    numbers = np.zeros(len(samples), np.intp)
    plates = list(dict.fromkeys(samples["plate"]))
    whole = operator_of_plates(len(plates), setup) if len(people) <= len(plates) else None
    for number, plate in enumerate(plates):
        at = np.flatnonzero(samples["plate"] == plate)
        if setup.in_vessels:
            numbers[at] = np.arange(len(at)) % len(people)
        elif whole is not None:
            numbers[at] = whole[number]
        else:
            columns = np.array([ij_from_well(well)[1] for well in samples["well"].iloc[at]], np.intp)
            numbers[at] = shares_of_columns(columns, len(people))
    return pd.Series([people[number] for number in numbers], index=samples.index, dtype=object)
