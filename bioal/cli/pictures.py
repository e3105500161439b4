"""What a terminal shows beside plain lines: a table of rounds, and a small map of a plate.

Where standard output is no terminal, there are none. Colours follow NO_COLOR; colour says nothing alone.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from io import StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from bioal.campaign.standing import RoundStatus
    from bioal.plates.rounds import Round

# Reason or role -> the sign that stands for it on a map, and its colour.
SIGNS = {
    "start": ("o", "blue"),
    "exploit": ("+", "green"),
    "explore": ("?", "cyan"),
    "repeat": ("=", "yellow"),
    "random": ("x", "white"),
    "check": ("c", "white"),
    "asked": ("a", "magenta"),
    "reference": ("R", "bold"),
    "negative": ("N", "bold"),
    "blank": ("B", "bold"),
}
WIDEST = 24  # columns of a plate that a terminal has room for


def seen() -> bool:
    """Return whether somebody reads standard output as it comes."""
    return sys.stdout.isatty()


def drawn(what: RenderableType) -> tuple[str, ...]:
    """Return the lines of something that rich draws, with the colours of this terminal."""
    from rich.console import Console

    text = StringIO()
    console = Console(file=text, force_terminal=True, highlight=False)
    console.print(what)
    return tuple(line.rstrip() for line in text.getvalue().splitlines())


def table_of_rounds(rounds: Sequence[RoundStatus]) -> tuple[str, ...]:
    """Return a table with a line for each round."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Round")
    for title in ("Conditions", "Wells", "Measured", "Outstanding", "Excluded"):
        table.add_column(title, justify="right")
    table.add_column("Workbook", overflow="fold")
    for one in rounds:
        name = f"{one.number} (confirmation)" if one.confirmation else str(one.number)
        counts = (one.conditions, one.samples, one.returned, one.outstanding, one.excluded)
        waiting = one.workbook if one.outstanding else ""
        table.add_row(name, *(str(count) if count else "-" for count in counts), waiting)
    return drawn(table)


def plate_map(round_: Round) -> tuple[str, ...]:
    """Return a small map of a round's first plate, a sign for each well, and what the signs mean.

    Nothing for vessels, and for plates wider than a terminal.
    """
    from rich.console import Group
    from rich.text import Text

    from bioal.plates.wells import ij_from_well, row_name, shape_of_plate

    if round_.in_vessels or shape_of_plate(round_.size)[1] > WIDEST:
        return ()
    rows, columns = shape_of_plate(round_.size)
    kinds = _kinds(round_)
    there = {ij_from_well(well): kind for well, kind in kinds.items()}
    lines = [Text("   " + "".join(f"{j + 1:>3}" for j in range(columns)))]
    for i in range(rows):
        line = Text(f"{row_name(i):>3}")
        for j in range(columns):
            line.append_text(_sign(there.get((i, j), "")))
        lines.append(line)
    return drawn(Group(Text(_title(round_)), *lines, _key(set(kinds.values()))))


def _kinds(round_: Round) -> dict[str, str]:
    """Return well -> reason of its condition, or role of its control, on the first plate."""
    first = round_.samples[round_.samples["plate"] == round_.plates[0]]
    reasons = round_.predictions["reason"].to_dict()
    each = zip(first["well"], first["condition"], first["role"], strict=True)
    return {str(well): str(reasons.get(condition, role)) for well, condition, role in each}


def _sign(kind: str) -> Text:
    from rich.text import Text

    sign, style = SIGNS.get(kind, (".", "dim"))
    return Text.assemble("  ", (sign, style))


def _title(round_: Round) -> str:
    others = len(round_.plates) - 1
    more = f" (of {others + 1}; the others are in the workbook)" if others else ""
    return f"{round_.plates[0]}{more}:"


def _key(kinds: set[str]) -> Text:
    from rich.text import Text

    from bioal.plates.columns import REASON_WORDS

    parts = [
        Text.assemble((sign, style), f" {REASON_WORDS.get(kind, kind)}")
        for kind, (sign, style) in SIGNS.items()
        if kind in kinds
    ]
    return Text("   ").append_text(Text(", ").join([*parts, Text(". empty")]))
