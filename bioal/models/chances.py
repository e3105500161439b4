"""The chances of outcomes as a posterior: what an outcome is worth on average, and how surely that is known.

A worth per class makes a number of an outcome: 0 ... 1 by rank, or 100 for those that are wanted and 0 for
the others, which is their chance in percent. Doubt is the scatter over the worlds that the results leave
possible.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from bioal.evidence import Floats
from bioal.models.one_against_rest import OneAgainstRest, normal_draws
from bioal.models.ordinal_process import OrdinalProcess
from bioal.models.outcomes import OutcomeModel
from bioal.models.thresholds import class_probabilities

PERCENT = 100.0
_WORLDS = 64
_ENDS = (0.05, 0.95)  # of a 90 % interval
_BLOCK = 4096


@dataclass(frozen=True)
class Interval:
    """A chance, (m,), and where it lies in 9 of 10 worlds."""

    mean: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Chances:
    """The expected worth of an outcome, sum_c p_c w_c, as a posterior; members are its paths.

    Parameters
    ----------
    outcomes
        The belief about the outcome.
    worth
        Of each class, (classes,).
    noise_sd
        The sd of the worth of one replicate's outcome.
    """

    outcomes: OutcomeModel
    worth: Floats
    noise_sd: float

    @property
    def notes(self) -> tuple[str, ...]:
        """Return the outcome model's notes."""
        return self.outcomes.notes

    def mean(self, points: Floats) -> Floats:
        """Return the expected worth, shape (m,)."""
        return np.asarray(self.outcomes.predict_proba(points) @ self.worth)

    def mean_sd(self, points: Floats) -> tuple[Floats, Floats]:
        """Return the expected worth and its sd over possible worlds, each (m,)."""
        starts = range(0, len(points), _BLOCK)
        sds = [(worlds(self.outcomes, points[at : at + _BLOCK]) @ self.worth).std(axis=0) for at in starts]
        return self.mean(points), np.concatenate([*sds, np.empty(0)])

    def interval(self, points: Floats) -> Interval:
        """Return the expected worth and the ends of its 90 % interval, each (m,)."""
        mean = self.mean(points)
        low, high = np.quantile(worlds(self.outcomes, points) @ self.worth, _ENDS, axis=0)
        # The mean of a skewed chance may lie beyond an end of its interval.
        return Interval(mean, np.minimum(low, mean), np.maximum(high, mean))

    def each(self, points: Floats) -> tuple[Interval, ...]:
        """Return the chance of every class in percent, with its interval."""
        ones = PERCENT * np.eye(self.outcomes.classes)
        return tuple(Chances(self.outcomes, one, self.noise_sd).interval(points) for one in ones)

    def paths(self, points: Floats, count: int, rng: np.random.Generator) -> Floats:
        """Return joint samples, Gaussian-weighted deviations of the members, shape (m, count)."""
        deviations = self._deviations(points)
        weights = rng.standard_normal((len(deviations), count)) / np.sqrt(len(deviations))
        return np.asarray(self.mean(points)[:, None] + deviations.T @ weights)

    def draws(self, points: Floats, count: int, rng: np.random.Generator) -> Floats:
        """Return the worth in worlds drawn at random, (m, count): never beyond the least and most worth.

        The members are these worlds, drawn anew until there are enough; where a model has a fixed committee,
        its members come again.
        """
        found: list[Floats] = []
        while sum(len(one) for one in found) < count:
            found.append(self.outcomes.member_proba(points, rng) @ self.worth)
        drawn = np.concatenate(found)
        return np.asarray(drawn[rng.permutation(len(drawn))[:count]].T)

    def covariance(self, points: Floats, others: Floats) -> Floats:
        """Return the covariance over members, shape (m, k)."""
        if others is points:
            deviations = self._deviations(points)
            return np.asarray(deviations.T @ deviations / len(deviations))
        both = self._deviations(np.vstack([points, others]))
        left, right = both[:, : len(points)], both[:, len(points) :]
        return np.asarray(left.T @ right / len(both))

    def _deviations(self, points: Floats) -> Floats:
        """Return each member's deviation from the members' mean, (members, m); the same draws every time."""
        worth = self.outcomes.member_proba(points, np.random.default_rng(0)) @ self.worth
        return np.asarray(worth - worth.mean(axis=0))


def chances_of(outcomes: OutcomeModel, worth: Floats, points: Floats) -> Chances:
    """Return the chances as a posterior, the noise that of outcomes at some points (r, width)."""
    found = outcomes.predict_proba(points)
    scatter = found @ worth**2 - (found @ worth) ** 2
    usual = np.sqrt(np.maximum(scatter, 0.0).mean()) if len(points) else 0.5 * np.ptp(worth)
    return Chances(outcomes, worth, float(usual))


def wanted_chances(outcomes: OutcomeModel, wanted: tuple[int, ...], points: Floats) -> Chances:
    """Return the chance of the wanted classes in percent as a posterior."""
    worth = np.zeros(outcomes.classes)
    worth[list(wanted)] = PERCENT
    return chances_of(outcomes, worth, points)


def worlds(outcomes: OutcomeModel, points: Floats) -> Floats:
    """Return class probabilities in equally likely worlds, (worlds, m, classes), the same every time.

    Each point is looked at by itself: worlds of a Gaussian process are quantiles of its hidden function.
    """
    if isinstance(outcomes, OrdinalProcess):
        mean, sd = outcomes.mean_sd(points)
        levels = ndtri((np.arange(_WORLDS) + 0.5) / _WORLDS)
        hidden = mean + sd * levels[:, None]
        return _classes(outcomes, hidden)
    if isinstance(outcomes, OneAgainstRest):
        return _against_rest(outcomes, points)
    return outcomes.member_proba(points, np.random.default_rng(0))


def _classes(process: OrdinalProcess, hidden: Floats) -> Floats:
    flat = class_probabilities(hidden.ravel(), np.zeros(hidden.size), process.edges)
    return flat.reshape(*hidden.shape, process.classes)


def _against_rest(outcomes: OneAgainstRest, points: Floats) -> Floats:
    draws = normal_draws(outcomes.classes, _WORLDS)
    chances = []
    for process, levels in zip(outcomes.processes, draws.T, strict=True):
        mean, sd = process.mean_sd(points)
        chances.append(_classes(process, mean + sd * levels[:, None])[..., 1])
    found = np.maximum(np.stack(chances, axis=-1), np.finfo(float).tiny)
    return np.asarray(found / found.sum(axis=-1, keepdims=True))
