"""The two folders that a campaign runs between: an inbox and an outbox, neither among its own files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bioal.campaign.inbox import Inbox
from bioal.campaign.outbox import Outbox
from bioal.errors import Problem, Refused, UsageError

if TYPE_CHECKING:
    from bioal.campaign.campaign import Campaign


def folders_of(campaign: Campaign, inbox: Path, outbox: Path) -> tuple[Inbox, Outbox]:
    """Return the two folders, made where they are missing.

    Raises
    ------
    UsageError
        When they are one folder, or lie among the campaign's own files.
    """
    own = [campaign.folder / name for name in ("records", "rounds")]
    for given in (inbox, outbox):
        if any(given.resolve().is_relative_to(one.resolve()) for one in own):
            raise UsageError(f"'{given}' is the campaign's own folder. Choose another.")
    if inbox.resolve() == outbox.resolve():
        raise UsageError("Inbox and outbox must be two folders: what goes out would come in again.")
    for given in (inbox, outbox):
        _make(given)
    return Inbox(inbox), Outbox(outbox)


def _make(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"'{folder}' is a file. Name a folder.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        said = error.strerror or str(error)
        remedy = "Choose a folder that you may write to."
        raise Refused(Problem("cannot-write", f"'{said}'", "a folder", remedy, file=str(folder))) from error
