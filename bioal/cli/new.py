"""Beginning: `new`, and the ready protocols to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bioal.cli.answer import Answer
from bioal.cli.commands import advice, command
from bioal.errors import UsageError

if TYPE_CHECKING:
    from bioal.protocol.protocol import Protocol
    from bioal.protocol.templates import Template


@command("new", campaign=False, example="bioal new buffer --protocol cell_free_borkowski")
@click.argument("name", type=click.Path(path_type=Path))
@click.option(
    "--protocol", metavar="TEMPLATE-OR-FILE", help="A ready protocol's name, or your own TOML file."
)
def new(name: Path, protocol: str | None) -> Answer:
    """Begin a campaign in the folder NAME.

    Without --protocol, a commented protocol NAME.toml is written for you to change first.
    """
    if protocol is None:
        return _starting_file(name)
    from bioal.campaign.campaign import Campaign

    campaign = Campaign.new(name, _protocol(protocol))
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


@command("protocols", campaign=False, example="bioal protocols")
def protocols() -> Answer:
    """List the ready protocols."""
    from bioal.protocol.templates import templates

    found = templates()
    lines = [line for one in found for line in (one.name, *_about(one))]
    listed = [
        {"name": one.name, "title": one.title, "source": one.source, "volumes": one.volumes, "file": one.path}
        for one in found
    ]
    return Answer({"protocols": listed}, (*lines, "Begin with one: bioal new NAME --protocol PROTOCOL"))


def _about(template: Template) -> tuple[str, str]:
    volumes = "" if template.volumes else " (without volumes)"
    return f"    {template.title}{volumes}", f"    Source: {template.source}"


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
    )
    return Answer({"protocol": path}, lines)


def _protocol(asked: str) -> Protocol:
    """Return the protocol of a file or, where there is no such file, the ready one of that name."""
    from bioal.protocol.protocol import protocol_from_file, protocol_from_toml
    from bioal.protocol.templates import template_text

    looks_like_file = Path(asked).is_file() or Path(asked).suffix == ".toml" or len(Path(asked).parts) > 1
    if looks_like_file and not Path(asked).is_file():
        raise UsageError(f"There is no file '{asked}'. 'bioal new NAME' writes one to begin with.")
    if looks_like_file:
        return protocol_from_file(asked)
    return protocol_from_toml(template_text(asked), source=f"{asked}.toml")


COMMANDS = (new, protocols)
