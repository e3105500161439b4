"""Where records are kept: in a folder, or in a database that several computers share.

Both are used in one way: read everything, name what is wrong, append behind an expected head.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from bioal.campaign.bodies import Body
from bioal.campaign.folder_store import FolderStore
from bioal.campaign.pointer import POINTER, Pointer, pointer_in
from bioal.campaign.records import Record
from bioal.errors import Problem, Refused, UsageError

RECORDS = "records"


class Store(Protocol):
    """A chain of records that only grows."""

    def read(self, known: tuple[Record, ...] = ()) -> tuple[Record, ...]:
        """Return all records in order; raise Refused with every problem of the chain."""

    def problems(self) -> tuple[Problem, ...]:
        """Return everything that is wrong with the records, naming where each lies."""

    def append(
        self, body: Body, *, expecting: str | None = None, known: tuple[Record, ...] = ()
    ) -> Record:
        """Add a record at the end of the chain, if its head is the expected one, and return it."""


def store_of(folder: Path) -> Store:
    """Return where the records of the campaign in a folder lie.

    Raises
    ------
    Refused
        Where the file that names the database cannot be read.
    UsageError
        Where it names a database that cannot be used.
    """
    pointer = pointer_in(folder)
    return FolderStore(folder / RECORDS) if pointer is None else database_store(pointer)


def records_of(folder: Path) -> tuple[Record, ...]:
    """Return the records of the campaign in a folder, none where there is no campaign.

    Raises
    ------
    Refused
        Where they are damaged, or the database that the folder names has none of them.
    """
    pointer = pointer_in(folder)
    records = store_of(folder).read()
    if pointer is not None and not records:
        found = f"nothing of campaign {pointer.campaign} in that database"
        remedy = "Restore the database from a backup, or correct the url."
        file = str(folder / POINTER)
        raise Refused(Problem("records-missing", found, "the campaign's records", remedy, file=file))
    return records


def begun_records(folder: Path) -> tuple[Record, ...]:
    """Return the records of the campaign in a folder.

    Raises
    ------
    UsageError
        Where there is no campaign.
    Refused
        As `records_of`.
    """
    records = records_of(folder)
    if not records:
        raise UsageError(f"There is no campaign in {folder.absolute()}. Begin one with 'bioal new'.")
    return records


def lasting_url(text: str) -> str:
    """Return a database's URL as it is written down, or raise UsageError where it cannot be used."""
    with _needing_sqlalchemy():
        from bioal.campaign import database_url  # noqa: PLC0415 -- an extra
    return database_url.lasting_url(text)


def database_store(pointer: Pointer) -> Store:
    """Return the records of a campaign in a database.

    Raises
    ------
    UsageError
        Where the extra `database` is not installed, or the URL cannot be used.
    """
    with _needing_sqlalchemy():
        from bioal.campaign.database_store import DatabaseStore  # noqa: PLC0415 -- an extra
    return DatabaseStore(pointer.url, pointer.campaign)


@contextmanager
def _needing_sqlalchemy() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        said = "Records in a database need SQLAlchemy. Install it: pip install 'bioal[database]'."
        raise UsageError(said) from error
