"""Replicate variances, moderated: a variance from two wells is drawn towards what its neighbours show.

Two equal duplicates are not certainty. The sample variances are seen as scaled chi-squared draws about
a trend with the mean, and each is averaged with that trend, weighted by degrees of freedom; the trend's
weight is estimated from how much the variances differ beyond chance (Smyth 2004, doi
10.2202/1544-6115.1027, equations 6 to 9). All is done on logarithms, so units do not matter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, polygamma

from bioal.evidence import Bools, Floats, Ints

MAX_PRIOR_DEGREES = 1e6
LONE_DEGREES = 4.0  # strength of the prior where one variance alone is known
SOURCE_DEGREES = 4.0  # strength of the prior that a source scatters as the others do
ROUNDS = 20


@dataclass(frozen=True)
class VarianceTrend:
    """The prior of replicate variances: a centre per observation, a strength in degrees of freedom."""

    centre: Floats
    degrees: float


def moderated_variances(variances: Floats, counts: Ints, means: Floats) -> Floats:
    """Return the moderated variance of one replicate at each observation, shape (n,).

    Parameters
    ----------
    variances
        Sample variances of single replicates (not of the mean), shape (n,); NaN or a count of 1: unknown.
    counts
        Replicates behind each, shape (n,).
    means
        Observed means, shape (n,): the trend follows their size.

    Returns
    -------
    Moderated variances, NaN throughout when no observation has two replicates that differ.
    """
    degrees = np.where(np.isfinite(variances), counts - 1, 0).astype(float)
    informative = (degrees > 0) & (np.nan_to_num(variances) > 0)
    if not informative.any():
        return np.full(len(variances), np.nan)
    trend = variance_trend(variances, degrees, means)
    summed = degrees * np.where(degrees > 0, variances, 0.0) + trend.degrees * trend.centre
    return np.asarray(summed / (degrees + trend.degrees))


def moderated_by_source(variances: Floats, counts: Ints, means: Floats, sources: Ints) -> Floats:
    """Return moderated variances where each source may scatter more or less than the trend of all.

    The logarithm of a source's factor is the mean of what its variances lie off the trend, weighed by how
    much chance makes them do so, and drawn towards 0 as by a variance of `SOURCE_DEGREES` degrees of freedom.
    With one source this is `moderated_variances`; so are the arguments, besides the number of each row's
    source.
    """
    factors: Floats = np.ones(int(sources.max(initial=0)) + 1)
    degrees = np.where(np.isfinite(variances), counts - 1, 0).astype(float)
    use = (degrees > 0) & (np.nan_to_num(variances) > 0)
    if len(np.unique(sources[use])) > 1:
        for _ in range(ROUNDS):
            trend = variance_trend(variances / factors[sources], degrees, means)
            factors = _factors(variances, degrees, trend, sources, use)
    return moderated_variances(variances / factors[sources], counts, means) * factors[sources]


def _factors(variances: Floats, degrees: Floats, trend: VarianceTrend, sources: Ints, use: Bools) -> Floats:
    """Return by how much the variances of each source lie above a trend of all, 1 in the mean."""
    half, strength = degrees[use] / 2, trend.degrees / 2
    # Both a variance and its scale are chi-squared draws: their logarithms lie off by these.
    expected = digamma(half) - np.log(half) - digamma(strength) + np.log(strength)
    off = np.log(variances[use] / trend.centre[use]) - expected
    trust = 1.0 / (polygamma(1, half) + polygamma(1, strength))
    size = int(sources.max()) + 1
    weight = np.bincount(sources[use], trust, size)
    held = weight + 1.0 / float(polygamma(1, SOURCE_DEGREES / 2))
    logs = np.bincount(sources[use], trust * off, size) / held
    return np.asarray(np.exp(logs - float(weight @ logs) / float(weight.sum())))


def variance_trend(variances: Floats, degrees: Floats, means: Floats) -> VarianceTrend:
    """Return the prior that the variances with degrees of freedom share."""
    use = degrees > 0
    # An exact zero is rounding of the reader; its logarithm would be one huge outlier.
    floor = 1e-4 * float(np.median(variances[use][variances[use] > 0]))
    logs = np.log(np.maximum(variances[use], floor))
    unbiased = logs - digamma(degrees[use] / 2) + np.log(degrees[use] / 2)
    slope, level, middle = _trend(_log_size(means[use]), unbiased)
    residual = unbiased - level - slope * (_log_size(means[use]) - middle)
    freedom = max(1, use.sum() - (2 if slope else 1))
    excess = np.sum(residual**2) / freedom - np.mean(polygamma(1, degrees[use] / 2))
    strength = _degrees_of(excess) if use.sum() > 1 else LONE_DEGREES
    reach = np.clip(_log_size(means), _log_size(means[use]).min(), _log_size(means[use]).max())
    # The mean logarithm of inverse chi-squared variances lies above the logarithm of their scale.
    scale = level + slope * (reach - middle) + digamma(strength / 2) - np.log(strength / 2)
    return VarianceTrend(np.exp(scale), strength)


def _log_size(means: Floats) -> Floats:
    size = np.abs(means)
    return np.log(np.maximum(size, 1e-3 * (size.max() or 1.0)))


def _trend(sizes: Floats, logs: Floats) -> tuple[float, float, float]:
    """Return slope, level and middle of a straight line, flat where there is too little to tell."""
    middle, level = float(np.mean(sizes)), float(np.mean(logs))
    spread = float(np.sum((sizes - middle) ** 2))
    if len(logs) < 8 or spread < 1e-6 * len(logs):
        return 0.0, level, middle
    slope = float(np.sum((sizes - middle) * (logs - level)) / spread)
    # A constant variance has slope 0, a constant coefficient of variation 2.
    return min(max(slope, 0.0), 2.0), level, middle


def _degrees_of(excess: float) -> float:
    """Return the degrees of freedom whose log variances scatter this much: trigamma(d / 2) = excess."""
    if excess <= polygamma(1, MAX_PRIOR_DEGREES / 2):
        return MAX_PRIOR_DEGREES
    low, high = np.log(1e-2), np.log(MAX_PRIOR_DEGREES)
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if polygamma(1, np.exp(middle) / 2) > excess else (low, middle)
    return float(np.exp(low))
