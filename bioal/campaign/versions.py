"""A version of the protocol as it is recorded: its text, and the instruments that its doses rest on."""

from __future__ import annotations

from collections.abc import Iterable

from bioal.campaign.bodies import ProtocolBody
from bioal.protocol.instruments import profiles_of
from bioal.protocol.protocol import Protocol


def protocol_body(protocol: Protocol, changes: Iterable[str]) -> ProtocolBody:
    """Return a protocol as it is recorded, with what it changes in the version before."""
    profiles = {} if protocol.liquids is None else profiles_of(protocol.liquids)
    plain = {
        table: {name: dict(entry) for name, entry in entries.items()} for table, entries in profiles.items()
    }
    return ProtocolBody(text=protocol.text, digest=protocol.digest, changes=list(changes), profiles=plain)
