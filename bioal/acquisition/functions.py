"""The worth of one candidate in closed form, from its mean, its sd and the incumbent.

Utilities throughout: larger is better, whoever wants less has turned the sign before. Improvements are
kept as logarithms, since plain expected improvement is exactly zero for most of a space as soon as
something good is known (Ament et al. 2023, arXiv 2310.20708), and zeros cannot be ranked.
"""

from __future__ import annotations

import numpy as np
from scipy.special import erfcx, log_ndtr, ndtr

from bioal.evidence import Bools, Floats

_LOG_ROOT_TWO_PI = 0.5 * np.log(2 * np.pi)
# Beyond 30 sd the series of Mills' ratio is exact to rounding, and the direct form no longer is.
_FAR = -30.0
# Squares of larger numbers overflow; their logarithm is as good as minus infinity to anybody.
_FARTHEST = 1e150


def log_expected_improvement(mean: Floats, sd: Floats, incumbent: float | Floats) -> Floats:
    """Return the logarithm of the expected improvement over the incumbent.

    With z = (mean - incumbent) / sd it is log(sd) + log(phi(z) + z Phi(z)). A candidate whose sd is zero
    improves by mean - incumbent or, at -inf, not at all.
    """
    lead, sd, sure = _lead(mean, sd, incumbent)
    scale = np.where(sure, 1.0, sd)
    return np.where(sure, _log_or_never(lead), np.log(scale) + log_improvement(lead / scale))


def expected_improvement(mean: Floats, sd: Floats, incumbent: float | Floats) -> Floats:
    """Return the expected improvement over the incumbent; for people, not for ranking."""
    return np.exp(log_expected_improvement(mean, sd, incumbent))


def log_probability_of_improvement(mean: Floats, sd: Floats, incumbent: float | Floats) -> Floats:
    """Return the logarithm of the probability of beating the incumbent."""
    lead, sd, sure = _lead(mean, sd, incumbent)
    scale = np.where(sure, 1.0, sd)
    return np.where(sure, np.where(lead > 0, 0.0, -np.inf), log_ndtr(lead / scale))


def probability_of_improvement(mean: Floats, sd: Floats, incumbent: float | Floats) -> Floats:
    """Return the probability of beating the incumbent."""
    return np.exp(log_probability_of_improvement(mean, sd, incumbent))


def upper_confidence_bound(mean: Floats, sd: Floats, weight: float = 2.0) -> Floats:
    """Return the mean raised by `weight` standard deviations."""
    return np.asarray(mean, float) + weight * np.asarray(sd, float)


def log_improvement(z: Floats) -> Floats:
    """Return log(phi(z) + z Phi(z)) to about 13 digits for every z.

    Left of -1 the sum is phi(z) (1 - t), t = -z sqrt(pi/2) erfcx(-z / sqrt 2); left of -30, where 1 - t
    cancels, it is the asymptotic series phi(z) / z^2 (1 - 3/z^2 + 15/z^4 - ...).
    """
    z = np.asarray(z, float)
    near, far = z > -1, z < _FAR
    beside = np.where(near, z, 0.0)
    direct = np.log(np.exp(-0.5 * np.minimum(beside, 40) ** 2 - _LOG_ROOT_TWO_PI) + beside * ndtr(beside))
    tail = np.where(near | far, -2.0, z)
    mills = -tail * np.sqrt(np.pi / 2) * erfcx(-tail / np.sqrt(2))
    middle = np.log1p(-mills) - 0.5 * tail**2 - _LOG_ROOT_TWO_PI
    return np.select([near, far], [direct, _distant(np.where(far, z, _FAR))], middle)


def _distant(z: Floats) -> Floats:
    z = np.maximum(z, -_FARTHEST)
    inverse = 1 / z**2
    series = 1.0 - 11 * inverse
    for odd in (9, 7, 5, 3):
        series = 1 - odd * inverse * series
    return np.asarray(np.log(series) - 2 * np.log(-z) - 0.5 * z**2 - _LOG_ROOT_TWO_PI)


def _lead(mean: Floats, sd: Floats, incumbent: float | Floats) -> tuple[Floats, Floats, Bools]:
    mean, sd, lead = np.broadcast_arrays(mean, sd, np.asarray(mean, float) - incumbent)
    return np.asarray(lead, float), np.asarray(sd, float), np.asarray(sd <= 0)


def _log_or_never(lead: Floats) -> Floats:
    positive = lead > 0
    return np.where(positive, np.log(np.where(positive, lead, 1.0)), -np.inf)
