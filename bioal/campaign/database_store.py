"""The records of a campaign as rows of a database: the same bytes as the files of a folder, added for ever.

Two tables hold the campaigns of a team. In `bioal_records` a number and a parent can be taken once in each
campaign: who loses the race for them tries the next number, on the new parent. `bioal_heads` remembers how
far each chain went. A record and its head become visible together, and are on the server's disk before
anybody is told so. Every statement has its own connection, so that a lost one harms only itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    NullPool,
    Row,
    String,
    Table,
    UniqueConstraint,
    create_engine,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.schema import CreateTable

from bioal.campaign.bodies import Body
from bioal.campaign.chain import broken_links, follower, forked_head, misplaced, missing
from bioal.campaign.database_url import connect_options, database_name, parsed_url
from bioal.campaign.records import Record, decoded
from bioal.errors import Locked, Problem, Refused, UsageError

_TABLES = MetaData()
_RECORDS = Table(
    "bioal_records",
    _TABLES,
    Column("campaign", String(64), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("parent", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("time", String(32), nullable=False),
    # bytes, not text: what was written comes back whatever the encoding of the database
    Column("content", LargeBinary, nullable=False),
    UniqueConstraint("campaign", "parent", name="bioal_one_child"),
)
_HEADS = Table(
    "bioal_heads",
    _TABLES,
    Column("campaign", String(64), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
)
_TRIES = 1000  # races lost in a row before bioal says so
_RESTORE = "Restore the database from a backup."


@dataclass(frozen=True)
class DatabaseStore:
    """A campaign's rows in a database, which its URL names without a password."""

    url: str
    campaign: str

    def read(self, known: tuple[Record, ...] = ()) -> tuple[Record, ...]:
        """Return all records in order; raise Refused with every problem of the chain.

        `known` are records read before, which are not fetched again while their rows stay the same.
        """
        chain, problems = self._inspected(known)
        if problems:
            raise Refused(problems)
        return chain

    def problems(self) -> tuple[Problem, ...]:
        """Return everything that is wrong with the records, naming each."""
        return self._inspected(())[1]

    def append(
        self, body: Body, *, expecting: str | None = None, known: tuple[Record, ...] = ()
    ) -> Record:
        """Add a record at the end of the chain and return it.

        With `expecting`, the digest of the head that a decision rests on, nothing is added when somebody
        else has added meanwhile; without, the record goes behind theirs. `known` is as for `read`.
        """
        chain = self.read(known)
        if not chain:
            self._make_tables()
        for _ in range(_TRIES):
            record, content = follower(body, chain, expecting)
            if self._added(record, content):
                return record
            chain = self.read(chain)
        raise Locked(f"Others write to {self._name} without pause. Run the command again.")

    @cached_property
    def _engine(self) -> Engine:
        url = parsed_url(self.url)
        try:
            return create_engine(
                url, poolclass=NullPool, hide_parameters=True, connect_args=connect_options(url)
            )
        except ImportError as error:
            said = f"A database of this kind needs {error.name or 'a driver'}."
            raise UsageError(f"{said} Install it: pip install 'bioal[database]'.") from error

    @property
    def _name(self) -> str:
        return database_name(parsed_url(self.url))

    def _place(self, number: int) -> str:
        return f"{self._name}/record {number}"

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._worded(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _worded(self) -> Iterator[None]:
        """Turn a failure of the database within the block into a refusal in words."""
        try:
            yield
        except SQLAlchemyError as error:
            said = str(error.orig if isinstance(error, DBAPIError) else error).strip()
            remedy = "Check the network and your rights there; see in `bioal status` what was recorded."
            found = f"'{(said or type(error).__name__).splitlines()[0]}'"
            expected = "a database that answers and may be written to"
            raise Refused(
                Problem("database-unusable", found, expected, remedy, file=self._name)
            ) from error

    def _make_tables(self) -> None:
        with self._worded():
            for table in _TABLES.sorted_tables:
                self._make(table)

    def _make(self, table: Table) -> None:
        try:
            with self._engine.begin() as connection:
                connection.execute(CreateTable(table, if_not_exists=True))
        except DBAPIError:
            # two who begin at once may both try to make it
            if not inspect(self._engine).has_table(table.name):
                raise

    def _added(self, record: Record, content: bytes) -> bool:
        """Return whether the record was added; not where its number or its parent is taken."""
        with self._worded():
            try:
                self._add(record, content)
            except IntegrityError:
                return False
            except DBAPIError:
                # a connection that breaks while it commits leaves open whether it did: the table says
                if not self._holds(record):
                    raise
        return True

    def _add(self, record: Record, content: bytes) -> None:
        mine = _HEADS.c.campaign == self.campaign
        head = {"number": record.number, "sha256": record.sha256}
        row = {"parent": record.parent, "kind": record.kind, "time": record.time, "content": content}
        with self._engine.begin() as connection:
            connection.execute(insert(_RECORDS).values(campaign=self.campaign, **head, **row))
            if connection.execute(update(_HEADS).where(mine).values(**head)).rowcount == 0:
                connection.execute(insert(_HEADS).values(campaign=self.campaign, **head))

    def _holds(self, record: Record) -> bool:
        wanted = select(_RECORDS.c.sha256).where(
            _RECORDS.c.campaign == self.campaign, _RECORDS.c.number == record.number
        )
        with self._engine.connect() as connection:
            return connection.execute(wanted).scalar() == record.sha256

    def _inspected(self, known: tuple[Record, ...]) -> tuple[tuple[Record, ...], tuple[Problem, ...]]:
        head, rows = self._fetched(known)
        found = {record.number: record for record in known}
        problems: list[Problem] = []
        for row in rows:
            self._collect(row, found, problems)
        problems += missing(found.keys() | {row.number for row in rows}, head[0], self._place, _RESTORE)
        problems += broken_links(found, self._place)
        if head[0] in found and found[head[0]].sha256 != head[1]:
            problems.append(forked_head(*head, self._place, f"{self._name}/bioal_heads", _RESTORE))
        return tuple(found[number] for number in sorted(found)), tuple(problems)

    def _fetched(self, known: tuple[Record, ...]) -> tuple[tuple[int, str], list[Row[tuple[object, ...]]]]:
        """Return the remembered head, and the rows that are not known."""
        mine = _RECORDS.c.campaign == self.campaign
        rest = select(_RECORDS).where(mine, _RECORDS.c.number > len(known)).order_by(_RECORDS.c.number)
        with self._reading() as connection:
            if not inspect(connection).has_table(_RECORDS.name):
                return (0, ""), []
            # the head is read first: what it names was added before, so it must be there
            one = connection.execute(select(_HEADS).where(_HEADS.c.campaign == self.campaign)).first()
            return (0, "") if one is None else (one.number, one.sha256), list(connection.execute(rest))

    def _collect(
        self, row: Row[tuple[object, ...]], found: dict[int, Record], problems: list[Problem]
    ) -> None:
        # SQLite gives back text where somebody else's program wrote text
        content = row.content.encode("utf-8") if isinstance(row.content, str) else bytes(row.content)
        try:
            record = decoded(content, self._place(row.number))
        except Refused as error:
            problems.extend(error.items)
            return
        if record.number != row.number or record.sha256 != row.sha256:
            problems.append(misplaced(record, row.number, self._place))
        else:
            found[record.number] = record
