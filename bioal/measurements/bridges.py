"""What ties plates to each other, and what is believed of each plate because of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bioal.evidence import Floats, Ints


@dataclass(frozen=True)
class Bridges:
    """What ties plates: means of controls and of carried-over conditions, one row per condition and plate.

    Parameters
    ----------
    plates, conditions
        Numbers of plate and condition, 0, 1, ..., shape (n,).
    means, variances
        Mean reading and variance of that mean by replicates, shape (n,).
    known
        The yield of each condition: 0, 1, or NaN where unknown, shape (conditions,).
    settings
        Plates of one number were read at the same gain of the reader, shape (plates,).
    background
        Whether plates have one; without, a reading of 0 is a yield of 0.
    gained
        Whether plates have a gain; without, it is 1, and what a blank differs by is its plate's background.
    """

    plates: Ints
    conditions: Ints
    means: Floats
    variances: Floats
    known: Floats
    settings: Ints
    background: bool = True
    gained: bool = True


@dataclass(frozen=True)
class Spreads:
    """Standard deviations between plates: of log gain, of the background, of a condition made anew."""

    gain: float
    background: float
    remaking: float


@dataclass(frozen=True, eq=False)
class PlateEffects:
    """What is believed of each plate.

    Parameters
    ----------
    gain, background
        Shape (plates,); a reading F is a yield of F / gain - background.
    covariance
        Of the log gains followed by the backgrounds, shape (2 plates, 2 plates).
    weights
        How much each row of the bridges counted, about 1 where it fits, shape (n,).
    spreads
        How much plates differ.
    """

    gain: Floats
    background: Floats
    covariance: Floats
    weights: Floats
    spreads: Spreads

    def yields(self, plates: Ints, readings: Floats) -> Floats:
        """Return readings on these plates as yields, shape (n,)."""
        return np.asarray(readings / self.gain[plates] - self.background[plates])

    def times(self, unit: float) -> PlateEffects:
        """Return the effects of plates without gains in a unit so many times smaller."""
        return replace(self, background=self.background * unit, covariance=self.covariance * unit**2)

    def loadings(self, plates: Ints, yields: Floats) -> Floats:
        """Return L, shape (n, 2 plates): L L^T is the covariance that yields share through their plates."""
        count = len(self.gain)
        slopes = np.zeros((len(plates), 2 * count))
        rows = np.arange(len(plates))
        slopes[rows, plates] = -(yields + self.background[plates])
        slopes[rows, count + plates] = -1.0
        values, vectors = np.linalg.eigh(self.covariance)
        return np.asarray(slopes @ (vectors * np.sqrt(np.maximum(values, 0.0))))
