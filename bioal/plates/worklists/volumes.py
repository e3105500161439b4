"""The one place where volumes leave nL: text with fixed decimals for a robot, and back.

A volume that the decimals of a format cannot say is refused, never rounded.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from bioal.protocol.values import FactorValueError, number_in

DUST = 1e-3  # nL: what floating point leaves of whole steps, far below any drop


@dataclass(frozen=True)
class VolumeForm:
    """How a format writes volumes.

    Parameters
    ----------
    unit, size
        Its unit and how many nL that is.
    decimals
        At most so many digits after the point; `fixed` ones are always written.
    """

    unit: str
    size: int
    decimals: int
    fixed: bool = True

    @property
    def grain(self) -> float:
        """Return the smallest difference that can be written (nL)."""
        return float(self.size / 10**self.decimals)

    def can_say(self, volume: float) -> bool:
        """Return whether a volume (nL) is above zero and written without rounding.

        >>> MICROLITRES.can_say(29999.999999999943), MICROLITRES.can_say(12.5)
        (True, False)
        """
        if not math.isfinite(volume) or volume < self.grain / 2:
            return False
        return abs(round(volume / self.grain) * self.grain - volume) <= DUST

    def text(self, volume: float) -> str:
        """Return a volume (nL) as the format writes it.

        >>> MICROLITRES.text(29999.999999999943), NANOLITRES.text(2.5), NANOLITRES.text(1000.0)
        ('30.00', '2.5', '1000')

        Raises
        ------
        ValueError
            Where it cannot be written without rounding.
        """
        if not self.can_say(volume):
            raise ValueError(f"{volume} nL cannot be written in {self.unit} with {self.decimals} decimals")
        number = Decimal(round(volume / self.grain)).scaleb(-self.decimals)
        return f"{number if self.fixed else number.normalize():f}"

    def nanolitres(self, text: str) -> float:
        """Return the volume (nL) that a text says.

        >>> MICROLITRES.nanolitres("0.03")
        30.0

        Raises
        ------
        FactorValueError
            Where it is no number above zero.
        """
        if number_in(text) <= 0:
            raise FactorValueError(repr(text), f"more than 0 {self.unit}", "Take the line out or mend it.")
        return float(Decimal(text.strip()) * self.size)


NANOLITRES = VolumeForm("nL", 1, 1, fixed=False)
MICROLITRES = VolumeForm("uL", 1000, 2)
