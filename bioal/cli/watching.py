"""What a long command is doing, shown on standard error with the time that is left, where somebody watches.

Every command shows a bar when it has taken longer than a moment (`waiting`). One that knows what it is doing
shows that in its place (`watched`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Timer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

PATIENCE = 1.0  # seconds that a command may take before a bar says that it is at work


def terminal() -> Console | None:
    """Return the console on standard error, None where nobody watches."""
    from rich.console import Console

    console = Console(stderr=True)
    # A disabled bar is not silent (the oldest rich ends it with an empty line), so there is none.
    return console if console.is_terminal else None


@contextmanager
def watched() -> Iterator[Callable[[str, float], None]]:
    """Show a bar for what is being done; give what is to be told of it. Nothing where nobody watches."""
    no_longer_waiting()
    console = terminal()
    if console is None:
        yield lambda doing, share: None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description:28}"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        tasks = {"": bar.add_task("Reading the campaign", total=None)}

        def tell(doing: str, share: float) -> None:
            if doing not in tasks:
                bar.remove_task(tasks.popitem()[1])
                # A share of nothing says nothing of the time that is left: the bar moves to and fro.
                tasks[doing] = bar.add_task(doing.capitalize(), total=None)
            if share:
                bar.update(tasks[doing], completed=share, total=1.0)

        yield tell


class Waiting:
    """A bar that appears when something takes longer than a moment, and goes when it is over."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._timer = Timer(patience, self.show)
        self._timer.daemon = True
        self._lock, self._over = Lock(), False
        self._bar: Progress | None = None

    def start(self) -> None:
        """Begin to wait."""
        self._timer.start()

    def show(self) -> None:
        """Show the bar, unless it is over."""
        console = terminal()
        if console is None:
            return
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        with self._lock:
            if self._over:
                return
            columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
            # What the command writes to standard output stays there.
            self._bar = Progress(*columns, console=console, transient=True, redirect_stdout=False)
            self._bar.add_task("Working", total=None)
            self._bar.start()

    def stop(self) -> None:
        """Take the bar away, or never show it."""
        self._timer.cancel()
        with self._lock:
            self._over = True
            if self._bar is not None:
                self._bar.stop()
                self._bar = None


_waiting: list[Waiting] = []


@contextmanager
def waiting() -> Iterator[None]:
    """Show a bar where what is done within takes longer than a moment and somebody watches."""
    if not sys.stderr.isatty():
        yield
        return
    _waiting.append(Waiting())
    _waiting[-1].start()
    try:
        yield
    finally:
        no_longer_waiting()


def no_longer_waiting() -> None:
    """Take away the bar that says that a command is at work: another says more, or it is over."""
    while _waiting:
        _waiting.pop().stop()
