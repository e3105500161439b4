"""What comes next: proposals, confirmations, and what people want of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from bioal.acquisition.streaming import Progress, silent
from bioal.campaign import workbooks
from bioal.campaign.asking import ask_body, waiting_list
from bioal.campaign.bodies import AskBody, Request
from bioal.campaign.confirming import confirmation
from bioal.campaign.editing import edited, means_the_open_round
from bioal.campaign.given import Source, laid_out_of, listed_of, words_of
from bioal.campaign.learning import Knowledge, without_round
from bioal.campaign.opened import Opened
from bioal.campaign.options import (
    Manner,
    Options,
    request_of,
    require_costs,
    resolved,
    unheard,
)
from bioal.campaign.proposals import Proposal, open_round_for, proposal_body, veto_body, vetoable
from bioal.campaign.proposing import counted, drafted, limited, replacement
from bioal.campaign.spending import announced
from bioal.campaign.stopping import fired, going_on
from bioal.campaign.unlike import unlike_words
from bioal.campaign.unsure import unsure_among
from bioal.plates.counting import WellCount
from bioal.strategies.choosing import Named
from bioal.strategies.presets import chosen_by, one_strategy


class Planning(Opened):
    """The calls of a campaign that plan rounds."""

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
        options = Options(conditions, wells, exactly=listed_of(exactly, self.protocol))
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
        checks: int = 0,
        at_least: str | Sequence[str] = (),
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
        checks
            How many of the conditions are drawn by lot, to see how right the predictions are (`skip`).
        at_least
            Quotas: "plasmid=weak:4" for at least four conditions with that level, the best of them.
        go_on
            Whether to propose though a stopping rule of the protocol has fired, and beyond its wells.
        announce
            Told what the round costs before it is recorded.
        progress
            Told, as it goes, what is being done and which share of it is done.
        """
        dropped = words_of(drop)
        options = Options(
            conditions,
            wells,
            seed,
            candidates=listed_of(candidates, self.protocol),
            exactly=listed_of(exactly, self.protocol),
            model=model,
            acquisition=chosen_by(one_strategy(strategy, acquisition), preset),
            repeats=repeats,
            added=laid_out_of(add, self.protocol),
            per_cost=per_cost,
            checks=checks,
            at_least=words_of(at_least),
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

    def veto(self, condition: str, reason: str) -> Proposal:
        """Replace a condition of a round without results by the next best, in the same wells."""
        with self._changing():
            number = vetoable(self.state, condition)
            taking, notes = replacement(self._knowledge, number, condition)
            self._record(veto_body(number, condition, reason, taking, notes))
            path = workbooks.renew_workbook(self.folder, self.state, number)
        return Proposal.of(self.state, number, path, new=True)

    def ask(
        self,
        conditions: Source | None = None,
        *,
        distrusted: str | Sequence[str] = (),
        reason: str = "",
        wider_than: float | None = None,
    ) -> AskBody:
        """Put conditions on the list of what comes first in the next plate; `undo` takes it back.

        Parameters
        ----------
        conditions
            A table or file of conditions to measure, or to measure again.
        distrusted
            Ids of measured conditions to measure again.
        wider_than
            Ask only for those whose prediction has a wider 90 % interval, in the readout's unit.

        Raises
        ------
        Refused
            With each row that cannot be made, and each id that cannot be repeated.
        NothingNew
            When all of it is on the list already, or is predicted surely enough.
        """
        with self._changing():
            wanted = listed_of(conditions, self.protocol)
            if wanted is not None and wider_than is not None:
                wanted = unsure_among(self._knowledge, wanted, wider_than)
            body = ask_body(self._knowledge, wanted, words_of(distrusted), reason)
            self._record(body)
        return body

    @property
    def asked(self) -> pd.DataFrame:
        """Return the conditions that were asked for and wait for the next plate."""
        return waiting_list(self._knowledge)

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
        round_, notes = drafted(knowledge, options, number, how.progress, go_on=how.go_on)
        looked_at = () if options.exactly is not None else unlike_words(knowledge, round_)
        notes = (*notes, *looked_at, *ignored)
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
