"""Whether records are one chain: none missing, each grown from the one before, the beginning first and once.

Every store asks this of what it holds; where a record lies (a file, a row of a database) the store says.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping

from bioal import __version__
from bioal.campaign.bodies import Body
from bioal.campaign.records import Record, encoded
from bioal.errors import Locked, Problem

Place = Callable[[int], str]  # where the record of a number lies: its folder or database, a slash, its name

_NOTHING = "no file"


def follower(body: Body, chain: tuple[Record, ...], expecting: str | None) -> tuple[Record, bytes]:
    """Return the record that would follow a chain, and its bytes.

    Raises
    ------
    Locked
        When the chain has another head than the one that a decision rests on.
    """
    parent = chain[-1].sha256 if chain else ""
    if expecting is not None and parent != expecting:
        raise Locked("Somebody else changed this campaign meanwhile. Run the command again.")
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return encoded(body, number=len(chain) + 1, parent=parent, time=now, version=__version__)


def missing(numbers: Collection[int], head: int, place: Place, remedy: str) -> Iterator[Problem]:
    """Yield a problem for each gap, and for a tail that was there once: `head` is the last known number."""
    last = max(numbers, default=0)
    for number in range(1, last):
        if number not in numbers:
            yield Problem("record-missing", _NOTHING, f"record {number}", remedy, file=place(number))
    if head > last:
        first = place(last + 1)
        span = first if head == last + 1 else f"{first} to {_short(place(head))}"
        yield Problem("record-missing", _NOTHING, "the newest records, once written here", remedy, file=span)


def broken_links(found: Mapping[int, Record], place: Place) -> Iterator[Problem]:
    """Yield a problem for each record that did not grow from the one before it."""
    for number, record in sorted(found.items()):
        before = found.get(number - 1)
        parent = before.sha256 if before else ""
        if (before or number == 1) and record.parent != parent:
            yield _grown_elsewhere(record, before, place)
        if (number == 1) != (record.kind == "campaign"):
            yield Problem(
                "record-misplaced",
                f"a record of kind {record.kind}",
                "the campaign's beginning first, and once",
                "Restore the records of one campaign from a backup.",
                file=place(number),
            )


def misplaced(record: Record, number: int, place: Place) -> Problem:
    """Return the problem of a record that lies where another should."""
    remedy = "Give the file its old name back, or restore it from a backup."
    return Problem(
        "record-misplaced", f"record {record.number}", f"record {number}", remedy, file=place(number)
    )


def forked_head(number: int, digest: str, place: Place, where: str, remedy: str) -> Problem:
    """Return the problem of a last record that is another than the one that was written here."""
    found, expected = f"another record {number} ({digest[:12]}...)", f"the digest of {_short(place(number))}"
    return Problem("record-fork", found, expected, remedy, file=where)


def _grown_elsewhere(record: Record, before: Record | None, place: Place) -> Problem:
    parent = before.sha256 if before else ""
    said = f"the digest of {_short(place(before.number))}" if before else "no record before the first"
    return Problem(
        "record-fork",
        f"parent {record.parent[:12] or 'none'}",
        f"parent {parent[:12] or 'none'}, {said}",
        "This record grew from another past. Restore the records of one campaign from a backup.",
        file=place(record.number),
    )


def _short(place: str) -> str:
    return place.rpartition("/")[2]
