"""Records in a database: SQLite wherever SQLAlchemy is, PostgreSQL where BIOAL_POSTGRES names a server.

    .ci/postgres .venv/bin/pytest -q tests/campaign/test_database_store.py
"""

from __future__ import annotations

import multiprocessing
import os
import secrets
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bioal.campaign.bodies import Body, CampaignBody, ExclusionBody
from bioal.campaign.campaign import Campaign
from bioal.campaign.pointer import POINTER, Pointer
from bioal.campaign.records import decoded
from bioal.campaign.stores import Store, database_store
from bioal.cli.main import run
from bioal.errors import DataWarning, Locked, Refused, UsageError
from bioal.protocol.protocol import protocol_from_toml

sqlalchemy = pytest.importorskip("sqlalchemy", reason="the extra 'database' is not installed")


def server() -> str:
    """Return the URL of the server to test against."""
    url = os.environ.get("BIOAL_POSTGRES", "")
    if not url:
        pytest.skip("BIOAL_POSTGRES names no PostgreSQL server: run .ci/postgres pytest ...")
    pytest.importorskip("psycopg", reason="the extra 'database' is not installed")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the URL of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'team.db'}"
        return
    name = f"test_{secrets.token_hex(6)}"
    admin = sqlalchemy.create_engine(server(), isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool)
    with admin.connect() as connection:
        connection.execute(sqlalchemy.text(f"CREATE DATABASE {name}"))
    yield server().rpartition("/")[0] + "/" + name
    with admin.connect() as connection:
        connection.execute(sqlalchemy.text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def store(url: str, beginning: CampaignBody, remark: Callable[[int], Body]) -> Store:
    kept = database_store(Pointer(url, beginning.id))
    kept.append(beginning)
    kept.append(remark(1))
    kept.append(remark(2))
    assert [record.number for record in kept.read()] == [1, 2, 3]
    return kept


@pytest.fixture
def tell(url: str) -> Callable[[str], list[tuple[object, ...]]]:
    """Return a function that does to the tables what an administrator can."""

    def told(statement: str) -> list[tuple[object, ...]]:
        engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
        with engine.begin() as connection:
            done = connection.execute(sqlalchemy.text(statement))
            return [tuple(row) for row in done] if done.returns_rows else []

    return told


def append_many(url: str, campaign: str, worker: int, count: int, said: str) -> None:
    """Append remarks, and note each in a file once it is acknowledged."""
    mine = database_store(Pointer(url, campaign))
    with Path(said).open("a", encoding="utf-8") as acknowledged:
        for number in range(count):
            try:
                mine.append(ExclusionBody(where="R01", samples=[], reason=f"{worker}/{number}"))
            except Refused:
                continue  # the server was lost meanwhile: nothing was promised
            acknowledged.write(f"{worker}/{number}\n")
            acknowledged.flush()


def beginning_quickly() -> Any:
    """Return the way to make processes that have imported already, where there is one."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["bioal.campaign.campaign", "bioal.campaign.database_store", "pytest"])
    return context


def started(url: str, workers: int, count: int, folder: Path) -> list[multiprocessing.process.BaseProcess]:
    context = beginning_quickly()
    notes = [str(folder / f"{worker}.txt") for worker in range(workers)]
    found = [
        context.Process(target=append_many, args=(url, "c0ffee", worker, count, said))
        for worker, said in enumerate(notes)
    ]
    for one in found:
        one.start()
    return found


def acknowledged(folder: Path) -> set[str]:
    return {line for path in folder.glob("*.txt") for line in path.read_text(encoding="utf-8").splitlines()}


def reasons(store: Store) -> list[str]:
    return [record.body.reason for record in store.read()[1:] if isinstance(record.body, ExclusionBody)]


def test_rows_hold_the_bytes_that_files_would(store, tell):
    rows = tell("SELECT number, parent, sha256, kind, content FROM bioal_records ORDER BY number")
    for record, (number, parent, sha256, kind, content) in zip(store.read(), rows, strict=True):
        assert decoded(bytes(content), "row") == record
        assert (number, parent, sha256, kind) == (record.number, record.parent, record.sha256, record.kind)


def test_records_read_before_are_not_fetched_again(store, remark):
    known = store.read()
    store.append(remark(3))
    again = store.read(known)
    assert len(again) == 4
    assert all(mine is theirs for mine, theirs in zip(known, again, strict=False))


def test_a_decision_is_not_recorded_behind_a_head_it_did_not_see(store, remark):
    seen = store.read()[-1].sha256
    store.append(remark(3), expecting=seen)
    with pytest.raises(Locked, match="changed this campaign meanwhile"):
        store.append(remark(4), expecting=seen)
    assert len(store.read()) == 4


def test_campaigns_of_a_team_do_not_mix(store, url, beginning, remark):
    other = database_store(Pointer(url, "decaf"))
    other.append(beginning.model_copy(update={"id": "decaf"}))
    other.append(remark(9))
    assert (len(store.read()), len(other.read())) == (3, 2)


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        ("UPDATE bioal_records SET content = content || content WHERE number = 2", "record-damaged"),
        ("UPDATE bioal_records SET sha256 = parent WHERE number = 2", "record-misplaced"),
        ("DELETE FROM bioal_records WHERE number = 2", "record-missing"),
        ("DELETE FROM bioal_records WHERE number = 3", "record-missing"),
        ("UPDATE bioal_records SET number = 7 WHERE number = 3", "record-misplaced"),
        ("UPDATE bioal_heads SET sha256 = 'f'", "record-fork"),
        ("DELETE FROM bioal_records WHERE number = 1", "record-missing"),
    ],
)
def test_what_somebody_does_to_the_rows_is_noticed_and_named(store, tell, harm, code):
    tell(harm)
    assert code in {problem.code for problem in store.problems()}
    assert all("record" in problem.file or "heads" in problem.file for problem in store.problems())
    with pytest.raises(Refused, match="record"):
        store.read()


def test_every_changed_byte_of_a_row_is_noticed(store, url, tell):
    (content,) = tell("SELECT content FROM bioal_records WHERE number = 2")[0]
    whole = bytes(content)
    engine = sqlalchemy.create_engine(url)
    change = sqlalchemy.text("UPDATE bioal_records SET content = :content WHERE number = 2")
    for at in range(0, len(whole), 7):
        flipped = whole[:at] + bytes([whole[at] ^ (1 << at % 8)]) + whole[at + 1 :]
        with engine.begin() as connection:
            connection.execute(change, {"content": flipped})
        assert store.problems(), at
    engine.dispose()


def test_two_machines_of_four_processes_lose_nothing(store, url, tmp_path):
    for worker in started(url, 8, 6, tmp_path):
        worker.join()
        assert worker.exitcode == 0
    found = reasons(store)[2:]
    assert len(found) == len(set(found)) == 8 * 6
    assert set(found) == acknowledged(tmp_path)


def test_killed_clients_lose_nothing_that_was_acknowledged(store, url, tmp_path):
    for _ in range(3):
        seen = len(acknowledged(tmp_path))
        workers = started(url, 2, 10_000, tmp_path)
        while len(acknowledged(tmp_path)) < seen + 8:
            time.sleep(0.01)
        for worker in workers:
            worker.kill()
        for worker in workers:
            worker.join()
    assert set(reasons(store)) >= acknowledged(tmp_path)
    assert store.problems() == ()


def test_connections_that_the_server_kills_lose_nothing_that_was_acknowledged(store, url, tmp_path):
    if url.startswith("sqlite"):
        pytest.skip("SQLite has no connections to kill")
    stopped = threading.Event()
    killed: list[int] = []
    admin = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool)
    theirs = "FROM pg_stat_activity WHERE application_name = 'bioal' AND datname = current_database()"
    end = sqlalchemy.text(f"SELECT pg_terminate_backend(pid) {theirs}")

    def terminate() -> None:
        while not stopped.wait(0.02):
            with admin.connect() as connection:
                killed.append(len(connection.execute(end).all()))

    killer = threading.Thread(target=terminate)
    killer.start()
    try:
        for worker in started(url, 4, 40, tmp_path):
            worker.join()
            assert worker.exitcode == 0
    finally:
        stopped.set()
        killer.join()  # or its last blow hits the reading below
    assert sum(killed) > 0
    found = reasons(store)[2:]
    assert len(found) == len(set(found))
    assert set(found) >= acknowledged(tmp_path)
    assert store.problems() == ()


@pytest.mark.parametrize("late", [False, True], ids=["before it is kept", "after it is kept"])
def test_a_connection_that_breaks_at_the_commit_is_answered_by_what_the_table_holds(
    store, remark, monkeypatch, late
):
    engine = store._engine
    fault = engine.dialect.loaded_dbapi.OperationalError("server closed the connection")
    real = engine.dialect.do_commit

    def breaking(connection: object) -> None:
        if late:
            real(connection)
        raise fault

    monkeypatch.setattr(engine.dialect, "do_commit", breaking)
    if late:
        assert store.append(remark(9)).number == 4
    else:
        with pytest.raises(Refused, match=r"server closed the connection.*bioal status"):
            store.append(remark(9))
    monkeypatch.undo()
    assert len(store.read()) == (4 if late else 3)


def test_a_server_that_does_not_answer_is_said_in_words(beginning):
    server()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(Refused, match=r"refused.*a database that answers"):
        database_store(Pointer(f"postgresql+psycopg://lab@127.0.0.1:{port}/lab", "x")).append(beginning)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("postgresql+psycopg://ana:hunter2@server/lab", "Leave the password out"),
        ("postgresql://ana@server/lab?password=hunter2", "Leave the password out"),
        ("mysql://ana@server/hunter2", "PostgreSQL"),
        ("hunter2", "no database's URL"),
        ("sqlite://", "gone when the program ends"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_and_not_repeated(tmp_path, buffer_text, wrong, said):
    with pytest.raises(UsageError, match=said) as refused:
        Campaign.new(tmp_path / "c", protocol_from_toml(buffer_text), store=wrong)
    assert "hunter2" not in str(refused.value)
    assert not any(b"hunter2" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


@pytest.fixture
def shared(tmp_path: Path, url: str, buffer_text: str) -> tuple[Campaign, Campaign]:
    """Return one campaign in the folders of two machines."""
    here = Campaign.new(tmp_path / "here", protocol_from_toml(buffer_text), store=url)
    here.propose(4)
    there = tmp_path / "there"
    there.mkdir()
    shutil.copy(here.folder / POINTER, there)
    return here, Campaign.open(there)


def test_a_campaign_in_a_database_goes_round_the_whole_loop(shared, bench):
    here, _ = shared
    assert not (here.folder / "records").exists()
    assert (here.folder / "rounds" / "round-01.xlsx").is_file()
    here.merge(bench.table(here, 1, bench.values(here, 1)))
    excluded = here.exclude("R01 plate-1 A1:H12", "contaminated")
    assert excluded
    assert here.undo().kind == "exclusion"
    assert Campaign.verify(here.folder) == ()
    again = Campaign.open(here.folder)
    assert again.state.head == here.state.head
    assert list(again.observations["condition"]) == list(here.observations["condition"])
    secret = os.environ.get("PGPASSWORD", "hunter2").encode()
    assert not any(secret in path.read_bytes() for path in here.folder.rglob("*") if path.is_file())


def test_a_copied_pointer_is_the_same_campaign_and_its_files_are_written_there(shared):
    here, there = shared
    assert there.state.head == here.state.head
    assert not there.propose(4).new
    assert (there.folder / "rounds" / "round-01.xlsx").is_file()
    assert (there.folder / "protocol.toml").read_bytes() == (here.folder / "protocol.toml").read_bytes()


def test_two_machines_merge_the_halves_of_a_plate_into_the_union(shared, bench):
    here, there = shared
    values = bench.values(here, 1)
    halves = [dict(list(values.items())[:6]), dict(list(values.items())[6:])]
    here.merge(bench.table(here, 1, halves[0]))
    there.merge(bench.table(there, 1, halves[1]))
    read = Campaign.open(here.folder).state.readings
    assert dict(zip(read["sample"], read["value"], strict=True)) == values


def test_an_amendment_elsewhere_is_no_edit_by_hand_and_arrives_with_a_word(shared, buffer_text):
    here, there = shared
    there.propose(4)
    here.amend(protocol_from_toml(buffer_text.replace("6, 8]", "6, 8, 10]")))
    assert there.status().next.startswith("bioal merge")
    assert Campaign.verify(there.folder) == ()
    with pytest.warns(DataWarning, match="now it is the one in force"):
        there.propose(2, next_=True)
    assert "6, 8, 10]" in (there.folder / "protocol.toml").read_text(encoding="utf-8")


def test_a_database_that_lost_the_campaign_is_said_and_none_is_begun_in_its_place(shared, tell, buffer_text):
    here, _ = shared
    tell("DELETE FROM bioal_records")
    tell("DELETE FROM bioal_heads")
    for asked in (Campaign.open, Campaign.verify):
        with pytest.raises(Refused, match="nothing of campaign"):
            asked(here.folder)
    with pytest.raises(Refused, match="nothing of campaign"):
        Campaign.new(here.folder, protocol_from_toml(buffer_text))


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"url = 1", b"[" * 5000, b"x" * 20_000, b'url = "sqlite:///x"\ncampaign = ""']
)
def test_a_damaged_pointer_is_refused_in_words(tmp_path, content):
    (tmp_path / POINTER).write_bytes(content)
    with pytest.raises(Refused, match=r"database\.toml.*url and campaign"):
        Campaign.open(tmp_path)


def test_records_in_two_places_are_refused(campaign):
    (campaign.folder / POINTER).write_text(Pointer("sqlite:////x", "y").text(), encoding="utf-8")
    with pytest.raises(Refused, match="records in one place"):
        Campaign.open(campaign.folder)


def test_the_command_line_begins_one_and_finds_it_from_within(tmp_path, monkeypatch, capsys, buffer_text):
    monkeypatch.chdir(tmp_path)
    Path("own.toml").write_text(buffer_text, encoding="utf-8")
    assert run(["new", "lab", "--store", "sqlite:///team.db"]) == 3
    assert run(["new", "lab", "--protocol", "own.toml", "--store", "sqlite:///team.db"]) == 0
    assert run(["propose", "--conditions", "4", "--campaign", "lab"]) == 0
    monkeypatch.chdir("lab/rounds")
    assert run(["verify"]) == 0
    assert run(["status"]) == 0
    assert "Traceback" not in capsys.readouterr().err
