"""Outcomes: what came of a condition where it is a class, and no number.

grows / does not; soluble / precipitates; none < weak < strong. Outcomes are codes 0 ... classes - 1; of
ordered ones a larger code means more. A model of outcomes gives the probability of each class, and the
probabilities of its members: several answers that the results leave possible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Protocol

import numpy as np
from scipy.special import entr

from bioal.errors import UsageError
from bioal.evidence import Bools, Floats, Ints


class OutcomeModel(Protocol):
    """A belief about which outcome a condition has."""

    @property
    def classes(self) -> int:
        """Return how many outcomes there are."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Return sentences that a person should read: what the fit noticed."""

    def predict_proba(self, points: Floats) -> Floats:
        """Return the probability of each class at points (m, width), shape (m, classes); rows sum to 1."""

    def member_proba(self, points: Floats, rng: np.random.Generator) -> Floats:
        """Return the members' probabilities, (members, m, classes); one member is one possible world."""

    def expected_entropy(self, points: Floats) -> Floats:
        """Return the members' mean entropy in nats, (m,): what would stay unknown with the function known."""


@dataclass(frozen=True)
class OutcomeEvidence:
    """All outcomes as arrays.

    Parameters
    ----------
    points
        Encoded conditions, shape (n, width).
    codes
        Which class each had, shape (n,), 0 ... classes - 1.
    weights
        How many replicates of a condition had it, shape (n,): a weight of 3 is three equal rows.
    classes
        How many classes there are, seen or not.
    ordered
        Whether a larger code means more.
    groups, categorical
        As in `bioal.evidence.Evidence`, shape (width,).
    """

    points: Floats
    codes: Ints
    weights: Floats
    classes: int
    ordered: bool
    groups: Ints
    categorical: Bools

    def __post_init__(self) -> None:
        rows, width = self.points.shape
        for field in fields(self):
            found = getattr(self, field.name)
            size = width if field.name in ("groups", "categorical") else rows
            if field.name not in ("points", "classes", "ordered") and found.shape != (size,):
                raise ValueError(f"OutcomeEvidence.{field.name} has shape {found.shape}; ({size},) is needed")
        if self.classes < 2:
            raise ValueError(f"{self.classes} outcome was named; at least 2 are needed")
        if rows and not 0 <= self.codes.min() <= self.codes.max() < self.classes:
            raise ValueError(f"OutcomeEvidence.codes must lie in 0 ... {self.classes - 1}")
        if not np.isfinite(self.points).all() or not (self.weights > 0).all():
            raise ValueError("OutcomeEvidence holds a point that is not finite, or a weight not above 0")

    def __len__(self) -> int:
        return len(self.codes)

    def rows(self, keep: Bools | Ints) -> OutcomeEvidence:
        """Return some of the observations, in the order asked."""
        part = {name: getattr(self, name)[keep] for name in ("points", "codes", "weights")}
        return replace(self, **part)

    def columns(self, keep: Bools) -> OutcomeEvidence:
        """Return the evidence as seen through some columns of the points only."""
        _, groups = np.unique(self.groups[keep], return_inverse=True)
        points, categorical = self.points[:, keep], self.categorical[keep]
        return replace(self, points=points, groups=groups.astype(np.intp), categorical=categorical)


def outcome_evidence_of(
    points: Floats, codes: Ints, *, classes: int | None = None, ordered: bool = False
) -> OutcomeEvidence:
    """Return the evidence of single outcomes at numeric points; at least two classes."""
    codes = np.asarray(codes, np.intp)
    points = np.asarray(points, float)
    return OutcomeEvidence(
        points=points,
        codes=codes,
        weights=np.ones(len(codes)),
        classes=max(2, int(codes.max(initial=0)) + 1) if classes is None else classes,
        ordered=ordered,
        groups=np.arange(points.shape[1], dtype=np.intp),
        categorical=np.zeros(points.shape[1], bool),
    )


def codes_of(outcomes: Sequence[str], names: Sequence[str]) -> Ints:
    """Return the code of each outcome, its position among the names.

    Raises
    ------
    UsageError
        If outcomes occur that have no name; all of them are listed.

    Examples
    --------
    >>> codes_of(["strong", "none"], ["none", "weak", "strong"]).tolist()
    [2, 0]
    """
    position = {name: code for code, name in enumerate(names)}
    unknown = sorted({str(one) for one in outcomes if one not in position})
    if unknown:
        raise UsageError(f"Outcomes {', '.join(unknown)} are unknown. The outcomes are: {', '.join(names)}.")
    return np.array([position[one] for one in outcomes], np.intp)


def mean_entropy(members: Floats) -> Floats:
    """Return the entropy in nats averaged over members, from (members, m, classes) to (m,)."""
    return np.asarray(entr(members).sum(axis=2).mean(axis=0))
