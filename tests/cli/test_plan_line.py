"""The sum of the wells that `bioal propose` says."""

from __future__ import annotations

from pathlib import Path

import pytest

ADDED = "Mg [mM],K [mM],plasmid\n10,120,pB\n8,120,pA\n"


def test_what_is_added_to_the_open_round_is_counted_in_it(begun):
    Path("first.csv").write_text("Mg [mM],K [mM],plasmid\n2,30,pA\n4,30,pA\n6,30,pB\n", encoding="utf-8")
    assert begun("propose --exactly first.csv").err.startswith("3 conditions x 2 + 2 controls = 8 of 96")
    Path("add.csv").write_text(ADDED, encoding="utf-8")
    said = begun("propose --add add.csv")
    assert said.code == 0, said.err
    assert said.err.splitlines()[0] == "5 conditions x 2 + 2 controls = 12 of 96 wells"
    assert said.err.count("controls") == 1
    said = begun("propose --drop", "R01-C001")
    assert said.err.splitlines()[0] == "4 conditions x 2 + 2 controls = 10 of 96 wells"


def test_a_new_round_is_counted_once(begun, filled):
    assert begun("propose --conditions 6").code == 0
    assert begun("merge", str(filled())).code == 0
    said = begun("propose --conditions 4")
    assert said.code == 0
    assert said.err.splitlines()[0] == "4 conditions x 2 + 2 controls = 10 of 96 wells"
    assert said.err.count("controls") == 1


@pytest.mark.parametrize(
    "line",
    [
        "propose --conditions 4 --strategy margn",
        "propose --conditions 4 --model gpp",
        "propose --drop R01-C001",
        "propose --conditions 4 --per-cost",
        "propose --replace --conditions 4",
    ],
)
def test_no_wells_are_counted_for_what_is_refused(begun, line):
    said = begun(line)
    assert said.code == 3
    assert "of 96 wells" not in said.err
