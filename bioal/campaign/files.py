"""How a file comes into being: whole and for good, or not at all.

`publish` never overwrites: bytes go to a hidden file, are fsynced, and take their name by a hard link,
which fails where the name is taken. `replace` is for files that can be made again from the records.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bioal.errors import Problem, Refused

_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EINVAL}
_ABANDONED = 3600.0  # seconds; a hidden file this old belongs to a program that was killed
LONGEST = 255  # bytes of a name, on nearly every file system
_BESIDE = 18  # bytes that the name of a hidden file is longer
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


def fitting(name: str, most: int) -> str:
    """Return as much of the beginning of a name as takes no more than so many bytes.

    >>> fitting("round-01", 255), fitting("\u65e5\u672c", 5)
    ('round-01', '\u65e5')
    """
    # A name that is no UTF-8 holds lone surrogates.
    content = name.encode("utf-8", "surrogatepass")
    return name if len(content) <= most else content[:most].decode("utf-8", "ignore")


def beside(path: Path, ending: str) -> Path:
    """Return the path of a file beside another, named after it; a name that is too long is cut.

    >>> beside(Path("round-01.xlsx"), ".refused.txt").name
    'round-01.xlsx.refused.txt'
    """
    most = LONGEST - _BESIDE - len(ending)
    if fitting(path.name, most) == path.name:
        return path.with_name(f"{path.name}{ending}")
    digest = hashlib.sha256(path.name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return path.with_name(f"{fitting(path.name, most - len(digest) - 1)}~{digest}{ending}")


def sayable(text: str) -> str:
    r"""Return a name or a text in one line that can be printed and written, strange signs as codes.

    >>> sayable("r\udcff.xlsx"), sayable("a\nb") == "a" + chr(92) + "nb"
    ('r\\udcff.xlsx', True)
    """
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


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
