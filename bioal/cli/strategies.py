"""`bioal strategies`: every way to choose what is measured next, with its formula and where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bioal.cli.answer import Answer
from bioal.cli.commands import command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bioal.strategies.definition import Strategy

PASSING = (
    "On a yield, strategies of outcomes ask whether a condition passes: whether it beats the best quarter of "
    "what was measured. On outcomes, strategies of yields go by how good the outcome is."
)
_EXAMPLE = "margin"
_WIDE = 96  # columns from which a table is easier to read than a list


@command(
    "strategies",
    campaign=False,
    example="bioal strategies\nbioal strategies margin\nbioal strategies --json",
)
@click.argument("name", required=False)
def strategies(name: str | None) -> Answer:
    """List the ways to choose what is measured next.

    Each with what it wants, its formula and its source. With NAME, that one; several put together too:
    "0.7 margin + 0.3 random".
    """
    from bioal.strategies import names, strategy_of

    found = [strategy_of(one) for one in names()] if name is None else [strategy_of(name)]
    lines = _table(found) if name is None else _alone(found[0])
    use = _use("one", _EXAMPLE) if name is None else _use("it", found[0].name)
    return Answer({"strategies": [_listed(one) for one in found]}, tuple(lines), (PASSING, use))


def _use(what: str, name: str) -> str:
    said = f'bioal propose --strategy "{name}"'
    return f'Use {what}: {said}, or strategy = "{name}" under [proposal] in the protocol.'


def _listed(one: Strategy) -> dict[str, object]:
    from bioal.strategies.registry import also_called

    return {
        "name": one.name,
        "also_called": list(also_called(one.name)),
        "about": one.about,
        "formula": one.formula,
        "source": one.source,
        "works_on": list(one.data),
        "reason": _why(one),
        "random_share": one.random_share,
    }


def _why(one: Strategy) -> str:
    """Return what stands on the sheet beside its picks."""
    from bioal.plates.columns import REASON_WORDS

    words = (
        REASON_WORDS[one.reason] if one.reason else f"{REASON_WORDS['exploit']}, {REASON_WORDS['explore']}"
    )
    if not one.random_share:
        return words
    return f"{words}; of {100 * one.random_share:g} %, drawn at random: {REASON_WORDS['random']}"


def _alone(one: Strategy) -> list[str]:
    from bioal.strategies.registry import also_called

    told = {
        "also called": ", ".join(also_called(one.name)),
        "wants": one.about,
        "formula": one.formula,
        "source": one.source or "-",
        "works on": _works_on(one),
        "on the sheet": _why(one),
    }
    return [one.name, *(f"    {word}: {said}" for word, said in told.items() if said)]


def _works_on(one: Strategy) -> str:
    """Return what it works on, nothing where that is everything."""
    from bioal.strategies.definition import DATA

    return "" if one.data == DATA else ", ".join(one.data)


def _table(found: Sequence[Strategy]) -> list[str]:
    """Return the strategies as a table that fits the terminal, or one below the other on a narrow one."""
    from rich.console import Console

    console = Console()
    if console.width < _WIDE:
        return [line for one in found for line in _alone(one)]
    from rich.table import Column, Table
    from rich.text import Text

    # A DOI that is cut off finds nothing.
    headings = ["strategy", "wants", "formula", "source"]
    limited = ["works on"] if any(map(_works_on, found)) else []
    table = Table(*(Column(heading, overflow="fold") for heading in [*headings, *limited]))
    for one in found:
        cells = [one.name, one.about, one.formula, one.source or "-", *([_works_on(one)] if limited else [])]
        table.add_row(*(Text(cell) for cell in cells))
    with console.capture() as captured:
        console.print(table)
    return captured.get().rstrip().splitlines()


COMMANDS = (strategies,)
