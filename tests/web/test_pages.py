"""The other pages: beginning, proposing, replicates, steps, the report, downloads."""

from __future__ import annotations

import re
import threading
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioal.campaign.campaign import Campaign
from bioal.campaign.forms import filled_table
from bioal.errors import Locked
from bioal.protocol.protocol import protocol_from_toml
from bioal.protocol.templates import starting_text, templates
from bioal.web.grids import spread
from bioal.web.jobs import Done, Jobs


def head(folder: Path) -> str:
    return Campaign.open(folder).state.head


def test_a_campaign_begins_from_a_ready_protocol(at, tmp_path):
    person = at(tmp_path)
    page = person.reads("")
    assert all(one.name in page for one in templates())
    begun = person.sends("begin", {"name": "salts 2", "template": "cell_free_borkowski"})
    assert "4,194,304 conditions" in begun.text
    assert Campaign.open(tmp_path / "salts 2").rounds == {}
    assert "salts 2" in person.reads("")


def test_a_campaign_begins_from_a_protocol_of_ones_own(at, tmp_path):
    dropped = (BytesIO(starting_text("Mine").encode()), "mine.toml")
    page = at(tmp_path).sends("begin", {"name": "mine", "template": "", "protocol": dropped})
    assert "Began &#39;mine&#39;" in page.text
    assert Campaign.open(tmp_path / "mine").state.name == "Mine"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../outside", "letters, digits"),
        ("/etc/x", "letters, digits"),
        (".hidden", "letters, digits"),
        ("a\x00b", "letters, digits"),
        ("", "it is empty"),
        ("x" * 81, "more than 80"),
        ("taken", "There is a folder"),
    ],
)
def test_a_name_that_is_no_folders_is_refused(at, tmp_path, name, said):
    root = tmp_path / "root"
    (root / "taken").mkdir(parents=True)
    answer = at(root).sends("begin", {"name": name, "template": "cell_free_borkowski"})
    assert answer.status_code == 400
    assert said in answer.text
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["root", "taken"]


def test_an_unsound_protocol_is_refused_with_its_places(at, tmp_path):
    text = starting_text().replace("levels = [2,", "levels = [-2, x,", 1)
    line = 1 + text[: text.index("[-2, x")].count("\n")
    dropped = (BytesIO(text.encode()), "mine.toml")
    answer = at(tmp_path).sends("begin", {"name": "mine", "protocol": dropped})
    assert answer.status_code == 422
    assert f"<td>line {line}</td>" in answer.text
    assert "a line of TOML" in answer.text
    assert not list(tmp_path.iterdir())


def test_wells_are_counted_before_a_round_is_proposed(person, folder, lab):
    campaign = Campaign.open(folder)
    campaign.merge(_table(campaign, lab))
    typed = {"conditions": "5", "wells": "", "head": head(folder)}
    counted = person.sends("c/buffer/propose", {**typed, "counted": "/"})
    assert "5 conditions x 2 + 2 controls = 12 of 24 wells" in counted.text
    assert len(Campaign.open(folder).rounds) == 1
    done = person.sends("c/buffer/propose", {**typed, "counted": "5/"})
    assert "Round 2: 5 conditions on 1 plate, proposed." in done.text
    assert (folder / "rounds" / "round-02.xlsx").is_file()


def test_a_confirmation_is_quoted_on_the_first_page_and_an_estimate_is_not(at, tmp_path, protocol, lab):
    relative = protocol.replace('unit = "RFU"', 'unit = "RFU"\nnormalise = "reference"')
    campaign = Campaign.new(tmp_path / "buffer", protocol_from_toml(relative))
    campaign.propose(4)
    campaign.merge(_table(campaign, lab))
    person = at(campaign.folder)
    before = person.reads("c/buffer/")
    assert "4 conditions measured" in before  # the reference beside them was not proposed
    assert "where the reference is 1" in before
    assert "An estimate of the model" in before
    assert "x reference" not in before
    campaign.confirm(best=1, replicates=3)
    campaign.merge(_table(campaign, lab, 2))
    after = person.reads("c/buffer/")
    assert "Confirmed in round 2" in after
    assert campaign.status().confirmed.words[0] in after
    assert "Round 2</a> (confirmation)" in after
    assert "Round 1</a> (confirmation)" not in after
    assert "An estimate of the model" not in after


def _table(campaign: Campaign, lab: Any, number: int = 1) -> Any:
    return filled_table(campaign.form(number), "GFP [RFU]", lab.values(campaign, number))[0]


def test_an_open_round_is_replaced_only_when_that_is_said(person, folder):
    typed = {"conditions": "3", "wells": "", "counted": "3/", "head": head(folder)}
    refused = person.sends("c/buffer/propose", typed)
    assert refused.status_code == 422
    assert "round 1 open" in refused.text.lower()
    done = person.sends("c/buffer/propose", {**typed, "open": "replace"})
    assert "Round 1: 3 conditions on 1 plate, proposed." in done.text
    late = person.sends("c/buffer/propose", {**typed, "open": "replace"})
    assert late.status_code == 409
    assert len(Campaign.open(folder).rounds[1].predictions) == 3


@pytest.mark.parametrize(("conditions", "wells"), [("many", ""), ("0", ""), ("4", "20"), ("9999999", "")])
def test_counts_that_cannot_be_are_said_so(person, conditions, wells):
    answer = person.asks(f"c/buffer/propose?conditions={conditions}&wells={wells}")
    assert answer.status_code == 422
    assert ">Propose<" not in answer.text


def test_a_new_round_downloads_as_the_workbook_that_lies_there(person, folder):
    answer = person.asks("c/buffer/rounds/1/workbook")
    assert answer.data == (folder / "rounds" / "round-01.xlsx").read_bytes()
    assert 'filename="Small buffer round-01.xlsx"' in answer.headers["Content-Disposition"]
    assert openpyxl.load_workbook(BytesIO(answer.data)).sheetnames


def test_worklists_are_downloaded_by_their_names(person, folder):
    beside = folder / "rounds" / "round-01"
    beside.mkdir()
    (beside / "echo 1.csv").write_text("a,b\n")
    link = re.search(r'href="([^"]+worklists/[^"]+)"', person.reads("c/buffer/rounds/1/"))
    assert link is not None
    assert person.asks(link[1]).data == b"a,b\n"


def test_contradicting_replicates_are_shown_and_one_is_left_out(at, tmp_path, lab):
    campaign = Campaign.new(tmp_path / "wide", protocol_from_toml(starting_text()))
    campaign.propose(12)
    conditions = campaign.rounds[1].samples["condition"]
    levels = {one: 500 + 90 * at for at, one in enumerate(dict.fromkeys(conditions))}
    typed = {str(s): f"{levels[one] * (1 + 0.01 * lab.rng.normal()):.1f}" for s, one in conditions.items()}
    slip = str(conditions.index[conditions == "R01-C003"][0])
    campaign.merge(filled_table(campaign.form(1), "GFP [RFU]", {**typed, slip: "9000"})[0])
    person = at(tmp_path)
    assert "1 condition has replicates that contradict each other" in person.reads("c/wide/")
    page = person.reads("c/wide/replicates")
    assert f'name="sample" value="{slip}"' in page
    form = {"head": head(tmp_path / "wide"), "sample": slip, "reason": "bubble"}
    assert "Say why" in person.sends("c/wide/replicates", {**form, "reason": " "}).text
    assert person.sends("c/wide/replicates", {**form, "head": "x"}).status_code == 409
    done = person.sends("c/wide/replicates", form)
    assert f"1 well no longer counts: {slip}" in done.text
    assert "There are none." in done.text
    assert Campaign.open(tmp_path / "wide").state.excluded == {slip: "bubble"}


def test_a_step_is_taken_back_once(person, folder, lab):
    campaign = Campaign.open(folder)
    campaign.merge(_table(campaign, lab))
    typed = {"record": "3", "head": head(folder)}
    assert "Undone: step 3, 10 readings merged" in person.sends("c/buffer/steps", typed).text
    assert len(Campaign.open(folder).state.readings) == 0
    assert person.sends("c/buffer/steps", typed).status_code == 409


def test_the_report_is_the_one_of_the_command_line(person, folder, lab):
    campaign = Campaign.open(folder)
    campaign.merge(_table(campaign, lab))
    page = person.sends("c/buffer/report")
    assert page.data == (folder / "reports" / "round-01.html").read_bytes()
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert "round-01.html" in person.reads("c/buffer/")


def test_one_job_at_a_time_and_its_error_is_told():
    jobs, go = Jobs(), threading.Event()

    def slow(progress: Any) -> Done:
        progress("waiting", 0.5)
        go.wait(20)
        raise ValueError("no")

    key = jobs.start("a", "waiting", slow)
    with pytest.raises(Locked, match="still at work"):
        jobs.start("a", "again", slow)
    other = jobs.start("b", "beside", lambda _: Done("home", {}))
    assert jobs.get(other, "b").wait(20)
    go.set()
    assert jobs.get(key, "a").wait(20)
    assert isinstance(jobs.get(key, "a").error, ValueError)
    with pytest.raises(KeyError):
        jobs.get(key, "b")


def test_a_fault_is_worded_and_its_details_stay_here(person, folder, capsys):
    (folder / "records" / "000002.json").write_text("{}")
    answer = person.asks("c/buffer/")
    assert answer.status_code == 422
    assert "000002.json" in answer.text
    assert "Traceback" not in answer.text


@given(st.lists(st.lists(st.text("0123456789. \t<>x", max_size=5), max_size=9), max_size=9))
def test_every_value_of_a_block_is_placed_or_counted(block):
    form = pd.DataFrame({"well": ["A1", "B1", "C1", "D1", "A2"]}, index=list("vwxyz"))
    text = "\n".join("\t".join(line) for line in block)
    found, lost = spread(text, "A1", form, 24)
    filled = sum(bool(one.strip()) for line in text.split("\n") for one in line.split("\t"))
    assert len(found) + len(lost) == filled
    assert set(found) <= set("vwxyz")
