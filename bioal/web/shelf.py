"""The campaigns that are served: the one in the folder, or those in the folders directly below it.

A campaign is found by looking, never by putting a name from a request into a path.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bioal.campaign.campaign import Campaign
from bioal.errors import UsageError
from bioal.protocol.protocol import Protocol

MARKS = ("records/000001.json", "database.toml")
LONGEST = 80  # letters of a folder's name


class Shelf:
    """Campaigns by the name of their folder; each is kept open, so that a fitted model serves again."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._open: dict[str, tuple[Campaign, threading.RLock]] = {}
        self._opening = threading.Lock()

    @property
    def folders(self) -> Mapping[str, Path]:
        """Return the folders of all campaigns by name, in alphabetical order."""
        if _holds_campaign(self.root):
            return {self.root.resolve().name or "campaign": self.root}
        if not self.root.is_dir():
            return {}
        below = sorted(one for one in self.root.iterdir() if one.is_dir() and _holds_campaign(one))
        return {one.name: one for one in below}

    @property
    def single(self) -> bool:
        """Return whether the folder itself is a campaign."""
        return _holds_campaign(self.root)

    @contextmanager
    def opened(self, name: str) -> Iterator[Campaign]:
        """Give a campaign as it stands now, to one thread at a time.

        Raises
        ------
        KeyError
            When there is none of this name.
        """
        folder = self.folders[name]
        with self._opening:
            if name not in self._open:
                self._open[name] = (Campaign.open(folder), threading.RLock())
            campaign, lock = self._open[name]
        with lock:
            campaign.refresh()
            yield campaign

    def begin(self, name: str, protocol: Protocol | Path) -> str:
        """Begin a campaign in a new folder of this name and return the name.

        Raises
        ------
        UsageError
            When the name cannot be a folder's, or is taken.
        Refused
            When the protocol is unsound.
        """
        name = name.strip()
        if self.single:
            raise UsageError(f"{self.root} is a campaign already. Start bioal serve in another folder.")
        if fault := fault_of(name):
            raise UsageError(f"'{name[:LONGEST]}' cannot be the name of a folder: {fault}.")
        folder = self.root / name
        if folder.exists():
            raise UsageError(f"There is a folder '{name}' already. Choose another name.")
        Campaign.new(folder, protocol)
        return name


def fault_of(name: str) -> str:
    """Return why a name cannot be that of a campaign's folder, "" where it can.

    >>> fault_of("salts 2"), fault_of("../salts")
    ('', 'use letters, digits, spaces, - and _ only')
    """
    if not name:
        return "it is empty"
    if len(name) > LONGEST:
        return f"it has more than {LONGEST} letters"
    if not all(sign.isalnum() or sign in " -_" for sign in name):
        return "use letters, digits, spaces, - and _ only"
    return ""


def _holds_campaign(folder: Path) -> bool:
    return any((folder / mark).is_file() for mark in MARKS)
