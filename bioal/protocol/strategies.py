"""How a protocol names a strategy: by its name, or as a sum, a product, a share at random.

All forms have one text, in which they are recorded and typed: `margin`, `0.7 margin + 0.3 random`,
`entropy x information density^2`, `margin, 20 % random`. Whether there is such a strategy is asked where it
is used: a protocol knows no model.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic_core import PydanticCustomError

from bioal.protocol.levels import written

_FORM = "a strategy in quotes, or a table such as { sum = { margin = 0.7, random = 0.3 } }"


def strategy_text(raw: object) -> str:
    """Return the text of a strategy as it is written in a protocol.

    Raises
    ------
    PydanticCustomError
        If it is neither a text nor one of the tables.

    Examples
    --------
    >>> strategy_text({"sum": {"margin": 0.7, "random": 0.3}})
    '0.7 margin + 0.3 random'
    >>> strategy_text({"product": ["entropy", "core-set"], "random": 0.1})
    'entropy x core-set, 10 % random'
    """
    if isinstance(raw, str) and raw.strip():
        return " ".join(raw.split())
    if not isinstance(raw, Mapping):
        raise _wrong()
    share = raw.get("random")
    mixed = _mixed({key: value for key, value in raw.items() if key != "random"})
    if share is None:
        return mixed
    if not _is_number(share) or not 0 <= float(str(share)) <= 1:
        raise PydanticCustomError("strategy_share", "a share at random from 0 to 1")
    return f"{mixed}, {written(100 * float(str(share)))} % random"


def _mixed(raw: Mapping[str, object]) -> str:
    if len(raw) != 1:
        raise _wrong()
    ((form, parts),) = raw.items()
    if form == "name" and isinstance(parts, str) and parts:
        return parts
    if form == "product" and isinstance(parts, list) and parts:
        return " x ".join(str(name) for name in parts)
    if isinstance(parts, Mapping) and parts and all(map(_is_number, parts.values())):
        numbers = {str(name): written(float(value)) for name, value in parts.items()}
        if form == "sum":
            return " + ".join(f"{weight} {name}" for name, weight in numbers.items())
        if form == "product":
            return " x ".join(f"{name}^{power}" for name, power in numbers.items())
    raise _wrong()


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _wrong() -> PydanticCustomError:
    return PydanticCustomError("strategy_type", _FORM)
