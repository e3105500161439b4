"""`bioal completion`: what a shell needs to complete commands, options and files."""

from __future__ import annotations

import click

from bioal.cli.answer import Answer
from bioal.cli.commands import command

# Where each shell reads it from.
HOMES = {
    "bash": "~/.bash_completion",
    "zsh": "~/.zfunc/_bioal, with ~/.zfunc in fpath",
    "fish": "~/.config/fish/completions/bioal.fish",
}


@command(
    "completion",
    campaign=False,
    short="Print what a shell needs to complete bioal's commands.",
    example="bioal completion bash >> ~/.bash_completion\n"
    "bioal completion fish > ~/.config/fish/completions/bioal.fish\n"
    "bioal completion zsh > ~/.zfunc/_bioal",
)
@click.argument("shell", type=click.Choice(tuple(HOMES)))
def completion(shell: str) -> Answer:
    """Print the script with which SHELL completes commands, options and files after 'bioal'.

    Keep it where the shell reads it (see the example), and open a new shell.
    """
    from click.shell_completion import ShellComplete, get_completion_class

    found = get_completion_class(shell)
    group = click.get_current_context().find_root().command
    assert found is not None  # the choice allows only shells that click knows
    # A shell's own method would start that shell to ask its version.
    script = ShellComplete.source(found(group, {}, "bioal", "_BIOAL_COMPLETE"))
    lines = tuple(script.strip().splitlines())
    return Answer({"shell": shell, "script": script, "where": HOMES[shell]}, lines)


COMMANDS = (completion,)
