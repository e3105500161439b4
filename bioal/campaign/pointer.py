"""Where a campaign's records lie when they lie in a database: a small file beside the protocol.

`database.toml` names the database and the campaign in it. It can be copied into an empty folder on another
computer: that folder is the same campaign. No password is ever in it.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path

from bioal.errors import Problem, Refused

POINTER = "database.toml"
_HEAD = """\
# The records of this campaign lie in a database; a copy of this file in another folder is the same campaign.
# A password does not belong here: it is taken from PGPASSWORD or ~/.pgpass.
"""
_LARGEST = 10_000  # bytes; two short lines


@dataclass(frozen=True)
class Pointer:
    """A database, as a URL without a password, and the id of a campaign in it."""

    url: str
    campaign: str

    def text(self) -> str:
        """Return the content of the file."""
        # A JSON string without control characters is a TOML string too.
        return f"{_HEAD}url = {json.dumps(self.url)}\ncampaign = {json.dumps(self.campaign)}\n"


def pointer_in(folder: Path) -> Pointer | None:
    """Return where the records of the campaign in a folder lie, None where they lie in the folder itself.

    Raises
    ------
    Refused
        Where the file cannot be read, or records lie in the folder too.
    """
    path = folder / POINTER
    try:
        content = path.read_bytes()[: _LARGEST + 1]
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise Refused(_damaged(path, f"'{error.strerror}'")) from error
    if (folder / "records" / "000001.json").exists():
        remedy = "Keep the records that are right, and move the other away."
        raise Refused(
            Problem("records-twice", "records beside it", "records in one place", remedy, file=str(path))
        )
    return _read(path, content)


def _read(path: Path, content: bytes) -> Pointer:
    if len(content) > _LARGEST:
        raise Refused(_damaged(path, "a long text"))
    try:
        fields = tomllib.loads(content.decode("utf-8-sig").replace("\r\n", "\n"))
    except (ValueError, RecursionError) as error:
        raise Refused(_damaged(path, "no TOML text")) from error
    url, campaign = fields.get("url"), fields.get("campaign")
    if not isinstance(url, str) or not isinstance(campaign, str) or not campaign:
        raise Refused(_damaged(path, "a text without url and campaign"))
    return Pointer(url, campaign)


def _damaged(path: Path, found: str) -> Problem:
    remedy = "Put it back from a backup, or copy it from another folder of this campaign."
    expected = "two lines, url and campaign"
    return Problem("pointer-damaged", found, expected, remedy, file=str(path))
