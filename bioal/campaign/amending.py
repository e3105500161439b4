"""A new version of the protocol: what it changes, and how much of the past still counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from bioal.campaign.bodies import ProtocolBody
from bioal.campaign.learning import Knowledge
from bioal.campaign.state import Version
from bioal.campaign.versions import protocol_body
from bioal.campaign.workbooks import PROTOCOL
from bioal.errors import NothingNew, ProtocolError
from bioal.protocol.amend import amendment
from bioal.protocol.protocol import Protocol
from bioal.sheets.protocol_returned import is_spreadsheet, readdressed


@dataclass(frozen=True)
class Amended:
    """What an amendment changed, in sentences; measured conditions that count, and that no longer do."""

    changes: tuple[str, ...]
    counting: tuple[str, ...]
    lost: tuple[str, ...]

    def words(self) -> str:
        """Return how much of the past still counts."""
        total = len(self.counting) + len(self.lost)
        return f"{len(self.counting)} of {total} measured conditions still count"


def amended(
    knowledge: Knowledge, new: Protocol, given: Protocol | str | Path
) -> tuple[Amended, ProtocolBody]:
    """Return what putting a protocol in force changes, and its record; `given` is what it was read from.

    Raises
    ------
    ProtocolError
        Where it may not follow the one in force; its problems name the file, in a workbook sheet and cell.
    """
    state = knowledge.state
    old = state.protocol
    if new.digest == old.digest:
        raise NothingNew("This is the protocol that is in force.")
    changes = _changes(old, new, given)
    new.space.require_feasible()
    version = Version(len(state.records) + 1, new, new.text, changes)
    after = Knowledge(replace(state, versions=(*state.versions, version)))
    measured = [str(one) for one in dict.fromkeys(knowledge.observations["condition"])]
    kept = {str(one) for one in after.carried.among(measured).index}
    found = Amended(
        changes,
        tuple(one for one in measured if one in kept),
        tuple(one for one in measured if one not in kept),
    )
    return found, protocol_body(new, changes)


def _changes(old: Protocol, new: Protocol, given: Protocol | str | Path) -> tuple[str, ...]:
    path = None if isinstance(given, Protocol) else Path(given)
    try:
        return amendment(old, new, PROTOCOL if path is None else path.name).changes
    except ProtocolError as error:
        if path is not None and is_spreadsheet(path):
            raise readdressed(path, error) from error
        raise
