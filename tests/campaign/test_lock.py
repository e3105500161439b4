"""A lock names host, process and time; one that is nobody's any more is recognised, any other respected."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bioal.campaign.lock import LOCK, alive, locked
from bioal.errors import Locked


def held(folder: Path, **changed: object) -> None:
    """Write a lock as this very process would, with some of it changed."""
    with locked(folder):
        holder = json.loads((folder / LOCK).read_bytes())
    (folder / LOCK).write_text(json.dumps(holder | changed), encoding="utf-8")


def test_a_lock_names_host_process_and_time(tmp_path):
    with locked(tmp_path):
        holder = json.loads((tmp_path / LOCK).read_bytes())
        said = re.escape(f"process {os.getpid()} on {socket.gethostname()}, since {holder['time']}.")
        with pytest.raises(Locked, match=said), locked(tmp_path):
            pass
    assert not (tmp_path / LOCK).exists()


def test_the_lock_of_a_process_that_is_gone_is_set_aside(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert not alive(gone.pid)
    held(tmp_path, pid=gone.pid, started="")
    with locked(tmp_path):
        assert json.loads((tmp_path / LOCK).read_bytes())["pid"] == os.getpid()
    assert list(tmp_path.iterdir()) == []


def test_another_process_with_the_number_of_a_gone_one_does_not_hold_its_lock(tmp_path):
    if not Path("/proc/1/stat").exists():
        pytest.skip("this system does not say when a process began")
    running = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        held(tmp_path, pid=running.pid, started="")
        with pytest.raises(Locked, match=f"process {running.pid}"), locked(tmp_path):
            pass
        held_longer = json.loads((tmp_path / LOCK).read_bytes()) | {"started": "1"}
        (tmp_path / LOCK).write_text(json.dumps(held_longer), encoding="utf-8")
        with locked(tmp_path):
            pass
    finally:
        running.communicate(b"\n")


def test_a_lock_of_ones_own_that_could_not_be_removed_holds_nobody_up(tmp_path):
    held(tmp_path, token="given back, but the file stayed")
    with locked(tmp_path):
        pass


@pytest.mark.parametrize(
    "changed",
    [{"host": "elsewhere"}, {"numbering": "another container", "pid": 4194305}, {"pid": "1"}, {"pid": True}],
)
def test_a_lock_of_which_this_host_cannot_judge_is_respected(tmp_path, changed):
    held(tmp_path, **changed)
    with pytest.raises(Locked, match="if it no longer runs, delete"), locked(tmp_path):
        pass
    assert (tmp_path / LOCK).exists()


@pytest.mark.parametrize("content", [b"", b"[" * 100_000, b"[1]", b"\xff", b'"pid"'])
def test_a_lock_that_cannot_be_read_is_respected_in_words(tmp_path, content):
    (tmp_path / LOCK).write_bytes(content)
    said = r"process \? on an unknown host, since an unknown time"
    with pytest.raises(Locked, match=said), locked(tmp_path):
        pass
