"""Who prepares which sample: plate by plate in turn, or part by part where all share a plate.

It follows from the samples alone, in the order in which wells are filled: it can be asked of any round again.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from bioal.plates.dealing import operator_of_plates
from bioal.plates.orientation import Ints
from bioal.protocol.protocol import PlateSetup


def shares(count: int, people: int) -> Ints:
    """Return the number of the operator of each filled well: equal parts, one after the other.

    With wells filled down the columns, these are blocks of columns.

    >>> shares(5, 2).tolist()
    [0, 0, 0, 1, 1]
    """
    return np.arange(count, dtype=np.intp) * people // max(count, 1)


def operators_of(samples: pd.DataFrame, setup: PlateSetup) -> pd.Series:
    """Return the operator of each sample, index sample id; "" where the protocol names none.

    Parameters
    ----------
    samples
        Samples of a round in their order: plate by plate, as wells are filled.
    """
    people = setup.operators
    if not people:
        return pd.Series("", index=samples.index, dtype=object)
    numbers = np.zeros(len(samples), np.intp)
    plates = list(dict.fromkeys(samples["plate"]))
    for plate, whole in zip(plates, operator_of_plates(len(plates), setup), strict=True):
        at = np.flatnonzero(samples["plate"] == plate)
        if setup.in_vessels:
            numbers[at] = np.arange(len(at)) % len(people)
        else:
            numbers[at] = whole if len(people) <= len(plates) else shares(len(at), len(people))
    return pd.Series([people[number] for number in numbers], index=samples.index, dtype=object)


def operator_of_places(samples: pd.DataFrame, setup: PlateSetup) -> dict[str, str]:
    """Return who makes all of a plate, or what stands in a vessel; places that several share are left out."""
    if not setup.operators:
        return {}
    places = samples["well" if setup.in_vessels else "plate"]
    people = operators_of(samples, setup).groupby(places, sort=False).unique()
    return {str(place): str(names[0]) for place, names in people.items() if len(names) == 1}
