"""How long something will take, said in words before it begins, where somebody watches.

The numbers are of two cores (benchmarks/many_wells.py, whole_space.py, reports.py and the backtest in the
docs): they promise a size, not a second.
"""

from __future__ import annotations

import sys

import click

WORTH_SAYING = 5.0  # seconds below which nobody asks how long it will take
_BEGIN, _FIT = 2.0, 0.018  # seconds: of any proposal, and for each condition that it learns from
_REPORT = 0.005  # seconds more of a report, for each condition
_REPLAYED, _REPLAYED_FIT = 0.6, 0.006  # of one proposal of a backtest, whose candidates are few
_ROUND = 5.0  # seconds of a round of the demo


def seconds_of_proposal(measured: int) -> float:
    """Return about how many seconds a proposal takes that learns from so many conditions."""
    return _BEGIN + _FIT * measured


def seconds_of_report(measured: int) -> float:
    """Return about how many seconds a report on so many conditions takes."""
    return seconds_of_proposal(measured) + _REPORT * measured


def seconds_of_backtest(proposals: int, measured: float, jobs: int) -> float:
    """Return about how many seconds so many replayed proposals take, each from so many conditions."""
    return proposals * (_REPLAYED + _REPLAYED_FIT * measured) / jobs


def seconds_of_demo(rounds: int) -> float:
    """Return about how many seconds a demo of so many rounds takes."""
    return _ROUND * rounds


def in_words(seconds: float) -> str:
    """Return a length of time as one says it.

    >>> [in_words(each) for each in (7, 34, 100, 400, 5000)]
    ['about 10 seconds', 'about 30 seconds', 'about 2 minutes', 'about 7 minutes', 'more than an hour']
    """
    if seconds < 55:
        return f"about {max(round(seconds / 10), 1) * 10} seconds"
    if seconds < 3600:
        minutes = max(round(seconds / 60), 1)
        return f"about {minutes} minute{'s' * (minutes > 1)}"
    hours = round(seconds / 3600)
    return "more than an hour" if hours < 2 else f"about {hours} hours"


def say(seconds: float) -> None:
    """Say how long it will take, on standard error; nothing where it is soon done or nobody watches."""
    if seconds >= WORTH_SAYING and sys.stderr.isatty():
        click.echo(f"This will take {in_words(seconds)}.", err=True)
