"""How a file comes into being: whole and for good, or not at all.

`publish` never overwrites: bytes go to a hidden file, are fsynced, and take their name by a hard link,
which fails where the name is taken. `replace` is for files that can be made again from the records.
"""

from __future__ import annotations

import errno
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bioal.errors import Problem, Refused

_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EINVAL}
_ABANDONED = 3600.0  # seconds; a hidden file this old belongs to a program that was killed
_CLAIMED = 60.0  # seconds; a claim is held for two calls to the disk


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn a failure of the disk within the block into a refusal in words."""
    try:
        yield
    except OSError as error:
        said = error.strerror or str(error)
        raise Refused(
            Problem(
                "cannot-write",
                f"'{said}'",
                "a folder with room that may be read and written to",
                "Make room or ask for the right to write; see in `bioal status` what was recorded.",
                file=str(error.filename or folder),
            )
        ) from error


def publish(path: Path, content: bytes) -> None:
    """Write a new file, whole and durable; raise FileExistsError where the name is taken."""
    hidden = _hidden(path)
    try:
        _write(hidden, content)
        _name(hidden, path)
    finally:
        with suppress(OSError):
            hidden.unlink()
    _keep(path.parent)


def replace(path: Path, content: bytes) -> None:
    """Write a file in the place of an earlier one, whole or not at all."""
    hidden = _hidden(path)
    try:
        _write(hidden, content)
        hidden.replace(path)
    finally:
        with suppress(OSError):
            hidden.unlink()
    _keep(path.parent)


def sweep(folder: Path, abandoned: float = _ABANDONED) -> None:
    """Remove the hidden files that killed programs left behind: those older than so many seconds."""
    for hidden in folder.glob(".*.tmp"):
        with suppress(OSError):
            if time.time() - hidden.stat().st_mtime > abandoned:
                hidden.unlink()


def _hidden(path: Path) -> Path:
    return path.with_name(f".{path.name}-{secrets.token_hex(6)}.tmp")


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        left = memoryview(content)
        while left:
            left = left[os.write(handle, left) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def _name(hidden: Path, path: Path) -> None:
    try:
        path.hardlink_to(hidden)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _name_by_claim(hidden, path)


def _name_by_claim(hidden: Path, path: Path) -> None:
    # Sticks and some network shares know no links. There the right to a name is an empty file made
    # exclusively; its owner alone renames. A claim outlives its owner only by a kill within these lines.
    claim = path.with_name(f".{path.name}.claim")
    with suppress(FileNotFoundError):
        if time.time() - claim.stat().st_mtime > _CLAIMED:
            claim.unlink()
    os.close(os.open(claim, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
    try:
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        hidden.rename(path)
    finally:
        claim.unlink()


def _keep(folder: Path) -> None:
    # the name itself is durable only when the folder is; Windows cannot open a folder
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
