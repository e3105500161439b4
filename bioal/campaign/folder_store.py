"""The records of a campaign as files in a folder: appended for ever, never changed.

`records/000007.json` can be published once; who loses the race for a number tries the next one, on the new
parent. Reading checks everything: each digest, each parent, gaps, forks, copies made by a synchronising
service. `records/head` only remembers how far the chain went, so that a missing tail is noticed.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bioal.campaign.bodies import Body
from bioal.campaign.chain import broken_links, follower, forked_head, misplaced, missing
from bioal.campaign.files import publish, replace, sweep, writing
from bioal.campaign.records import Record, canonical, decoded
from bioal.errors import Locked, Problem, Refused

_NAME = re.compile(r"(\d{6})\.json")
_TRIES = 1000  # races lost in a row before bioal says so


@dataclass(frozen=True)
class FolderStore:
    """A folder of records."""

    folder: Path

    def read(self, known: tuple[Record, ...] = ()) -> tuple[Record, ...]:
        """Return all records in order; raise Refused with every problem of the chain.

        `known` are records read before: their files are immutable and not read again.
        """
        chain, problems = self._inspected(known)
        if problems:
            raise Refused(problems)
        return chain

    def problems(self) -> tuple[Problem, ...]:
        """Return everything that is wrong with the records, naming each file."""
        return self._inspected(())[1]

    def append(
        self, body: Body, *, expecting: str | None = None, known: tuple[Record, ...] = ()
    ) -> Record:
        """Publish a record at the end of the chain and return it.

        With `expecting`, the digest of the head that a decision rests on, nothing is published when
        somebody else has published meanwhile; without, the record goes behind theirs. `known` is as for
        `read`.
        """
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            sweep(self.folder)
            chain = known
            for _ in range(_TRIES):
                chain = self.read(chain)
                record = self._published(body, chain, expecting)
                if record is not None:
                    return record
        raise Locked(f"Others write to {self.folder} without pause. Run the command again.")

    def _published(self, body: Body, chain: tuple[Record, ...], expecting: str | None) -> Record | None:
        record, content = follower(body, chain, expecting)
        try:
            publish(self.folder / _file(record.number), content)
        except FileExistsError:
            return None
        # the record is safe now: that its number could not be noted must not look like a failure
        with suppress(OSError):
            replace(self.folder / "head", canonical({"number": record.number, "sha256": record.sha256}))
        return record

    def _inspected(self, known: tuple[Record, ...]) -> tuple[tuple[Record, ...], tuple[Problem, ...]]:
        problems: list[Problem] = []
        # the head is read first: what it names was published before, so it must be listed
        head = self._remembered(problems)
        names = self._listed(problems)
        numbers = {int(match[1]): name for name in names if (match := _NAME.fullmatch(name))}
        kept = known if {record.number for record in known} <= set(numbers) else ()
        found: dict[int, Record] = {record.number: record for record in kept}
        problems += [self._stranger(name) for name in names if not _NAME.fullmatch(name)]
        for number in numbers:
            if number not in found:
                self._collect(number, found, problems)
        problems += missing(numbers, head[0], self._place, _RESTORE)
        problems += broken_links(found, self._place)
        if head[0] in found and found[head[0]].sha256 != head[1]:
            problems.append(forked_head(*head, self._place, f"{self.folder.name}/head", _KEEP_ONE))
        return tuple(found[number] for number in sorted(found)), tuple(problems)

    def _remembered(self, problems: list[Problem]) -> tuple[int, str]:
        try:
            head = json.loads((self.folder / "head").read_bytes())
            return int(head["number"]), str(head["sha256"])
        except FileNotFoundError:
            return 0, ""
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            remedy = "If all records are there, delete this file: the next record makes it anew."
            found, expected = "unreadable content", "a number and a digest"
            problems.append(_at(self.folder, "head", "head-damaged", found, expected, remedy))
            return 0, ""

    def _listed(self, problems: list[Problem]) -> list[str]:
        # not `glob`: it takes a folder that cannot be listed for an empty one
        try:
            return sorted(path.name for path in self.folder.iterdir() if path.suffix == ".json")
        except FileNotFoundError:
            return []
        except OSError as error:
            problems.append(_unreadable(self.folder, "", error))
            return []

    def _place(self, number: int) -> str:
        return f"{self.folder.name}/{_file(number)}"

    def _collect(self, number: int, found: dict[int, Record], problems: list[Problem]) -> None:
        path = self.folder / _file(number)
        try:
            record = decoded(path.read_bytes(), f"records/{path.name}")
        except Refused as error:
            problems.extend(error.items)
        except OSError as error:
            problems.append(_unreadable(self.folder, path.name, error))
        else:
            if record.number == number:
                found[number] = record
            else:
                problems.append(misplaced(record, number, self._place))

    def _stranger(self, name: str) -> Problem:
        try:
            record = decoded((self.folder / name).read_bytes(), name)
        except (Refused, OSError):
            return _at(
                self.folder,
                name,
                "record-stranger",
                "a file bioal did not write",
                "only 000001.json, 000002.json, ...",
                "Move it out of the folder.",
            )
        twin = self.folder / _file(record.number)
        if twin.exists() and twin.read_bytes() == (self.folder / name).read_bytes():
            return _at(
                self.folder, name, "record-copy", f"a copy of {twin.name}", "each record once", "Delete it."
            )
        return _at(
            self.folder,
            name,
            "record-fork",
            f"another record {record.number} ({record.kind}, {record.time})",
            f"one record {record.number}",
            "Two computers wrote at once. Keep one of the two; enter the other's content again.",
        )


_RESTORE = "Put it back from a backup, or wait until the shared folder has synchronised."
_KEEP_ONE = "Find the folder or backup that holds it, keep one of the two, and delete records/head."


def _file(number: int) -> str:
    return f"{number:06d}.json"


def _unreadable(folder: Path, name: str, error: OSError) -> Problem:
    said, remedy = f"'{error.strerror}'", "Ask for the right to read it, or put it back from a backup."
    return _at(folder, name, "record-unreadable", said, "a folder of readable files", remedy)


def _at(folder: Path, name: str, code: str, found: str, expected: str, remedy: str) -> Problem:
    return Problem(code, found, expected, remedy, file=f"{folder.name}/{name}")
