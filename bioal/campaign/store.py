"""The records of a campaign as files in a folder: appended for ever, never changed.

`records/000007.json` can be published once; who loses the race for a number tries the next one, on the new
parent. Reading checks everything: each digest, each parent, gaps, forks, copies made by a synchronising
service. `records/head` only remembers how far the chain went, so that a missing tail is noticed.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bioal import __version__
from bioal.campaign.bodies import Body
from bioal.campaign.files import publish, replace, sweep, writing
from bioal.campaign.records import Record, canonical, decoded, encoded
from bioal.errors import Locked, Problem, Refused

_NAME = re.compile(r"(\d{6})\.json")
_TRIES = 1000  # races lost in a row before bioal says so


@dataclass(frozen=True)
class Store:
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

    def append(self, body: Body, *, expecting: str | None = None) -> Record:
        """Publish a record at the end of the chain and return it.

        With `expecting`, the digest of the head that a decision rests on, nothing is published when
        somebody else has published meanwhile; without, the record goes behind theirs.
        """
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            sweep(self.folder)
            chain: tuple[Record, ...] = ()
            for _ in range(_TRIES):
                chain = self.read(chain)
                record = self._published(body, chain, expecting)
                if record is not None:
                    return record
        raise Locked(f"Others write to {self.folder} without pause. Run the command again.")

    def _published(self, body: Body, chain: tuple[Record, ...], expecting: str | None) -> Record | None:
        parent = chain[-1].sha256 if chain else ""
        if expecting is not None and parent != expecting:
            raise Locked("Somebody else changed this campaign meanwhile. Run the command again.")
        now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        record, content = encoded(body, number=len(chain) + 1, parent=parent, time=now, version=__version__)
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
        head = self._remembered(
            problems
        )  # read first: what it names was published before, so it must be listed
        names = sorted(path.name for path in self.folder.glob("*.json")) if self.folder.is_dir() else []
        numbers = {int(match[1]): name for name in names if (match := _NAME.fullmatch(name))}
        kept = known if {record.number for record in known} <= set(numbers) else ()
        found: dict[int, Record] = {record.number: record for record in kept}
        problems += [self._stranger(name) for name in names if not _NAME.fullmatch(name)]
        for number, name in numbers.items():
            if number not in found:
                _collect(self.folder / name, found, number, problems)
        problems += _gaps(self.folder, numbers, head[0])
        problems += _broken_links(found, self.folder)
        if head[0] in found and found[head[0]].sha256 != head[1]:
            problems.append(_forked_head(self.folder, *head))
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


def _file(number: int) -> str:
    return f"{number:06d}.json"


def _collect(path: Path, found: dict[int, Record], number: int, problems: list[Problem]) -> None:
    try:
        record = decoded(path.read_bytes(), f"records/{path.name}")
    except Refused as error:
        problems.extend(error.items)
    except OSError as error:
        problems.append(
            _at(
                path.parent,
                path.name,
                "record-unreadable",
                f"'{error.strerror}'",
                "a readable file",
                "Ask for the right to read it.",
            )
        )
    else:
        if record.number == number:
            found[number] = record
        else:
            problems.append(
                _at(
                    path.parent,
                    path.name,
                    "record-misplaced",
                    f"record {record.number}",
                    f"record {number}",
                    "Give the file its old name back, or restore it from a backup.",
                )
            )


def _broken_links(found: dict[int, Record], folder: Path) -> Iterator[Problem]:
    for number, record in sorted(found.items()):
        before = found.get(number - 1)
        parent = before.sha256 if before else ""
        said = f"the digest of {_file(number - 1)}" if before else "no record before the first"
        if (before or number == 1) and record.parent != parent:
            yield _at(
                folder,
                _file(number),
                "record-fork",
                f"parent {record.parent[:12] or 'none'}",
                f"parent {parent[:12] or 'none'}, {said}",
                "This record grew from another past. Restore the records of one campaign from a backup.",
            )
        if (number == 1) != (record.kind == "campaign"):
            yield _at(
                folder,
                _file(number),
                "record-misplaced",
                f"a record of kind {record.kind}",
                "the campaign's beginning first, and once",
                "Restore the records of one campaign from a backup.",
            )


def _gaps(folder: Path, numbers: Collection[int], head: int) -> Iterator[Problem]:
    remedy = "Put it back from a backup, or wait until the shared folder has synchronised."
    last = max(numbers, default=0)
    for number in range(1, last):
        if number not in numbers:
            yield _at(folder, _file(number), "record-missing", "no file", f"record {number}", remedy)
    if head > last:
        span = _file(head) if head == last + 1 else f"{_file(last + 1)} to {_file(head)}"
        yield _at(folder, span, "record-missing", "no file", "the newest records, once written here", remedy)


def _forked_head(folder: Path, number: int, digest: str) -> Problem:
    found, expected = f"another record {number} ({digest[:12]}...)", f"the digest of {_file(number)}"
    remedy = "Find the folder or backup that holds it, keep one of the two, and delete records/head."
    return _at(folder, "head", "record-fork", found, expected, remedy)


def _at(folder: Path, name: str, code: str, found: str, expected: str, remedy: str) -> Problem:
    return Problem(code, found, expected, remedy, file=f"{folder.name}/{name}")
