"""A mixture of posteriors: each is believed as far as it predicts what it has not seen.

Weights are found by stacking (Yao et al. 2018, doi 10.1214/17-BA1091): they maximise the log density of
held-out observations, on folds that all models share and that keep equal conditions together. A few
pseudo-observations pull them to the prior weights, so that a handful of wells decides nothing. A model may
keep what many observations settle, such as hyper-parameters, when it is refitted to a fold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.special import log_ndtr, logsumexp

from bioal.evidence import Bools, Evidence, Floats, Ints
from bioal.models.calibration import MISHAPS, calibration_factor, calibration_in_words
from bioal.models.pooling import same_points
from bioal.models.posterior import Posterior
from bioal.models.shares import largest_remainder

Fit = Callable[[Evidence, np.random.Generator], Posterior]
# Of the fit to all observations, these, and which of them are to be known.
Refit = Callable[[Posterior, Evidence, Bools, np.random.Generator], Posterior]
FoldFit = Callable[[Evidence, Bools, np.random.Generator], Posterior]
FOLDS = 5
ENOUGH = 300  # held-out observations that settle the weights; no more folds are refitted than that takes
PRIOR_COUNT = 10.0  # held-out observations that the prior weights are worth


@dataclass(frozen=True)
class Part:
    """A model in a mixture.

    Parameters
    ----------
    name
        Its name in notes.
    fit
        How it is fitted.
    prior
        Its prior weight.
    refit
        How it is fitted to some of the observations, given its fit to all of them.
    """

    name: str
    fit: Fit
    prior: float
    refit: Refit


@dataclass(frozen=True)
class Mixture:
    """Posteriors and their weights, which sum to one.

    `stretch` multiplies every deviation of the function from its mean: of sd, paths and covariance alike, but
    not of the noise.
    """

    parts: tuple[Posterior, ...]
    weights: Floats
    notes: tuple[str, ...] = ()
    stretch: float = 1.0

    @property
    def noise_sd(self) -> float:
        """Return the root of the weighted noise variances."""
        return float(np.sqrt(self.weights @ np.array([part.noise_sd**2 for part in self.parts])))

    def mean(self, points: Floats) -> Floats:
        """Return the weighted mean, shape (m,)."""
        return np.asarray(self.weights @ np.stack([part.mean(points) for part in self.parts]))

    def mean_sd(self, points: Floats) -> tuple[Floats, Floats]:
        """Return mean and standard deviation by the law of total variance, each (m,)."""
        beliefs = [part.mean_sd(points) for part in self.parts]
        means, sds = np.stack([mean for mean, _ in beliefs]), np.stack([sd for _, sd in beliefs])
        middle = self.weights @ means
        return middle, self.stretch * np.sqrt(self.weights @ (sds**2 + (means - middle) ** 2))

    def paths(self, points: Floats, count: int, rng: np.random.Generator) -> Floats:
        """Return paths of each part, as many as its weight earns, in mixed order, shape (m, count)."""
        shares = largest_remainder(self.weights, count).tolist()
        drawn = [
            part.paths(points, share, rng) for part, share in zip(self.parts, shares, strict=True) if share
        ]
        joint = np.hstack([np.empty((len(points), 0)), *drawn])[:, rng.permutation(count)]
        middle = self.mean(points)[:, None]
        return np.asarray(middle + self.stretch * (joint - middle))

    def covariance(self, points: Floats, others: Floats) -> Floats:
        """Return the covariance of the mixture between points and others, shape (m, k)."""
        here, there = self.mean(points), self.mean(others)
        total = np.zeros((len(points), len(others)))
        for weight, part in zip(self.weights, self.parts, strict=True):
            apart = np.outer(part.mean(points) - here, part.mean(others) - there)
            total += weight * (part.covariance(points, others) + apart)
        return self.stretch**2 * total


def fit_mixture(evidence: Evidence, parts: Sequence[Part], rng: np.random.Generator) -> Mixture:
    """Return the models fitted to all the evidence, weighted by how they predict held-out parts of it.

    The mixture's deviations are scaled by what they should have been there.
    """
    prior = np.array([part.prior for part in parts])
    prior = prior / prior.sum()
    posteriors = tuple(part.fit(evidence, rng) for part in parts)
    fits = [partial(part.refit, whole) for part, whole in zip(parts, posteriors, strict=True)]
    tested = foretold(evidence, fits, rng)
    weights = stacked_weights(tested.densities, prior)
    stretch = tested.factor(weights)
    # Models notice the same things; each is said once.
    notes = dict.fromkeys(note for posterior in posteriors for note in posterior.notes)
    said = (weights_in_words([part.name for part in parts], weights), *calibration_in_words(stretch))
    return Mixture(posteriors, weights, (*notes, *said), stretch)


@dataclass(frozen=True)
class Foretold:
    """Held-out observations, and what models that have not seen them foretold.

    Parameters
    ----------
    evidence
        The observations, n of them.
    means, sds, noises
        Mean and sd of the function and variance of the measurement under each model, shape (n, models).
    anywhere
        Log density of each observation under a mishap, shape (n,).
    """

    evidence: Evidence
    means: Floats
    sds: Floats
    noises: Floats
    anywhere: Floats

    @property
    def densities(self) -> Floats:
        """Return the log density of each observation under each model, mishaps possible, (n, models)."""
        each = zip(self.means.T, self.sds.T, self.noises.T, strict=True)
        foreseen = np.column_stack([_log_density(self.evidence, *belief) for belief in each])
        return np.asarray(
            np.logaddexp(np.log1p(-MISHAPS) + foreseen, np.log(MISHAPS) + self.anywhere[:, None])
        )

    def factor(self, weights: Floats) -> float:
        """Return what the sd of the models mixed by these weights should be multiplied with."""
        kept = ~self.evidence.censored
        means = self.means[kept]
        middle = means @ weights
        variances = (self.sds[kept] ** 2 + (means - middle[:, None]) ** 2) @ weights
        errors = self.evidence.values[kept] - middle
        return calibration_factor(errors, variances, self.noises[kept] @ weights, self.anywhere[kept])


def held_out(evidence: Evidence, fits: Sequence[Fit], rng: np.random.Generator) -> Floats:
    """Return the log density of held-out observations under models that have not seen them, (n, models)."""
    return foretold(evidence, [_afresh(fit) for fit in fits], rng).densities


def _afresh(fit: Fit) -> FoldFit:
    return lambda evidence, keep, rng: fit(evidence.rows(keep), rng)


def foretold(evidence: Evidence, fits: Sequence[FoldFit], rng: np.random.Generator) -> Foretold:
    """Return what models foretell of observations that they have not seen.

    Folds are left out one after the other until `ENOUGH` observations were predicted, or all.
    """
    which = folds(evidence, FOLDS, rng)
    rows: list[Ints] = []
    beliefs: list[Floats] = []
    for fold in range(FOLDS):
        out = which == fold
        if out.any() and sum(map(len, rows)) < ENOUGH:
            unseen = evidence.rows(out)
            rows.append(np.flatnonzero(out))
            beliefs.append(np.array([_belief(fit(evidence, ~out, rng), unseen) for fit in fits]))
    order = np.concatenate(rows)
    means, sds, noises = np.concatenate(beliefs, axis=2).transpose(1, 2, 0)
    return Foretold(evidence.rows(order), means, sds, noises, anywhere(evidence)[order])


def folds(evidence: Evidence, number: int, rng: np.random.Generator) -> Ints:
    """Return the fold of each observation, shape (n,); equal conditions share one, sizes are even."""
    first, which = same_points(evidence)
    return np.asarray(rng.permutation(len(first))[which] % number, np.intp)


def log_density(posterior: Posterior, evidence: Evidence) -> Floats:
    """Return the Gaussian log density of each observation, its noise included, shape (n,).

    A censored observation counts with the log probability of lying beyond its bound.
    """
    return _log_density(evidence, *_belief(posterior, evidence))


def _belief(posterior: Posterior, evidence: Evidence) -> tuple[Floats, Floats, Floats]:
    """Return mean and sd of the function, and variance of the measurement, for each observation."""
    mean, sd = posterior.mean_sd(evidence.points)
    own = posterior.noise_sd**2 / np.maximum(evidence.counts, 1)
    noise = np.where(np.isnan(evidence.variances), own, evidence.variances)
    # A variance given as 0 and members that agree would make a density of infinity.
    return mean, sd, np.maximum(noise, 1e-6 * own)


def _log_density(evidence: Evidence, mean: Floats, sd: Floats, noise: Floats) -> Floats:
    total = np.sqrt(sd**2 + noise)
    density = -0.5 * (np.log(2 * np.pi) + ((evidence.values - mean) / total) ** 2) - np.log(total)
    below, above = np.isfinite(evidence.upper), np.isfinite(evidence.lower)
    density[below] = log_ndtr(((evidence.upper - mean) / total)[below])
    density[above] = log_ndtr(((mean - evidence.lower) / total)[above])
    return np.asarray(density)


def anywhere(evidence: Evidence) -> Floats:
    """Return what each observation has under a mishap, three times as wide as all values, (n,).

    The log density of a measured value and the log probability of a bound, as under a model.
    """
    wide = 3 * float(np.std(evidence.values)) or 1.0
    middle, nothing = np.full(len(evidence), evidence.values.mean()), np.zeros(len(evidence))
    return _log_density(evidence, middle, nothing, np.full(len(evidence), wide**2))


def stacked_weights(densities: Floats, prior: Floats, prior_count: float = PRIOR_COUNT) -> Floats:
    """Return the weights that maximise held-out log density plus a Dirichlet pull to the prior.

    Parameters
    ----------
    densities
        Log density of each held-out observation under each model, shape (n, models).
    prior
        Prior weights, shape (models,), worth `prior_count` observations.
    """
    weights = np.asarray(prior, float)
    for _ in range(1000):
        joint = densities + np.log(weights)
        duty = np.exp(joint - logsumexp(joint, axis=1, keepdims=True))
        update = (duty.sum(axis=0) + prior_count * prior) / (len(densities) + prior_count)
        moved = float(np.abs(update - weights).max())
        weights = update
        if moved < 1e-8:
            break
    return weights


def weights_in_words(names: Sequence[str], weights: Floats) -> str:
    """Return one sentence on how much each method says, the most trusted first.

    >>> said = weights_in_words(["Gaussian process", "extra trees"], np.array([0.3, 0.7]))
    >>> said.partition(": ")[2]
    'extra trees 70 %, Gaussian process 30 %.'
    """
    shares = largest_remainder(weights, 100)
    order = np.argsort(-shares, kind="stable").tolist()
    said = ", ".join(f"{names[place]} {shares[place]} %" for place in order)
    return (
        f"Predictions blend several methods, each trusted as far as it foretold results unseen by it: {said}."
    )
