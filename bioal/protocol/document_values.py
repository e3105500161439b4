"""How a single value may be written in a protocol file: volumes, lists, powers, stocks.

Each kind is a type of pydantic's: what is read, what it becomes, and how a JSON schema says it.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, PlainValidator, WithJsonSchema
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


def _size(raw: object) -> int:
    if raw == "none":
        return 0
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    raise PydanticCustomError("size_type", 'a number of wells, or "none" for vessels')


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
