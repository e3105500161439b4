"""The outermost door: every way a command can end becomes an answer, an exit code and no traceback."""

from __future__ import annotations

import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import TextIO

import click

from bioal import __version__
from bioal.cli import (
    ask,
    backtest,
    bench,
    change,
    completion,
    confirm,
    demo,
    explain,
    history,
    informative,
    look,
    look_report,
    models,
    new,
    propose,
    protocols,
    samples,
    schema,
    serve,
    skip,
    strategies,
    watch,
)
from bioal.cli.answer import DONE, FAULT, INTERRUPTED, REFUSED, USAGE, Answer, give, refusal
from bioal.cli.commands import Group
from bioal.errors import BioalError, DataWarning, fault_words, unusable_file


@click.group(
    cls=Group,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with 'bioal demo' or 'bioal new NAME'. Each command has --json and an example in --help.",
)
@click.version_option(__version__, prog_name="bioal", message="%(prog)s %(version)s")
@click.pass_context
def bioal(ctx: click.Context) -> None:
    """Find the best conditions for a biological yield in the fewest wells.

    bioal proposes a plate as a workbook, reads the filled workbook back, learns, and proposes the next.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


for _module in (
    *(new, propose, ask, confirm, watch, bench, samples, history, change),
    *(look, look_report, informative, skip, models, strategies, serve, backtest, protocols, demo),
    *(explain, schema, completion),
):
    for _command in _module.COMMANDS:
        bioal.add_command(_command)


def main() -> None:
    """Run the command line and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A console that cannot show a sign shows another one, instead of stopping.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Do what the arguments ask, print the answer, return the exit code."""
    switches = arguments[: arguments.index("--")] if "--" in arguments else arguments
    name = next((word for word in arguments if not word.startswith("-")), "")
    with _warnings_as_notes():
        answer = _answered(arguments, debug="--debug" in switches)
    try:
        return give(answer, name, as_json="--json" in switches)
    except BrokenPipeError:  # the reader, `head` for instance, has seen enough
        sys.stderr.close()
        return answer.exit_code


def _answered(arguments: Sequence[str], *, debug: bool) -> Answer:
    try:
        said = bioal.main(list(arguments), prog_name="bioal", standalone_mode=False)
        return said if isinstance(said, Answer) else Answer(exit_code=int(said or DONE))
    except click.ClickException as error:
        return Answer(problems=(_usage(error),), exit_code=USAGE)
    except (click.Abort, KeyboardInterrupt):
        return Answer(
            problems=(
                "Interrupted. What was finished before stays: the same command again goes on from there.",
            ),
            exit_code=INTERRUPTED,
        )
    except BioalError as error:
        return refusal(error)
    except OSError as error:
        return _unusable_file(error, debug=debug)
    except Exception as error:  # noqa: BLE001  nobody is outside to hear it: a fault is worded, never hushed
        return _fault(error, debug=debug)


def _usage(error: click.ClickException) -> str:
    """Return what was typed wrongly and what can be typed instead."""
    message = error.format_message().replace("\n", " ").rstrip(".")
    message = message if message.endswith(("?", "!")) else f"{message}."
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    if ctx is None:
        return f"{message} See 'bioal --help'."
    if isinstance(ctx.command, click.Group):
        names = ctx.command.list_commands(ctx)
        typed = message.partition("'")[2].partition("'")[0]
        near = [] if "Did you mean" in message else get_close_matches(typed, names, n=1)
        meant = f" Did you mean '{near[0]}'?" if near else ""
        return f"{message}{meant} The commands are: {', '.join(names)}."
    usage = " ".join(ctx.get_usage().removeprefix("Usage: ").split())
    if not isinstance(error, click.NoSuchOption):
        example = str(getattr(ctx.command, "example", "")).partition("\n")[0]
        return f"{message} Usage: {usage}; for example: {example}"
    options = [
        option for parameter in ctx.command.params for option in parameter.opts if option.startswith("--")
    ]
    return f"{message} Usage: {usage}; options: {', '.join([*options[:-1], '--help'])}."


def _unusable_file(error: OSError, *, debug: bool) -> Answer:
    if debug:
        traceback.print_exc()
    return Answer(problems=(unusable_file(error),), exit_code=REFUSED)


def _fault(error: Exception, *, debug: bool) -> Answer:
    if debug:
        traceback.print_exc()
    hint = (
        "The traceback is above."
        if debug
        else "Run the command again with --debug and send the traceback with a report."
    )
    return Answer(problems=(fault_words(error), hint), exit_code=FAULT)


@contextmanager
def _warnings_as_notes() -> Iterator[None]:
    """Say warnings about the data as sentences, without file names and source lines."""
    usual = warnings.showwarning

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if issubclass(category, DataWarning):
            click.echo(f"Note: {message}", err=True)
        else:
            usual(message, category, filename, lineno, file, line)

    with warnings.catch_warnings():
        warnings.showwarning = show
        yield
