"""An inbox folder: which files in it are whole, which were refused and why, where the merged ones go.

Only the size and the time of a file say that it is finished: it is *steady* when two looks find it the same.
A refused file stays where it is, its reason beside it with the file's digest, so that it is tried again when
it changes and not before, whoever looks and however often they were stopped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bioal.campaign.files import beside, replace, sayable, writing

DONE = "done"
REASON = ".refused.txt"
RECEIPT = ".merged.txt"
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
        done = self.folder / DONE
        with writing(done):
            done.mkdir(exist_ok=True)
            target = _free(done / path.name)
            _leave_receipt(beside(target, RECEIPT), digest, lines)
        with suppress(PermissionError, FileNotFoundError):
            if digest_of(path) == digest:
                path.rename(target)
                _reason(path).unlink(missing_ok=True)
                return target
        return None


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


def _free(path: Path) -> Path:
    """Return the path, or the first of its kind with a number that is not taken."""
    numbered = (path.with_name(f"{path.stem}-{at}{path.suffix}") for at in range(2, 10_000))
    return path if not path.exists() else next(one for one in numbered if not one.exists())


def _leave_receipt(receipt: Path, digest: str, lines: Sequence[str]) -> None:
    with suppress(FileNotFoundError):
        # Stopped before the file was moved, the first receipt says what was recorded; now nothing is new.
        if digest.encode() in receipt.read_bytes():
            return
    said = "\n".join([*lines, "", f"SHA-256 of the file: {digest}"])
    replace(receipt, f"{said}\n".encode("utf-8", "backslashreplace"))
