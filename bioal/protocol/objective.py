"""What is measured, and what is wanted of it: the only place where direction is turned.

A readout is fitted as it is measured; the objective maps what a model believes to utility, where more
is better.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from bioal.protocol.arrays import Floats
from bioal.protocol.formulas import Formula
from bioal.protocol.headings import heading
from bioal.protocol.levels import written
from bioal.protocol.outcomes import Outcomes

Direction = Literal["maximize", "minimize", "target"]
Normalise = Literal["none", "blank", "reference", "controls"]

# Which control wells each way to normalise needs, by role.
NEEDED: dict[Normalise, tuple[str, ...]] = {
    "none": (),
    "blank": ("blank",),
    "reference": ("reference",),
    "controls": ("negative", "reference"),
}
_NORMALISED: dict[Normalise, str] = {
    "none": "",
    "blank": " less the blank",
    "reference": " relative to reference",
    "controls": " from negative to reference",
}


@dataclass(frozen=True)
class Requirement:
    """A readout must be at least, or at most, this much after normalisation."""

    sign: Literal[">=", "<="]
    limit: float

    @property
    def words(self) -> str:
        """Return it as it is typed, `>= 80`."""
        return f"{self.sign} {written(self.limit)}"

    def margin(self, values: Floats) -> Floats:
        """Return how far values lie on the right side of the limit; negative on the wrong one."""
        return np.asarray((values - self.limit) * (1.0 if self.sign == ">=" else -1.0))


@dataclass(frozen=True)
class Standard:
    """How signals of an instrument become values of a readout: through standards beside the samples.

    Parameters
    ----------
    signal
        The heading of the column that holds the signals, `Peak area`.
    curve
        A straight line, or the four-parameter logistic of immunoassays.
    weights
        Of the standards, by their concentration x: "1/x2" where the noise is a share of the signal.
    wells
        Wells of each plate that hold standards, or areas such as `A11:A12`, with their concentration.
    """

    signal: str
    curve: Literal["linear", "4pl"] = "linear"
    weights: Literal["none", "1/x", "1/x2"] = "none"
    wells: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Readout:
    """A named measurement as the scientist types it, or a formula of such.

    Parameters
    ----------
    normalise
        "none": the value as typed; "blank": less the plate's blank wells; "reference": divided by the plate's
        reference wells; "controls": 0 at the plate's negative wells and 1 at its reference wells.
    pool
        Whether what plates have in common (controls, carried-over conditions) corrects the plates together.
        False: by each plate's own controls, as published rules do, all wells counting alike. None: together
        for "blank" and "controls".
    reference, negative, blank
        The name of the control that is meant, where there are several of a role.
    formula
        What it is computed from, well by well; None where it is typed.
    require
        What it must be for a condition to be worth anything; None where that was not said.
    no_product
        The value that a well with status "no product" stands for; None where that was not said.
    low, high
        The range in which values are expected; a value outside is questioned. An instrument's word for
        "below" or "over" without a number stands for these.
    read
        How a series over time becomes one value, as `bioal.protocol.reads` words it; "" where not said.
    standard
        How signals become values, where the instrument does not say concentrations.
    outcomes
        The words that it can be, where it is no number; its value is then the share of wells with a wanted
        one, in percent.
    may_fail
        Whether a well with status "no product" is a failure, and no low number.
    """

    name: str
    unit: str = ""
    normalise: Normalise = "none"
    no_product: float | None = None
    low: float | None = None
    high: float | None = None
    pool: bool | None = None
    reference: str = ""
    negative: str = ""
    blank: str = ""
    formula: Formula | None = None
    require: Requirement | None = None
    read: str = ""
    standard: Standard | None = None
    outcomes: Outcomes | None = None
    may_fail: bool = False

    @property
    def declares_no_product(self) -> bool:
        """Return whether it is known what a well without product means, though no number stands there."""
        return self.may_fail or self.no_product is not None

    @property
    def measured(self) -> tuple[str, ...]:
        """Return the names that it is computed from; its own where it is typed."""
        return (self.name,) if self.formula is None else self.formula.names

    @property
    def grows(self) -> bool:
        """Return whether it is a growth rate: a blank is taken off its readings before their logarithm."""
        return self.read.startswith("growth")

    @property
    def pooled(self) -> bool:
        """Return whether plates are corrected together."""
        return self.normalise in ("blank", "controls") if self.pool is None else self.pool

    def named(self, role: str) -> str:
        """Return the name of the control of a role that is meant, "" where there is only one."""
        return {"reference": self.reference, "negative": self.negative, "blank": self.blank}.get(role, "")

    @property
    def normalised_words(self) -> str:
        """Return how it is normalised, "" where it is not."""
        said = _NORMALISED[self.normalise]
        if self.grows and self.normalise == "blank":
            return " of readings less the blank"
        said += "" if self.pool is None else (", plates together" if self.pool else ", plate by plate")
        roles = (*NEEDED["controls"], *NEEDED["blank"])
        named = [f"{role} {self.named(role)}" for role in roles if self.named(role)]
        return f"{said} ({', '.join(named)})" if named else said

    @property
    def heading(self) -> str:
        """Return the heading of its input column, `GFP [RFU]`."""
        return heading(self.name, self.unit)

    @property
    def evaluated_unit(self) -> str:
        """Return the unit after normalisation."""
        if self.outcomes is not None:
            return "%"
        return "x reference" if self.normalise in ("reference", "controls") else self.unit


@dataclass(frozen=True)
class Objective:
    """From a readout, by name, to the number wanted; `name` is what people call it.

    With `may_fail`, a well with status "no product" is a failure, whose chance is learnt; no low number.
    `wish` says in words which outcomes are wanted, where the readout has outcomes.
    """

    readout: str
    name: str
    direction: Direction = "maximize"
    target: float | None = None
    may_fail: bool = False
    wish: str = ""

    def __post_init__(self) -> None:
        if (self.direction == "target") != (self.target is not None):
            raise ValueError("an objective has a target exactly where its direction is 'target'")

    def score(self, paths: Floats) -> Floats:
        """Return the utility of values of the readout, any shape; more is better."""
        if self.direction == "target":
            assert self.target is not None  # held by __post_init__
            return np.asarray(-np.abs(paths - self.target))
        return np.asarray(paths if self.direction == "maximize" else np.negative(paths))

    def better(self, one: float, other: float) -> bool:
        """Return whether one value of the readout is better than another."""
        first, second = self.score(np.array([one, other]))
        return bool(first > second)
