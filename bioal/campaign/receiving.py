"""What came back: results, transfer reports, old data; looked at first, or recorded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from bioal.campaign.bodies import HistoryBody
from bioal.campaign.forms import form_of
from bioal.campaign.given import Source, words_of
from bioal.campaign.history import OldData, history_body, old_data
from bioal.campaign.merging import Merged, checked_file, merge_of, merged
from bioal.campaign.opened import Opened
from bioal.campaign.queues import queue_of
from bioal.campaign.reporting import Reported, reported
from bioal.campaign.returning import FileOptions, returned_of
from bioal.measurements.checking import Checked


class Receiving(Opened):
    """The calls of a campaign that take in what was measured."""

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
        ways = words_of(orientation)
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
            The plate that a reader's file is of, "round-03/plate-1", or "plate-1" where one round is open;
            its wells are matched by the layout.
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
        accepted, ways = frozenset(accept), words_of(orientation)
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
