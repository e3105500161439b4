"""Files that were dropped: kept aside, in a folder of this program's own, until merged or forgotten.

Only the last part of a name is kept, and of it only what any system takes; each file lies in a folder that is
named by chance.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bioal.campaign.files import fitting

MOST = 20  # files that are kept at once; the oldest is forgotten first
LONGEST = 200  # bytes of a file's name; most file systems take 255
STRANGE = '<>:"|?*'


@dataclass(frozen=True)
class Upload:
    """A dropped file, the campaign it was dropped on, and what was said of it."""

    path: Path
    campaign: str
    said: Mapping[str, str] = field(default_factory=dict)


class Uploads:
    """The files that wait; use it in a `with` block, after which they are gone."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="bioal-serve-"))
        self._kept: dict[str, Upload] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Uploads:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def keep(self, blocks: Iterable[bytes], name: str, campaign: str, said: Mapping[str, str]) -> str:
        """Write a file and return what it is asked for by."""
        key = secrets.token_urlsafe(12)
        folder = self._folder / key
        folder.mkdir()
        path = folder / plain_name(name)
        with path.open("xb") as stream:
            for block in blocks:
                stream.write(block)
        with self._lock:
            self._kept[key] = Upload(path, campaign, dict(said))
            old = list(self._kept)[:-MOST]
            for one in old:
                shutil.rmtree(self._kept.pop(one).path.parent, ignore_errors=True)
        return key

    def get(self, key: str, campaign: str) -> Upload:
        """Return a file that was dropped on a campaign; raise KeyError where it is not there any more."""
        upload = self._kept[key]
        if upload.campaign != campaign:
            raise KeyError(key)
        return upload


def plain_name(name: str) -> str:
    r"""Return the last part of a file's name, without what some system would not take.

    >>> plain_name("C:\\lab\\round-01.xlsx"), plain_name("../../etc/passwd"), plain_name("..")
    ('round-01.xlsx', 'passwd', 'file')
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(sign for sign in last if sign.isprintable() and sign not in STRANGE).strip(" ")
    if not kept.strip("."):
        return "file"
    stem, dot, ending = kept.rpartition(".")
    most = LONGEST - len(f"{dot}{ending}".encode())
    return f"{fitting(stem, most)}{dot}{ending}" if dot and most > 0 else fitting(kept, LONGEST)
