"""A disk that fails at its n-th operation inside a folder: once, or from then on for good.

Every call of bioal and of the libraries under it that touches a path in the folder is counted: `os` and `io`
functions, which pathlib and zipfile call too, and each write, flush and close of a file that they opened.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ON_PATHS = ("open", "link", "replace", "rename", "unlink", "mkdir", "stat", "lstat", "scandir", "listdir")
ON_HANDLES = ("write", "fsync", "close")


class FaultyDisk:
    """Counts operations under a folder and fails the n-th, or every one from the n-th on."""

    def __init__(self, folder: Path, at: int, code: int, *, for_good: bool, short: bool = False) -> None:
        self.folder, self.at, self.code, self.for_good = os.fspath(folder), at, code, for_good
        self.short = short  # the failing write puts half of its bytes onto the disk first
        self.count, self.failed_at = 0, ""
        self.handles: set[int] = set()

    def fails(self, name: str) -> bool:
        """Count one operation and return whether it fails."""
        self.count += 1
        due = self.count >= self.at if self.for_good else self.count == self.at
        if due and not self.failed_at:
            self.failed_at = name
        return due

    def error(self) -> OSError:
        return OSError(self.code, os.strerror(self.code))

    def within(self, *paths: object) -> bool:
        given = [os.fspath(one) for one in paths if isinstance(one, str | os.PathLike)]
        return any(str(one).startswith(self.folder) for one in given)

    def on_paths(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def operated(*args: Any, **kwargs: Any) -> Any:
            if not self.within(*args[:2]):
                return real(*args, **kwargs)
            if self.fails(name):
                raise self.error()
            done = real(*args, **kwargs)
            if name == "open":
                self.handles.add(done)
            return done

        return operated

    def on_handles(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def operated(handle: int, *args: Any) -> Any:
            if handle not in self.handles:
                return real(handle, *args)
            if name == "close":
                self.handles.discard(handle)
            if not self.fails(name):
                return real(handle, *args)
            if name == "close":
                real(handle)  # a handle is gone even when closing it fails
            if name == "write" and self.short:
                real(handle, bytes(args[0])[: len(args[0]) // 2])
            raise self.error()

        return operated

    def opening(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """Return `io.open`, for paths and for handles that `os.open` gave."""

        def opened(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
            if isinstance(file, int):
                if file not in self.handles or "b" not in mode:
                    return real(file, mode, *args, **kwargs)
                self.handles.discard(file)
                return io.BufferedWriter(_Raw(self, file, "w"))
            if self.within(file) and self.fails(f"open {mode}"):
                raise self.error()
            return real(file, mode, *args, **kwargs)

        return opened


class _Raw(io.FileIO):
    """A file of the faulty disk: what the buffer above hands down is counted."""

    def __init__(self, disk: FaultyDisk, handle: int, mode: str) -> None:
        super().__init__(handle, mode)
        self.disk = disk

    def write(self, content: Any) -> int:
        if self.disk.fails("write"):
            if self.disk.short:
                super().write(bytes(content)[: len(content) // 2])
            raise self.disk.error()
        return super().write(content) or 0

    def close(self) -> None:
        fails = not self.closed and self.disk.fails("close")
        super().close()
        if fails:
            raise self.disk.error()


@contextmanager
def faulty(disk: FaultyDisk) -> Iterator[FaultyDisk]:
    """Put the disk under everything for as long as the block runs."""
    with pytest.MonkeyPatch.context() as patched:
        for name in ON_PATHS:
            patched.setattr(os, name, disk.on_paths(name, getattr(os, name)))
        for name in ON_HANDLES:
            patched.setattr(os, name, disk.on_handles(name, getattr(os, name)))
        patched.setattr(io, "open", disk.opening(io.open))
        yield disk
