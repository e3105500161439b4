"""A campaign that is open: its records, what they add up to, and the one way to add one.

Nothing changes on disk when a call is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from bioal.campaign import workbooks
from bioal.campaign.bodies import Body
from bioal.campaign.files import writing
from bioal.campaign.learning import Knowledge, without_round
from bioal.campaign.lock import locked
from bioal.campaign.records import Record
from bioal.campaign.replaying import extended, replay
from bioal.campaign.standing import in_one_line, latest_model, next_command
from bioal.campaign.state import State
from bioal.campaign.stores import store_of
from bioal.campaign.telling import Telling
from bioal.models.posterior import Posterior
from bioal.plates.rounds import Round
from bioal.protocol.protocol import Protocol


class Opened:
    """A campaign's folder and what its records add up to; `Campaign` says what can be done with it."""

    def __init__(self, folder: Path, records: tuple[Record, ...]) -> None:
        self.folder = folder
        self._store = store_of(folder)
        self._knowledge = Knowledge(replay(records))
        self._told = Telling(self._knowledge)

    def __repr__(self) -> str:
        return in_one_line(self.state, self.folder)

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

    def refresh(self) -> None:
        """Take in what others recorded since."""
        self._refresh()

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
