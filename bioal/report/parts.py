"""The building blocks of the page: figures with their numbers beside them, tables, lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from bioal.markup import Markup, joined, tag
from bioal.report.words import shown

MOST_ROWS = 500  # of a table beside a figure
SHORT = 22  # letters of a text that stays on one line
_NUMBER = re.compile(r"|[-+0-9.e]+( to [-+0-9.e]+)?")


def section(name: str, heading: str, *parts: str) -> Markup:
    """Return a section with its heading."""
    return tag("section", tag("h2", heading, id=name), *parts, aria_labelledby=name)


def figure(caption: str, drawing: Markup, numbers: Markup | None = None) -> Markup:
    """Return a drawing with its caption and, folded away, its numbers."""
    parts = [tag("figcaption", caption), drawing]
    if numbers is not None:
        parts.append(folded("The numbers", numbers))
    return tag("figure", *parts)


def folded(summary: str, *parts: Markup, open_: bool = False) -> Markup:
    """Return parts that are shown when their heading is chosen."""
    return tag("details", tag("summary", summary), *parts, open=open_)


def table(frame: pd.DataFrame, caption: str, headings: Mapping[str, str], *, most: int = MOST_ROWS) -> Markup:
    """Return the named columns of a frame as a table, at most so many rows.

    Parameters
    ----------
    headings
        Column -> its heading, in order; other columns are left out.
    """
    kept = frame.iloc[:most]
    if len(frame) > most:
        caption = f"{caption}; the first {most} of {len(frame)} rows"
    texts = {name: _texts(kept[name]) for name in headings}
    kinds = {name: _kind(column) for name, column in texts.items()}
    head = [
        tag("th", text, scope="col", class_="n" if kinds[name] == "n" else None)
        for name, text in headings.items()
    ]
    columns = [[tag("td", text, class_=kinds[name]) for text in column] for name, column in texts.items()]
    rows = [tag("tr", *row) for row in zip(*columns, strict=True)]
    parts = (tag("caption", caption), tag("thead", tag("tr", *head)), tag("tbody", *rows))
    box = tag("table", *parts)
    return tag("div", box, class_="scroll", tabindex="0", role="region", aria_label=caption)


def _texts(column: pd.Series) -> list[str]:
    if not pd.api.types.is_float_dtype(column):
        return [str(value) for value in column]
    return [shown(value) if np.isfinite(value) else "" for value in column.astype(float)]


def _kind(texts: list[str]) -> str:
    """Return how a column is set: "n" numbers to the right, "id" on one line, "long" with room."""
    if texts and all(_NUMBER.fullmatch(text) for text in texts):
        return "n"
    return "id" if max(map(len, texts), default=0) <= SHORT else "long"


def listed(items: Iterable[str]) -> Markup:
    """Return a plain list."""
    return tag("ul", *(tag("li", item) for item in items))


def paragraphs(texts: Iterable[str]) -> Markup:
    """Return texts as paragraphs."""
    return joined(tag("p", text) for text in texts)
