"""How a campaign begins: a sound protocol, an id that no other campaign has, one record."""

from __future__ import annotations

import secrets
from pathlib import Path

from bioal.campaign import workbooks
from bioal.campaign.bodies import CampaignBody
from bioal.campaign.files import publish, writing
from bioal.campaign.lock import locked
from bioal.campaign.options import require_wishes
from bioal.campaign.pointer import POINTER, Pointer
from bioal.campaign.stores import database_store, lasting_url, records_of, store_of
from bioal.campaign.versions import protocol_body
from bioal.errors import UsageError
from bioal.protocol.protocol import Protocol
from bioal.sheets.protocol_returned import protocol_from_path


def sound_protocol(given: Protocol | str | Path) -> Protocol:
    """Return the protocol, read where it is a TOML file or workbook; refuse one without a condition.

    Raises
    ------
    ProtocolError
        Where it is unsound, or names a strategy or model that there is not.
    """
    protocol = given if isinstance(given, Protocol) else protocol_from_path(given)
    if not protocol.text:
        said = "make it with protocol_from_toml or from a file."
        raise UsageError(f"A campaign records its protocol as text: {said}")
    protocol.space.require_feasible()
    require_wishes(protocol)
    return protocol


def begin(folder: Path, protocol: Protocol, name: str | None, url: str | None = None) -> None:
    """Write a campaign's first record and its protocol file; with `url`, the record goes to that database.

    Raises
    ------
    Refused
        When the folder holds another protocol file, or cannot be written to.
    UsageError
        When the folder holds a campaign already, or the database cannot be used.
    """
    if records_of(folder):
        raise UsageError(f"{folder} is a campaign already. Choose another folder, or go on with this one.")
    text = protocol_body(protocol, ())
    body = CampaignBody(id=secrets.token_hex(8), name=name or protocol.name, protocol=text)
    with writing(folder):
        workbooks.require_room_for_protocol(folder, protocol.text)
        folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        if url is None:
            store_of(folder).append(body, expecting="")
        else:
            _begin_in_database(folder, url, body)
        workbooks.write_protocol(folder, protocol.text)


def _begin_in_database(folder: Path, url: str, body: CampaignBody) -> None:
    # the record first: a file that names nothing would be taken for a campaign that was lost
    pointer = Pointer(lasting_url(url), body.id)
    database_store(pointer).append(body, expecting="")
    with writing(folder):
        publish(folder / POINTER, pointer.text().encode("utf-8"))
