"""A campaign: a protocol and its rounds, the one object with a past.

It fetches, calls and stores: what is computed is computed elsewhere, and every change is a record. Nothing
changes on disk when a call is refused.
"""

from __future__ import annotations

from pathlib import Path

from bioal.campaign import workbooks
from bioal.campaign.amending import Amended, amended
from bioal.campaign.beginning import begin, sound_protocol
from bioal.campaign.bodies import UndoBody
from bioal.campaign.exclusions import exclusion
from bioal.campaign.planning import Planning
from bioal.campaign.receiving import Receiving
from bioal.campaign.records import Record
from bioal.campaign.stores import begun_records
from bioal.campaign.undoing import undoable
from bioal.campaign.verifying import problems_of
from bioal.campaign.viewing import Viewing
from bioal.errors import Problem, Refused
from bioal.protocol.protocol import Protocol


class Campaign(Planning, Receiving, Viewing):
    """A protocol and its rounds, in a folder; make one with `Campaign.new` or `Campaign.open`."""

    @classmethod
    def new(
        cls,
        folder: str | Path,
        protocol: Protocol | str | Path,
        name: str | None = None,
        *,
        store: str | None = None,
    ) -> Campaign:
        """Begin a campaign in a folder with a protocol, or one in a workbook or TOML file.

        Parameters
        ----------
        store
            The URL of a database for the records, such as `postgresql+psycopg://ana@server/bioal`, without a
            password; in the folder by default.

        Raises
        ------
        Refused
            When the protocol is unsound, or the folder holds another protocol file.
        UsageError
            When the folder holds a campaign already.
        """
        begin(Path(folder), sound_protocol(protocol), name, store)
        return cls.open(folder)

    @classmethod
    def open(cls, folder: str | Path = ".") -> Campaign:
        """Return the campaign in a folder.

        Raises
        ------
        UsageError
            When there is none.
        Refused
            When its records are damaged, with each file that is.
        """
        folder = Path(folder)
        return cls(folder, begun_records(folder))

    @staticmethod
    def verify(folder: str | Path = ".") -> tuple[Problem, ...]:
        """Return everything that is wrong with a campaign's files, naming each; nothing where all is well."""
        return problems_of(Path(folder))

    def amend(self, protocol: Protocol | str | Path) -> Amended:
        """Put a new version of the protocol in force; say what it changes and how much of the past counts."""
        new = sound_protocol(protocol)
        with self._changing():
            edited = workbooks.edited_protocol(self.folder, self.state)
            if edited is not None and edited != new.text:
                raise Refused(workbooks.edited_problem(self.folder))
            found, body = amended(self._knowledge, new, protocol)
            self._record(body)
            workbooks.write_protocol(self.folder, new.text)
        return found

    def exclude(self, where: str, reason: str) -> tuple[str, ...]:
        """Let samples no longer count; return their ids. `undo` takes it back.

        `where` is a phrase such as `R02 plate-1 A1:C6`, `R02-C017` or `R02-S0004`.
        """
        with self._changing():
            body = exclusion(where, reason, self.state)
            self._record(body)
        return tuple(body.samples)

    def undo(self, record: int | None = None, reason: str = "") -> Record:
        """Undo a record by its number, or the latest that can be undone, and return it; the past stays."""
        with self._changing():
            undone = undoable(self.state, record)
            self._record(UndoBody(record=undone.number, reason=reason))
            workbooks.follow_undo(self.folder, self.state, undone.body)
        return undone
