"""What a notebook shows of an object: escaped, small, without colours of its own."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioal.campaign.campaign import Campaign
from bioal.cards import Grid, card
from bioal.plates.layout import samples_of_round
from bioal.plates.rounds import Round
from bioal.protocol.protocol import protocol_from_toml
from bioal.report.summary import NOTHING

MOST = 100_000
EVIL = "<img src=x onerror=alert(1)>&\"'</td></table><script>alert(2)</script>"


class Read(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.attributes += attrs
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def sound(text: str) -> Read:
    """Return what a card holds; it is small, whole, runs nothing and has no colour of its own."""
    assert len(text.encode("utf-8", "replace")) < MOST
    found = Read(text)
    assert found.open == []
    assert set(found.names) <= {"div", "p", "strong", "table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert {name for name, _ in found.attributes} <= {"style", "scope"}
    assert {value for name, value in found.attributes if name == "style"} <= {"text-align:left"}
    return found


@pytest.fixture(scope="module")
def evil() -> str:
    return EVIL.replace('"', '\\"')


def test_campaign_round_protocol_and_summary_show_what_people_typed_as_text(played: Campaign):
    shown = {
        "campaign": sound(played._repr_html_()),
        "round": sound(played.rounds[2]._repr_html_()),
        "protocol": sound(played.protocol._repr_html_()),
        "summary": sound(played.summary()._repr_html_()),
    }
    said = {name: " ".join(read.words) for name, read in shown.items()}
    assert 'Buffer <b>&"quoted"</b>' in said["campaign"]
    assert played.status().best.condition in said["campaign"]
    assert "bioal merge rounds/round-03.xlsx" in said["campaign"]
    assert "<script>alert(1)</script>" in said["protocol"]
    assert "0 to 100 (11 levels)" in said["protocol"]
    assert "20 to" not in said["protocol"]
    assert "10 conditions, 23 samples on 1 plate of 96 wells." in said["round"]
    assert "R02-C001" in said["round"]
    assert played.status().best.condition in said["summary"]
    assert "90 % interval" in said["summary"]


def test_a_summary_says_the_same_as_the_status(played: Campaign):
    summary, best = played.summary(), played.status().best
    assert str(summary.best.index[0]) == best.condition
    assert summary.best["mean"].iloc[0] == pytest.approx(best.mean)
    assert summary.best["low"].iloc[0] == pytest.approx(best.low)
    assert best.condition in str(summary)


def test_before_any_result_cards_say_so(tmp_path, material):
    campaign = Campaign.new(tmp_path / "fresh", material.protocol)
    assert NOTHING in sound(campaign.summary()._repr_html_()).words
    assert NOTHING in sound(campaign._repr_html_()).words


def test_a_large_round_of_long_evil_names_stays_small(evil: str):
    factors = "".join(
        f'[factors."{k} {evil}"]\noptions = ["{evil} a", "{evil} b"]\n' for k in range(30)
    )
    head = f'[campaign]\nname = "{evil}"\n[readouts.y]\n[objective]\nreadout = "y"\n'
    text = f"{head}{factors}[plate]\nsize = 1536\n"
    protocol = protocol_from_toml(text)
    sound(protocol._repr_html_())
    conditions = protocol.space.conditions(protocol.space.sample(1500, np.random.default_rng(0)))
    ids = pd.Index([f"R01-C{k:04d}" for k in range(len(conditions))], name="condition")
    conditions = conditions.set_axis(ids)
    said = pd.DataFrame({"mean": 1.0, "low": 0.5, "high": 1.5, "reason": "exploit"}, index=ids)
    rng = np.random.default_rng(1)
    samples = samples_of_round(1, list(ids), (), protocol.plate, rng)
    read = sound(Round(1, conditions, said, samples, 1536)._repr_html_())
    assert any("more rows" in words for words in read.words)


@settings(max_examples=30)
@given(st.text(), st.lists(st.text(), max_size=4), st.lists(st.lists(st.text(), min_size=3, max_size=3)))
def test_no_text_leaves_its_place_in_a_card(title: str, lines: list[str], rows: list[list[str]]):
    found = sound(card(title, lines, Grid("c", ("a", "b", "c"), rows)))
    assert found.names.count("tr") == len(rows) + 1


def test_a_card_of_anything_is_below_its_limit():
    wide = Grid("wide", ["h" * 500] * 400, [["\U0001f9ec" * 500] * 400] * 400)
    found = sound(card("t" * 9000, ["\u00e9<" * 9000] * 90, wide, wide, wide))
    assert any("more columns" in words for words in found.words)
    assert re.search(r"and 74 more lines", " ".join(found.words))
