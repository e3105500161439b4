"""`bioal status`, line by line: each thing once, and what is to be done next first."""

from __future__ import annotations

from pathlib import Path

from bioal.campaign.campaign import Campaign
from bioal.sheets.filling import fill_in

WORDS = """\
[campaign]
name = "Growth"
[readouts.growth]
[objective]
readout = "growth"
outcomes = ["does not", "grows"]
[factors.salt]
unit = "mM"
levels = [0, 100, 200, 300, 400]
[factors.glucose]
unit = "mM"
levels = [0, 5, 10, 20]
[plate]
size = 24
replicates = 2
"""

RELATIVE = """\
[campaign]
name = "Buffer"
[readouts.GFP]
unit = "RFU"
normalise = "reference"
[objective]
readout = "GFP"
direction = "maximize"
[factors.Mg]
unit = "mM"
levels = [2, 4, 6, 8, 10]
[factors.K]
unit = "mM"
levels = [30, 60, 90, 120]
[plate]
size = 24
replicates = 2
[[controls]]
role = "reference"
wells = 2
condition = { Mg = 4, K = 60 }
[stopping]
rounds = 1
"""


def begin(typed, text: str) -> None:
    Path("own.toml").write_text(text, encoding="utf-8")
    assert typed("new mine --protocol own.toml").code == 0


def measured(heading: str, values) -> None:
    campaign = Campaign.open("mine")
    number = max(campaign.rounds)
    samples = campaign.rounds[number].samples.index
    book = Path(f"mine/rounds/round-{number:02d}.xlsx")
    fill_in(book, heading, {str(sample): values(at) for at, sample in enumerate(samples)})
    campaign.merge(book)


def test_a_chance_is_said_once_in_whole_percents(typed):
    begin(typed, WORDS)
    assert typed("propose --conditions 6 --campaign mine").code == 0
    measured("growth", lambda at: "grows" if at % 3 else "does not")
    said = typed("status --campaign mine")
    assert said.out.count("90 % interval") == 1
    assert "9 in 10 times" not in said.out
    assert "chance of does not" not in said.out
    best = Campaign.open("mine").status().best
    assert f"growth grows with a chance of {best.mean:.0f} % (90 % interval" in said.out


def test_a_rule_that_fired_stands_behind_the_best_and_waits_for_an_open_round(typed):
    begin(typed, RELATIVE)
    assert typed("propose --conditions 6 --campaign mine").code == 0
    measured("GFP [RFU]", lambda at: 100.0 + at)
    lines = typed("status --campaign mine").out.splitlines()
    at = next(k for k, line in enumerate(lines) if line.startswith("    An estimate of the model"))
    assert lines[at - 1].startswith("    K [mM]")
    assert lines[at + 1].startswith("Stop, says the protocol (stopping.rounds): 1 of 1 rounds")
    assert typed("propose --conditions 3 --go-on --campaign mine").code == 0
    lines = typed("status --campaign mine").out.splitlines()
    assert lines[at + 2].startswith("Measure round 2 first. Then stop")
    assert not any(line.startswith("Stop") for line in lines)
