"""A campaign: a protocol and its rounds, the one object with a past.

It fetches, calls and stores: what is computed is computed elsewhere, and every change is a record. Nothing
changes on disk when a call is refused.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from bioal.campaign import workbooks
from bioal.campaign.amending import Amended, amended
from bioal.campaign.exclusions import samples_meant
from bioal.campaign.files import writing
from bioal.campaign.learning import Knowledge, without_round
from bioal.campaign.lock import locked
from bioal.campaign.merging import Merged, checked_file, merge_of, merged, read_source
from bioal.campaign.options import Options, request_of
from bioal.campaign.proposals import Proposal, open_round_for, proposal_body, veto_body, vetoable
from bioal.campaign.proposing import counted, drafted, replacement
from bioal.campaign.records import Body, CampaignBody, ExclusionBody, ProtocolBody, Record, UndoBody
from bioal.campaign.standing import Status, latest_model, status_of
from bioal.campaign.state import State, extended, replay
from bioal.campaign.store import Store
from bioal.campaign.undoing import undoable
from bioal.campaign.verifying import problems_of
from bioal.errors import NothingNew, Problem, Refused, UsageError
from bioal.measurements.checking import Checked
from bioal.models.posterior import Posterior
from bioal.plates.counting import WellCount
from bioal.plates.rounds import Round
from bioal.protocol.protocol import Protocol, protocol_from_file
from bioal.sheets.tables import read_conditions

Conditions = pd.DataFrame | str | Path
Source = pd.DataFrame | str | Path


class Campaign:
    """A protocol and its rounds, in a folder; make one with `Campaign.new` or `Campaign.open`."""

    def __init__(self, folder: Path, records: tuple[Record, ...]) -> None:
        self.folder = folder
        self._store = Store(folder / "records")
        self._knowledge = Knowledge(replay(records))

    @classmethod
    def new(cls, folder: str | Path, protocol: Protocol | str | Path, name: str | None = None) -> Campaign:
        """Begin a campaign in a folder with a protocol or protocol file.

        Raises
        ------
        Refused
            When the protocol is unsound, or the folder holds another protocol file.
        UsageError
            When the folder holds a campaign already.
        """
        folder, protocol = Path(folder), _protocol(protocol)
        store = Store(folder / "records")
        if store.read():
            raise UsageError(
                f"{folder} is a campaign already. Choose another folder, or go on with this one."
            )
        protocol.space.require_feasible()
        workbooks.require_room_for_protocol(folder, protocol.text)
        body = CampaignBody(id=secrets.token_hex(8), name=name or protocol.name, protocol=_text_of(protocol))
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        with locked(folder):
            store.append(body, expecting="")
            workbooks.write_protocol(folder, protocol.text)
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
        records = Store(folder / "records").read()
        if not records:
            raise UsageError(f"There is no campaign in {folder.absolute()}. Begin one with 'bioal new'.")
        return cls(folder, records)

    @staticmethod
    def verify(folder: str | Path = ".") -> tuple[Problem, ...]:
        """Return everything that is wrong with a campaign's files, naming each; nothing where all is well."""
        return problems_of(Path(folder))

    @property
    def state(self) -> State:
        """Return what the records add up to."""
        return self._knowledge.state

    @property
    def protocol(self) -> Protocol:
        """Return the protocol in force."""
        return self.state.protocol

    @property
    def rounds(self) -> Mapping[int, Round]:
        """Return the rounds by number, as they were planned."""
        return {number: proposed.round for number, proposed in sorted(self.state.rounds.items())}

    @property
    def conditions(self) -> pd.DataFrame:
        """Return every condition that was ever planned or made, in today's factors."""
        return self._knowledge.carried.conditions

    @property
    def observations(self) -> pd.DataFrame:
        """Return what is known of each condition on each plate."""
        return self._knowledge.observations

    @property
    def model(self) -> Posterior:
        """Return the model of everything measured so far."""
        return self._knowledge.posterior(latest_model(self.state))

    def plan(
        self, conditions: int | None = None, *, wells: int | None = None, exactly: Conditions | None = None
    ) -> WellCount:
        """Return the wells that a proposal would take; `words()` says it. Nothing is written."""
        return counted(self.protocol, Options(conditions, wells, exactly=self._table(exactly)))

    def propose(  # noqa: PLR0913  the one call with everything that may be asked
        self,
        conditions: int | None = None,
        *,
        wells: int | None = None,
        seed: int = 0,
        next_: bool = False,
        replace: bool = False,
        candidates: Conditions | None = None,
        exactly: Conditions | None = None,
        model: object = "auto",
        acquisition: str = "expected improvement",
        repeats: bool = False,
    ) -> Proposal:
        """Propose the next round and write its workbook; return the open one where the same is asked again.

        Parameters
        ----------
        conditions, wells
            How many different conditions, or how many wells with controls; a full plate by default.
        next_
            Open another round though conditions are pending; they count as chosen.
        replace
            Put this proposal in the place of the open round, of which nothing may be merged yet.
        candidates
            A table or file of conditions to choose from.
        exactly
            A table or file of conditions to lay out as they are.
        repeats
            Whether measured conditions may be proposed again.
        """
        tables = {"candidates": self._table(candidates), "exactly": self._table(exactly)}
        options = Options(
            conditions, wells, seed, **tables, model=model, acquisition=acquisition, repeats=repeats
        )
        with self._changing():
            workbooks.require_unedited(self.folder, self.state)
            request = request_of(options, counted(self.protocol, options).conditions)
            opened = open_round_for(self.state, request, next_=next_, replace=replace)
            if opened is not None and not replace:
                path = workbooks.ensure_workbook(self.folder, self.state, opened)
                return Proposal.of(self.state, opened, path, new=False)
            return self._proposed(options, opened)

    def _proposed(self, options: Options, replaced: int | None) -> Proposal:
        number = replaced or max(self.state.rounds, default=0) + 1
        state = self.state if replaced is None else without_round(self.state, replaced)
        round_, notes = drafted(Knowledge(state), options, number)
        self._record(
            proposal_body(round_, notes, request_of(options, len(round_.predictions)), self.protocol)
        )
        return Proposal.of(
            self.state, number, workbooks.renew_workbook(self.folder, self.state, number), new=True
        )

    def check(self, source: Source, *, accept: Iterable[str] = (), into: int | None = None) -> Checked:
        """Return what merging a file would find: every problem, every warning. Nothing is written."""
        returned = read_source(source)
        self._refresh()
        return checked_file(self.state, returned, accept=frozenset(accept), into=into)

    def merge(
        self, source: Source, *, accept: Iterable[str] = (), into: int | None = None, skip_bad: bool = False
    ) -> Merged:
        """Record what a returned file brings; all of it or, refused, nothing.

        Parameters
        ----------
        source
            A filled workbook, a CSV file or a DataFrame with the columns of the run list.
        accept
            What is meant though it looks like a mistake: "corrections", "actuals", "scale", "range".
        into
            The round, where the file does not say it.
        skip_bad
            Take what is sound and record what was skipped.

        Raises
        ------
        Refused
            With every problem of the file.
        """
        returned, accepted = read_source(source), frozenset(accept)
        with self._changing():
            checked = checked_file(self.state, returned, accept=accepted, into=into)
            body, skipped = merged(self.state, returned, checked, accept=accepted, skip_bad=skip_bad)
            record = None if body is None else self._record(body)
        return merge_of(checked, body, skipped, record)

    def amend(self, protocol: Protocol | str | Path) -> Amended:
        """Put a new version of the protocol in force; say what it changes and how much of the past counts."""
        new = _protocol(protocol)
        with self._changing():
            edited = workbooks.edited_protocol(self.folder, self.state)
            if edited is not None and edited != new.text:
                raise Refused(workbooks.edited_problem(self.folder))
            found, body = amended(self._knowledge, new)
            self._record(body)
            workbooks.write_protocol(self.folder, new.text)
        return found

    def exclude(self, where: str, reason: str) -> tuple[str, ...]:
        """Let samples no longer count; return their ids. `undo` takes it back.

        `where` is a phrase such as `R02 plate-1 A1:C6`, `R02-C017` or `R02-S0004`.
        """
        with self._changing():
            sizes = {number: one.round.size for number, one in self.state.rounds.items()}
            samples = samples_meant(where, self.state.samples, sizes)
            if set(samples) <= set(self.state.excluded):
                raise NothingNew(f"{where} is excluded already.")
            self._record(ExclusionBody(where=where, samples=samples, reason=reason))
        return tuple(samples)

    def veto(self, condition: str, reason: str) -> Proposal:
        """Replace a condition of a round without results by the next best, in the same wells."""
        with self._changing():
            number = vetoable(self.state, condition)
            taking = replacement(self._knowledge, number, condition)
            self._record(veto_body(number, condition, reason, taking))
            path = workbooks.renew_workbook(self.folder, self.state, number)
        return Proposal.of(self.state, number, path, new=True)

    def undo(self, record: int | None = None, reason: str = "") -> Record:
        """Undo a record by its number, or the latest that can be undone, and return it; the past stays."""
        with self._changing():
            undone = undoable(self.state, record)
            self._record(UndoBody(record=undone.number, reason=reason))
            workbooks.follow_undo(self.folder, self.state, undone.body)
        return undone

    def predict(self, conditions: Conditions) -> pd.DataFrame:
        """Return conditions with the posterior mean of the readout and the ends of its 90 % interval."""
        table = self._table(conditions)
        assert table is not None
        points = self._knowledge.space.encode(table)
        columns = zip(
            ("mean", "low", "high"), self._knowledge.interval(points, latest_model(self.state)), strict=True
        )
        return table.assign(**dict(columns))

    def status(self) -> Status:
        """Return where the campaign stands and what to do next."""
        self._refresh()
        return status_of(self._knowledge, self.folder)

    def _table(self, conditions: Conditions | None) -> pd.DataFrame | None:
        if conditions is None:
            return None
        return read_conditions(
            conditions if isinstance(conditions, pd.DataFrame) else Path(conditions), self.protocol
        )

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with locked(self.folder):
            self._refresh()
            yield

    def _refresh(self) -> None:
        records = self._store.read(self.state.records)
        if records[-1].sha256 != self.state.head:
            self._knowledge = Knowledge(replay(records))

    def _record(self, body: Body) -> Record:
        record = self._store.append(body, expecting=self.state.head)
        self._knowledge = Knowledge(extended(self.state, record))
        return record


def _protocol(given: Protocol | str | Path) -> Protocol:
    protocol = given if isinstance(given, Protocol) else protocol_from_file(given)
    if not protocol.text:
        raise UsageError(
            "A campaign records its protocol as text: make it with protocol_from_toml or from a file."
        )
    return protocol


def _text_of(protocol: Protocol) -> ProtocolBody:
    return ProtocolBody(text=protocol.text, digest=protocol.digest)
