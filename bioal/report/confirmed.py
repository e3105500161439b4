"""What the latest confirmation says: all that is quoted as a fold over the reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bioal.measurements.folds import Fold
from bioal.report.words import between, counted, shown

HOW = "bioal confirm --best 3 --replicates 6"
NOT_QUOTED = f"An estimate of the model; how many times the reference it gives, '{HOW}' will tell."
TOGETHER = "The intervals hold together with 90 %, from the wells of this confirmation alone."


@dataclass(frozen=True)
class Confirmed:
    """What a confirmation says.

    Parameters
    ----------
    round
        Its number.
    readout
        What was measured.
    falling
        Whether less is better, so that a fold is how many times less than the reference.
    folds
        One for each of its conditions, the best first; those that cannot be told come last.
    factors
        Condition id -> heading -> value.
    """

    round: int
    readout: str
    falling: bool
    folds: tuple[Fold, ...]
    factors: Mapping[str, Mapping[str, str]]

    @property
    def words(self) -> tuple[str, ...]:
        """Return what it says, a sentence for each condition."""
        return tuple(self._sentence(fold) for fold in self.folds)

    def number(self, fold: Fold) -> str:
        """Return a fold in words, "2.42 times"."""
        return f"{shown(fold.ratio, (fold.high - fold.low) / 2)} times{' less' if self.falling else ''}"

    def _sentence(self, fold: Fold) -> str:
        if fold.why:
            return f"{fold.condition}: no fold can be told: {fold.why}."
        than = "less {} than the reference" if self.falling else "the {} of the reference"
        wells = f"{counted(fold.wells, 'well')} beside {fold.reference_wells} of the reference"
        number = shown(fold.ratio, (fold.high - fold.low) / 2)
        said = f"{fold.condition}: {number} times {than.format(self.readout)}"
        return f"{said} (90 % interval {between(fold.low, fold.high)}; {wells})."
