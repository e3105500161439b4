"""What is being done is shown where somebody watches, and nowhere else."""

from __future__ import annotations

import io
import sys

import pytest
from rich.console import Console

from bioal.cli.watching import watched


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    for name in ("NO_COLOR", "TERM", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    assert Console(stderr=True).is_terminal == stream.isatty()
    with watched() as tell:
        tell("learning from the results", 0.0)
        tell("looking at every condition", 0.25)
        tell("looking at every condition", 1.0)
    return stream.getvalue()


def test_nothing_is_shown_where_nobody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(io.StringIO(), monkeypatch) == ""


def test_a_terminal_is_told_what_is_done_and_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    said = shown(Terminal(), monkeypatch)
    assert "Looking at every condition" in said
    assert "left" in said
