"""Main effects: the part of a response to which each factor contributes on its own.

A numeric factor contributes a straight line and a parabola, an option of a choice a level of its own. With
a dozen wells and as many factors this is all that can be learnt, and it is learnt with far fewer wells
than a function of all factors together.
"""

from __future__ import annotations

import numpy as np

from bioal.evidence import Bools, Floats

# Over a factor that is spread evenly, a line and a parabola of half the sd each; an option has variance 1.
LINE = float(np.sqrt(6.0))
PARABOLA = float(np.sqrt(45.0))
BEYOND = 0.25  # of a factor's range: how far outside it an effect still grows


def main_effects(points: Floats, categorical: Bools) -> Floats:
    """Return features whose products are the prior covariance of a sum of main effects.

    Parameters
    ----------
    points
        Shape (m, width).
    categorical
        As in `Evidence`, shape (width,).

    Returns
    -------
    Shape (m, numeric columns * 2 + categorical columns).

    Examples
    --------
    >>> main_effects(np.array([[0.0], [0.5]]), np.array([False])).round(3).tolist()
    [[-1.225, 1.118], [0.0, -0.559]]
    """
    middle = np.clip(points[:, ~categorical], -BEYOND, 1.0 + BEYOND) - 0.5
    curved = PARABOLA * (middle**2 - 1.0 / 12.0)
    return np.hstack([LINE * middle, curved, points[:, categorical]])
