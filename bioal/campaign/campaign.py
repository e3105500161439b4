"""A campaign: a protocol and its rounds, the one object with a past.

It fetches, calls and stores: what is computed is computed elsewhere, and every change is a record. Nothing
changes on disk when a call is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pandas as pd

from bioal.acquisition.streaming import Progress, silent
from bioal.campaign import workbooks
from bioal.campaign.amending import Amended, amended
from bioal.campaign.asking import as_laid_out, ask_body, waiting_list
from bioal.campaign.beginning import begin, sound_protocol
from bioal.campaign.bodies import AskBody, Body, HistoryBody, Request, UndoBody
from bioal.campaign.characterising import Informative, informative
from bioal.campaign.confirming import confirmation
from bioal.campaign.editing import edited, means_the_open_round
from bioal.campaign.exclusions import exclusion
from bioal.campaign.files import writing
from bioal.campaign.forms import form_of
from bioal.campaign.history import OldData, history_body, old_data
from bioal.campaign.learning import Knowledge, without_round
from bioal.campaign.lock import locked
from bioal.campaign.merging import Merged, checked_file, merge_of, merged
from bioal.campaign.options import (
    Manner,
    Options,
    one_strategy,
    request_of,
    require_costs,
    resolved,
    unheard,
)
from bioal.campaign.proposals import Proposal, open_round_for, proposal_body, veto_body, vetoable
from bioal.campaign.proposing import counted, drafted, limited, replacement
from bioal.campaign.queues import queue_of
from bioal.campaign.records import Record
from bioal.campaign.reporting import Reported, reported
from bioal.campaign.returning import FileOptions, returned_of
from bioal.campaign.showing import status_card
from bioal.campaign.spending import announced
from bioal.campaign.standing import Status, in_one_line, latest_model, next_command, status_of
from bioal.campaign.state import State, extended, replay
from bioal.campaign.stopping import fired, going_on, with_stopping
from bioal.campaign.stores import records_of, store_of
from bioal.campaign.telling import Telling, write_figures_of, write_page, write_workbook
from bioal.campaign.undoing import undoable
from bioal.campaign.verifying import problems_of
from bioal.errors import Problem, Refused, UsageError
from bioal.measurements.checking import Checked
from bioal.models.posterior import Posterior
from bioal.plates.counting import WellCount
from bioal.plates.rounds import Round
from bioal.protocol.protocol import Protocol
from bioal.report.plotting import Plots
from bioal.report.summary import Summary, summary_of
from bioal.sheets.tables import read_conditions
from bioal.strategies.choosing import Named
from bioal.strategies.presets import chosen_by

Source = pd.DataFrame | str | Path


class Campaign:
    """A protocol and its rounds, in a folder; make one with `Campaign.new` or `Campaign.open`."""

    def __init__(self, folder: Path, records: tuple[Record, ...]) -> None:
        self.folder = folder
        self._store = store_of(folder)
        self._knowledge = Knowledge(replay(records))
        self._told = Telling(self._knowledge)

    def __repr__(self) -> str:
        return in_one_line(self.state, self.folder)

    def _repr_html_(self) -> str:
        return status_card(self.status())

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
        records = records_of(folder)
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

    @property
    def next(self) -> str:
        """Return the command that brings the campaign on; `status` says why."""
        return next_command(self.state, self.folder)

    def plan(
        self,
        conditions: int | None = None,
        *,
        wells: int | None = None,
        exactly: Source | None = None,
        next_: bool = False,
        go_on: bool = False,
    ) -> WellCount:
        """Return the wells that a proposal would take; `words()` says it. Nothing is written."""
        options = Options(conditions, wells, exactly=_listed(exactly, self.protocol))
        return counted(self.protocol, options if go_on else limited(self._before(next_), options))

    def propose(  # noqa: PLR0913  the one call with everything that may be asked
        self,
        conditions: int | None = None,
        *,
        wells: int | None = None,
        seed: int = 0,
        next_: bool = False,
        replace: bool = False,
        candidates: Source | None = None,
        exactly: Source | None = None,
        model: object = None,
        strategy: Named | None = None,
        acquisition: Named | None = None,
        preset: str | None = None,
        repeats: bool = False,
        drop: str | Sequence[str] = (),
        add: Source | None = None,
        per_cost: bool = False,
        go_on: bool = False,
        announce: Callable[[str], None] = unheard,
        progress: Progress = silent,
    ) -> Proposal:
        """Propose the next round and write its workbook; return the open one where the same is asked again.

        Where an open round's workbook is missing, that round is returned and its workbook written again.

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
        model
            What learns from the results: a name, or an estimator of scikit-learn; None for the protocol's.
        strategy
            How the next ones are chosen: a name, a text such as "0.7 margin + 0.3 random", or a function of a
            pool and a random generator; None for the protocol's. `acquisition` is another word for it.
        preset
            A published workflow by name (`bioal.strategies.presets`) in the place of a strategy.
        repeats
            Whether measured conditions may be proposed again.
        drop
            Conditions or wells that leave the open round: "R02-C017", "plate-1 A1:C6".
        add
            A table or file of conditions that come into the open round, or first into a new one.
        per_cost
            Whether what a condition promises counts per what it costs.
        go_on
            Whether to propose though a stopping rule of the protocol has fired, and beyond its wells.
        announce
            Told what the round costs before it is recorded.
        progress
            Told, as it goes, what is being done and which share of it is done.
        """
        dropped = _listed_words(drop)
        options = Options(
            conditions,
            wells,
            seed,
            candidates=_listed(candidates, self.protocol),
            exactly=_listed(exactly, self.protocol),
            model=model,
            acquisition=chosen_by(one_strategy(strategy, acquisition), preset),
            repeats=repeats,
            added=_laid_out(add, self.protocol),
            per_cost=per_cost,
        )
        options = resolved(options, self.protocol)
        require_costs(self.protocol, options)
        with self._changing():
            workbooks.require_unedited(self.folder, self.state)
            options = options if go_on else limited(self._before(next_), options)
            request = request_of(options, counted(self.protocol, options).conditions)
            meant = not next_ and not replace and means_the_open_round(self.state, options, request, dropped)
            if meant:
                return self._edited(dropped, options.added)
            how = Manner(next_, replace, go_on, announce, progress)
            return self._opened(options, request, how)

    def confirm(
        self,
        best: int = 3,
        replicates: int = 6,
        *,
        seed: int = 0,
        next_: bool = False,
        replace: bool = False,
    ) -> Proposal:
        """Propose a confirmation: the best conditions so far, beside the reference, and write its workbook.

        After its merge, `status().confirmed` has the fold over the reference of each, with its interval.

        Parameters
        ----------
        best
            How many of the measured conditions, by today's model.
        replicates
            How many wells each of them gets; the reference gets as many.
        next_, replace
            Beside the open round, or in its place, as in `propose`.

        Raises
        ------
        Refused
            When the protocol has no reference, nothing was measured, or another round is open.
        UsageError
            When `best` is less than 1 or `replicates` less than 2.
        """
        with self._changing():
            workbooks.require_unedited(self.folder, self.state)
            options = confirmation(self._knowledge, best, replicates, seed)
            request = request_of(options, counted(self.protocol, options).conditions)
            return self._opened(options, request, Manner(next_, replace))

    def _opened(self, options: Options, request: Request, how: Manner) -> Proposal:
        lost = None if how.next_ or how.replace else workbooks.lost_workbook(self.folder, self.state)
        opened = lost or open_round_for(self.state, request, next_=how.next_, replace=how.replace)
        if opened is not None and not how.replace:
            path = workbooks.ensure_workbook(self.folder, self.state, opened)
            return Proposal.of(self.state, opened, path, new=False, rewritten=lost is not None)
        return self._proposed(options, request, opened, how)

    def _proposed(self, options: Options, request: Request, replaced: int | None, how: Manner) -> Proposal:
        number = replaced or max(self.state.rounds, default=0) + 1
        knowledge = Knowledge(self.state if replaced is None else without_round(self.state, replaced))
        # What a campaign comes to is confirmed when it has stopped.
        ignored = () if options.confirm else going_on(fired(knowledge), go_on=how.go_on)
        round_, notes = drafted(knowledge, options, number, how.progress)
        notes = (*notes, *ignored)
        announced(self.protocol, round_, how.announce)
        self._record(proposal_body(round_, notes, request, self.protocol))
        path = workbooks.renew_workbook(self.folder, self.state, number)
        return Proposal.of(self.state, number, path, new=True)

    def _edited(self, drop: Sequence[str], add: pd.DataFrame | None) -> Proposal:
        changed = edited(self.state, drop, add)
        number = changed.round.number
        request = self.state.rounds[number].request
        self._record(proposal_body(changed.round, changed.notes, request, self.protocol, changed.edits))
        path = workbooks.renew_workbook(self.folder, self.state, number)
        return Proposal.of(self.state, number, path, new=True)

    def ask(
        self, conditions: Source | None = None, *, distrusted: str | Sequence[str] = (), reason: str = ""
    ) -> AskBody:
        """Put conditions on the list of what comes first in the next plate; `undo` takes it back.

        Parameters
        ----------
        conditions
            A table or file of conditions to measure, or to measure again.
        distrusted
            Ids of measured conditions to measure again.

        Raises
        ------
        Refused
            With each row that cannot be made, and each id that cannot be repeated.
        """
        with self._changing():
            wanted = _listed(conditions, self.protocol)
            body = ask_body(self._knowledge, wanted, _listed_words(distrusted), reason)
            self._record(body)
        return body

    @property
    def asked(self) -> pd.DataFrame:
        """Return the conditions that were asked for and wait for the next plate."""
        return waiting_list(self._knowledge)

    def check(  # noqa: PLR0913  what came back, and what the person said of it
        self,
        source: Source,
        *,
        accept: Iterable[str] = (),
        into: int | None = None,
        plate: str | None = None,
        read: str | None = None,
        channel: str | None = None,
        as_: str | None = None,
        range_: str | None = None,
        reader: str | None = None,
        orientation: str | Sequence[str] = (),
        operator: str | None = None,
        lab: str | None = None,
    ) -> Checked:
        """Return what merging a file would find: every problem, every warning. Nothing is written."""
        self._refresh()
        ways = _listed_words(orientation)
        said = FileOptions(plate, read, channel, as_, range_, reader, operator, lab)
        returned = returned_of(self.state, source, said)
        return checked_file(self.state, returned, accept=frozenset(accept), into=into, orientation=ways)

    def merge(  # noqa: PLR0913  what came back, and what the person said of it
        self,
        source: Source,
        *,
        accept: Iterable[str] = (),
        into: int | None = None,
        skip_bad: bool = False,
        plate: str | None = None,
        read: str | None = None,
        channel: str | None = None,
        as_: str | None = None,
        range_: str | None = None,
        reader: str | None = None,
        orientation: str | Sequence[str] = (),
        operator: str | None = None,
        lab: str | None = None,
    ) -> Merged:
        """Record what a returned file brings; all of it or, refused, nothing.

        Parameters
        ----------
        source
            A filled workbook, a CSV file or a DataFrame: `pd.read_excel(workbook, "Run list")`, filled in.
        accept
            What is meant though it looks like a mistake: "corrections", "actuals", "scale", "range", "ids".
        into
            The round, where the file does not say it.
        skip_bad
            Take what is sound and record what was skipped.
        plate
            The plate that a reader's file is of, "round-03/plate-1"; its wells are matched by the layout.
        read
            How a kinetic series becomes one value: "last", "at 6 h", "slope 1 h to 3 h"; else the protocol's.
        channel, as_
            Which of the file's channels (or columns) is read, and as which readout, where there are several.
        range_
            The cells with the values, "Sheet1!B12:Y27", where they are not found by themselves.
        reader
            The instrument, where the library allotropy (extra `readers`) is to read the file.
        orientation
            How a plate was read that does not fit: "as is", "turned by 180 degrees", "plate-2=rot180".
        operator, lab
            Who read the values: several may read the same samples, each named, and count by how well.

        Raises
        ------
        Refused
            With every problem of the file.
        """
        accepted, ways = frozenset(accept), _listed_words(orientation)
        said = FileOptions(plate, read, channel, as_, range_, reader, operator, lab)
        self._refresh()
        returned = returned_of(self.state, source, said)
        with self._changing():
            checked = checked_file(self.state, returned, accept=accepted, into=into, orientation=ways)
            body, skipped = merged(self.state, returned, checked, accept=accepted, skip_bad=skip_bad)
            record = None if body is None else self._record(body)
            noticed = () if record is None else self._knowledge.drift(checked.round)
        return merge_of(checked, body, skipped, record, noticed)

    def check_transfers(self, report: str | Path, *, into: int | None = None) -> Reported:
        """Return what merging an Echo's transfer report would find. Nothing is written."""
        self._refresh()
        return reported(self.state, Path(report), into)[1]

    def merge_transfers(self, report: str | Path, *, into: int | None = None) -> Reported:
        """Record what an Echo's transfer report says: wells that failed, and volumes that differ.

        Parameters
        ----------
        into
            The round, where the plates in the report do not say it.

        Raises
        ------
        Refused
            When the report cannot be read, or is not of this campaign's worklists.
        """
        with self._changing():
            body, found = reported(self.state, Path(report), into)
            if body is not None:
                self._record(body)
        return found

    def samples(self, number: int, readout: str | None = None) -> pd.DataFrame:
        """Return the samples of a round that still lack a readout, as the queue of an instrument."""
        self._refresh()
        return queue_of(self.state, number, readout)

    def form(self, number: int, readout: str | None = None) -> pd.DataFrame:
        """Return the samples of a round to fill in: key, place, what is known, what is expected."""
        self._refresh()
        return form_of(self._knowledge, number, readout)

    def refresh(self) -> None:
        """Take in what others recorded since."""
        self._refresh()

    def history(self, table: str | Path, mapping: str | Path, *, sheet: str | None = None) -> OldData:
        """Return what a table of old data says under a filled mapping sheet. Nothing is written."""
        self._refresh()
        return old_data(self.protocol, Path(table), Path(mapping), sheet)

    def merge_history(
        self, table: str | Path, mapping: str | Path, *, sheet: str | None = None
    ) -> HistoryBody:
        """Record a table of old data as a source of its own, with offset and noise of its own.

        Raises
        ------
        Refused
            When the table or the mapping sheet cannot be read, or they do not fit each other.
        NothingNew
            When it is recorded already.
        """
        with self._changing():
            body = history_body(self.state, self.history(table, mapping, sheet=sheet))
            self._record(body)
        return body

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

    def predict(self, conditions: Source) -> pd.DataFrame:
        """Return conditions with the posterior mean of the readout and the ends of its 90 % interval."""
        table = _conditions(conditions, self.protocol)
        self._refresh()
        return self._knowledge.predicted(table, latest_model(self.state))

    def informative(self, conditions: int = 20, *, candidates: Source | None = None) -> Informative:
        """Return the conditions that best predict all others: what to measure first in a new lysate.

        Parameters
        ----------
        candidates
            A table or file of conditions to choose from; by default those measured that can be made today.
        """
        listed = _listed(candidates, self.protocol)
        self._refresh()
        return informative(self._knowledge, conditions, listed)

    def status(self) -> Status:
        """Return where the campaign stands and what to do next."""
        self._refresh()
        return with_stopping(status_of(self._knowledge, self.folder), fired(self._knowledge))

    @property
    def plot(self) -> Plots:
        """Return the figures for notebooks: `plot.progress()`, `.plate(2)`, `.contour("Mg", "K")`, ..."""
        return self._telling.plots

    def summary(self) -> Summary:
        """Return what is believed today: the best conditions, their intervals, how far to trust it."""
        return summary_of(self._telling.material)

    def report(self, progress: Progress = silent) -> Path:
        """Write the figures of the latest round as one HTML file and return its path."""
        return write_page(self._telling, self.folder, progress)

    def report_workbook(self, progress: Progress = silent) -> Path:
        """Write the same figures as native charts in `reports/report.xlsx` and return its path."""
        return write_workbook(self._telling, self.folder, progress)

    def report_figures(
        self, kind: Literal["png", "svg"] = "png", progress: Progress = silent
    ) -> tuple[Path, ...]:
        """Write each figure of the report as a file (extra `plots`) and return their paths."""
        return write_figures_of(self._telling, self.folder, kind, progress)

    @property
    def _telling(self) -> Telling:
        self._refresh()
        if self._told.knowledge is not self._knowledge:
            self._told = Telling(self._knowledge)
        return self._told

    def _before(self, next_: bool) -> State:
        """Return what a proposal starts from: without the open round, unless there is to be another."""
        opened = None if next_ else self.state.open_round
        return self.state if opened is None else without_round(self.state, opened)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with writing(self.folder), locked(self.folder):
            self._refresh()
            workbooks.tidy(self.folder, self.state)
            yield

    def _refresh(self) -> None:
        records = self._store.read(self.state.records)
        if records[-1].sha256 != self.state.head:
            self._knowledge = Knowledge(replay(records))

    def _record(self, body: Body) -> Record:
        record = self._store.append(body, expecting=self.state.head, known=self.state.records)
        self._knowledge = Knowledge(extended(self.state, record))
        return record


def _conditions(given: Source, protocol: Protocol) -> pd.DataFrame:
    return read_conditions(given if isinstance(given, pd.DataFrame) else Path(given), protocol)


def _listed(given: Source | None, protocol: Protocol) -> pd.DataFrame | None:
    return None if given is None else _conditions(given, protocol)


def _laid_out(given: Source | None, protocol: Protocol) -> pd.DataFrame | None:
    return None if given is None else as_laid_out(protocol, _conditions(given, protocol))


def _listed_words(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)
