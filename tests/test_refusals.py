"""Every refusal that the code can say has its meaning, its page, and its code in the message."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import bioal
from bioal.errors import Problem, Refused, UsageError
from bioal.refusals import index_page, refusal_of, refusals

PACKAGE = Path(bioal.__file__).parent
PAGES = PACKAGE.parent / "docs" / "refusals"
HYPHENED = re.compile(r"[a-z]+(-[a-z]+)+")
# Hyphened words in the code that are no refusals: ways to read a plate, names of strategies, parts of files.
NO_REFUSALS = {
    "as-is",
    "back-columns",
    "back-rows",
    "forward-columns",
    "forward-rows",
    "by-columns",
    "by-rows",
    "down-list",
    "up-list",
    "mirror-lr",
    "mirror-tb",
    "ms-csv",
    "space-filling",
    "core-set",
    "cube-structure",
    "in-cell",
    "yyyy-mm-dd",
    "bioal-demo",
}
SAYERS = {"Problem", "problem", "note"}
NAMING = {"report", "web"}  # parts whose hyphened words are names of figures and headers


def said_in_the_code() -> set[str]:
    """Return every word of the package's code that is or could be the code of a refusal."""
    found: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        names = path.parent.name in NAMING
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and HYPHENED.fullmatch(str(node.value)) and not names:
                found.add(str(node.value))
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in SAYERS and re.fullmatch("[a-z-]+", str(node.args[0].value)):
                    found.add(str(node.args[0].value))
    return found - NO_REFUSALS


def test_every_refusal_of_the_code_is_explained_and_no_other():
    said = said_in_the_code()
    assert set(refusals()) - said == set(), "take these out of bioal/refusals.toml"
    unsaid = "explain these in bioal/refusals.toml, and run: python docs/refusals.py (or NO_REFUSALS above)"
    assert said - set(refusals()) == set(), unsaid


def test_every_refusal_has_a_page_and_every_page_a_refusal():
    if not PAGES.is_dir():
        pytest.skip("the docs are not here: an installed wheel is under test")
    written = {path.name: path.read_text(encoding="utf-8") for path in PAGES.glob("*.md")}
    made = {"README.md": index_page()} | {f"{code}.md": one.page for code, one in refusals().items()}
    assert written == made, "run: python docs/refusals.py"


def test_a_message_ends_with_its_code():
    problem = Problem("value-is-text", "'high'", "a number", "Type the number.", cell="F2")
    assert problem.coded.endswith("Type the number. [value-is-text]")
    assert str(Refused(problem)) == problem.coded


def test_a_meaning_says_what_it_means_and_what_to_do():
    for one in refusals().values():
        sentences = re.findall(r"[.!?](?: |$)", one.meaning)
        assert len(sentences) >= 2, one.code


def test_a_misspelt_code_is_met_with_the_near_one():
    with pytest.raises(UsageError, match="Did you mean value-is-text"):
        refusal_of("value-is-txt")


@pytest.mark.parametrize("code", ["nope", "help", "xx", "value"])
def test_a_word_that_is_like_no_code_is_met_with_none(code):
    with pytest.raises(UsageError, match=rf"There is no refusal '{code}'\. 'bioal explain' lists all"):
        refusal_of(code)


def test_the_command_line_names_the_code_and_explains_it(tmp_path, monkeypatch, capsys):
    from bioal.cli.main import run

    monkeypatch.chdir(tmp_path)
    Path("p.toml").write_text("[campaign]\nname = 'x'\n", encoding="utf-8")
    assert run(["new", "x", "--protocol", "p.toml"]) == 2
    said = capsys.readouterr().err
    assert "[missing-table]" in said
    assert "bioal explain" in said
    assert run(["explain", "[missing-table]"]) == 0
    assert "A whole part of the protocol is not there." in capsys.readouterr().out
