"""`bioal watch`, as it is typed: one look after another, by hand or from a scheduler."""

from __future__ import annotations

from pathlib import Path

import pytest

from bioal.campaign import watching
from bioal.campaign.campaign import Campaign
from bioal.sheets.filling import fill_in


@pytest.fixture
def watched(begun, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(watching, "_SETTLING", 0.01)
    with Path("protocol.toml").open("a", encoding="utf-8") as file:
        file.write("\n[stopping]\nrounds = 1\n")
    assert begun("amend protocol.toml").code == 0
    return begun


def test_a_round_goes_out_and_its_results_come_in(watched):
    line = "watch inbox --once --conditions 2"
    said = watched(line)
    assert (said.code, said.out) == (0, "Everything in the inbox was looked at once.\n")
    assert "Round 1 is proposed" in said.err
    book = Path("outbox/round-01.xlsx")
    samples = Campaign.open(".").rounds[1].samples.index
    fill_in(book, "GFP [RFU]", {str(sample): 100.0 + at for at, sample in enumerate(samples)})
    book.rename("inbox/round-01.xlsx")
    said = watched(f"{line} --json")
    assert (said.code, said.json["result"]["why"]) == (0, "stopped")
    assert said.json["result"]["merged"] == ["round-01.xlsx"]
    assert "stopping.rounds" in said.json["result"]["words"]


def test_a_file_that_is_refused_leaves_a_reason_and_an_exit_code(watched):
    Path("inbox").mkdir()
    Path("inbox/notes.csv").write_text("nothing,of,this\n1,2,3\n", encoding="utf-8")
    said = watched("watch inbox --once --conditions 2")
    assert said.code == 2
    assert "notes.csv was not merged" in Path("inbox/notes.csv.refused.txt").read_text("utf-8")


def test_a_fault_met_in_one_file_lets_the_others_in_and_shows_in_the_exit_code(watched, monkeypatch):
    Path("inbox").mkdir()
    for name in ("a.csv", "b.csv"):
        Path("inbox", name).write_text("nothing,of,this\n1,2,3\n", encoding="utf-8")
    merge = Campaign.merge

    def faulty(self, source, **said):
        if Path(source).name == "a.csv":
            raise RuntimeError("a slip")
        return merge(self, source, **said)

    monkeypatch.setattr(Campaign, "merge", faulty)
    said = watched("watch inbox --once --conditions 2 --json")
    assert (said.code, said.json["result"]["faults"]) == (1, ["a.csv"])
    assert said.json["result"]["refused"] == ["b.csv"]
    assert "RuntimeError: a slip" in said.err
    assert "--debug" in said.err
    assert Path("inbox/a.csv").exists()


def test_a_readers_file_without_its_plate_is_told_how_to_name_it(watched):
    Path("inbox").mkdir()
    Path("inbox/export.csv").write_text("Well,Value\nA1,3.5\nA2,4.5\n", encoding="utf-8")
    assert watched("watch inbox --once --conditions 2").code == 2
    why = " ".join(Path("inbox/export.csv.refused.txt").read_text("utf-8").split())
    assert "a file name like 'R02 plate-1.csv' in the inbox of 'bioal watch'" in why
    for command in ("check", "merge"):
        said = watched(f"{command} inbox/export.csv")
        assert said.code == 2
        assert "'--plate round-02/plate-1' in 'bioal check' and 'bioal merge'" in said.err


def test_an_option_that_makes_no_sense_is_wrong_usage(watched):
    assert watched("watch inbox --rounds 0").code == 3
    assert watched("watch rounds").code == 3
