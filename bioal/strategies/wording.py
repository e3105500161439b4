"""A strategy as a person writes it: `margin`, `0.7 margin + 0.3 random`, `entropy x core-set, 9 % random`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from bioal.errors import UsageError

FORMS = (
    'Write a name, "margin"; a sum, "0.7 margin + 0.3 random"; a product, "entropy x core-set^2"; '
    'and behind it, where a share is to be drawn at random, ", 20 % random".'
)
USUAL = "focused improvement"
_NUMBER = r"\d+(?:\.\d*)?|\.\d+"
_RANDOM = re.compile(rf"(?P<rest>.*\S)\s*,\s*(?P<share>{_NUMBER})\s*%\s*random", re.IGNORECASE)
_TERM = re.compile(rf"(?:(?P<weight>-?(?:{_NUMBER}))\s*\*?\s+)?(?P<name>\S.*)")
_FACTOR = re.compile(rf"\(?(?P<name>[^()^]*[^()^\s])\)?\s*(?:\^\s*(?P<power>{_NUMBER}))?")

_SHARE = re.compile(
    rf"(?:(?P<rest>[^,%]*[^,%\s])\s*[,\s]\s*)??"
    rf"(?:(?P<before>{_NUMBER})\s*%\s*(?P<word>[^\d%,+*]+)|(?P<name>[^\s\d%,+*]+)\s+(?P<after>{_NUMBER})\s*%)"
)
_LONGEST = 200  # letters of a composition that somebody may have meant
_SIGNS = re.compile(r"[+*%,^]|^x\s|\sx$")  # that stand in no name


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
    if found is None or _SIGNS.search(found["name"]):
        raise _no_strategy(text)
    return found["name"].strip(), float(found["weight"] or 1.0)


def _factor(part: str, text: str) -> tuple[str, float]:
    found = _FACTOR.fullmatch(part.strip())
    if found is None or _SIGNS.search(found["name"]):
        raise _no_strategy(text)
    return found["name"].strip(), float(found["power"] or 1.0)


def _no_strategy(text: str) -> UsageError:
    near = nearest_form(text)
    hint = "" if near is None else f' Did you mean "{near}"?'
    star = "*" in text and near is not None and " x " in near
    product = " A product is written with x, of scores that are never negative." if star else ""
    return UsageError(f'"{text}" is no strategy.{hint}{product} {FORMS}')


def nearest_form(text: str) -> str | None:
    """Return the right form that is nearest to a wrong composition, None where none is near.

    >>> nearest_form("margin +"), nearest_form("margin, random 20 %"), nearest_form("entropy*core-set")
    ('margin', 'margin, 20 % random', 'entropy x core-set')
    """
    written = " ".join(text.split())
    if len(written) > _LONGEST:
        return None
    if (share := _SHARE.fullmatch(written)) is not None:
        percent, word = share["before"] or share["after"], share["word"] or share["name"]
        return _shared(share["rest"] or USUAL, float(percent), word.strip())
    plain = re.sub(r"\s*\+\s*", " + ", written)
    # A star behind a number makes it a weight; one between names makes a product.
    plain = re.sub(rf"((?:^|\s)(?:{_NUMBER}))\s*\*\s*", r"\1 ", plain)
    plain = re.sub(r"\s*\*\s*", " x ", plain)
    plain = re.sub(r"^(?:[\s+,^]|x\s)+|(?:[\s+,^]|\sx)+$", "", plain)
    return None if plain in ("", written) or re.search("[%,]", plain) else plain


def _shared(rest: str, percent: float, word: str) -> str | None:
    """Return a share at random as it is written; a share of another strategy is a weighted sum."""
    if get_close_matches(word.lower(), ["random"], n=1):
        return f"{rest}, {percent:g} % random" if 0 < percent < 100 else None
    simple = 0 < percent < 100 and "+" not in rest and " x " not in rest
    return f"{1 - percent / 100:g} {rest} + {percent / 100:g} {word}" if simple else None
