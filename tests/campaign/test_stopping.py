"""Each stopping rule fires at its threshold and not before, and the one that fired is named."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bioal.campaign.campaign import Campaign
from bioal.errors import NothingNew, ProtocolError, Refused
from bioal.lab import GrowthLab
from bioal.protocol.protocol import protocol_from_toml
from bioal.sheets.filling import fill_in


@pytest.fixture
def ruled(tmp_path, buffer_text):
    def begun(rules: str, text: str = buffer_text) -> Campaign:
        return Campaign.new(tmp_path / "ruled", protocol_from_toml(f"{text}\n[stopping]\n{rules}\n"))

    return begun


def measured(campaign: Campaign, bench, count: int = 5, **options) -> int:
    number = campaign.propose(count, model="gp", **options).number
    campaign.merge(bench.table(campaign, number, bench.values(campaign, number)))
    return number


def stopped(campaign: Campaign) -> str:
    return " ".join(campaign.status().stopped)


def test_rounds_stop_at_their_number_and_a_person_may_go_on(ruled, bench):
    campaign = ruled("rounds = 2")
    measured(campaign, bench)
    assert stopped(campaign) == ""
    measured(campaign, bench)
    assert "stopping.rounds): 2 of 2 rounds" in stopped(campaign)
    assert campaign.status().next == "bioal propose --go-on"
    with pytest.raises(NothingNew, match=r"stopping\.rounds.*bioal propose --go-on"):
        campaign.propose(3)
    proposal = campaign.propose(3, go_on=True)
    assert any("Proposed all the same" in note and "stopping.rounds" in note for note in proposal.notes)


def test_wells_are_kept_to_and_what_is_left_is_used(ruled):
    campaign = ruled("wells = 40")  # a round is conditions x 2 + 3
    campaign.propose(10)  # 23
    assert stopped(campaign) == ""
    with pytest.raises(Refused, match=r"a round of 23 wells.*at most 17"):
        campaign.propose(10, next_=True)
    last = campaign.propose(next_=True)
    assert last.count.used == 17
    assert "40 of 40 wells are used." in stopped(campaign)
    assert campaign.propose(10, next_=True, go_on=True).count.used == 23


def test_a_rest_that_holds_no_condition_stops_too(ruled):
    campaign = ruled("wells = 27")
    campaign.propose(10)
    assert "the rest does not hold one condition" in stopped(campaign)


def test_an_open_round_is_given_back_whatever_the_rules_say(ruled):
    campaign = ruled("rounds = 1\nwells = 23")
    campaign.propose()
    assert campaign.propose().new is False


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_a_target_is_reached_with_the_whole_interval(ruled, bench, buffer_text, direction):
    text = buffer_text.replace('"maximize"', f'"{direction}"')
    campaign = ruled(f"target = {1 if direction == 'maximize' else 1e6}", text)
    assert stopped(campaign) == ""
    measured(campaign, bench)
    best = campaign.status().best
    assert "stopping.target" in stopped(campaign)
    end = best.low if direction == "maximize" else best.high
    sign = 1 if direction == "maximize" else -1
    for target, reached in ((end - sign * 1e-6, True), (end + sign * 1e-6, False)):
        path = campaign.folder.parent / "next.toml"
        path.write_text(f"{text}\n[stopping]\ntarget = {target:.9f}\n", encoding="utf-8")
        campaign.amend(path)
        assert ("stopping.target" in stopped(campaign)) is reached


def test_a_target_to_hit_is_near_enough_within(ruled, bench, buffer_text):
    text = buffer_text.replace('direction = "maximize"', 'direction = "target"\ntarget = 500')
    campaign = ruled("within = 10000", text)
    measured(campaign, bench)
    assert "within 10000 of 500" in stopped(campaign)


def test_nothing_more_to_gain_stops_and_much_to_gain_does_not(ruled, bench):
    campaign = ruled('gain = "below noise"')
    assert stopped(campaign) == ""
    measured(campaign, bench, 6)
    assert "stopping.gain" not in stopped(campaign)
    measured(campaign, bench, 40)
    assert "stopping.gain): another round is expected to raise the best by" in stopped(campaign)


def test_predictions_that_rest_stop_after_so_many_rounds(ruled, bench):
    campaign = ruled("stable = 1")
    measured(campaign, bench, 4)
    measured(campaign, bench, 30)
    assert stopped(campaign) == ""
    measured(campaign, bench, 20)
    measured(campaign, bench, 6)
    assert "stopping.stable): the last round moved the predictions by" in stopped(campaign)


def test_outcomes_stop_by_the_same_rules(tmp_path):
    lab = GrowthLab(size=24)
    rules = '[stopping]\ntarget = 0.5\ngain = "below noise"\nstable = 1\n'
    campaign = Campaign.new(tmp_path / "growth", protocol_from_toml(f"{lab.protocol.text}\n{rules}"))
    rng = np.random.default_rng(2)
    for _ in range(2):
        assert not campaign.status().stopped or "stopping.target" in stopped(campaign)
        proposal = campaign.propose(go_on=True)
        words = lab.measure(proposal.round, rng)
        fill_in(proposal.workbook, "growth", words["growth"].to_dict())
        campaign.merge(proposal.workbook)
    said = campaign.status()
    assert "stopping.target" in " ".join(said.stopped)
    assert said.best.low >= 0.5


GROWS = """
[campaign]
name = "Grows"
[readouts.growth]
outcomes = ["none", "weak", "strong"]
[objective]
readout = "growth"
[factors.A]
unit = "mM"
low = 0
high = 19
step = 1
[factors.B]
unit = "mM"
low = 0
high = 19
step = 1
[plate]
size = 96
replicates = 2
[[controls]]
role = "reference"
name = "today's"
wells = 2
condition = { A = 3, B = 3 }
"""


def judged(campaign: Campaign, count: int, strong) -> None:
    """Measure a round, whose conditions are strong by a rule and else none; the reference is strong."""
    made = campaign.propose(count, go_on=True, model="gp")
    samples = made.round.samples
    settings = made.round.conditions.loc[samples["condition"]].set_axis(samples.index)
    grows = strong(settings) | (samples["role"] == "reference")
    fill_in(made.workbook, "growth", {one: "strong" if grows[one] else "none" for one in samples.index})
    campaign.merge(made.workbook)


@pytest.mark.parametrize("control", [True, False])
def test_outcomes_do_not_stop_before_anything_wanted_was_seen(ruled, control):
    text = GROWS if control else GROWS.split("[[controls]]", maxsplit=1)[0]
    campaign = ruled('gain = "below noise"\nstable = 1', text)
    for _ in range(3):
        judged(campaign, 6, lambda made: made["A"] > 100)
        assert campaign.status().stopped == ()


def test_outcomes_stop_when_less_than_5_points_of_chance_are_at_stake(ruled):
    campaign = ruled('gain = "below noise"\nstable = 1', GROWS)
    for count in (6, 30):
        judged(campaign, count, lambda made: made["A"] >= 5)
    assert campaign.status().best.mean > 95
    said = stopped(campaign)
    assert "stopping.gain" in said
    assert "less than the 5.0 % of the chance" in said


def test_the_scatter_of_yes_and_no_ends_no_campaign_of_outcomes(ruled):
    campaign = ruled("stable = 1", GROWS.replace("replicates = 2", "replicates = 1"))
    judged(campaign, 6, lambda made: made["A"] >= 10)
    grid = pd.DataFrame({"A": np.tile(np.arange(0, 20, 3), 7), "B": np.repeat(np.arange(0, 20, 3), 7)})
    before = campaign.predict(grid)["mean"]
    judged(campaign, 4, lambda made: made["A"] + made["B"] >= 20)
    moved = np.sqrt(np.mean((campaign.predict(grid)["mean"] - before) ** 2))
    assert moved > 5
    assert stopped(campaign) == ""


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("wells = 0", "stopping.wells"),
        ('gain = "soon"', "below noise"),
        ("within = 2", "target = ..., unless"),
        ("cost = 100", r"\[costs\] or \[prices\]"),
        ("plates = 3", "'plates'"),
    ],
)
def test_rules_that_make_no_sense_are_named(ruled, rules, said):
    with pytest.raises(ProtocolError, match=said):
        ruled(rules)
