"""A Gaussian process for ordered outcomes; with two classes, a Gaussian process classifier.

A hidden smooth function of the condition, cut by thresholds, decides the outcome. What is believed of it is
normal, so it is a `Posterior` as well (mean, sd, joint paths, covariance), and class probabilities are
closed forms. The hidden function's unit is the noise of one replicate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import entr, ndtri

from bioal.evidence import Floats
from bioal.models.anchored import MOST, anchored_paths
from bioal.models.conditioned import PATH_JITTER
from bioal.models.kernels import Kernel, factor_traces, matern_and_slope, squared_distances
from bioal.models.laplace import Mode, Seen, gradient_of, mode_of
from bioal.models.likelihood import cholesky
from bioal.models.outcomes import OutcomeEvidence
from bioal.models.thresholds import class_probabilities, edges_of, free_of

MEMBERS = 64  # paths that speak for the posterior as a committee
ENOUGH = 400  # observations by which hyper-parameters are found; more hardly move them
_MEAN_VARIANCE, _SD_VARIANCE = np.log(4.0), 1.0
_SD_LENGTH, _SD_EDGE = 0.8, 1.5
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(32)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


@dataclass(frozen=True)
class OrdinalProcess:
    """The belief about a hidden function and its thresholds, given outcomes.

    Parameters
    ----------
    kernel
        Prior covariance of the hidden function, in units of the noise of one replicate.
    points
        Measured points, shape (n, width).
    mode
        The Laplace approximation there.
    edges
        Thresholds, shape (classes - 1,).
    notes
        What the fit noticed, in sentences.
    """

    kernel: Kernel
    points: Floats
    mode: Mode
    edges: Floats
    notes: tuple[str, ...] = ()

    @property
    def classes(self) -> int:
        """Return how many outcomes there are."""
        return len(self.edges) + 1

    @property
    def noise_sd(self) -> float:
        """Return the sd of one replicate about the hidden function: its unit."""
        return 1.0

    def mean(self, points: Floats) -> Floats:
        """Return the hidden function's mean, shape (m,)."""
        return self.kernel.between(points, self.points) @ self.mode.weights

    def mean_sd(self, points: Floats) -> tuple[Floats, Floats]:
        """Return mean and sd of the hidden function, each (m,)."""
        mean, variance = self.moments(points)
        return mean, np.sqrt(variance)

    def moments(self, points: Floats) -> tuple[Floats, Floats]:
        """Return mean and variance of the hidden function, each (m,)."""
        cross = self.kernel.between(points, self.points)
        left = self.kernel.diagonal(points) - np.square(self.mode.whitened(cross.T)).sum(axis=0)
        return cross @ self.mode.weights, np.maximum(left, 0.0)

    def covariance(self, points: Floats, others: Floats) -> Floats:
        """Return the posterior covariance of the hidden function, shape (m, k)."""
        first = self.mode.whitened(self.kernel.between(self.points, points))
        second = self.mode.whitened(self.kernel.between(self.points, others))
        return np.asarray(self.kernel.between(points, others) - first.T @ second)

    def paths(self, points: Floats, count: int, rng: np.random.Generator) -> Floats:
        """Return joint samples of the hidden function, shape (m, count), through anchors where m is large."""
        if len(points) > MOST:
            return anchored_paths(self.moments, self.covariance, points, count, rng)
        joint = self.covariance(points, points)
        joint[np.diag_indices_from(joint)] += PATH_JITTER * self.kernel.diagonal(points)
        lower, _ = cholesky(joint)
        return self.mean(points)[:, None] + lower @ rng.standard_normal((len(points), count))

    def predict_proba(self, points: Floats) -> Floats:
        """Return the probability of each class, the hidden function integrated out, (m, classes)."""
        mean, sd = self.mean_sd(points)
        return class_probabilities(mean, sd**2, self.edges)

    def member_proba(self, points: Floats, rng: np.random.Generator) -> Floats:
        """Return class probabilities along joint paths, shape (members, m, classes)."""
        paths = self.paths(points, MEMBERS, rng)
        flat = class_probabilities(paths.T.ravel(), np.zeros(paths.size), self.edges)
        return flat.reshape(MEMBERS, len(points), self.classes)

    def expected_entropy(self, points: Floats) -> Floats:
        """Return the entropy of the outcome averaged over the hidden function, (m,), by quadrature."""
        mean, sd = self.mean_sd(points)
        found = np.zeros(len(mean))
        for node, weight in zip(_NODES, _WEIGHTS, strict=True):
            known = class_probabilities(mean + node * sd, np.zeros(len(mean)), self.edges)
            found += weight * entr(known).sum(axis=1)
        return found


@dataclass(frozen=True)
class _Free:
    """What is searched for: logarithms of length-scales and variance, and free thresholds."""

    evidence: OutcomeEvidence
    centre: Floats
    sd: Floats

    @property
    def seen(self) -> Seen:
        return Seen(self.evidence.codes, self.evidence.weights)

    def parts(self, free: Floats) -> tuple[Kernel, Floats]:
        factors = len(free) - self.evidence.classes
        scales, variance = np.exp(free[:factors]), float(np.exp(free[factors]))
        kernel = Kernel(self.evidence.groups, self.evidence.categorical, scales, variance)
        return kernel, edges_of(free[factors + 1 :])

    def loss(self, free: Floats) -> tuple[float, Floats]:
        """Return minus the log posterior density of hyper-parameters, and its gradient."""
        kernel, edges = self.parts(free)
        scaled = kernel.scaled(self.evidence.points)
        value, slope = matern_and_slope(squared_distances(scaled, scaled))
        covariance = kernel.variance * value
        mode = mode_of(covariance, edges, self.seen)
        by = gradient_of(mode, covariance, edges, self.seen)
        factors = len(kernel.lengthscales)
        traces = factor_traces(by.covariance * slope, scaled, self.evidence.groups, factors)
        gaps = np.append(1.0, np.diff(edges))
        by_edges = gaps * np.cumsum(by.edges[::-1])[::-1]
        gradient = np.concatenate(
            [-2.0 * kernel.variance * traces, [np.sum(by.covariance * covariance)], by_edges]
        )
        apart = (free - self.centre) / self.sd
        return float(0.5 * apart @ apart - mode.log_evidence), apart / self.sd - gradient


def fit_ordinal_process(evidence: OutcomeEvidence) -> OrdinalProcess:
    """Return the Gaussian process of ordered (or two) outcomes; without outcomes, its prior.

    Hyper-parameters and thresholds are the most probable ones: log-normal priors, length-scales growing
    with the root of the number of factors, thresholds about those that the classes' shares suggest.
    """
    search = _search(evidence)
    free = search.centre
    if len(evidence):
        part = _Free(_part(evidence), search.centre, search.sd)
        bounds = list(zip(search.centre - 4 * search.sd, search.centre + 4 * search.sd, strict=True))
        # Beyond four prior sds nothing is expected, and exp() stays finite.
        free = minimize(
            part.loss, free, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 60}
        ).x
    kernel, edges = search.parts(free)
    covariance = kernel.between(evidence.points, evidence.points)
    return OrdinalProcess(kernel, evidence.points, mode_of(covariance, edges, search.seen), edges)


def _search(evidence: OutcomeEvidence) -> _Free:
    factors = int(evidence.groups.max(initial=-1)) + 1
    length = np.full(factors, np.log(0.5 * np.sqrt(max(factors, 1))))
    edges = free_of(_usual_edges(evidence))
    centre = np.concatenate([length, [_MEAN_VARIANCE], edges])
    sd = np.concatenate([np.full(factors, _SD_LENGTH), [_SD_VARIANCE], np.full(len(edges), _SD_EDGE)])
    return _Free(evidence, centre, sd)


def _usual_edges(evidence: OutcomeEvidence) -> Floats:
    """Return thresholds at which a far-away condition has the classes' shares, each class seen once more."""
    seen = np.bincount(evidence.codes, evidence.weights, evidence.classes) + 1.0
    below = np.cumsum(seen)[:-1] / seen.sum()
    return np.asarray(ndtri(below) * np.sqrt(1.0 + np.exp(_MEAN_VARIANCE)))


def _part(evidence: OutcomeEvidence) -> OutcomeEvidence:
    """Return enough of the observations, evenly spread over their order."""
    if len(evidence) <= ENOUGH:
        return evidence
    return evidence.rows(np.linspace(0, len(evidence) - 1, ENOUGH).astype(np.intp))
