"""Copies that synced folders and browsers make of a file, and files that are open: recognised by their names.

Two people who fill in one workbook in a synced folder get two files, each with half of the values. Both are
read; the person is told that there may be another.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

# Dropbox, Nextcloud and Syncthing say so in words; Google Drive and browsers count; OneDrive adds the name of
# the computer to that of the file.
_WORDS = re.compile(
    r"^(.*?)(?:\s*[(\[][^()\[\]]*|[\s._-]*(?:sync-)?)(?:conflic?t|konflikt|conflitt).*$", re.IGNORECASE
)
_COUNTED = re.compile(
    r"^(.*?)(?: \(\d{1,2}\)|[ -]+(?:copy|kopie|copie|copia)(?: ?\(?\d*\)?)?)$", re.IGNORECASE
)
_PREFIXED = re.compile(r"^(?:copy of|kopie von|copie de|copia de|copia di) (.*)$", re.IGNORECASE)
_COMPUTER = re.compile(r"^(round-\d+)-((?=[A-Z0-9-]*[A-Z])[A-Z0-9][A-Z0-9-]*)$")


def original_of(name: str) -> str | None:
    """Return the file that a name is a copy of, None where it is no copy.

    >>> original_of("round-02-PC7.xlsx"), original_of("round-02 (1).xlsx"), original_of("round-02.xlsx")
    ('round-02.xlsx', 'round-02.xlsx', None)
    >>> original_of("round-02 (Anna's conflicted copy 2026-03-01).xlsx")
    'round-02.xlsx'
    >>> original_of("round-02.sync-conflict-20260301-101500-ABCDEF7.xlsx")
    'round-02.xlsx'
    """
    path = Path(name)
    for pattern in (_WORDS, _COUNTED, _PREFIXED, _COMPUTER):
        match = pattern.match(path.stem)
        if match is not None and match[1].strip():
            return f"{match[1].strip()}{path.suffix}"
    return None


def copy_notes(path: Path) -> tuple[str, ...]:
    """Return what a person should know of a file by its name: that it is a copy, or still open."""
    notes = []
    original = original_of(path.name)
    if original is not None:
        there = "which lies beside it; merge that one" if _there(path.with_name(original)) else "; merge that"
        notes.append(
            f"'{path.name}' looks like a copy that a synced folder or browser made of '{original}', "
            f"{there.removeprefix('; ')} too: what differs is then named cell by cell."
        )
    markers = (path.with_name(f"~${path.name}"), path.with_name(f".~lock.{path.name}#"))
    if any(map(_there, markers)):
        notes.append(
            f"'{path.name}' is open in a spreadsheet program; what was typed since it was saved is not read."
        )
    return tuple(notes)


def _there(path: Path) -> bool:
    """Return whether a file is there; none is whose name would be longer than names may be."""
    with suppress(OSError):
        return path.exists()
    return False
