"""A workbook onto the disk: whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
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
    temporary: Path | None = None
    try:
        hidden = path.with_name(f".{path.name}-{secrets.token_hex(6)}.tmp")
        # Whoever may read the folder may read the workbook: a private file would be lost on a share.
        handle = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        temporary = hidden
        with os.fdopen(handle, "wb") as stream:
            # not `book.save`: it leaves the archive open where a disk fails half way
            with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
                ExcelWriter(book, archive).save()
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        raise Refused(_cannot_write(path, error)) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _cannot_write(path: Path, error: OSError) -> Problem:
    remedy = (
        "Close it if it is open in another program, and check that the folder may be written to and has room."
    )
    found = error.strerror or type(error).__name__
    return Problem("file-cannot-be-written", found, "a file that can be written", remedy, file=path.name)
