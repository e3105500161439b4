"""What things cost: stocks by volume, labour by condition, well and plate.

A price may fall with the amount: tiers are graduated, so that what lies above a boundary costs the lower
price, and what lies below it, the boundary itself included, the higher one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

COST = "cost"  # what formulas call the cost of a condition, where no readout or factor has this name


@dataclass(frozen=True)
class Price:
    """A price per unit of an amount.

    Parameters
    ----------
    tiers
        (above which amount, price per unit there), rising, the first from 0.
    """

    tiers: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        starts = [start for start, _ in self.tiers]
        if not starts or starts[0] != 0 or starts != sorted(set(starts)):
            raise ValueError(f"Tiers begin at 0 and rise, not {starts}")

    @property
    def first(self) -> float:
        """Return the price of the first unit."""
        return self.tiers[0][1]

    def total(self, amount: float) -> float:
        """Return what an amount costs.

        >>> Price(((0, 0.08), (50_000, 0.04))).total(50_000), Price(((0, 0.08), (50_000, 0.04))).total(50_001)
        (4000.0, 4000.04)
        """
        ends = [*(start for start, _ in self.tiers[1:]), float("inf")]
        return sum(
            max(0.0, min(amount, end) - start) * price
            for (start, price), end in zip(self.tiers, ends, strict=True)
        )


@dataclass(frozen=True)
class Costs:
    """What a round costs.

    Parameters
    ----------
    currency
        As it is written behind a number; "" for none.
    condition, well, plate
        Labour and plastic for each.
    stocks
        Price per nL of a stock, by its name or that of its factor or fixed part, as prepared.
    budget
        The most that a round may cost; None for any.
    """

    currency: str = ""
    condition: float = 0.0
    well: float = 0.0
    plate: float = 0.0
    stocks: Mapping[str, Price] = field(default_factory=dict)
    budget: float | None = None

    def words(self, amount: float) -> str:
        """Return an amount of money.

        >>> Costs("EUR").words(1234.5)
        '1,234.50 EUR'
        """
        return f"{amount:,.2f} {self.currency}".strip()
