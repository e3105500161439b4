"""What each refusal means: the table behind `bioal explain` and the pages in docs/refusals."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from bioal.errors import UsageError

_TABLE = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True)
class Refusal:
    """A refusal: its code, what it means and what to do, and what its whole area is about."""

    code: str
    meaning: str
    area: str
    about: str

    @property
    def page(self) -> str:
        """Return its page in the docs, as Markdown."""
        return f"# {self.code}\n\n{self.meaning}\n\n{self.about}\n\n[All refusals](README.md)\n"


@cache
def refusals() -> dict[str, Refusal]:
    """Return every refusal by its code, area by area."""
    areas = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    return {
        code: Refusal(code, meaning, area, said["about"])
        for area, said in areas.items()
        for code, meaning in said.items()
        if code != "about"
    }


def refusal_of(code: str) -> Refusal:
    """Return the refusal of a code.

    Raises
    ------
    UsageError
        Where there is none; the message says which is near.
    """
    known = refusals()
    if code not in known:
        near = get_close_matches(code, known, n=1, cutoff=0.7)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise UsageError(f"There is no refusal {code!r}.{hint} 'bioal explain' lists all.")
    return known[code]


def index_page() -> str:
    """Return the page that lists all refusals, as Markdown."""
    lines = [
        "# What a refusal means",
        "",
        "When bioal refuses something, nothing of it is recorded, and the message ends with a code in",
        "brackets. Here is a page for each; `bioal explain CODE` says the same on the command line.",
    ]
    area = ""
    for one in refusals().values():
        if one.area != area:
            lines += ["", f"## {one.area.capitalize()}", "", one.about, ""]
            area = one.area
        lines.append(f"- [{one.code}]({one.code}.md): {one.meaning}")
    return "\n".join([*lines, ""])
