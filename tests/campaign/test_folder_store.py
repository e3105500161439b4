from __future__ import annotations

import errno
import json
import multiprocessing
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bioal.campaign.bodies import Body, CampaignBody, ExclusionBody
from bioal.campaign.folder_store import FolderStore
from bioal.campaign.records import canonical, decoded
from bioal.errors import Locked, Refused


def append_many(folder: str, worker: int, count: int) -> None:
    for number in range(count):
        FolderStore(Path(folder)).append(ExclusionBody(where="R01", samples=[], reason=f"{worker}/{number}"))


def reasons(store: FolderStore) -> list[str]:
    return [record.body.reason for record in store.read()[1:] if isinstance(record.body, ExclusionBody)]


@pytest.mark.smoke
def test_records_come_back_as_they_were_written_each_with_its_parents_digest(store: FolderStore) -> None:
    first, second, third = store.read()
    assert (first.parent, second.parent, third.parent) == ("", first.sha256, second.sha256)
    assert isinstance(first.body, CampaignBody)
    assert first.body.name == "Yield of µ, β and 日本"


def test_a_record_can_be_checked_without_bioal(store: FolderStore) -> None:
    import hashlib

    fields = json.loads((store.folder / "000002.json").read_text(encoding="utf-8"))
    claimed = fields.pop("sha256")
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
    assert hashlib.sha256(text.encode("utf-8")).hexdigest() == claimed


def test_every_changed_byte_of_every_record_is_noticed_and_its_file_named(store: FolderStore) -> None:
    for path in sorted(store.folder.glob("*.json")):
        whole = path.read_bytes()
        for at in range(len(whole)):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << at % 8)]) + whole[at + 1 :])
            with pytest.raises(Refused, match=path.name):
                store.read()
        path.write_bytes(whole)
    assert not store.problems()


def test_a_record_cut_at_any_length_is_noticed(store: FolderStore) -> None:
    path = store.folder / "000003.json"
    whole = path.read_bytes()
    for length in range(len(whole)):
        with pytest.raises(Refused, match="000003"):
            decoded(whole[:length], path.name)


def test_a_missing_record_is_named_in_the_middle_and_at_the_tail(store: FolderStore) -> None:
    kept = (store.folder / "000002.json").read_bytes()
    (store.folder / "000002.json").unlink()
    with pytest.raises(Refused, match=r"000002\.json: found no file"):
        store.read()
    (store.folder / "000002.json").write_bytes(kept)
    (store.folder / "000003.json").unlink()
    with pytest.raises(Refused, match=r"000003\.json: found no file"):
        store.read()


def test_a_copy_a_stranger_and_a_fork_are_told_apart(
    store: FolderStore, tmp_path: Path, remark: Callable[[int], Body]
) -> None:
    other = FolderStore(tmp_path / "other")
    shutil.copytree(store.folder, other.folder)
    (other.folder / "000003.json").unlink()
    (other.folder / "head").unlink()
    other.append(remark(77))
    shutil.copy(other.folder / "000003.json", store.folder / "000003 (Ana's laptop).json")
    shutil.copy(store.folder / "000002.json", store.folder / "000002 (1).json")
    (store.folder / "plan.json").write_text("{}", encoding="utf-8")
    found = {problem.file.split("/")[1]: problem.code for problem in store.problems()}
    assert found == {
        "000003 (Ana's laptop).json": "record-fork",
        "000002 (1).json": "record-copy",
        "plan.json": "record-stranger",
    }


def test_a_record_from_another_past_is_named(
    store: FolderStore, tmp_path: Path, beginning: CampaignBody, remark: Callable[[int], Body]
) -> None:
    other = FolderStore(tmp_path / "other")
    other.append(beginning.model_copy(update={"id": "decaf"}))
    other.append(remark(5))
    shutil.copy(other.folder / "000002.json", store.folder / "000002.json")
    named = {(problem.file, problem.code) for problem in store.problems()}
    assert ("records/000002.json", "record-fork") in named


def test_swapped_records_are_named(store: FolderStore) -> None:
    second, third = store.folder / "000002.json", store.folder / "000003.json"
    kept = second.read_bytes()
    second.write_bytes(third.read_bytes())
    third.write_bytes(kept)
    assert {problem.code for problem in store.problems()} >= {"record-misplaced"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"schema":1,"schema":1}', "stands twice"),
        (b'{"schema":NaN}', "NaN is no number"),
        (b'{"schema":1e999}', "not JSON compliant"),
        (b"[" * 100_000, "nesting without end"),
        (b"\xff\xfe", "unreadable JSON"),
        (b'{"schema":1,"kind":"\\ud800"}', "unreadable JSON"),
        (b"[]", "no object"),
        (b'{"schema":2,"kind":"results","version":"9.1"}', "written by bioal 9.1.*Update bioal"),
        (b'{"schema":1,"kind":"dream","version":"9.1"}', "kind 'dream'.*Update bioal"),
        (b'{"schema":1,"kind":"undo","body":{"__reduce__":1}}', "Field required"),
    ],
)
def test_rubbish_is_refused_in_words(content: bytes, said: str) -> None:
    with pytest.raises(Refused, match=said):
        decoded(content, "000001.json")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200))
def test_any_bytes_are_a_record_or_refused(content: bytes) -> None:
    with pytest.raises(Refused, match="000001"):
        decoded(content, "000001.json")


def test_nothing_that_is_no_number_is_ever_written() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical({"value": float("nan")})


def test_eight_threads_lose_nothing(store: FolderStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda worker: append_many(str(store.folder), worker, 5), range(8)))
    assert set(reasons(store)) >= {f"{worker}/{number}" for worker in range(8) for number in range(5)}


def test_processes_lose_nothing(store: FolderStore) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [
        context.Process(target=append_many, args=(str(store.folder), worker, 4)) for worker in range(3)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(store.read()) == 3 + 12


def test_a_decision_is_not_recorded_behind_a_head_it_did_not_see(
    store: FolderStore, remark: Callable[[int], Body]
) -> None:
    seen = store.read()[-1].sha256
    store.append(remark(3), expecting=seen)
    with pytest.raises(Locked, match="changed this campaign meanwhile"):
        store.append(remark(4), expecting=seen)
    assert len(store.read()) == 4


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES])
def test_when_the_nth_operation_fails_the_record_is_there_or_not_and_nothing_in_between(
    store: FolderStore, remark: Callable[[int], Body], failing_disk: Callable[..., Any], code: int
) -> None:
    for passes in range(40):
        before = store.read()
        acknowledged = False
        with failing_disk(passes, code) as disk, suppress(Refused):
            store.append(remark(100 + passes))
            acknowledged = True
        after = store.read()
        assert after[: len(before)] == before
        assert len(after) - len(before) in ((1,) if acknowledged else (0, 1))
        assert acknowledged or len(after) == len(before) or passes > 3, (
            "only a named record may outlive a failure"
        )
        if not disk.failed:
            return
    pytest.fail("the disk still failed after 40 operations")


def test_a_short_write_is_completed(
    store: FolderStore, remark: Callable[[int], Body], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, content: real(handle, content[:7]))
    store.append(remark(9))
    assert reasons(store)[-1] == "remark 9"


def test_a_disk_without_links_keeps_exclusiveness(
    store: FolderStore, remark: Callable[[int], Body], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", no_links)
    append = [lambda number=number: store.append(remark(number)) for number in range(10, 18)]
    with ThreadPoolExecutor(4) as pool:
        outcomes = [pool.submit(one) for one in append]
    assert [outcome.result().number for outcome in outcomes]
    assert len(store.read()) == 3 + 8
    assert not [path for path in store.folder.iterdir() if path.name.endswith((".tmp", ".claim"))]


def test_killed_writers_lose_nothing_that_was_acknowledged(store: FolderStore) -> None:
    context = multiprocessing.get_context("spawn")
    acknowledged = 0
    for turn in range(4):
        worker = context.Process(target=append_many, args=(str(store.folder), turn, 10_000))
        worker.start()
        while len(list(store.folder.glob("*.json"))) < acknowledged + 10:
            worker.join(0.01)
        acknowledged = len(list(store.folder.glob("*.json")))
        worker.kill()
        worker.join()
        assert len(store.read()) >= acknowledged
        acknowledged = len(store.read())


def test_the_hidden_files_of_the_killed_are_swept_when_they_are_old(
    store: FolderStore, remark: Callable[[int], Body]
) -> None:
    old, young = store.folder / ".000009.json-ab.tmp", store.folder / ".000009.json-cd.tmp"
    for path in (old, young):
        path.write_bytes(b"half a rec")
    os.utime(old, (1e9, 1e9))
    store.append(remark(3))
    assert (old.exists(), young.exists()) == (False, True)
