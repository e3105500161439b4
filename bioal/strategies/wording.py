"""A strategy as a person writes it: `margin`, `0.7 margin + 0.3 random`, `entropy x core-set, 9 % random`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from bioal.errors import UsageError

FORMS = (
    'Write a name, "margin"; a sum, "0.7 margin + 0.3 random"; a product, "entropy x core-set^2"; '
    'and behind it, where a share is to be drawn at random, ", 20 % random".'
)
_NUMBER = r"\d+(?:\.\d*)?|\.\d+"
_RANDOM = re.compile(rf"(?P<rest>.*\S)\s*,\s*(?P<share>{_NUMBER})\s*%\s*random", re.IGNORECASE)
_TERM = re.compile(rf"(?:(?P<weight>-?(?:{_NUMBER}))\s*\*?\s+)?(?P<name>\S.*)")
_FACTOR = re.compile(rf"\(?(?P<name>[^()^]*[^()^\s])\)?\s*(?:\^\s*(?P<power>{_NUMBER}))?")


@dataclass(frozen=True)
class Parsed:
    """Names with their weights or powers, and the share at random; None where nothing was said of it."""

    kind: Literal["name", "sum", "product"]
    terms: tuple[tuple[str, float], ...]
    share: float | None = None


def parsed_strategy(text: str) -> Parsed:
    """Return what a text says; names are looked up by whoever knows them.

    Raises
    ------
    UsageError
        If it is none of the forms.

    Examples
    --------
    >>> parsed_strategy("0.7 margin + 0.3 random").terms
    (('margin', 0.7), ('random', 0.3))
    >>> parsed_strategy("entropy x core-set^2, 10 % random")
    Parsed(kind='product', terms=(('entropy', 1.0), ('core-set', 2.0)), share=0.1)
    """
    found = _RANDOM.fullmatch(text.strip())
    share = None if found is None else float(found["share"]) / 100
    if share is not None and share > 1:
        raise UsageError(f'"{text}" asks for more than 100 % at random. {FORMS}')
    rest = text.strip() if found is None else found["rest"]
    if re.search(r"\s\+\s", rest):
        return Parsed("sum", tuple(_term(part, text) for part in re.split(r"\s\+\s", rest)), share)
    if re.search(r"\sx\s|\^", rest):
        return Parsed("product", tuple(_factor(part, text) for part in re.split(r"\sx\s", rest)), share)
    name, weight = _term(rest, text)
    return Parsed("name" if weight == 1 else "sum", ((name, weight),), share)


def _term(part: str, text: str) -> tuple[str, float]:
    found = _TERM.fullmatch(part.strip())
    if found is None:
        raise UsageError(f'"{text}" is no strategy. {FORMS}')
    return found["name"].strip(), float(found["weight"] or 1.0)


def _factor(part: str, text: str) -> tuple[str, float]:
    found = _FACTOR.fullmatch(part.strip())
    if found is None:
        raise UsageError(f'"{text}" is no strategy. {FORMS}')
    return found["name"].strip(), float(found["power"] or 1.0)
