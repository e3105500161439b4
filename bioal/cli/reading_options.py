"""The options about a file, shared by `check` and `merge`: plate, channel, time, readout, who read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import click

from bioal.protocol.reads import WAYS

Said = Mapping[str, str | None]
ABody = TypeVar("ABody", bound=Callable[..., object])

_OPTIONS = (
    click.option(
        "--plate",
        metavar="ROUND/PLATE",
        help="FILE is a plate grid, a list of wells or a reader's export of this plate: round-03/plate-1, "
        "R03 plate-1, or plate-1 where one round is open.",
    ),
    click.option(
        "--read",
        metavar="HOW",
        help=f"How a series over time becomes one value: {WAYS}.",
    ),
    click.option("--channel", metavar="NAME", help="Which of the file's channels or columns is read."),
    click.option(
        "--as", "as_", metavar="READOUT", help="Which readout the values are, where there are several."
    ),
    click.option(
        "--reader", metavar="NAME", help="Let the library allotropy read FILE as this instrument's export."
    ),
    click.option("--range", "range_", metavar="CELLS", help='The cells with the values: "Sheet1!B12:Y27".'),
    click.option("--operator", metavar="NAME", help="Who read these values, where several people do."),
    click.option("--lab", metavar="NAME", help="Which lab measured them, where several labs do."),
)


def reading_options(body: ABody) -> ABody:
    """Return a command's function with the options about a reader's file."""
    for option in reversed(_OPTIONS):
        body = option(body)
    return body


def typed(said: Said) -> str:
    """Return the options as they were typed.

    >>> typed({"plate": "R1/plate-1", "as_": None})
    ' --plate R1/plate-1'
    """
    given = [(name.rstrip("_"), value) for name, value in said.items() if value is not None]
    return "".join(f' --{name} "{value}"' if " " in value else f" --{name} {value}" for name, value in given)
