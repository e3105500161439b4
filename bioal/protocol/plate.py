"""Where samples may stand: the wells of a plate that are used, in the order in which they are filled.

A plate may keep wells empty: its edge (it dries), wells that are broken or taken, every second row or column
(an 8-channel pipette reaches every second row of a 384-well plate). A round may also go without plates, into
vessels that have names.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from bioal.protocol.wells import SHAPES, shape_of_plate, well_from_ij, wells_in

Order = Literal["columns", "rows"]
PLATE_SIZES = tuple(SHAPES)
VESSELS = 0  # the size of a "plate" of named vessels


@dataclass(frozen=True)
class PlateSetup:
    """The wells of each plate, and how conditions are laid out in them.

    Parameters
    ----------
    size
        Wells of a plate; `VESSELS` where each sample has a vessel of its own.
    replicates
        Separately prepared samples of each condition.
    layout
        "spread" at random, or "by hand" in readable blocks.
    order
        Which wells are filled first, and how samples are numbered: down the columns, or along the rows.
    edge
        Whether the outer wells are used or stay empty.
    skip
        Wells and areas that stay empty, as `A1` or `P20:P24`.
    every
        Of which rows and of which columns one is used: (2, 1) is every second row and every column.
    vessels
        The names of all vessels that there are; none where there are as many as needed.
    operators
        Who prepares the samples.
    premix
        Whether a condition is mixed once and spread over its wells: technical replicates.
    carry_over
        How many of a round's conditions are the best so far, measured again to tie plates to earlier ones.
    standards
        Wells and areas that hold standards of known concentration, and no samples.
    """

    size: int = 96
    replicates: int = 1
    layout: Literal["spread", "by hand"] = "spread"
    order: Order = "columns"
    edge: Literal["use", "empty"] = "use"
    skip: tuple[str, ...] = ()
    every: tuple[int, int] = (1, 1)
    vessels: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    premix: bool = False
    carry_over: int = 0
    standards: tuple[str, ...] = ()

    @property
    def in_vessels(self) -> bool:
        """Return whether samples stand in vessels rather than on plates."""
        return self.size == VESSELS

    @property
    def together(self) -> bool:
        """Return whether all replicates of a condition stay on one plate, whatever its factors."""
        return not self.in_vessels and (self.premix or self.layout == "by hand")

    @cached_property
    def places(self) -> tuple[str, ...]:
        """Return the wells that may be filled, in that order; for vessels those that have been named.

        >>> PlateSetup(6).places
        ('A1', 'B1', 'A2', 'B2', 'A3', 'B3')
        >>> PlateSetup(24, order="rows", edge="empty", skip=("B2:B3",), every=(1, 2)).places
        ('B4', 'C2', 'C4')
        """
        if self.in_vessels:
            return self.vessels
        rows, columns = shape_of_plate(self.size)
        rim = 1 if self.edge == "empty" else 0
        down, across = (range(rim, count - rim) for count in (rows, columns))
        used_rows, used_columns = down[:: self.every[0]], across[:: self.every[1]]
        if self.order == "rows":
            wells = [well_from_ij(i, j) for i in used_rows for j in used_columns]
        else:
            wells = [well_from_ij(i, j) for j in used_columns for i in used_rows]
        barred = {well for area in (*self.skip, *self.standards) for well in wells_in(area, self.size)}
        return tuple(well for well in wells if well not in barred)

    @property
    def room(self) -> int | None:
        """Return how many samples a plate, or all vessels, can hold; None where there is no limit."""
        return None if self.in_vessels and not self.vessels else len(self.places)

    def words(self) -> str:
        """Return what holds the samples, with what stays empty.

        >>> PlateSetup(384, edge="empty", skip=("B2",)).words()
        '307 of 384 wells (edge empty, B2 empty)'
        >>> PlateSetup(0, vessels=("flask 1", "flask 2")).words()
        '2 vessels'
        """
        if self.in_vessels:
            return "vessels" if self.room is None else f"{self.room} vessel{'s' * (self.room != 1)}"
        empty = [
            *(["edge empty"] if self.edge == "empty" else []),
            *([f"{', '.join(self.skip)} empty"] if self.skip else []),
            *([f"standards in {', '.join(self.standards)}"] if self.standards else []),
            *(_stride(self.every[0], "row")),
            *(_stride(self.every[1], "column")),
        ]
        return f"{self.room} of {self.size} wells ({', '.join(empty)})" if empty else f"{self.size} wells"


def _stride(step: int, line: str) -> list[str]:
    return [f"one {line} in {step}"] if step > 1 else []
