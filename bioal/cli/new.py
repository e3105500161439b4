"""Beginning: a campaign from a protocol, or a protocol to fill in first."""

from __future__ import annotations

from pathlib import Path

import click

from bioal.cli.answer import Answer
from bioal.cli.commands import advice, command, quoted
from bioal.cli.protocols import free_path, protocol_of
from bioal.errors import UsageError


@command(
    "new",
    campaign=False,
    example="bioal new buffer --protocol cell_free_borkowski\nbioal new salts --workbook\n"
    "bioal new salts --protocol salts.xlsx",
)
@click.argument("name", type=click.Path(path_type=Path))
@click.option(
    "--protocol",
    metavar="TEMPLATE-OR-FILE",
    help="A ready protocol's name, or your own workbook or TOML file.",
)
@click.option(
    "--store",
    metavar="URL",
    help="A database for the records, without a password: postgresql+psycopg://USER@HOST/DATABASE.",
)
@click.option("--workbook", is_flag=True, help="Write the protocol to fill in as a workbook, NAME.xlsx.")
def new(name: Path, protocol: str | None, store: str | None, *, workbook: bool) -> Answer:
    """Begin a campaign in the folder NAME.

    Without --protocol, a protocol to fill in is written first: NAME.toml, a text with comments, or with
    --workbook NAME.xlsx. With --store, the records go to a database that a team shares.
    """
    if workbook and protocol is not None:
        ready = f"bioal protocols export {protocol} --workbook {name.name}.xlsx"
        raise UsageError(f"--workbook writes one to fill in. To change a ready one: {ready}")
    if store is not None and protocol is None:
        raise UsageError("--store says where a campaign's records go; name its --protocol too.")
    if protocol is None:
        return _starting_workbook(name) if workbook else _starting_file(name)
    from bioal.campaign.campaign import Campaign

    campaign = Campaign.new(name, protocol_of(protocol), store=store)
    found = campaign.protocol
    count = found.space.count()
    said = (
        f"Began '{campaign.state.name}' in {name}: {len(found.factors)} factors, {count} conditions.",
        f"Next: {advice('bioal propose', name)}",
    )
    numbers = {"value": count.value, "exact": count.exact, "low": count.low, "high": count.high}
    result = {
        "folder": name,
        "name": campaign.state.name,
        "factors": list(found.space.names),
        "conditions": numbers,
    }
    return Answer(result, said, notes=tuple(f"Note: {note}" for note in found.notes))


def _starting_file(name: Path) -> Answer:
    from bioal.protocol.templates import starting_text

    path = name.with_name(f"{name.name}.toml")
    if path.exists():
        raise UsageError(f"{path} is there already. Change it, then: bioal new {name} --protocol {path}")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.write(starting_text(name.name))
    lines = (
        f"Wrote {path}: a protocol with comments. Write into it what you vary and measure.",
        f"Then: bioal new {name} --protocol {path}",
        f"Rather in a spreadsheet? bioal new {name} --workbook",
    )
    return Answer({"protocol": path}, lines)


def _starting_workbook(name: Path) -> Answer:
    from bioal.sheets.protocol_workbook import write_protocol_workbook

    path = free_path(name.with_name(f"{name.name}.xlsx"))
    write_protocol_workbook(path, name=name.name)
    lines = (
        f"Wrote {path}: sheets to fill in, with examples. Begin with its first sheet.",
        f"Then: bioal new {quoted(name)} --protocol {quoted(path)}",
    )
    return Answer({"protocol": path}, lines)


COMMANDS = (new,)
