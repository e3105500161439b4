"""The form of a protocol file: one model per table, each refusing what it does not know.

The names of these fields are what people write; they are public. What the entries mean together
(do the factors of a constraint exist? is low below high?) is asked where they are built.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bioal.protocol.document_values import (
    Gain,
    RawValue,
    Size,
    SomeVolume,
    Stocks,
    Strategy,
    Text,
    Texts,
    Volume,
)


def _filler(raw: object) -> object:
    return {"name": raw} if isinstance(raw, str) else raw


def _both(raw: object) -> object:
    """Return one number for rows and columns as a table of the two."""
    return {"rows": raw, "columns": raw} if isinstance(raw, int | float) else raw


class Entry(BaseModel):
    """A table of the file: no unknown keys, no text where a number belongs, no infinities."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class CampaignEntry(Entry):
    """`[campaign]`: what it is called."""

    name: Text


class StandardEntry(Entry):
    """`standard` of a readout: which column holds signals, and the curve through the standards.

    `wells` are those of each plate that hold standards, or areas of such, with their concentration.
    """

    signal: Text
    curve: Literal["linear", "4pl"] = "linear"
    weights: Literal["none", "1/x", "1/x2"] = "none"
    wells: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)


class ReadoutEntry(Entry):
    """`[readouts.NAME]`: a measurement as it is typed."""

    unit: str = ""
    normalise: Literal["none", "blank", "reference", "controls"] = "none"
    pool: bool | None = None
    reference: Text | None = None
    negative: Text | None = None
    blank: Text | None = None
    formula: Text | None = None
    require: Text | None = None
    no_product: float | None = None
    low: float | None = None
    high: float | None = None
    read: str = ""
    standard: StandardEntry | None = None
    outcomes: list[str] | None = None
    ordered: bool | None = None
    works: Texts | None = None


class ObjectiveEntry(Entry):
    """`[objective]`: which readout, and what is wanted of it."""

    readout: Text | None = None
    formula: Text | None = None
    name: Text | None = None
    direction: Literal["maximize", "minimize", "target"] = "maximize"
    target: float | None = None
    outcomes: list[str] | None = None
    ordered: bool | None = None
    wanted: Texts | None = None
    may_fail: bool = False


class ProposalEntry(Entry):
    """`[proposal]`: how the next conditions are chosen, and what learns from the results."""

    strategy: Strategy = ""
    model: Text | None = None
    outcome_model: Text | None = None


class NumericEntry(Entry):
    """`[factors.NAME]` with levels, or low and high."""

    unit: str = ""
    levels: list[float] | None = None
    low: float | None = None
    high: float | None = None
    step: float | None = None
    count: int | None = None
    scale: Literal["linear", "log"] = "linear"
    per: Literal["well", "plate"] = "well"
    past: float | None = None
    renamed_from: Text | None = None


class ChoiceEntry(Entry):
    """`[factors.NAME]` with options."""

    options: list[str]
    ordered: bool = False
    per: Literal["well", "plate"] = "well"
    past: str | None = None
    renamed_from: Text | None = None


class EveryEntry(Entry):
    """`every` of `[plate]` as a table: of how many rows, of how many columns one is used."""

    rows: Annotated[int, Field(ge=1)] = 1
    columns: Annotated[int, Field(ge=1)] = 1


class PlateEntry(Entry):
    """`[plate]`: its wells, and how conditions are laid out in them."""

    size: Size = 96
    replicates: Annotated[int, Field(ge=1)] = 1
    layout: Literal["spread", "by hand"] = "spread"
    order: Literal["columns", "rows"] = "columns"
    edge: Literal["use", "empty"] = "use"
    skip: list[Text] = Field(default_factory=list)
    every: Annotated[EveryEntry, BeforeValidator(_both)] = EveryEntry()
    vessels: list[Text] = Field(default_factory=list)
    operators: list[Text] = Field(default_factory=list)
    premix: bool = False
    carry_over: Annotated[int, Field(ge=0)] = 0


class ControlEntry(Entry):
    """`[[controls]]`: wells on every plate that do not depend on the proposal."""

    role: Literal["reference", "negative", "blank"]
    wells: Annotated[int, Field(ge=1)]
    name: str = ""
    condition: dict[str, RawValue] = Field(default_factory=dict)


class FixedEntry(Entry):
    """`[fixed]`: a part of the recipe that never varies; how it is made may say its value."""

    value: RawValue | None = None
    unit: str = ""


class MadeEntry(Entry):
    """`made`: how a factor or fixed part gets into a well. Quantities are text: `156 mM`, `5 uL`."""

    stock: Text | None = None
    stocks: Stocks | None = None
    dilutions: list[Annotated[float, Field(gt=1)]] = Field(default_factory=list)
    by: Text | None = None
    amount: Text | None = None
    volume: SomeVolume | None = None
    fraction: Annotated[float, Field(gt=0, le=1)] | None = None
    without: list[str] = Field(default_factory=list)
    solubility: Text | None = None
    molar_mass: Annotated[float, Field(gt=0)] | None = None
    device: Text | None = None
    source: Text | None = None
    addition: int | None = None
    viscous: bool = False
    contains: dict[str, Text] = Field(default_factory=dict)


class FillerEntry(Entry):
    """`filler` of `[liquids]`, where more than its name is said."""

    name: Text
    device: Text | None = None
    source: Text | None = None
    addition: int = 1


class LiquidsEntry(Entry):
    """`[liquids]`: the volume of every well, and what fills it up."""

    volume: SomeVolume
    device: Text
    filler: Annotated[FillerEntry, BeforeValidator(_filler)]
    tolerance: Annotated[float, Field(gt=0, lt=0.5)] = 0.02
    volumes_per_stock: Annotated[int, Field(ge=1)] | None = None
    excess: Annotated[float, Field(ge=0, le=5)] = 0.1


class DeviceEntry(Entry):
    """`[devices.NAME]`: what a protocol changes of a known profile, or a whole profile."""

    step: Volume | None = None
    least: Volume | None = None
    most: Volume | None = None
    format: Literal["echo", "opentrons", "tecan", "hamilton", "biomek", "epmotion", "hand"] | None = None
    source: Text | None = None
    seconds: Annotated[float, Field(gt=0)] | None = None


class SourcePlateEntry(Entry):
    """`[source_plates.NAME]`: what stocks stand in."""

    wells: Literal[0, 6, 12, 24, 48, 96, 384, 1536] | None = None
    dead: Volume | None = None
    full: Volume | None = None


class StoppingEntry(Entry):
    """`[stopping]`: when no further round is proposed."""

    wells: Annotated[int, Field(ge=1)] | None = None
    rounds: Annotated[int, Field(ge=1)] | None = None
    cost: Annotated[float, Field(gt=0)] | None = None
    target: float | None = None
    within: Annotated[float, Field(gt=0)] | None = None
    gain: Gain = False
    stable: Annotated[int, Field(ge=1)] | None = None


class CostsEntry(Entry):
    """`[costs]`: labour and plastic, and the most that a round may cost."""

    currency: str = ""
    condition: Annotated[float, Field(ge=0)] = 0.0
    well: Annotated[float, Field(ge=0)] = 0.0
    plate: Annotated[float, Field(ge=0)] = 0.0
    budget: Annotated[float, Field(gt=0)] | None = None


class TierEntry(Entry):
    """One of `tiers` of a price: what lies above an amount costs this."""

    above: SomeVolume
    price: Annotated[float, Field(ge=0)]


class PriceEntry(Entry):
    """`[prices.NAME]`: what so much of a stock costs."""

    price: Annotated[float, Field(ge=0)]
    per: SomeVolume
    tiers: list[TierEntry] = Field(default_factory=list)


TABLES = (
    "campaign",
    "readouts",
    "objective",
    "factors",
    "fixed",
    "liquids",
    "devices",
    "source_plates",
    "constraints",
    "plate",
    "controls",
    "stopping",
    "costs",
    "prices",
    "proposal",
)
