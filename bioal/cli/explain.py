"""`bioal explain`: what the code at the end of a refusal means."""

from __future__ import annotations

from dataclasses import asdict

import click

from bioal.cli.answer import Answer
from bioal.cli.commands import command


@command(
    "explain",
    campaign=False,
    short="Say what the CODE at the end of a refusal means.",
    example="bioal explain value-is-text\nbioal explain",
)
@click.argument("code", required=False)
def explain(code: str | None) -> Answer:
    """Say what the CODE at the end of a refusal means, and what to do.

    Without a CODE, all of them are listed.
    """
    from bioal.refusals import refusal_of, refusals

    if code is not None:
        found = refusal_of(code.strip("[]"))
        return Answer(asdict(found), (found.meaning, found.about))
    every = refusals().values()
    width = max(len(one.code) for one in every)
    lines = tuple(f"{one.code:{width}}  {one.meaning}" for one in every)
    return Answer({"refusals": [asdict(one) for one in every]}, lines)


COMMANDS = (explain,)
