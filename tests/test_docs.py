"""The pages in docs/ promise nothing that does not run: the tutorial runs whole, commands and links exist."""

from __future__ import annotations

import re
import runpy
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bioal.cli.main import bioal, run
from bioal.lab import CellFreeLab
from bioal.protocol.protocol import protocol_from_toml

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```", flags=re.DOTALL | re.MULTILINE)

pytestmark = pytest.mark.skipif(not PAGES, reason="the docs are not here: an installed wheel is under test")
each = pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])


def blocks(page: str) -> list[tuple[str, str, str]]:
    """Return the code blocks of a page: language, the file they are to be saved as, text."""
    return FENCE.findall((DOCS / page).read_text(encoding="utf-8"))


def play(page: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Do what a page says, block after block, and hold what is printed against what it shows."""
    said = ""
    known: dict[str, object] = {}
    for language, name, text in blocks(page):
        if name:
            Path(name).write_text(text, encoding="utf-8")
        elif language == "sh":
            said = "".join(typed(line, monkeypatch, capsys) for line in text.strip().splitlines())
        elif language == "python":
            exec(compile(text, page, "exec"), known)
            said = capsys.readouterr().out
        elif language == "text":
            shown = re.escape(text.strip()).replace(r"\.\.\.", ".*?")
            assert re.search(shown, said, flags=re.DOTALL), f"{page} shows:\n{text}\nbut there is:\n{said}"


def typed(line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what a line of a shell prints."""
    program, *words = shlex.split(line)
    if program == "cd":
        monkeypatch.chdir(words[0])
    elif program == "python":
        monkeypatch.setattr(sys, "argv", words)
        runpy.run_path(words[0])
    else:
        assert program == "bioal"
        assert run(words) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def test_the_tutorial_runs_as_written(tmp_path, monkeypatch, capsys):
    # bench.py, which the page saves beside the campaign, is written where the page stands then
    monkeypatch.chdir(tmp_path)
    play("tutorial.md", monkeypatch, capsys)
    assert {path.name for path in Path("reports").iterdir()} == {"report.xlsx", "round-02.html"}
    assert len(list(Path("rounds").glob("round-0?.xlsx"))) == 3


def test_the_tutorial_shows_the_protocol_of_the_virtual_laboratory():
    shown = next(text for language, _, text in blocks("tutorial.md") if language == "toml")
    assert protocol_from_toml(shown).space == CellFreeLab().protocol.space
    assert protocol_from_toml(shown).controls == CellFreeLab().protocol.controls


def test_the_notebook_page_runs_as_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    play("notebook.md", monkeypatch, capsys)
    assert [path.name for path in Path("reactions/rounds").iterdir()] == ["round-01.xlsx"]


def test_the_page_of_public_functions_is_current():
    written = (DOCS / "api.md").read_text(encoding="utf-8")
    assert runpy.run_path(str(DOCS / "api.py"))["page"]() == written, "run: python docs/api.py"


def test_the_index_names_every_page():
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    assert {page.name for page in PAGES} - {"README.md"} <= set(re.findall(r"\]\(([\w-]+\.md)\)", index))


def commands(text: str) -> Iterator[str]:
    """Yield every line that begins with bioal: in a block, or between backticks."""
    yield from re.findall(r"`(bioal [a-z][^`\n]*)`", text)
    for language, _, block in FENCE.findall(text):
        if language == "sh":
            yield from re.findall(r"^bioal .*$", block, flags=re.MULTILINE)


@each
def test_every_command_and_option_in_the_docs_exists(page: Path):
    for line in commands(page.read_text(encoding="utf-8")):
        name, *words = shlex.split(line, comments=True)[1:]
        assert name in bioal.commands, line
        command = bioal.commands[name]
        if isinstance(command, click.Group) and words:
            assert words[0] in command.commands, line
            command = command.commands[words[0]]
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, line


@each
def test_every_link_of_the_docs_leads_somewhere(page: Path):
    for target in re.findall(r"\]\((?!https?:)([^)#]*)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert not target or (page.parent / target).exists(), target
