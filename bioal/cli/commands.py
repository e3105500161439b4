"""How every command is made: the same switches, an example in its help, an answer as its return.

`command(...)` turns a function that returns an `Answer` into a click command; the functions import what
they need when they run, so that help and errors come at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bioal.cli.answer import Answer
from bioal.cli.watching import waiting
from bioal.errors import UsageError

if TYPE_CHECKING:
    from bioal.campaign.campaign import Campaign

Body = Callable[..., Answer]
SHORT = 66  # letters of a line in the list of commands, beside the longest name in a narrow window


class Group(click.Group):
    """The commands in two sections, those of the loop first."""

    sections: Mapping[str, tuple[str, ...]] = {
        "The loop": ("new", "propose", "check", "merge", "status", "report"),
        "More": (
            "ask",
            "confirm",
            "watch",
            "serve",
            "samples",
            "amend",
            "exclude",
            "undo",
            "veto",
            "history",
            "predict",
            "informative",
            "skip",
            "recipe",
            "verify",
            "models",
            "strategies",
            "backtest",
            "protocols",
            "demo",
            "explain",
            "schema",
            "completion",
        ),
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of the sections."""
        named = [name for names in self.sections.values() for name in names if name in self.commands]
        return [*named, *(name for name in self.commands if name not in named)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one list of commands for each section."""
        first = set(self.sections["The loop"])
        for title in self.sections:
            names = [name for name in self.list_commands(ctx) if (name in first) == (title == "The loop")]
            found = [(name, self.commands[name].get_short_help_str(SHORT)) for name in names]
            with formatter.section(title):
                formatter.write_dl(found)


class Command(click.Command):
    """A command whose help ends with an example."""

    example = ""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the example as it is typed."""
        with formatter.section("Example"):
            for line in self.example.splitlines():
                formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


class Family(Command, click.Group):
    """A command that has commands of its own, and does something without them too."""


def _watched(body: Body) -> Body:
    """Return a function that shows a bar where it takes longer than a moment."""

    @wraps(body)
    def within(*given: object, **named: object) -> Answer:
        with waiting():
            return body(*given, **named)

    return within


def family(name: str, *, example: str) -> Callable[[Body], Family]:
    """Return a decorator that makes a function a command with commands of its own.

    The function does what the bare name asks; add the others with `made.add_command(...)`.
    """

    def decorate(body: Body) -> Family:
        def bare(*_: object) -> Answer | None:
            within = click.get_current_context().invoked_subcommand
            return _watched(body)() if within is None else None

        made = Family(
            name, callback=bare, help=body.__doc__, invoke_without_command=True, params=[JSON, DEBUG]
        )
        made.example = example
        return made

    return decorate


def command(
    name: str, *, example: str, campaign: bool = True, short: str | None = None
) -> Callable[[Body], Command]:
    """Return a decorator that makes a command of a function.

    With `campaign`, the function gets the campaign's folder as `folder`. `short` is its line in the list of
    all commands, the first sentence of its help by default.
    """

    def decorate(body: Body) -> Command:
        made = click.command(name, cls=Command, short_help=short)(_watched(body))
        made.example = example
        if campaign:
            made.params.append(CAMPAIGN)
        made.params += [JSON, DEBUG]
        return made

    return decorate


class ExistingFile(click.Path):
    """A file to read; where there is none, the person is told where bioal looked, and what is near."""

    def convert(
        self, value: str | PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        """Return the path of the file, or raise UsageError."""
        path = Path(value)
        if path.is_dir():
            raise UsageError(f"'{path}' is a folder. Name a file in it.")
        if not path.exists():
            near = Path("rounds") / path.name
            hint = f"Did you mean '{near.as_posix()}'?" if near.is_file() else "Check its name and folder."
            raise UsageError(f"There is no file '{path}' (looked in {path.absolute().parent}). {hint}")
        return path


def opened(folder: Path) -> Campaign:
    """Return the campaign in a folder."""
    from bioal.campaign.campaign import Campaign

    return Campaign.open(folder)


def advice(said: str, folder: Path, file: Path | None = None) -> str:
    """Return a command as it has to be typed from where the person is.

    >>> advice("bioal merge rounds/round-01.xlsx", Path("buffer"))
    'bioal merge buffer/rounds/round-01.xlsx --campaign buffer'
    """
    words = said.split()
    if folder != Path():
        words = [quoted(folder / word) if word.endswith((".xlsx", ".toml")) else word for word in words]
        words += ["--campaign", quoted(folder)]
    if file is not None:
        words.insert(2, quoted(file))
    return " ".join(words)


def require_table(output: Path) -> None:
    """Raise UsageError unless a table can be written into a file of this name."""
    if output.suffix.lower() not in (".csv", ".xlsx"):
        raise UsageError(f"--output names a .csv or .xlsx file, not '{output}'.")


def round_in(text: str, words: str) -> int:
    """Return the number in R02, r2 or 2; `words` say what a person should have typed.

    >>> round_in("R02", "A round is named R02"), round_in("7", "A round is named R02")
    (2, 7)
    """
    digits = text.upper().removeprefix("R")
    if not digits.isascii() or not digits.isdigit():
        raise UsageError(f"{words}, not '{text}'.")
    return int(digits)


def quoted(path: Path) -> str:
    """Return a path as it is typed, in quotes where it holds spaces."""
    text = path.as_posix()
    return f'"{text}"' if " " in text else text


def _nearest(ctx: click.Context, param: click.Parameter, given: Path | None) -> Path:
    """Return the folder that was given, else this one, or the one above where that is the campaign."""
    if given is not None:
        return given
    above = (Path(), Path(".."), Path("../.."))  # `rounds` and what is set aside in it lie within a campaign
    marks = ("records/000001.json", "database.toml")
    return next((one for one in above for mark in marks if (one / mark).is_file()), Path())


FILE = ExistingFile()
CAMPAIGN = click.Option(
    ["--campaign", "folder"],
    type=click.Path(path_type=Path, file_okay=False),
    callback=_nearest,
    metavar="DIR",
    help="The campaign's folder, where it is neither the current one nor just above.",
)
# Both are read by the outermost door, which also answers when the rest cannot be parsed.
JSON = click.Option(["--json"], is_flag=True, expose_value=False, help="Answer as one JSON object.")
DEBUG = click.Option(["--debug"], is_flag=True, expose_value=False, hidden=True, help="Show tracebacks.")
