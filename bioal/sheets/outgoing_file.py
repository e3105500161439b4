"""A file onto the disk: whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.writer.excel import ExcelWriter

from bioal.errors import Problem, Refused


def save_workbook(book: Workbook, path: Path) -> None:
    """Write a workbook beside its place and move it there when all of it is on the disk.

    Raises
    ------
    Refused
        When the file cannot be written: open in Excel, folder read-only, disk full. What stood there stays.
    """
    # not `book.save`: it leaves the archive open where a disk fails half way
    with written_whole(path) as stream, ZipFile(stream, "w", ZIP_DEFLATED) as archive:
        ExcelWriter(book, archive).save()


def save_text(text: str, path: Path) -> None:
    """Write a text in UTF-8 as `save_workbook` does, with its line ends as they are."""
    with written_whole(path) as stream:
        stream.write(text.encode("utf-8"))


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """Return a stream whose content takes the place of a file when the block ends well; else nothing changes.

    Raises
    ------
    Refused
        When it cannot be written.
    """
    hidden = path.with_name(f".{path.name}-{secrets.token_hex(6)}.tmp")
    try:
        # Whoever may read the folder may read the file: a private one would be lost on a share.
        handle = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        hidden.replace(path)
    except OSError as error:
        raise Refused(_cannot_write(path, error)) from error
    finally:
        # in its place by now, or not to be had: then a later command sweeps it
        with suppress(OSError):
            hidden.unlink(missing_ok=True)


def _cannot_write(path: Path, error: OSError) -> Problem:
    remedy = (
        "Close it if it is open in another program, and check that the folder may be written to and has room."
    )
    found = error.strerror or type(error).__name__
    return Problem("file-cannot-be-written", found, "a file that can be written", remedy, file=path.name)
