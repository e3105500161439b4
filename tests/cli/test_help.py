"""Help that fits its line, and shells that complete it."""

from __future__ import annotations

import os
import subprocess
import sys

import click
import pytest

from bioal.cli.commands import SHORT
from bioal.cli.main import bioal

COMMANDS = list(bioal.commands.values())


@pytest.mark.parametrize("one", COMMANDS, ids=lambda one: one.name)
def test_every_command_has_an_example_and_a_line_that_fits(one):
    assert one.example.startswith("bioal ")
    line = one.get_short_help_str(1000)
    assert len(line) <= SHORT, line
    assert not one.get_short_help_str(SHORT).endswith("...")


def test_no_line_of_the_list_of_commands_is_cut_or_folded(typed):
    lines = typed("--help").out.splitlines()[1:]
    assert not [line for line in lines if line.endswith("...")]
    listed = [line.split()[0] for line in lines if line.startswith("  ") and line[2] != " "]
    assert {one.name for one in COMMANDS} <= set(listed)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_commands(typed, shell):
    script = typed(f"completion {shell}").out
    assert "_BIOAL_COMPLETE" in script
    asked = {"bash": ("COMP_WORDS", "COMP_CWORD"), "zsh": ("COMP_WORDS", "COMP_CWORD")}
    words, number = asked.get(shell, ("COMP_WORDS", "COMP_CWORD"))
    place = "sta" if shell == "fish" else "1"
    environment = {**os.environ, "_BIOAL_COMPLETE": f"{shell}_complete", words: "bioal sta", number: place}
    run = [sys.executable, "-c", "import sys; sys.argv = ['bioal']; from bioal.cli.main import main; main()"]
    found = subprocess.run(run, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert "status" in found.stdout


def test_bash_takes_the_script(typed):
    script = typed("completion bash").out
    said = subprocess.run(
        ["bash", "-n"], input=script, capture_output=True, text=True, timeout=60, check=False
    )
    assert said.returncode == 0, said.stderr


def test_an_unknown_shell_is_named_with_those_that_are_known(typed):
    said = typed("completion tcsh")
    assert said.code == 3
    assert "bash" in said.err
    assert isinstance(bioal, click.Group)
