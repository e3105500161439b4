"""Tables and plate maps on a terminal, plain lines elsewhere."""

from __future__ import annotations

import io
import sys

import pytest

from bioal.cli import pictures
from bioal.cli.estimating import in_words, say
from bioal.cli.watching import Waiting


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setattr(pictures, "seen", lambda: True)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")


def test_a_terminal_sees_rounds_as_a_table(proposed, terminal):
    said = proposed("status").out
    row = next(line for line in said.splitlines() if "rounds/round-01.xlsx" in line)
    assert row.split()[:2] == ["1", "6"]
    assert "Outstanding" in said


def test_a_proposal_shows_where_its_wells_stand(begun, terminal):
    said = begun("propose --conditions 6").out
    rows = [line for line in said.splitlines() if line[:3].strip() in set("ABCDEFGH")]
    signs = "".join(rows)
    assert len(rows) == 8
    assert signs.count("R") == 2
    assert signs.count("o") == 12
    assert "first survey" in said


def test_colour_is_left_out_where_that_is_asked_for(proposed, terminal, monkeypatch):
    coloured = "".join(pictures.plate_map(_round()))
    monkeypatch.setenv("NO_COLOR", "1")
    plain = "".join(pictures.plate_map(_round()))
    assert "\x1b[3" in coloured
    assert "\x1b[3" not in plain


def test_elsewhere_there_are_plain_lines(proposed):
    said = proposed("status").out
    assert "Round 1: 6 conditions, 0 of 14 wells measured" in said
    assert "\x1b" not in said


def test_a_command_that_takes_longer_than_a_moment_says_that_it_is_at_work(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    waiting = Waiting(patience=3600)
    waiting.show()
    waiting.stop()
    assert "Working" in sys.stderr.getvalue()
    before = sys.stderr.getvalue()
    waiting.show()
    assert sys.stderr.getvalue() == before


def test_how_long_it_takes_is_said_only_where_somebody_waits(monkeypatch, capsys):
    say(300.0)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys, "stderr", Terminal())
    say(300.0)
    say(2.0)
    assert sys.stderr.getvalue() == f"This will take {in_words(300)}.\n"


def _round():
    from bioal.campaign.campaign import Campaign

    return Campaign.open(".").rounds[1]
