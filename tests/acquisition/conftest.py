"""An exact posterior to choose by: Bayesian linear regression on given features, noise known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from bioal.acquisition.tasks import Task, identity
from bioal.evidence import Floats


@dataclass(frozen=True)
class Linear:
    """f(x) = features(x) w, with w normal: mean, covariance and paths are known exactly."""

    weights: Floats
    root: Floats  # covariance of w is root root'
    noise_sd: float = 0.0
    squares: bool = False
    notes: tuple[str, ...] = ()

    def features(self, points: Floats) -> Floats:
        parts = [np.ones((len(points), 1)), points]
        return np.hstack([*parts, points**2] if self.squares else parts)

    def mean(self, points: Floats) -> Floats:
        return self.features(points) @ self.weights

    def mean_sd(self, points: Floats) -> tuple[Floats, Floats]:
        return self.mean(points), np.linalg.norm(self.features(points) @ self.root, axis=1)

    def paths(self, points: Floats, count: int, rng: np.random.Generator) -> Floats:
        drawn = self.weights[:, None] + self.root @ rng.standard_normal((self.root.shape[1], count))
        return self.features(points) @ drawn

    def covariance(self, points: Floats, others: Floats) -> Floats:
        return self.features(points) @ self.root @ (self.features(others) @ self.root).T

    def given(self, points: Floats, values: Floats, noise_sd: float) -> Linear:
        """Return the posterior after further measurements, by the textbook formula for the weights."""
        rows = self.features(points)
        prior = self.root @ self.root.T
        gain = prior @ rows.T @ np.linalg.inv(rows @ prior @ rows.T + noise_sd**2 * np.eye(len(rows)))
        weights = self.weights + gain @ (values - rows @ self.weights)
        covariance = prior - gain @ rows @ prior
        vectors, sizes, _ = np.linalg.svd((covariance + covariance.T) / 2)
        return Linear(weights, vectors * np.sqrt(sizes), noise_sd, self.squares)


@dataclass(frozen=True)
class Independent:
    """Points that know nothing of one another: the first column of a point looks up its mean and sd."""

    means: Floats
    sds: Floats
    noise_sd: float = 0.0
    notes: tuple[str, ...] = ()

    def mean(self, points: Floats) -> Floats:
        return self.means[points[:, 0].astype(int)]

    def mean_sd(self, points: Floats) -> tuple[Floats, Floats]:
        return self.mean(points), self.sds[points[:, 0].astype(int)]

    def paths(self, points: Floats, count: int, rng: np.random.Generator) -> Floats:
        rows = points[:, 0].astype(int)
        everywhere = self.means[:, None] + self.sds[:, None] * rng.standard_normal((len(self.means), count))
        return everywhere[rows]

    def covariance(self, points: Floats, others: Floats) -> Floats:
        same = points[:, 0][:, None] == others[:, 0]
        return same * self.sds[points[:, 0].astype(int)][:, None] ** 2


@pytest.fixture
def linear() -> Callable[..., Linear]:
    return Linear


@pytest.fixture
def independent() -> Callable[..., Independent]:
    return Independent


@pytest.fixture
def task_of() -> Callable[..., Task]:
    def made(posterior: Linear | Independent, points: Floats, count: int, **others: object) -> Task:
        mean, sd = posterior.mean_sd(points)
        given = {
            "posterior": posterior,
            "utility": identity,
            "points": points,
            "mean": mean,
            "sd": sd,
            "known": points[:0],
            "pending": points[:0],
            "reference": points,
            "repeated": np.zeros(len(points), bool),
            "count": count,
        }
        return Task(**{**given, **others})  # type: ignore[arg-type]

    return made
