"""The form of a protocol file: one model per table, each refusing what it does not know.

The names of these fields are what people write; they are public. What the entries mean together
(do the factors of a constraint exist? is low below high?) is asked where they are built.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from bioal.protocol.strategies import strategy_text
from bioal.protocol.units import UnitError, volume_in


def _value(raw: object) -> float | str:
    if isinstance(raw, str):
        return raw
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return float(raw)
    raise PydanticCustomError("value_type", "a number or text in quotes")


def _values(raw: object) -> list[float | str]:
    return [_value(each) for each in (raw if isinstance(raw, list) else [raw])]


def _powers(raw: object) -> dict[str, float]:
    if isinstance(raw, list) and all(isinstance(name, str) for name in raw):
        return dict.fromkeys(raw, 1.0)
    numbers = (
        [power for power in raw.values() if isinstance(power, int | float)] if isinstance(raw, dict) else []
    )
    if isinstance(raw, dict) and len(numbers) == len(raw):
        return {str(name): float(power) for name, power in raw.items()}
    raise PydanticCustomError("powers_type", "a list of factors, or a table of factors with their powers")


def _stocks(raw: object) -> list[str] | dict[str, str]:
    if isinstance(raw, list) and raw and all(isinstance(each, str) for each in raw):
        return list(raw)
    if isinstance(raw, dict) and raw and all(isinstance(each, str) for each in raw.values()):
        return dict(raw)
    expected = 'a list such as ["0.12 mM", "2.4 mM"], or a table with a concentration for each option'
    raise PydanticCustomError("stocks_type", expected)


def _volume(raw: object) -> float:
    try:
        volume = volume_in(raw) if isinstance(raw, str) else -1.0
    except UnitError:
        volume = -1.0
    if volume < 0:
        raise PydanticCustomError("volume_type", 'a volume in quotes such as "2.5 nL" or "5 uL"')
    return volume


def _filled(raw: object) -> float:
    volume = _volume(raw)
    if volume == 0:
        raise PydanticCustomError("no_volume", "a volume above zero")
    return volume


def _filler(raw: object) -> object:
    return {"name": raw} if isinstance(raw, str) else raw


def _size(raw: object) -> int:
    if raw == "none":
        return 0
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    raise PydanticCustomError("size_type", 'a number of wells, or "none" for vessels')


def _both(raw: object) -> object:
    """Return one number for rows and columns as a table of the two."""
    return {"rows": raw, "columns": raw} if isinstance(raw, int | float) else raw


def _gain(raw: object) -> bool:
    """Return whether to stop when another plate is not expected to raise the best beyond the noise."""
    if isinstance(raw, bool):
        return raw
    if raw == "below noise":
        return True
    raise PydanticCustomError("gain_type", 'true (the same as "below noise") or false')


def _texts(raw: object) -> list[str]:
    """Return one text as a list of it."""
    if isinstance(raw, str) and raw:
        return [raw]
    if isinstance(raw, list) and all(isinstance(each, str) for each in raw):
        return list(raw)
    raise PydanticCustomError("texts_type", "a text in quotes, or a list of such")


# What a validator of ours takes, in the words of a JSON schema.
_TEXT = {"type": "string"}
_PLAIN = {"type": ["number", "string"]}
_VALUES = {"anyOf": [_PLAIN, {"type": "array", "items": _PLAIN}]}
_LIST = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
_POWERS = {
    "anyOf": [
        {"type": "array", "items": _TEXT},
        {"type": "object", "additionalProperties": {"type": "number"}},
    ]
}
_TEXTS = {
    "anyOf": [
        {"type": "array", "items": _TEXT, "minItems": 1},
        {"type": "object", "additionalProperties": _TEXT, "minProperties": 1},
    ]
}
_WELLS = {"anyOf": [{"const": "none"}, {"type": "integer"}]}
_GAIN = {"anyOf": [{"const": "below noise"}, {"type": "boolean"}]}
_STRATEGY = {"anyOf": [_TEXT, {"type": "object"}]}

RawValue = Annotated[float | str, PlainValidator(_value), WithJsonSchema(_PLAIN)]
OneOrMore = Annotated[list[float | str], PlainValidator(_values), WithJsonSchema(_VALUES)]
Texts = Annotated[list[str], PlainValidator(_texts), WithJsonSchema(_LIST)]
Powers = Annotated[dict[str, float], PlainValidator(_powers), WithJsonSchema(_POWERS)]
Text = Annotated[str, Field(min_length=1)]
Stocks = Annotated[list[str] | dict[str, str], PlainValidator(_stocks), WithJsonSchema(_TEXTS)]
Volume = Annotated[float, PlainValidator(_volume), WithJsonSchema(_TEXT)]  # nL
Strategy = Annotated[str, PlainValidator(strategy_text), WithJsonSchema(_STRATEGY)]
SomeVolume = Annotated[float, PlainValidator(_filled), WithJsonSchema(_TEXT)]  # nL, more than none
Gain = Annotated[bool, PlainValidator(_gain), WithJsonSchema(_GAIN)]
Size = Annotated[int, PlainValidator(_size), WithJsonSchema(_WELLS)]


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


class LimitedEntry(Entry):
    """The limits of a sum, product or ratio."""

    at_most: float | None = None
    at_least: float | None = None
    equals: float | None = None


class SumEntry(LimitedEntry):
    """`[[constraints]]` with a weighted sum."""

    sum: dict[str, float]


class ProductEntry(LimitedEntry):
    """`[[constraints]]` with a product: names, or names with powers."""

    product: Powers


class RatioPart(Entry):
    """The two factors of a ratio, `of` divided by `to`."""

    of: Text
    to: Text


class RatioEntry(LimitedEntry):
    """`[[constraints]]` with a ratio."""

    ratio: RatioPart


class AtMostNonzeroEntry(Entry):
    """`[[constraints]]` that lets few factors be above zero."""

    at_most_nonzero: Annotated[int, Field(ge=0)]
    factors: list[str]


class ForbidEntry(Entry):
    """`[[constraints]]` that forbids a combination."""

    forbid: dict[str, OneOrMore]


class OnlyWithEntry(Entry):
    """`[[constraints]]` that ties a factor to options of others."""

    factor: Text
    only_with: dict[str, OneOrMore]


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


CONSTRAINTS: dict[str, type[Entry]] = {
    "sum": SumEntry,
    "product": ProductEntry,
    "ratio": RatioEntry,
    "at_most_nonzero": AtMostNonzeroEntry,
    "forbid": ForbidEntry,
    "only_with": OnlyWithEntry,
}
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
