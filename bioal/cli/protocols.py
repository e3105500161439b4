"""The ready protocols: which there are, and one as a workbook to change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bioal.cli.answer import Answer
from bioal.cli.commands import command, family
from bioal.errors import UsageError

if TYPE_CHECKING:
    from bioal.protocol.protocol import Protocol
    from bioal.protocol.templates import Template


@family("protocols", example="bioal protocols\nbioal protocols export txtl_metis --workbook txtl.xlsx")
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
    volumes = "" if template.volumes else " (without volumes: the source states no stocks)"
    return f"    {template.title}{volumes}", f"    Source: {template.source}"


@command("export", campaign=False, example="bioal protocols export txtl_metis --workbook txtl.xlsx")
@click.argument("protocol", metavar="TEMPLATE-OR-FILE")
@click.option(
    "--workbook",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The workbook (.xlsx) to write.",
)
def export(protocol: str, workbook: Path) -> Answer:
    """Write a ready protocol, or one of your own, as a workbook that you can change.

    bioal new and bioal amend take such a workbook in the place of a TOML file.
    """
    from bioal.sheets.protocol_workbook import write_protocol_workbook

    path = free_path(workbook)
    write_protocol_workbook(path, protocol_of(protocol))
    lines = (f"Wrote {path}. Change what you like, then: bioal new NAME --protocol {path}",)
    return Answer({"workbook": path}, lines)


def protocol_of(asked: str) -> Protocol:
    """Return the protocol of a file or, where there is no such file, the ready one of that name."""
    from bioal.protocol.protocol import protocol_from_toml
    from bioal.protocol.templates import template_text
    from bioal.sheets.protocol_returned import SPREADSHEETS, protocol_from_path

    path = Path(asked)
    file_names = {".toml", *SPREADSHEETS}
    looks_like_file = path.is_file() or path.suffix.lower() in file_names or len(path.parts) > 1
    if looks_like_file and not path.is_file():
        raise UsageError(f"There is no file '{asked}'. 'bioal new NAME' writes one to begin with.")
    if looks_like_file:
        return protocol_from_path(path)
    return protocol_from_toml(template_text(asked), source=f"{asked}.toml")


def free_path(path: Path) -> Path:
    """Return the path of a workbook that is not there yet, its folder made; refuse another kind of name."""
    if path.suffix.lower() != ".xlsx":
        raise UsageError(f"'{path}' has to end in .xlsx: it becomes an Excel workbook.")
    if path.exists():
        raise UsageError(f"{path} is there already. Choose another name, or change that one.")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


protocols.add_command(export)
COMMANDS = (protocols,)
