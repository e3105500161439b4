"""`bioal schema`: the form of a protocol file, for editors."""

from __future__ import annotations

import json
from pathlib import Path

import click

from bioal.cli.answer import Answer
from bioal.cli.commands import command, quoted


@command(
    "schema",
    campaign=False,
    short="Print the form of a protocol file, for editors.",
    example="bioal schema\nbioal schema --output bioal-protocol.json",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A .json file to write, where it should not be printed.",
)
def schema(output: Path | None) -> Answer:
    """Print the JSON schema of a protocol file, with which an editor completes and checks it.

    Write it beside the protocol with --output, and this as the first line of the TOML file:
    '#:schema ./bioal-protocol.json'. Editors with Even Better TOML or Taplo then know every key.
    """
    from bioal.campaign.files import replace
    from bioal.protocol.schema import protocol_schema

    found = protocol_schema()
    text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
    if output is None:
        return Answer({"schema": found}, tuple(text.splitlines()))
    replace(output, text.encode("utf-8"))
    line = f"#:schema ./{output.name}"
    said = f"Wrote {quoted(output)}. First line of a TOML file beside it, for editors: {line}"
    return Answer({"schema": found, "output": output}, (said,))


COMMANDS = (schema,)
