"""A small writer of HTML and SVG in which text cannot become markup.

Only what these functions return is `Markup`; any other text that is put into an element is escaped.
"""

from __future__ import annotations

import html
from collections.abc import Iterable


class Markup(str):
    """Text that is sound HTML or SVG already."""

    __slots__ = ()


def tag(name: str, *children: str, **attributes: object) -> Markup:
    """Return an element; plain text among its children is escaped, `None` and False attributes left out.

    >>> tag("p", "a < b", tag("b", "c"), class_="note", aria_hidden="true")
    '<p class="note" aria-hidden="true">a &lt; b<b>c</b></p>'
    """
    said = "".join(_attribute(key, value) for key, value in attributes.items())
    return Markup(f"<{name}{said}>{joined(children)}</{name}>")


def joined(parts: Iterable[str], between: str = "") -> Markup:
    """Return parts one after the other; plain text among them is escaped.

    >>> joined(["<b>", tag("i", "&")])
    '&lt;b&gt;<i>&amp;</i>'
    """
    return Markup(between.join(part if isinstance(part, Markup) else html.escape(part) for part in parts))


def _attribute(key: str, value: object) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    name = {"viewbox": "viewBox"}.get(name, name)
    if value is True:
        return f" {name}"
    text = number(value) if isinstance(value, float) else html.escape(str(value))
    return f' {name}="{text}"'


def number(value: float) -> str:
    """Return a coordinate, to a tenth.

    >>> number(12.34), number(5.0), number(-0.01)
    ('12.3', '5', '0')
    """
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0").replace("-0.0", "0")
