"""An inbox folder: which files in it are whole, which were refused and why, where the merged ones go.

Only the size and the time of a file say that it is finished: it is *steady* when two looks find it the same.
A refused file stays where it is, its reason beside it with the file's digest, so that it is tried again when
it changes and not before, whoever looks and however often they were stopped. A merged file is taken out of
the inbox, seen to be the one that was read, gets its receipt and then its name in `done`; one that was
stopped on this way is brought back.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bioal.campaign.files import LONGEST, beside, fitting, publish, replace, sayable, sweep, writing

DONE = "done"
REASON = ".refused.txt"
RECEIPT = ".merged.txt"
_MOVING = ".moving"  # a folder in `done` for the one file that is on its way there
_LONGEST_ENDING = 12
_NOT_YET = (".part", ".partial", ".crdownload", ".tmp", ".filepart", ".download")
_HIDDEN = (".", "~$")  # also the files by which office programs say that a workbook is open

Looks = Mapping[Path, tuple[int, int]]


@dataclass(frozen=True)
class Inbox:
    """A folder that people and instruments drop files into."""

    folder: Path

    def look(self) -> dict[Path, tuple[int, int]]:
        """Return the size and the time of change of every file that may be a result."""
        found = {}
        for path in sorted(self.folder.iterdir()):
            # A file may go between the listing and the look, or a link lead where nobody may look.
            with suppress(OSError):
                if _is_result(path):
                    seen = path.stat()
                    found[path] = (seen.st_size, seen.st_mtime_ns)
        return found

    def refused(self, path: Path, digest: str) -> bool:
        """Return whether the file, as it is now, was refused before."""
        with suppress(FileNotFoundError):
            return digest.encode() in _reason(path).read_bytes()
        return False

    def refuse(self, path: Path, digest: str, lines: Sequence[str]) -> Path:
        """Write beside a file why it was refused and return where."""
        said = "\n".join(lines)
        text = (
            f"{sayable(path.name)} was not merged. Nothing of it was recorded.\n\n{said}\n\n"
            "Correct the file and save it here again: it is read again as soon as it changes.\n"
            f"The file that was refused has the SHA-256 {digest}.\n"
        )
        with writing(self.folder):
            replace(_reason(path), text.encode("utf-8", "backslashreplace"))
        return _reason(path)

    def put_away(self, path: Path, digest: str, lines: Sequence[str]) -> Path | None:
        """Move a merged file to `done`, what was recorded of it beside it, and return where.

        None where it changed since it was read, or another program holds it: it is looked at again.
        """
        self.restore()
        with writing(self.folder):
            self._moving.mkdir(parents=True, exist_ok=True)
            try:
                with suppress(PermissionError, FileNotFoundError):
                    return self._moved(path, digest, lines)
            finally:
                self.restore()
        return None

    def restore(self) -> None:
        """Bring back what was on its way to `done` when it was stopped; merged again, it changes nothing."""
        moving = self._moving
        if not moving.is_dir():
            return
        with writing(moving):
            sweep(moving, abandoned=0.0)
            for taken in sorted(moving.iterdir()):
                back = self.folder / taken.name
                if back.is_symlink() and digest_of(back) == digest_of(taken):
                    taken.unlink()  # a copy of what lies behind a link, which is still there
                else:
                    taken.rename(next(one for one in _numbered(back) if not os.path.lexists(one)))
            moving.rmdir()

    @property
    def _moving(self) -> Path:
        return self.folder / DONE / _MOVING

    def _moved(self, path: Path, digest: str, lines: Sequence[str]) -> Path | None:
        if digest_of(path) != digest:
            return None
        taken = _taken(path, self._moving)
        # Another file may have taken its place just before: only what lies here now changes no more.
        if digest_of(taken) != digest:
            return None
        target = next(one for one in _numbered(self.folder / DONE / path.name) if _is_free(one, digest))
        _leave_receipt(target, digest, lines)
        taken.rename(target)
        _reason(path).unlink(missing_ok=True)
        return target


def steady(before: Looks, now: Looks) -> tuple[Path, ...]:
    """Return the files that are as they were at the look before, those that changed first first."""
    same = [path for path, seen in now.items() if before.get(path) == seen]
    return tuple(sorted(same, key=lambda path: (now[path][1], path.name)))


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, "" where it is gone."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
    return ""


def _is_result(path: Path) -> bool:
    name = path.name.lower()
    passing = name.startswith(_HIDDEN) or name.endswith((*_NOT_YET, REASON))
    return not passing and path.is_file() and path.stat().st_size > 0


def _reason(path: Path) -> Path:
    return beside(path, REASON)


def _taken(path: Path, folder: Path) -> Path:
    """Move a file into a folder, of a link what lies behind it, and return where.

    A link may lead nowhere from another place, or to another file tomorrow.
    """
    if not path.is_symlink():
        return path.rename(folder / path.name)
    taken = folder / fitting(path.name, LONGEST - 2 * _LONGEST_ENDING)
    publish(taken, path.read_bytes())
    path.unlink()
    return taken


def _numbered(path: Path) -> Iterator[Path]:
    """Yield the path and then others of its kind, with a number."""
    yield path
    ending = path.suffix if len(path.suffix) < _LONGEST_ENDING else ""
    stem = fitting(path.name.removesuffix(ending), LONGEST - 4 * _LONGEST_ENDING)
    yield from (path.with_name(f"{stem}-{at}{ending}") for at in range(2, 10_000))


def _is_free(path: Path, digest: str) -> bool:
    """Return whether neither a file nor the receipt of another one has the name."""
    if os.path.lexists(path):
        return False
    with suppress(FileNotFoundError):
        return digest.encode() in beside(path, RECEIPT).read_bytes()
    return True


def _leave_receipt(path: Path, digest: str, lines: Sequence[str]) -> None:
    receipt = beside(path, RECEIPT)
    if receipt.exists():
        # Stopped before the file had its name, the first one says what was recorded; now nothing is new.
        return
    said = "\n".join([*lines, "", f"SHA-256 of the file: {digest}"])
    publish(receipt, f"{said}\n".encode("utf-8", "backslashreplace"))
