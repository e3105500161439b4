"""A mixture of posteriors: each believed as far as it predicts what it has not seen.

Weights are found by stacking (Yao et al. 2018, doi 10.1214/17-BA1091): they maximise the log density of
held-out observations, on folds that all models share and that keep equal conditions together. A few
pseudo-observations pull them to prior weights, so that a handful of wells decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from bioal.evidence import Evidence, Floats, Ints
from bioal.models.pooling import same_points
from bioal.models.posterior import Posterior

Fit = Callable[[Evidence, np.random.Generator], Posterior]
FOLDS = 5
PRIOR_COUNT = 10.0  # held-out observations that the prior weights are worth


@dataclass(frozen=True)
class Mixture:
    """Posteriors and their weights, which sum to one."""

    parts: tuple[Posterior, ...]
    weights: Floats
    notes: tuple[str, ...] = ()

    @property
    def noise_sd(self) -> float:
        """Return the root of the weighted noise variances."""
        return float(np.sqrt(self.weights @ np.array([part.noise_sd**2 for part in self.parts])))

    def mean(self, points: Floats) -> Floats:
        """Return the weighted mean, shape (m,)."""
        return np.column_stack([part.mean(points) for part in self.parts]) @ self.weights

    def mean_sd(self, points: Floats) -> tuple[Floats, Floats]:
        """Return mean and standard deviation by the law of total variance, each (m,)."""
        means, sds = (
            np.stack(column) for column in zip(*(part.mean_sd(points) for part in self.parts), strict=True)
        )
        middle = self.weights @ means
        return middle, np.sqrt(self.weights @ (sds**2 + (means - middle) ** 2))

    def paths(self, points: Floats, count: int, rng: np.random.Generator) -> Floats:
        """Return paths of each part, as many as its weight earns, in mixed order, shape (m, count)."""
        shares = largest_remainder(self.weights, count)
        drawn = [
            part.paths(points, int(share), rng)
            for part, share in zip(self.parts, shares, strict=True)
            if share
        ]
        return np.hstack(drawn)[:, rng.permutation(count)]

    def covariance(self, points: Floats, others: Floats) -> Floats:
        """Return the covariance of the mixture between points and others, shape (m, k)."""
        middles = self.mean(points), self.mean(others)
        total = np.zeros((len(points), len(others)))
        for weight, part in zip(self.weights, self.parts, strict=True):
            apart = np.outer(part.mean(points) - middles[0], part.mean(others) - middles[1])
            total += weight * (part.covariance(points, others) + apart)
        return total


def largest_remainder(weights: Floats, count: int) -> Ints:
    """Return whole shares that sum to `count`, each within one of its weight's part.

    >>> largest_remainder(np.array([0.5, 0.3, 0.2]), 7)
    array([4, 2, 1])
    """
    exact = weights * count
    shares = np.floor(exact).astype(np.intp)
    most = np.argsort(shares - exact, kind="stable")
    shares[most[: count - int(shares.sum())]] += 1
    return shares


def folds(evidence: Evidence, number: int, rng: np.random.Generator) -> Ints:
    """Return the fold of each observation, shape (n,); equal conditions share one, folds differ by one at most."""
    first, which = same_points(evidence)
    return rng.permutation(len(first))[which] % number


def stacked_weights(densities: Floats, prior: Floats, prior_count: float = PRIOR_COUNT) -> Floats:
    """Return the weights that maximise held-out log density plus a Dirichlet pull to the prior.

    Parameters
    ----------
    densities
        Log density of each held-out observation under each model, shape (n, models).
    prior
        Prior weights, shape (models,), worth `prior_count` observations.
    """
    weights = prior.copy()
    for _ in range(500):
        joint = densities + np.log(weights)
        duty = np.exp(joint - logsumexp(joint, axis=1, keepdims=True))
        update = (duty.sum(axis=0) + prior_count * prior) / (len(densities) + prior_count)
        if np.abs(update - weights).max() < 1e-7:
            return update
        weights = update
    return weights


def held_out(evidence: Evidence, fits: Sequence[Fit], which: Ints, rng: np.random.Generator) -> Floats:
    """Return the log density of each observation under models that have not seen its fold, (n, models)."""
    found = np.empty((len(evidence), len(fits)))
    for fold in np.unique(which):
        out = which == fold
        for column, fit in enumerate(fits):
            found[out, column] = log_density(fit(evidence.rows(~out), rng), evidence.rows(out))
    return found


def log_density(posterior: Posterior, evidence: Evidence) -> Floats:
    """Return the Gaussian log density of each observation, its noise included, shape (n,)."""
    mean, sd = posterior.mean_sd(evidence.points)
    noise = np.where(
        np.isnan(evidence.variances),
        posterior.noise_sd**2 / np.maximum(evidence.counts, 1),
        evidence.variances,
    )
    variance = sd**2 + noise
    return -0.5 * (np.log(2 * np.pi * variance) + (evidence.values - mean) ** 2 / variance)


def fit_mixture(
    evidence: Evidence, fits: Mapping[str, tuple[Fit, float]], rng: np.random.Generator
) -> Mixture:
    """Return the models named in `fits`, each (fit, prior weight), stacked on shared folds."""
    makers = [fit for fit, _ in fits.values()]
    prior = np.array([weight for _, weight in fits.values()])
    prior = prior / prior.sum()
    densities = held_out(evidence, makers, folds(evidence, FOLDS, rng), rng)
    weights = stacked_weights(densities, prior)
    parts = tuple(fit(evidence, rng) for fit in makers)
    notes = dict.fromkeys(note for part in parts for note in part.notes)
    return Mixture(parts, weights, (*notes, weights_in_words(list(fits), weights)))


def weights_in_words(names: Sequence[str], weights: Floats) -> str:
    """Return one sentence on who carries how much, the heaviest first.

    >>> weights_in_words(["Gaussian process", "forest"], np.array([0.3, 0.7]))
    'Predictions rest on the forest for 70 % and the Gaussian process for 30 %.'
    """
    shares = largest_remainder(weights, 100)
    order = np.argsort(-shares, kind="stable")
    said = [f"the {names[i]} for {shares[i]} %" for i in order]
    return f"Predictions rest on {', '.join(said[:-1])} and {said[-1]}."
