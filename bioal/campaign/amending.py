"""A new version of the protocol: what it changes, and how much of the past still counts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bioal.campaign.bodies import ProtocolBody
from bioal.campaign.learning import Knowledge
from bioal.campaign.state import Version
from bioal.errors import NothingNew
from bioal.protocol.amend import amendment
from bioal.protocol.protocol import Protocol


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


def amended(knowledge: Knowledge, new: Protocol, source: str) -> tuple[Amended, ProtocolBody]:
    """Return what putting a protocol in force changes, and its record.

    Raises
    ------
    ProtocolError
        Where it may not follow the one in force; its problems name `source` as the file.
    """
    state = knowledge.state
    old = state.protocol
    if new.digest == old.digest:
        raise NothingNew("This is the protocol that is in force.")
    changes = amendment(old, new, source).changes
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
    return found, ProtocolBody(text=new.text, digest=new.digest, changes=list(changes))
