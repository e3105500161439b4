"""The form of `[[constraints]]` in a protocol file: one model for each kind of rule."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bioal.protocol.document import Entry
from bioal.protocol.document_values import OneOrMore, Powers, Text


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


CONSTRAINTS: dict[str, type[Entry]] = {
    "sum": SumEntry,
    "product": ProductEntry,
    "ratio": RatioEntry,
    "at_most_nonzero": AtMostNonzeroEntry,
    "forbid": ForbidEntry,
    "only_with": OnlyWithEntry,
}
