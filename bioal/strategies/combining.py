"""New strategies from others: weighted sums, products, a share at random, a function of one's own.

A strategy may be a name, a `Strategy`, or a function of a pool and a random generator that returns scores
(one per candidate) or picks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import ClassVar

import numpy as np

from bioal.acquisition.tasks import Picks
from bioal.errors import UsageError
from bioal.evidence import Floats
from bioal.strategies.conditioning import conditioned_batch
from bioal.strategies.pools import Pool, with_pending
from bioal.strategies.scorings import Scoring

Choice = Callable[[Pool, np.random.Generator], Picks]
RANDOM_SHARE = 0.1


@dataclass(frozen=True)
class WeightedSum:
    """The scoring sum_i w_i s_i(pool), of scores as they are (modAL, Danka and Horvath 2018, 1805.00979)."""

    parts: tuple[Scoring, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        _same_length("weights", self.parts, self.weights)

    def __call__(self, pool: Pool, rng: np.random.Generator) -> Floats:
        """Return the sum of the parts' scores, shape (m,)."""
        terms = [w * part(pool, rng) for w, part in zip(self.weights, self.parts, strict=True)]
        return np.asarray(np.sum(terms, axis=0))


@dataclass(frozen=True)
class Product:
    """The scoring prod_i s_i(pool)^p_i; the parts' scores must not be negative.

    An acquisition times the chance that a condition works at all is such a product.
    """

    parts: tuple[Scoring, ...]
    powers: tuple[float, ...]

    def __post_init__(self) -> None:
        _same_length("powers", self.parts, self.powers)

    def __call__(self, pool: Pool, rng: np.random.Generator) -> Floats:
        """Return the product of the parts' scores, shape (m,)."""
        factors = [part(pool, rng) for part in self.parts]
        if any((factor < 0).any() for factor in factors):
            raise UsageError("A product met a negative score. Take a weighted sum: 'margin + entropy'.")
        return np.asarray(np.prod([f**p for f, p in zip(factors, self.powers, strict=True)], axis=0))


@dataclass(frozen=True)
class BatchOf:
    """The rule that makes conditioned batches of a scoring, which count per cost where costs are known."""

    scoring: Scoring
    conditioned: ClassVar[bool] = True

    def __call__(self, pool: Pool, rng: np.random.Generator) -> Picks:
        """Return the batch, each pick conditioned on those before it."""
        return conditioned_batch(pool, checked(self.scoring(pool, rng), len(pool.task.points)), rng)


@dataclass(frozen=True)
class Entry:
    """A strategy of the catalogue.

    Parameters
    ----------
    name, about, formula, source
        What a person writes; what it wants, in a line; its formula; where it comes from.
    score
        One number per candidate.
    choice
        How a batch is made; None for conditioned picks by the score.
    reason
        Why it picks what it picks, in one of the words of `acquisition.reasons`.
    signed
        Whether the score can be negative.
    """

    name: str
    about: str
    formula: str
    source: str
    score: Scoring
    choice: Choice | None = None
    reason: str = "explore"
    signed: bool = False

    @property
    def rule(self) -> Choice:
        """Return how a batch is made."""
        return self.choice or BatchOf(self.score)


@dataclass(frozen=True)
class EpsilonRandom:
    """A rule of which a fixed share is drawn at random: an honest sample of the pool beside the choice.

    The share is rounded up, so every batch has its random picks; they come last and have a gain of 0.
    """

    choice: Choice
    share: float = RANDOM_SHARE

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise UsageError(f"A random share of {self.share} was asked for; it lies between 0 and 1.")

    def __call__(self, pool: Pool, rng: np.random.Generator) -> Picks:
        """Return the random picks, drawn before anything is chosen, behind the chosen ones."""
        size = len(pool.task.points)
        count = min(pool.task.count, size)
        drawn = rng.permutation(size)[: ceil(round(self.share * count, 9))]
        rest = np.setdiff1d(np.arange(size), drawn)
        if count == len(drawn):
            return Picks(drawn, np.zeros(count), np.zeros(count, bool), np.ones(count, bool))
        part = with_pending(pool.rows(rest, count - len(drawn)), pool.task.points[drawn])
        chosen = self.choice(part, rng)
        none = np.zeros(len(drawn))
        return replace(
            chosen,
            rows=np.append(rest[chosen.rows], drawn),
            gains=np.append(chosen.gains, none),
            filled=np.append(chosen.filled, none > 0),
            drawn=np.append(chosen.by_lot, none == 0),
        )


def checked(scores: object, size: int) -> Floats:
    """Return scores as an array (m,); raise UsageError where they are not one number per candidate."""
    found = np.asarray(scores, float)
    if found.shape != (size,):
        raise UsageError(f"A strategy gave scores of shape {found.shape}; ({size},) is needed.")
    if np.isnan(found).any():
        missing = int(np.isnan(found).sum())
        raise UsageError(f"A strategy gave NaN for {missing} of {size} candidates. Give -inf instead.")
    return found


def _same_length(name: str, parts: Sequence[object], numbers: Sequence[float]) -> None:
    if not parts or len(parts) != len(numbers):
        raise UsageError(f"{len(parts)} strategies and {len(numbers)} {name} were given; one each is needed.")
