"""Wrong words at the command line: exit 3, one line that names the right ones, never a traceback."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import click
import pytest

from bioal.cli import main as door
from bioal.cli.answer import STATUSES
from bioal.cli.main import bioal
from bioal.models.fitting import MODELS
from bioal.strategies.registry import names

COMMANDS = sorted(bioal.commands)


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("nonsense", "The commands are: new, propose, check, merge, status"),
        ("propos", "'propose'"),
        ("propose --foo 3", "--conditions"),
        ("propose --conditions many", "'many'"),
        ("propose --conditions", "--conditions"),
        ("merge", "FILE"),
        ("merge nowhere.xlsx", "nowhere.xlsx"),
        ("undo 1 2", "RECORD"),
        ("veto R02-C001", "for example: bioal veto R02-C017"),
        ("exclude R01", "--reason"),
        ("undo seven", "'seven'"),
        ("new there --protocol nonesuch", "cell_free_borkowski"),
        ("new there --protocol nowhere.toml", "nowhere.toml"),
        ("check nowhere.xlsx", "nowhere.xlsx"),
        ("amend nowhere.toml", "nowhere.toml"),
        ("predict nowhere.csv", "nowhere.csv"),
        ("propose --candidates nowhere.csv", "nowhere.csv"),
        ("propose --exactly nowhere.csv", "nowhere.csv"),
        ("check .", "is a folder"),
        ("demo --rounds 0", "1<=x<=12"),
        ("demo --seed -1", "x>=0"),
    ],
)
def test_wrong_usage_names_what_is_right(typed, line: str, named: str):
    said = typed(line)
    assert said.code == 3
    assert said.out == ""
    assert named in said.err
    assert len(said.err.strip().splitlines()) == 1


def test_help_names_every_model_and_every_way_to_choose(typed):
    said = " ".join(typed("propose --help").out.split())
    assert all(name in said for name in (*MODELS, *names()))


@pytest.mark.parametrize(
    "line", ["status", "propose", "verify", "undo", "exclude R01 --reason x", "veto R01-C001 --reason x"]
)
def test_without_a_campaign_every_command_says_how_to_begin(typed, line: str):
    said = typed(line)
    assert said.code == 3
    assert "There is no campaign in" in said.err
    assert "bioal new" in said.err


def test_counts_that_contradict_each_other_are_wrong_usage(begun):
    assert "not both" in begun("propose --conditions 4 --wells 20").err
    assert begun("propose --conditions 0").code == 3
    assert begun("propose --conditions 4 --model crystal").code == 3
    assert begun("propose --conditions 4 --acquisition luck").code == 3
    assert "expected improvement" in begun("propose --conditions 4 --acquisition luck").err


def test_the_sum_of_wells_is_of_what_was_made_where_a_budget_cuts(begun, tmp_path):
    priced = tmp_path / "priced.toml"
    text = (tmp_path / "own.toml").read_text(encoding="utf-8")
    priced.write_text(f"{text}\n[costs]\nwell = 1\nbudget = 6\n", encoding="utf-8")
    assert begun(f"amend {priced}").code == 0
    said = begun("propose --conditions 8")
    assert said.code == 0
    assert "8 conditions x 2" not in said.err
    assert "2 conditions x 2 + 2 controls = 6 of 96 wells" in said.err


def test_a_round_to_merge_into_is_named_as_one(proposed, filled):
    said = proposed(f"merge {filled()} --into second")
    assert said.code == 3
    assert "R02" in said.err


@pytest.mark.smoke
@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_every_command_ends_with_an_example_that_it_understands(name: str, typed):
    said = typed(f"{name} --help")
    assert said.code == 0
    example = said.out.split("Example:\n")[1]
    command = bioal.commands[name]
    for line in example.strip().splitlines():
        program, called, *words = shlex.split(line)
        assert (program, called) == ("bioal", name)
        command.make_parser(click.Context(command)).parse_args(words)


def test_help_lists_the_loop_first(typed):
    out = typed("--help").out
    assert [
        out.index(f"\n  {name} ") for name in ("new", "propose", "check", "merge", "status", "demo")
    ] == sorted(out.index(f"\n  {name} ") for name in ("new", "propose", "check", "merge", "status", "demo"))
    assert typed("").out == out


def test_every_command_answers_in_json_when_it_is_used_wrongly(typed):
    for name in COMMANDS:
        said = typed(f"{name} --json --no-such-option")
        answer = said.json
        assert said.code == 3
        assert answer["schema"] == "bioal-answer-1"
        assert (answer["command"], answer["status"]) == (name, "wrong usage")
        assert "--no-such-option" in answer["problems"][0]["message"]


@pytest.mark.smoke
def test_a_fault_of_bioal_is_worded_and_its_traceback_kept_for_debug(typed, monkeypatch, capsys):
    def fail(*_: object) -> None:
        raise ZeroDivisionError("no wells")

    monkeypatch.setattr(bioal.commands["protocols"], "callback", fail)
    said = typed("protocols")
    assert said.code == 1
    assert "a fault in bioal, not in your data: ZeroDivisionError: no wells" in said.err
    assert "--debug" in said.err
    assert typed("protocols --json").json["status"] == "fault"
    assert door.run(["protocols", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_an_interruption_leaves_with_130(typed, monkeypatch):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bioal.commands["protocols"], "callback", interrupt)
    said = typed("protocols --json")
    assert said.code == 130
    assert said.json["status"] == "interrupted"


def test_a_file_that_may_not_be_read_is_refused_in_one_line(typed, monkeypatch):
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "plate.xlsx")

    monkeypatch.setattr(bioal.commands["protocols"], "callback", refuse)
    said = typed("protocols")
    assert said.code == 2
    assert said.err.startswith("plate.xlsx: found 'Permission denied'")


def test_exit_codes_and_statuses_are_the_documented_ones():
    assert STATUSES == {
        0: "done",
        1: "fault",
        2: "refused",
        3: "wrong usage",
        4: "locked",
        5: "nothing new",
        130: "interrupted",
    }


def test_the_ready_protocols_are_listed(typed):
    names = [one["name"] for one in json.loads(typed("protocols --json").out)["result"]["protocols"]]
    assert {"cell_free_borkowski", "txtl_metis", "laci_circuit_metis"} <= set(names)
    said = typed("protocols").out
    assert "10.1038/s41467-020-15798-5" in said
    assert "CETCH cycle: 27 cofactors and enzymes that fix CO2 (without volumes" in said


def test_asking_for_a_value_between_levels_says_what_is_made(begun):
    Path("ideas.csv").write_text("Mg [mM],K [mM],plasmid\n9,60,pA\n2,60,pB\n", encoding="utf-8")
    said = begun("ask ideas.csv")
    between = "Between levels of the protocol: Mg 9 mM (levels 8 and 10). It is made as it is written here."
    assert said.code == 0
    assert between in said.err
    assert begun("ask --list --json").json["result"]["notes"] == [between]
