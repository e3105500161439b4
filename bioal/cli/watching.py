"""What a long command is doing, shown on standard error with the time that is left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def watched() -> Iterator[Callable[[str, float], None]]:
    """Show a bar for what is being done; give what is to be told of it. Nothing where nobody watches."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        # A disabled bar is not silent: the oldest rich ends it with an empty line.
        yield lambda doing, share: None
        return
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
