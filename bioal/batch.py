"""What is asked of the engine, and what it answers: settings and a batch. Arrays only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bioal.acquisition.candidates import Codes
from bioal.acquisition.judging import LISTABLE
from bioal.acquisition.tasks import Utility, identity
from bioal.evidence import Floats, Ints
from bioal.models.posterior import Posterior
from bioal.models.requiring import Required
from bioal.strategies.choosing import Named
from bioal.strategies.failing import Works


@dataclass(frozen=True)
class Settings:
    """What is wanted of a batch.

    Parameters
    ----------
    conditions
        How many distinct conditions.
    model
        As for `bioal.models.fitting.fit`.
    acquisition
        The name of a strategy, several put together (`0.7 margin + 0.3 random`), or a function of your own.
    utility
        Maps the readout to what is wanted, elementwise; larger is better.
    repeats
        Whether measured conditions compete with new ones.
    plates
        Conditions per plate, summing to `conditions`; None for a single plate.
    listable
        Up to how many candidates are looked at one by one; among more, the best are searched for.
    required
        What other readouts must be for a condition to count; each needs three distinct conditions measured.
    works
        Outcomes that say whether a condition works: the chance that it does multiplies what it promises.
    wanted
        Where the evidence is outcomes: the classes that are wanted; none named means the last.
    cost
        What measuring each candidate costs, (m, columns) -> (m,), where what is gained counts per cost; only
        strategies with `counts_cost` do that.
    """

    conditions: int
    model: object = "auto"
    acquisition: Named = "focused improvement"
    utility: Utility = identity
    repeats: bool = False
    plates: tuple[int, ...] | None = None
    listable: float = LISTABLE
    required: tuple[Required, ...] = ()
    works: tuple[Works, ...] = ()
    wanted: tuple[int, ...] = ()
    cost: Callable[[Codes], Floats] | None = None

    def __post_init__(self) -> None:
        if self.conditions < 1:
            raise ValueError(f"A batch of {self.conditions} conditions was asked for; at least 1 is needed")
        if sum(self.per_plate) != self.conditions or min(self.per_plate) < 0:
            raise ValueError(f"Plates of {self.plates} conditions do not make {self.conditions}")

    @property
    def per_plate(self) -> tuple[int, ...]:
        """Return the conditions per plate."""
        return (self.conditions,) if self.plates is None else self.plates


@dataclass(frozen=True)
class Batch:
    """The conditions chosen, best first within each plate.

    Parameters
    ----------
    codes, points
        Shapes (count, columns) and (count, width).
    mean, sd
        The posterior's, of the readout, or of the chance of a wanted outcome in percent, (count,); NaN in a
        start design.
    noise_sd
        The sd of one replicate about the function; NaN in a start design.
    reasons
        A word of `bioal.acquisition.reasons` per row.
    plate
        Which of the plates a row is for, counted from 0, (count,).
    notes
        Sentences that a person should read.
    model
        The posterior, None in a start design.
    """

    codes: Codes
    points: Floats
    mean: Floats
    sd: Floats
    noise_sd: float
    reasons: tuple[str, ...]
    plate: Ints
    notes: tuple[str, ...]
    model: Posterior | None

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True)
class Past:
    """What must not or need not be measured again: `taken` codes; `known` and `pending` points."""

    taken: Codes
    known: Floats
    pending: Floats
