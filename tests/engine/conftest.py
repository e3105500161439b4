"""An exact posterior, and a way to let the engine fit it: Bayesian linear regression, noise known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from bioal.strategies import believing

NOISE = 0.05


@dataclass(frozen=True)
class Regression:
    """Linear and square terms with a standard normal prior on each weight."""

    weights: np.ndarray
    root: np.ndarray
    noise_sd: float = NOISE
    notes: tuple[str, ...] = ("The model is a plane with bends.",)

    @staticmethod
    def features(points):
        return np.hstack([np.ones((len(points), 1)), points, points**2])

    @classmethod
    def fitted(cls, evidence):
        rows = cls.features(evidence.points)
        inverse = np.linalg.inv(np.eye(rows.shape[1]) + rows.T @ rows / NOISE**2)
        return cls(inverse @ rows.T @ evidence.values / NOISE**2, np.linalg.cholesky(inverse))

    def mean(self, points):
        return self.features(points) @ self.weights

    def mean_sd(self, points):
        return self.mean(points), np.linalg.norm(self.features(points) @ self.root, axis=1)

    def paths(self, points, count, rng):
        return self.features(points) @ (
            self.weights[:, None] + self.root @ rng.standard_normal((len(self.weights), count))
        )

    def covariance(self, points, others):
        return self.features(points) @ self.root @ (self.features(others) @ self.root).T


@pytest.fixture
def exact_fit(monkeypatch):
    """Let the engine fit the exact regression, whatever model is asked for."""
    monkeypatch.setattr(believing, "fit", lambda evidence, model, rng: Regression.fitted(evidence))
