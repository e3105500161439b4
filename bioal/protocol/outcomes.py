"""Outcomes: what comes of a condition where it is a word from a short list, and no number.

grows / does not; soluble / precipitates; none < weak < strong. The words of a list are compared without case
and with single spaces, never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bioal.protocol.headings import normalised

SHARE = 100.0  # a well with a wanted outcome counts as 100 %, another one as 0 %


@dataclass(frozen=True)
class Outcomes:
    """The outcomes that a readout can have.

    Parameters
    ----------
    names
        Each once; from worst to best where they are ordered.
    ordered
        Whether their order means something.
    wanted
        Those that are wanted of the objective, or with which a condition works.
    """

    names: tuple[str, ...]
    ordered: bool = True
    wanted: tuple[str, ...] = ()

    @property
    def codes(self) -> tuple[int, ...]:
        """Return the positions of the wanted ones among the names."""
        return tuple(self.names.index(name) for name in self.wanted)

    @property
    def words(self) -> str:
        """Return all of them, as they stand in their order.

        >>> Outcomes(("none", "weak", "strong")).words
        'none < weak < strong'
        """
        return (" < " if self.ordered else ", ").join(self.names)

    @property
    def wish(self) -> str:
        """Return the wanted ones in words.

        >>> Outcomes(("none", "weak", "strong"), wanted=("weak", "strong")).wish
        'weak or strong'
        """
        return one_of(self.wanted)

    def code(self, text: str) -> int | None:
        """Return which outcome a text names, tolerant of case and spaces; None where it names none.

        >>> Outcomes(("none", "weak growth")).code(" Weak  growth"), Outcomes(("none", "weak")).code("w")
        (1, None)
        """
        plain = [normalised(name) for name in self.names]
        asked = normalised(text)
        return plain.index(asked) if asked in plain else None


def one_of(names: Sequence[str]) -> str:
    """Return names in words.

    >>> one_of(["none", "weak", "strong"])
    'none, weak or strong'
    """
    return " or ".join([part for part in (", ".join(names[:-1]), names[-1] if names else "") if part])
