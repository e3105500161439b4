"""A campaign that runs by itself: what comes into the inbox is merged, the next round goes to the outbox.

All of it goes through the campaign's own calls, and nothing is remembered beside its records but which round
was delivered: a program that is stopped anywhere goes on where it was. A file that was merged and not moved
away is merged again, which changes nothing; a round that was proposed and not delivered is delivered.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from bioal.campaign.awaiting import awaited_words
from bioal.campaign.files import sayable
from bioal.campaign.inbox import Inbox, Looks, digest_of, steady
from bioal.campaign.lock import locked
from bioal.campaign.options import unheard
from bioal.campaign.outbox import Outbox
from bioal.campaign.saying import merge_lines, merge_notes
from bioal.campaign.workbooks import lost_workbook, path_of_workbook
from bioal.errors import Locked, Problem, Refused, UsageError, fault_words

if TYPE_CHECKING:
    from bioal.campaign.campaign import Campaign
    from bioal.campaign.merging import Merged

Why = Literal["stopped", "rounds", "looked", "time"]
STOPPED, NOT_PROPOSED = "stopped.txt", "not proposed.txt"
_NO_FAULT = ("cannot-write", "database-unusable")  # of a file that was dropped
_SETTLING = 2.0  # seconds between the two looks where a person waits for them
_PLATE = re.compile(r"(?:round[- ]?|r)0*(\d+)[ _-]+(plate-\d+)(?!\d)", re.IGNORECASE)


@dataclass(frozen=True)
class Bounds:
    """When to end, whatever the protocol says.

    Parameters
    ----------
    once
        After one look at every file (which takes two, `every` apart).
    rounds
        After so many rounds were proposed and their results merged.
    seconds
        After this time.
    every
        Seconds between two looks; a file that did not change between them is whole.
    """

    once: bool = False
    rounds: int | None = None
    seconds: float | None = None
    every: float = 10.0

    def __post_init__(self) -> None:
        if self.rounds is not None and self.rounds < 1:
            raise UsageError(f"The number of rounds must be 1 or more, not {self.rounds}.")
        for name, value in (("time to watch", self.seconds), ("time between two looks", self.every)):
            if value is not None and not value > 0:
                raise UsageError(f"The {name} must be more than 0 seconds, not {value:g}.")


@dataclass(frozen=True)
class Ended:
    """Why watching ended, in a word and in words, and what was done until then."""

    why: Why
    words: str
    merged: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    delivered: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass
class Watcher:
    """A campaign with its two folders.

    Parameters
    ----------
    asked
        What `Campaign.propose` is asked.
    accept, skip_bad
        As for `Campaign.merge`.
    partial
        Whether to propose as soon as each condition has a value, though samples are still to come.
    tell
        Told what was done.
    """

    campaign: Campaign
    inbox: Inbox
    outbox: Outbox
    bounds: Bounds = field(default_factory=Bounds)
    asked: Mapping[str, Any] = field(default_factory=dict)
    accept: tuple[str, ...] = ()
    skip_bad: bool = False
    tell: Callable[[str], None] = unheard
    partial: bool = False
    proposed: int = 0
    merged: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    _told: dict[str, str] = field(default_factory=dict)
    _unmoved: dict[str, Sequence[str]] = field(default_factory=dict)

    def run(
        self, pause: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.monotonic
    ) -> Ended:
        """Look, merge and propose until a rule of the protocol or a bound says to end; return which.

        Raises
        ------
        Refused
            When the next round cannot be proposed; the outbox says why, too.
        Locked
            When another program watches the inbox.
        """
        with locked(self.inbox.folder):
            self.inbox.restore()
            return self._run(pause, clock)

    def _run(self, pause: Callable[[float], None], clock: Callable[[], float]) -> Ended:
        began, looks = clock(), 0
        before: Looks = {}
        while True:
            now, looks = self.inbox.look(), looks + 1
            for path in steady(before, now):
                self._take(path)
            # What is still being written may belong to the round that is proposed from.
            whole = all(before.get(path) == seen for path, seen in now.items())
            ended = self._advance() if whole else None
            ended = ended or self._bound(looks, clock() - began)
            if ended is not None:
                lists = (self.merged, self.refused, self.delivered, self.faults)
                return Ended(*ended, *(tuple(one) for one in lists))
            before = now
            pause(min(self.bounds.every, _SETTLING) if self.bounds.once else self.bounds.every)

    def _take(self, path: Path) -> None:
        """Merge a file and move it away; say once that it waits. None keeps the others from being read."""
        name = sayable(path.name)
        try:
            self._merge(path)
        except Locked as error:
            self._tell_once(path.name, f"{name} waits: {error}")
        except OSError as error:
            said = error.strerror or str(error)
            self._tell_once(path.name, f"{name} waits, it cannot be read or moved now: {said}")
        except Refused as error:
            self._tell_once(path.name, f"{name} waits: {error.items[0]}")
        except Exception as error:  # noqa: BLE001  what one file brings to light is worded, never hushed
            self.faults.append(name)
            remedy = "Merge it by hand with --debug and send the traceback with a report."
            self._tell_once(path.name, f"{name} waits. {fault_words(error)}. {remedy}")

    def _merge(self, path: Path) -> None:
        """Merge a file and move it away, or say beside it why not; raise what keeps it waiting."""
        digest = digest_of(path)
        if not digest or self.inbox.refused(path, digest):
            return
        try:
            found = self.campaign.merge(
                path, accept=self.accept, skip_bad=self.skip_bad, plate=plate_in(path.name)
            )
        except (Refused, UsageError) as error:
            self._refuse(path, digest, error)
        else:
            self._put_away(path, digest, found)

    def _put_away(self, path: Path, digest: str, found: Merged) -> None:
        """Say and count what was recorded, whatever becomes of the file, and move it away."""
        lines, name = (*merge_lines(found), *merge_notes(found)), sayable(path.name)
        if found.new:
            self._count(name, lines)
            self._unmoved[digest] = lines
        moved = self.inbox.put_away(path, digest, self._unmoved.get(digest, lines))
        if moved is None and found.new:
            self.tell(f"{name} changed meanwhile, or another program holds it: it is looked at again.")
        if moved is not None and self._unmoved.pop(digest, None) is None:
            self._count(name, lines)

    def _count(self, name: str, lines: Sequence[str]) -> None:
        self.merged.append(name)
        self.tell(f"{name}: {' '.join(lines)}")

    def _refuse(self, path: Path, digest: str, error: Refused | UsageError) -> None:
        problems = error.items if isinstance(error, Refused) else (str(error),)
        if any(isinstance(one, Problem) and one.code in _NO_FAULT for one in problems):
            raise error
        if digest_of(path) != digest:
            return None  # it changed while it was read, and is looked at again
        lines = [one.coded if isinstance(one, Problem) else one for one in problems]
        reason = self.inbox.refuse(path, digest, lines)
        name = sayable(path.name)
        self.refused.append(name)
        return self.tell(f"{name} was not merged: {lines[0]} All of it: {sayable(str(reason))}")

    def _tell_once(self, of: str, words: str) -> None:
        if self._told.get(of) != words:
            self._told[of] = words
            self.tell(words)

    def _advance(self) -> tuple[Why, str] | None:
        """Deliver the open round, or propose one and deliver it; return why there is none to propose.

        While samples of the latest round are still to come, nothing is proposed, and no rule ends it.
        """
        self.campaign.refresh()
        state = self.campaign.state
        # Stopped between record and workbook, a round has none: proposing writes it.
        lost = lost_workbook(self.campaign.folder, state) is not None
        if lost or (state.open_round is None and not self._waits()):
            ended = None if lost else self._stopped()
            if ended is not None:
                return ended
            try:
                self._propose()
            except Locked as error:
                self._tell_once("", f"The next round waits: {error}")
        self._deliver()
        return None

    def _waits(self) -> bool:
        """Return whether samples of the latest round are still to come, and say which."""
        latest = max(self.campaign.state.rounds, default=None)
        said = "" if latest is None or self.partial else awaited_words(self.campaign.state, latest)
        if said:
            self._tell_once("", said)
        return bool(said)

    def _stopped(self) -> tuple[Why, str] | None:
        status = self.campaign.status()
        if status.stopped:
            words = "\n".join((*status.stopped, f"To go on anyway: {status.next}"))
            self.outbox.say(STOPPED, words)
            return "stopped", " ".join(status.stopped)
        if self.bounds.rounds is not None and self.proposed >= self.bounds.rounds:
            said = "1 round was" if self.proposed == 1 else f"{self.proposed} rounds were"
            return "rounds", f"{said} proposed and measured, as many as asked for."
        return None

    def _propose(self) -> None:
        try:
            self.proposed += self.campaign.propose(**self.asked).new
        except Refused as error:
            self.outbox.say(NOT_PROPOSED, "\n".join(map(str, error.items)))
            raise
        self.outbox.unsay(STOPPED, NOT_PROPOSED)

    def _deliver(self) -> None:
        """Deliver every round that waits for results."""
        state, folder = self.campaign.state, self.campaign.folder
        for number in sorted(state.rounds):
            path = path_of_workbook(folder, number)
            if not state.pending(number) or not path.exists():
                continue
            target = self.outbox.deliver(f"{state.id} {number} {state.rounds[number].head}", path)
            if target is not None:
                self.delivered.append(target.name)
                self.tell(f"Round {number} is proposed: {target}")

    def _bound(self, looks: int, passed: float) -> tuple[Why, str] | None:
        if self.bounds.once and looks > 1:
            return "looked", "Everything in the inbox was looked at once."
        if self.bounds.seconds is not None and passed >= self.bounds.seconds:
            return "time", f"{self.bounds.seconds:g} seconds are over."
        return None


def plate_in(name: str) -> str | None:
    """Return the round and plate that the name of a reader's file tells; None for other files.

    >>> plate_in("R02 plate-1 GFP.csv"), plate_in("round-03_plate-2.xlsx"), plate_in("round-01.xlsx")
    ('round-02/plate-1', 'round-03/plate-2', None)
    """
    found = _PLATE.match(name)
    return None if found is None else f"round-{int(found[1]):02d}/{found[2].lower()}"
