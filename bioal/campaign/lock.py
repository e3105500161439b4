"""One writer at a time: a lock file that names host, process and time.

It is made by exclusive creation, which shared folders keep too. A lock is stale, and set aside, when its
process is gone from this very host, or another process has its number by now, or it is this process's own
and was given back, though the file could not be removed. Any other is answered in words, never waited for in
silence.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bioal.campaign.files import publish, writing
from bioal.errors import Locked

LOCK = ".lock"

_held: set[bytes] = set()  # the locks that this process holds now, as they stand in their files


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the campaign's lock for as long as the block runs; raise Locked where another holds it."""
    path = folder / LOCK
    mine = _written()
    _held.add(mine)
    try:
        with writing(folder):
            _take(path, mine)
        yield
    finally:
        _held.discard(mine)
        # whoever set our lock aside as stale has one of his own here
        with suppress(OSError):
            if path.read_bytes() == mine:
                path.unlink()


def _take(path: Path, mine: bytes) -> None:
    for _ in range(3):
        try:
            return publish(path, mine)
        except FileExistsError:
            _set_aside_if_stale(path)
    raise Locked(f"Several programs write to this campaign at once ({path}). Run the command again.")


def _written() -> bytes:
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    holder = {
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "started": _started(os.getpid()),
        "numbering": _numbering(),
        "time": now,
        "token": secrets.token_hex(8),
    }
    return json.dumps(holder).encode("utf-8")


def _set_aside_if_stale(path: Path) -> None:
    try:
        found = path.read_bytes()
    except FileNotFoundError:
        return
    holder = _holder(found)
    if not _stale(holder, found):
        raise Locked(
            f"Another program writes to this campaign: process {holder.get('pid', '?')} on "
            f"{holder.get('host', 'an unknown host')}, since {holder.get('time', 'an unknown time')}. "
            f"Wait until it has ended; if it no longer runs, delete {path}."
        )
    aside = path.with_name(f"{path.name}-stale-{secrets.token_hex(4)}")
    with suppress(FileNotFoundError):
        path.rename(aside)
        _put_back_unless(aside, path, found)


def _put_back_unless(aside: Path, path: Path, stale: bytes) -> None:
    # between reading and renaming, another may have replaced the stale lock with a live one
    live = aside.read_bytes()
    if live != stale:
        with suppress(FileExistsError):
            publish(path, live)
    aside.unlink()


def _holder(content: bytes) -> dict[str, object]:
    try:
        holder = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return holder if isinstance(holder, dict) else {}


def _stale(holder: dict[str, object], content: bytes) -> bool:
    pid = holder.get("pid")
    if holder.get("host") != socket.gethostname() or not isinstance(pid, int) or isinstance(pid, bool):
        return False
    # two containers may share a name and a folder, and each count its processes from 1
    if holder.get("numbering", "") not in ("", _numbering()):
        return False
    if pid == os.getpid():
        return content not in _held
    return not alive(pid) or holder.get("started", "") not in ("", _started(pid))


def _started(pid: int) -> str:
    """Return when a process of this host began, in ticks since the start of the system; "" where unknown."""
    try:
        said = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return said.rpartition(")")[2].split()[19]  # field 22; the name in brackets may hold anything
    except (OSError, IndexError):
        return ""


def _numbering() -> str:
    """Return by which numbers this program knows processes: two containers differ; "" where unknown."""
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def alive(pid: int) -> bool:
    """Return whether a process of this host still runs."""
    if sys.platform == "win32":
        return _alive_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _alive_on_windows(pid: int) -> bool:
    # os.kill(pid, 0) sends Ctrl-C there
    import ctypes  # noqa: PLC0415

    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]
    handle = kernel.OpenProcess(0x1000, False, pid)  # PROCESS_QUERY_LIMITED_INFORMATION
    if not handle:
        return False
    code = ctypes.c_ulong()
    kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return code.value == 259  # STILL_ACTIVE
