"""A protocol: what may vary, how it is made and measured, and what is wanted.

Its TOML text is the record of truth; this object is what the text says, checked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from bioal.cards import card
from bioal.protocol.constraints import Constraint, OnlyWith
from bioal.protocol.costs import Costs
from bioal.protocol.factors import Factor, Value
from bioal.protocol.levels import written
from bioal.protocol.liquids import Liquids
from bioal.protocol.listing import factor_grid
from bioal.protocol.objective import Objective, Readout
from bioal.protocol.plate import PlateSetup
from bioal.protocol.space import Space
from bioal.protocol.stopping import Stopping
from bioal.protocol.volume_limit import VolumeLimit

ControlRole = Literal["reference", "negative", "blank"]


@dataclass(frozen=True)
class Control:
    """Wells on every plate whose content does not depend on the proposal.

    Parameters
    ----------
    wells
        How many on each plate.
    condition
        Factor name -> value, on a level or not. A per-plate factor left out follows the plate; a blank
        may have no condition at all.
    fixed
        Fixed parts that differ in this control, as DNA 0 in a negative control.
    """

    role: ControlRole
    wells: int
    condition: Mapping[str, Value] = field(default_factory=dict)
    fixed: Mapping[str, Value] = field(default_factory=dict)
    name: str = ""

    @property
    def title(self) -> str:
        """Return what people call it: its name, else its role."""
        return self.name or self.role


@dataclass(frozen=True)
class Fixed:
    """A part of the recipe that is the same in every condition."""

    name: str
    value: Value
    unit: str = ""

    def __str__(self) -> str:
        """Return the value with its unit.

        >>> str(Fixed("HEPES", 50.0, "mM"))
        '50 mM'
        """
        said = self.value if isinstance(self.value, str) else written(self.value)
        return f"{said} {self.unit}".strip()


@dataclass(frozen=True)
class Wishes:
    """How the next conditions are chosen unless a proposal says otherwise; "" where nothing was said.

    Parameters
    ----------
    strategy
        A strategy as `bioal strategies` names it, or several put together.
    model, outcome_model
        What learns from numbers, and what learns from outcomes.
    """

    strategy: str = ""
    model: str = ""
    outcome_model: str = ""


@dataclass(frozen=True)
class Protocol:
    """Everything that a campaign needs to know before its first round.

    Parameters
    ----------
    fixed
        Name -> fixed part of the recipe.
    text
        The TOML that it was read from.
    notes
        Sentences for the person about what the text left open: grids chosen, levels counted.
    derived
        Readouts that are formulas of those that are typed, which are `readouts`.
    proposal
        How the next conditions are chosen.
    liquids
        Stocks, devices and what fills a well; None where volumes are the bench's own business.
    stopping, costs
        When to stop, and what things cost; None where the text says nothing of it.
    past
        Factor name -> its value in rounds before it was added (`past` in the text).
    renamed
        Factor name -> its former name (`renamed_from` in the text).
    """

    name: str
    factors: tuple[Factor, ...]
    constraints: tuple[Constraint, ...]
    readouts: tuple[Readout, ...]
    objective: Objective
    plate: PlateSetup = field(default_factory=PlateSetup)
    controls: tuple[Control, ...] = ()
    fixed: Mapping[str, Fixed] = field(default_factory=dict)
    text: str = ""
    notes: tuple[str, ...] = ()
    past: Mapping[str, Value] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    liquids: Liquids | None = None
    derived: tuple[Readout, ...] = ()
    stopping: Stopping | None = None
    costs: Costs | None = None
    proposal: Wishes = field(default_factory=Wishes)

    @cached_property
    def space(self) -> Space:
        """Return the space of all conditions that it allows."""
        limit = self.volume_limit
        # A limit that no combination of levels reaches would only cost time.
        volumes = (limit,) if limit is not None and limit.binds else ()
        return Space(self.factors, (*self.constraints, *volumes))

    @property
    def volume_limit(self) -> VolumeLimit | None:
        """Return the rule that everything fits into the well; None where there are no liquids."""
        if self.liquids is None:
            return None
        optional = frozenset(rule.factor for rule in self.constraints if isinstance(rule, OnlyWith))
        return VolumeLimit(self.liquids, self.factors, optional)

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the text."""
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()

    @property
    def readout(self) -> Readout:
        """Return the readout that the objective speaks of."""
        return next(one for one in (*self.readouts, *self.derived) if one.name == self.objective.readout)

    @property
    def required(self) -> tuple[Readout, ...]:
        """Return the readouts that must be on one side of a limit."""
        return tuple(one for one in (*self.readouts, *self.derived) if one.require is not None)

    @property
    def working(self) -> tuple[Readout, ...]:
        """Return the readouts whose outcome says whether a condition works."""
        aside = (one for one in self.readouts if one.name != self.objective.readout)
        return tuple(one for one in aside if one.outcomes is not None and one.outcomes.wanted)

    def factor(self, name: str) -> Factor:
        """Return the factor of this name.

        Raises
        ------
        KeyError
            Where there is none.
        """
        found = [factor for factor in self.factors if factor.name == name]
        if not found:
            raise KeyError(f"the protocol has no factor {name!r}; it has {list(self.space.names)}")
        return found[0]

    def _repr_html_(self) -> str:
        """Return what a notebook shows: what is wanted, the factors, the rules."""
        aim, setup = self.objective, self.plate
        target = "" if aim.target is None else f" {written(aim.target)}"
        wells = ", ".join(f"{control.wells} {control.title}" for control in self.controls)
        lines = [
            f"Wanted: {aim.direction}{target} {aim.name} ({self.readout.heading}).",
            f"{setup.words()}, {setup.replicates} of each condition"
            + (f"; on each plate {wells}." if wells else "."),
            *(f"Rule: {rule.words()}." for rule in self.constraints),
        ]
        return card(self.name, lines, factor_grid(self.factors))
