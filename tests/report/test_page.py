"""The page: one file that asks nobody for anything, escapes what was typed, can be read without eyes."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioal.campaign.campaign import Campaign
from bioal.campaign.telling import material_of
from bioal.cli.main import run
from bioal.markup import Markup, joined, tag
from bioal.report.findings import findings_of
from bioal.report.frames import Scale
from bioal.report.page import NOT_YET, page
from bioal.report.style import _DARK, _LIGHT, _LIGHT_PARTING, _LIGHT_RISING, _PARTING, _RISING


class Read(HTMLParser):
    """Collects elements, and whether each that was opened was closed."""

    void = frozenset({"meta"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    def named(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name in names]


@pytest.fixture(scope="module")
def text(material) -> str:
    return page(findings_of(material, np.random.default_rng(0)))


@pytest.fixture(scope="module")
def read(text) -> Read:
    found = Read(text)
    assert found.open == []
    return found


def test_what_people_typed_is_text_and_never_markup(text: str, read: Read):
    assert "<script" not in text
    assert not read.named("script", "iframe", "link", "img", "object", "b")
    said = " ".join(read.words)
    assert 'Buffer <b>&"quoted"</b>' in said
    assert "<script>alert(1)</script>" in said


def test_the_page_asks_nobody_for_anything(text: str, read: Read):
    policy = next(one["content"] for one in read.named("meta") if "http-equiv" in one)
    assert policy.startswith("default-src 'none'")
    assert "url(" not in text
    assert "@import" not in text
    links = [one.get("href") or one.get("src") or one.get("xlink:href") for _, one in read.tags]
    assert all(link.startswith("#") for link in links if link)
    assert "http" not in re.sub(r"http-equiv", "", text)
    assert not any(name.startswith("on") for _, one in read.tags for name in one)


def test_every_link_has_an_aim_and_every_name_is_given_once(read: Read):
    names = [one["id"] for _, one in read.tags if one.get("id")]
    assert len(names) == len(set(names))
    aims = [one["href"].removeprefix("#") for one in read.named("a")]
    assert set(aims) <= set(names)
    told = [name for _, one in read.tags for name in (one.get("aria-labelledby") or "").split()]
    assert set(told) <= set(names)


def test_every_drawing_has_words_and_every_table_a_caption(text: str, read: Read):
    drawings = read.named("svg")
    assert len(drawings) >= 10
    assert all(one["role"] == "img" and one["aria-labelledby"] for one in drawings)
    for title, words in re.findall(r"<title [^>]*>(.*?)</title><desc [^>]*>(.*?)</desc>", text):
        assert len(title) > 5
        assert len(words) > 10
    assert text.count("<table") == text.count("<caption")
    assert "nan" not in re.sub(r"<[^>]*aria-label=\"[^\"]*\"|nano", "", text).lower().split()
    assert not re.search(r'="[^"]*\bnan\b', text)


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(2 * one for one in digits) if len(digits) == 3 else digits
    parts = [int(digits[k : k + 2], 16) / 255 for k in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast of WCAG 2.2, relative luminance as defined there."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [_LIGHT, _DARK])
def test_text_can_be_read_on_light_and_dark(theme: str):
    colours = dict(one.removeprefix("--").split(":") for one in theme.split(";"))
    for name in ("fg", "muted", "accent", "second", "good", "bad"):
        assert contrast(colours[name], colours["bg"]) >= 4.5, name
        assert contrast(colours[name], colours["card"]) >= 4.5, name
    assert contrast(colours["well"], colours["bg"]) >= 3  # dots, no text


@pytest.mark.parametrize(("shades", "light"), [(_RISING, _LIGHT_RISING), (_PARTING, _LIGHT_PARTING)])
def test_numbers_can_be_read_on_every_shade(shades, light):
    for number, shade in enumerate(shades):
        assert contrast(shade, "#fff" if number in light else "#111") >= 4.5, shade


def test_before_any_result_the_page_says_so(tmp_path: Path, material):
    campaign = Campaign.new(tmp_path / "fresh", material.protocol)
    assert NOT_YET in campaign.report().read_text(encoding="utf-8")
    campaign.propose(4)
    path = campaign.report()
    assert path.name == "round-01.html"
    said = path.read_text(encoding="utf-8")
    Read(said)
    assert NOT_YET in said
    assert "R01-C004" in said


def test_the_same_campaign_gives_the_same_page(played: Campaign):
    first = played.report().read_bytes()
    assert Campaign.open(played.folder).report().read_bytes() == first
    assert len(first) < 500_000


def test_the_command_names_the_file_it_wrote(played: Campaign, capsys: pytest.CaptureFixture[str]):
    assert run(["report", "--campaign", str(played.folder)]) == 0
    assert "reports/round-03.html" in capsys.readouterr().out.replace("\\", "/")


def test_a_report_of_a_minimised_readout_and_of_vessels(tmp_path: Path):
    protocol = """
    [campaign]
    name = "waste"
    [readouts.waste]
    unit = "g"
    [objective]
    readout = "waste"
    direction = "minimize"
    [factors.a]
    levels = [1, 2, 3, 4]
    [factors.b]
    options = ["u", "v", "w"]
    [plate]
    size = "none"
    """
    (tmp_path / "own.toml").write_text(protocol, encoding="utf-8")
    campaign = Campaign.new(tmp_path / "c", tmp_path / "own.toml")
    round_ = campaign.propose(8, model="gp").round
    made = round_.conditions.loc[round_.samples["condition"]].set_axis(round_.samples.index.rename("Sample"))
    values = 3.0 * made["a"] + made["b"].map({"u": 1.0, "v": 2.0, "w": 5.0})
    campaign.merge(made.assign(**{"waste [g]": values}).reset_index())
    material = material_of(campaign._knowledge)
    tried = made.assign(value=values).groupby(["a", "b"])["value"].first()
    best = material.conditions.loc[material.best]
    assert tried[best["a"], best["b"]] == tried.min()
    Read(campaign.report().read_text(encoding="utf-8"))


ODD = """
[campaign]
name = "odd"
[readouts.y]
[objective]
readout = "y"
direction = "target"
target = 2.0
[factors.a]
levels = [1, 2, 3, 4]
[factors.b]
levels = [1]
[plate]
size = 24
"""


@pytest.mark.parametrize(
    "values", [[1.0], [1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0], [1e-30, 5.0, -3e12, 2.0]]
)
def test_odd_results_are_reported_without_a_fault(tmp_path: Path, values: list[float]):
    (tmp_path / "own.toml").write_text(ODD, encoding="utf-8")
    campaign = Campaign.new(tmp_path / "c", tmp_path / "own.toml")
    round_ = campaign.propose(4, model="gp").round
    samples = round_.samples.iloc[: len(values)]
    made = round_.conditions.loc[samples["condition"]].set_axis(samples.index.rename("Sample"))
    campaign.merge(made.assign(y=values).reset_index(), accept=("scale",))
    text = campaign.report().read_text(encoding="utf-8")
    assert Read(text).open == []
    assert not re.search(r'="[^"]*\b(nan|inf)\b', text)


@given(st.text(), st.text())
def test_no_text_can_leave_its_element_or_attribute(inside: str, said: str):
    made = tag("p", inside, title=said)
    found = Read(made)
    assert found.open == []
    assert [name for name, _ in found.tags] == ["p"]
    assert joined([made, Markup("")]) == made


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_ticks_are_round_few_and_within_the_scale(low: float, reach: float):
    scale = Scale(low, low + reach, 0.0, 100.0)
    if scale.high <= scale.low:
        return
    ticks = scale.ticks()
    assert 2 <= len(ticks) <= 12
    assert all(-1 <= scale(tick) <= 101 for tick in ticks)
