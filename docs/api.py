"""Write docs/api.md, what is public by the first lines of docstrings: python docs/api.py."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

PAGE = Path(__file__).with_name("api.md")
# What a page lists: a heading, a module, and the classes whose methods are named too.
PARTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("For everyone", "bioal", ("Campaign", "Problem", "Refused")),
    ("Figures: `campaign.plot`", "bioal.report.plotting", ("Plots",)),
    ("Strategies on arrays", "bioal.strategies", ("Stream",)),
    ("Several people's judgement", "bioal.measurements.raters", ()),
    ("Virtual laboratories", "bioal.lab", ("CellFreeLab", "GrowthLab")),
    ("Typing results into a workbook", "bioal.sheets.filling", ()),
    ("Models and batches, on arrays", "bioal.models.fitting", ()),
    ("", "bioal.engine", ("Settings",)),
    ("Whether to go on", "bioal.report.stopping", ("Outlook",)),
)
HEAD = """# API

The public functions and classes, each with the first line of its docstring; `help(bioal.propose)` and the
like say the rest: shapes, units, what is raised, and where a method comes from. This page is written by
`python docs/api.py`.
"""


def page() -> str:
    """Return the whole page, as Markdown."""
    return "\n".join([HEAD, *(line for part in PARTS for line in _part(*part))])


def _part(heading: str, name: str, classes: tuple[str, ...]) -> Iterator[str]:
    module = import_module(name)
    if heading:
        yield f"## {heading}\n"
    yield f"In `{name}`:\n\n| | |\n|---|---|"
    for public, found in _public(module):
        yield f"| `{public}{_arguments(found)}` | {_first_line(found)} |"
        if public in classes:
            yield from _methods(public, found)
    yield ""


def _public(module: Any) -> Iterator[tuple[str, Any]]:
    """Yield what a module offers, by name: what it says in __all__, or what it defines."""
    here = [
        name
        for name, found in vars(module).items()
        if not name.startswith("_") and getattr(found, "__module__", "") == module.__name__
    ]
    for name in sorted(getattr(module, "__all__", here), key=str.lower):
        found = getattr(module, name)
        if inspect.isclass(found) or inspect.isfunction(found):
            yield name, found


def _methods(name: str, found: type) -> Iterator[str]:
    members = ((method, inside) for one in found.__mro__[:-1] for method, inside in vars(one).items())
    for method, inside in members:
        seen = inside.fget if isinstance(inside, property) else getattr(inside, "func", None)
        plain = seen or getattr(inside, "__func__", inside)
        if not method.startswith("_") and inspect.isfunction(plain):
            said = "" if seen else _arguments(plain)
            yield f"| `{name}.{method}{said}` | {_first_line(plain)} |"


def _arguments(found: Any) -> str:
    """Return the names of a function's arguments, those after a star by name only; nothing for a class."""
    if inspect.isclass(found):
        return ""
    names: list[str] = []
    for name, one in inspect.signature(found).parameters.items():
        if one.kind is one.KEYWORD_ONLY and "*" not in names:
            names.append("*")
        if name not in {"self", "cls"}:
            names.append(name if one.default is one.empty else f"{name}=...")
    return f"({', '.join(names)})"


def _first_line(found: Any) -> str:
    return (inspect.getdoc(found) or "").split("\n", 1)[0].replace("|", "\\|")


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
