"""README and docs promise nothing that does not run: their commands, Python, tables, picture, links."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import click
import pytest

from bioal.campaign.campaign import Campaign
from bioal.cli.main import bioal, run
from bioal.measurements.hazards import hazards_markdown
from bioal.measurements.statuses import statuses_markdown, words_markdown
from bioal.protocol.protocol import protocol_from_toml
from bioal.protocol.templates import starting_text, templates
from bioal.sheets.filling import fill_in

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
EVERY_DOOR = {"new", "propose", "check", "merge", "status"}


def blocks(language: str, section: str = "", text: str = README) -> list[str]:
    """Return the code blocks of a language, of one section where it is named."""
    text = text.split(f"\n## {section}\n", 1)[1].split("\n## ", 1)[0] if section else text
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def page(name: str) -> str:
    """Return a page of the docs."""
    path = ROOT / "docs" / f"{name}.md"
    if not path.exists():
        pytest.skip("the docs are not here: an installed wheel is under test")
    return path.read_text(encoding="utf-8")


@pytest.mark.smoke
def test_the_quick_start_is_two_lines_that_make_or_reuse_an_environment():
    first = re.search(r"## Quick start\n.*?```sh\n(.*?)```", README, flags=re.DOTALL)
    assert first is not None
    lines = first[1].strip().splitlines()
    assert len(lines) == 2
    assert all(line.startswith("python3 -m venv .venv && .venv/bin/pip install ") for line in lines)
    assert lines[0].endswith(".venv/bin/bioal demo")
    assert ".venv/bin/pytest" in lines[1]


@pytest.mark.smoke
def test_the_table_of_statuses_is_the_one_in_the_code():
    written = re.search(r"<!-- statuses: .*? -->\n(.*?)<!-- end", page("spreadsheet"), flags=re.DOTALL)
    assert written is not None
    assert written[1] == statuses_markdown()


@pytest.mark.smoke
def test_the_table_of_hazards_is_the_one_in_the_code():
    written = re.search(r"<!-- hazards: .*? -->\n(.*?)<!-- end", page("spreadsheet"), flags=re.DOTALL)
    assert written is not None
    assert written[1] == hazards_markdown()


@pytest.mark.smoke
def test_the_table_of_words_is_the_one_in_the_code():
    written = re.search(r"<!-- words: .*? -->\n(.*?)<!-- end", page("results"), flags=re.DOTALL)
    assert written is not None
    assert written[1] == words_markdown()


def test_the_loop_in_the_readme_runs_as_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    beginning, rounds = blocks("sh", "Your own experiment")
    called = set()
    for line in (beginning + rounds).strip().splitlines():
        program, *words = shlex.split(line)
        if program == "cd":
            monkeypatch.chdir(words[0])
            continue
        if words[0] == "check":
            type_results()
        assert program == "bioal"
        assert run(words) == 0, capsys.readouterr().err
        called.add(words[0])
    assert called == EVERY_DOOR
    assert len(Campaign.open(".").rounds) == 2


def type_results() -> None:
    """Type a plausible number for each sample, as a person does between propose and check."""
    round_ = Campaign.open(".").rounds[1]
    level = {one: 1000.0 + 170 * (7 * at % 11) for at, one in enumerate(round_.conditions.index)}
    samples = round_.samples["condition"].items()
    readings = {str(sample): level[one] + 37 * at % 11 for at, (sample, one) in enumerate(samples)}
    fill_in(Path("rounds/round-01.xlsx"), "GFP [RFU]", readings)


def test_the_python_in_the_readme_runs_as_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("buffer.toml").write_text(starting_text(), encoding="utf-8")
    notebook, campaign = blocks("python")
    known: dict[str, object] = {}
    exec(compile(notebook, "README.md", "exec"), known)
    assert len(known["chosen"]) == 4  # type: ignore[arg-type]
    exec(compile(campaign, "README.md", "exec"), {})
    said = capsys.readouterr().out
    assert "6 conditions x 2 + 3 controls = 15 of 96 wells" in said
    assert "bioal merge rounds/round-01.xlsx" in said


def test_every_command_and_option_in_the_readme_exists():
    for line in re.findall(r"`(bioal [a-z][^`]*)`", README):
        name, *words = shlex.split(line)[1:]
        assert name in bioal.commands, line
        command = bioal.commands[name]
        if isinstance(command, click.Group) and words:
            assert words[0] in command.commands, line
            command = command.commands[words[0]]
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, line


@pytest.mark.smoke
def test_the_picture_is_a_whole_drawing_of_a_plate():
    name = re.search(r"!\[.*?\]\((.*?)\)", README)
    assert name is not None
    path = ROOT / name[1]
    if not path.parent.is_dir():
        pytest.skip("the pictures are not here: an installed wheel is under test")
    drawn = ET.fromstring(path.read_text(encoding="utf-8"))
    titles = [element.text for element in drawn.iter("{http://www.w3.org/2000/svg}title")]
    assert len(titles) == len(set(titles)) == 95
    assert any(str(title).startswith("A1: ") for title in titles)


def test_every_link_of_the_readme_leads_somewhere():
    page("README")
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", README):
        assert (ROOT / target).exists(), target


def test_the_ready_protocols_are_all_described():
    text = (ROOT / "protocols" / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", text, flags=re.MULTILINE)) == {one.name for one in templates()}


def test_the_liquids_in_the_docs_are_a_protocol_that_can_be_made():
    said = blocks("toml", text=page("pipetting"))[0]
    head = '[campaign]\nname = "x"\n[readouts.GFP]\nunit = "RFU"\n[objective]\nreadout = "GFP"\n'
    made = protocol_from_toml(head + said)
    assert made.liquids is not None
    assert made.factor("Mg-glutamate").size > 10
    doses = made.liquids.recipe({"Mg-glutamate": 5.0, "PEG": 2.0, "temperature": 30.0})
    assert sum(dose.volume for dose in doses) == 20_000


def test_the_plate_in_the_docs_is_the_one_that_the_example_makes(tmp_path):
    script = ROOT / "examples" / "txtl_plate.py"
    command = [sys.executable, str(script), "--folder", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    quoted = next(block for block in blocks("text", text=page("pipetting")) if block.startswith("echo:"))
    assert quoted in done.stdout
    assert "hands: 8 conditions" in done.stdout
    assert (tmp_path / "hands" / "rounds" / "round-01.xlsx").exists()


def test_what_the_docs_say_of_the_published_plate_is_what_check_says(capsys):
    assert run(["protocols", "check", "txtl_metis"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    quoted = blocks("text", text=page("pipetting"))[0].split("\n", 1)[1]
    for part in quoted.split("    ..."):
        assert " ".join(part.split()) in said
