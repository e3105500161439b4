"""The ready protocols: which there are, and one as a workbook to change."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bioal.cli.answer import Answer, refusal
from bioal.cli.commands import command, family
from bioal.errors import ProtocolError, UsageError

if TYPE_CHECKING:
    from bioal.protocol.protocol import Protocol
    from bioal.protocol.suggesting import Suggested
    from bioal.protocol.templates import Template


@family(
    "protocols",
    example="bioal protocols\nbioal protocols check mine.toml\n"
    "bioal protocols export txtl_metis --workbook txtl.xlsx",
)
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


@command(
    "check",
    campaign=False,
    example="bioal protocols check mine.toml\nbioal protocols check mine.toml --suggest-stocks",
)
@click.argument("protocol", metavar="TEMPLATE-OR-FILE")
@click.option(
    "--suggest-stocks",
    is_flag=True,
    help="Say which stocks, one or two per factor, make all levels; [liquids] has to be there.",
)
def check(protocol: str, *, suggest_stocks: bool) -> Answer:
    """Say what the lab can make of a protocol, and what not.

    Levels of each factor, conditions, the share of all combinations that fits into the well, and which rule
    keeps most of the others out.
    """
    from bioal.campaign.options import require_wishes
    from bioal.protocol.amend_words import objective_words, proposal_words
    from bioal.protocol.makeable import makeable

    suggestion = _suggested(protocol) if suggest_stocks else None
    lines = () if suggestion is None else _suggestion_lines(suggestion)
    result: dict[str, object] = {} if suggestion is None else {"stocks": _suggestion_result(suggestion)}
    try:
        asked = protocol_of(protocol)
        require_wishes(asked)
        found = makeable(asked)
    except ProtocolError as error:
        refused = refusal(error)
        return replace(refused, lines=lines, result=result)
    result |= {
        "factors": [asdict(each) for each in found.levels],
        "conditions": asdict(found.count),
        "combinations": found.box,
        "share": found.share,
        "rules": [asdict(each) for each in found.rules],
    }
    lines = (f"Wanted: {objective_words(asked)}", f"Chosen: {proposal_words(asked)}", *lines)
    return Answer(result, (*found.lines(), *lines), notes=tuple(f"Note: {note}" for note in found.notes))


def _suggested(asked: str) -> Suggested:
    from bioal.protocol.reading import parsed_toml
    from bioal.protocol.wishing import stocks_for

    text, source = text_of_protocol(asked)
    return stocks_for(parsed_toml(text, source), source)


def _suggestion_lines(found: Suggested) -> tuple[str, ...]:
    width = max((len(each.name) for each in found.stocks), default=0)
    named = [f"    {each.name:{width}}  {each.trouble or each.line()}" for each in found.stocks]
    return ("Stocks that make every level:", *named, found.words())


def _suggestion_result(found: Suggested) -> dict[str, object]:
    return {"factors": [asdict(each) for each in found.stocks], "over_nL": found.over}


def text_of_protocol(asked: str) -> tuple[str, str]:
    """Return the TOML text of a file or of the ready protocol of this name, and what to call it."""
    from bioal.protocol.templates import template_text

    path = Path(asked)
    if path.suffix.lower() == ".toml" and path.is_file():
        return path.read_bytes().decode("utf-8-sig", "replace").replace("\r\n", "\n"), path.name
    if path.suffix.lower() == ".xlsx" and path.is_file():
        return protocol_of(asked).text, path.name
    return template_text(asked), f"{asked}.toml"


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


protocols.add_command(check)
protocols.add_command(export)
COMMANDS = (protocols,)
