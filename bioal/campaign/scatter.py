"""How much replicates and conditions are expected to differ, relative to their size, from what is known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bioal.campaign.learning import Knowledge
from bioal.plates.detection import NOISE, SPREAD

LEAST = 0.01  # no pair of wells agrees better
FEWEST = 3  # conditions that are needed to say by how much they differ


def replicate_noise(knowledge: Knowledge) -> float:
    """Return the relative standard deviation of one replicate: as measured, else what is usual."""
    seen = knowledge.observations
    single = seen["variance"].to_numpy(float) * seen["count"].to_numpy(float)
    usable = np.isfinite(single) & (seen["mean"].to_numpy(float) != 0)
    if not usable.any():
        return NOISE
    relative = single[usable] / seen["mean"].to_numpy(float)[usable] ** 2
    return max(float(np.sqrt(np.median(relative))), LEAST)


def spread_of(predictions: pd.DataFrame) -> float:
    """Return the relative standard deviation of predicted conditions; what is usual where nothing is known.

    Predictions differ less than conditions really do, so what follows from it is not too bright.
    """
    means = predictions["mean"].dropna().to_numpy(float)
    if len(means) < FEWEST or (means <= 0).any():
        return SPREAD
    return max(float(np.std(np.log(means), ddof=1)), LEAST)
