"""The skip list: what is predicted surely enough is not measured, marked, and never mixed with what was."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bioal.campaign.campaign import Campaign
from bioal.campaign.learning import Knowledge
from bioal.campaign.predicting import _without
from bioal.errors import NothingNew, Refused, UsageError
from bioal.lab import GrowthLab
from bioal.protocol.protocol import protocol_from_toml
from bioal.sheets.filling import fill_in
from bioal.strategies.sparing import fewest

WELLS = """
[campaign]
name = "A step"

[readouts.GFP]
unit = "RFU"

[objective]
readout = "GFP"
direction = "maximize"

[factors.Mg]
unit = "mM"
low = 0
high = 30
step = 1

[factors.K]
unit = "mM"
low = 0
high = 30
step = 1

[plate]
size = 384
replicates = 1
"""


def measured(campaign: Campaign, rng, **asked) -> pd.DataFrame:
    """Propose a round, answer it with a slope and a little noise, and return its predictions."""
    round_ = campaign.propose(**asked, model="gp", acquisition="variance").round
    made = round_.conditions.loc[round_.samples["condition"]].set_axis(round_.samples.index)
    values = 100 + 10 * made["Mg"] + rng.normal(0, 1, len(made))
    table = made.rename(columns={"Mg": "Mg [mM]", "K": "K [mM]"}).assign(**{"GFP [RFU]": values})
    campaign.merge(table.rename_axis("Sample").reset_index())
    return round_.predictions


@pytest.fixture(scope="module")
def sloped(tmp_path_factory):
    """A campaign on a slope, with 20 conditions chosen and 70 drawn by lot."""
    campaign = Campaign.new(tmp_path_factory.mktemp("skip") / "c", protocol_from_toml(WELLS))
    rng = np.random.default_rng(1)
    measured(campaign, rng, conditions=20)
    told = measured(campaign, rng, conditions=75, checks=70)
    assert (told["reason"] == "check").sum() == 70
    return campaign


def test_what_is_predicted_surely_is_listed_with_its_bound(sloped):
    found = sloped.skip(0.1, 20.0)
    assert found.left == 31 * 31 - 95
    assert found.found.threshold == 0.6
    assert (found.found.checked, found.found.wrong) == (70, 0)
    assert len(found.conditions) == found.left
    assert set(found.conditions["status"]) == {"predicted"}
    assert np.allclose(found.conditions["mean"], 100 + 10 * found.conditions["Mg"], atol=20)
    assert "need not be measured" in found.words()


def test_a_tolerance_that_the_noise_exceeds_spares_nothing(sloped):
    found = sloped.skip(0.1, 0.3)
    assert found.conditions.empty
    assert found.words().startswith("Nothing is skipped")
    assert f"{fewest(0.1, 31 * 31 - 95 + found.found.checked)} such checks" in found.words()
    with pytest.raises(NothingNew, match="Nothing is skipped"):
        sloped.skip(0.1, 0.3, record=True)


def test_no_check_teaches_what_predicts(sloped):
    knowledge = Knowledge(sloped.state)
    checks = sloped.rounds[2].predictions.index[sloped.rounds[2].predictions["reason"] == "check"]
    without = _without(knowledge, list(checks))
    assert set(without.observations["condition"]) == set(knowledge.observations["condition"]) - set(checks)


def test_what_is_recorded_is_not_proposed_and_no_observation_and_can_be_undone(sloped):
    seen = sloped.observations.copy()
    found = sloped.skip(0.1, 20.0, record=True)
    try:
        pd.testing.assert_frame_equal(sloped.observations, seen)
        again = Campaign.open(sloped.folder)
        assert len(again.predicted) == len(found.conditions)
        assert np.array_equal(again.predicted[["Mg", "K"]], found.conditions[["Mg", "K"]])
        assert any("predicted surely enough" in note for note in again.status().notes)
        with pytest.raises(Refused, match="no condition that is not measured"):
            again.propose(4)
        # A check may be drawn from them, and what is measured is no longer only predicted.
        told = measured(again, np.random.default_rng(3), conditions=2, checks=2)
        assert set(told["reason"]) == {"check"}
        assert len(again.predicted) == len(found.conditions) - 2
    finally:
        number = next(one.number for one in again.state.records if type(one.body).__name__ == "SkipBody")
        again.undo(number)
    assert Campaign.open(sloped.folder).predicted.empty


def test_outcomes_are_skipped_by_the_word_that_is_predicted(tmp_path):
    lab = GrowthLab(size=384, replicates=1)
    campaign = Campaign.new(tmp_path / "growth", lab.protocol)
    rng = np.random.default_rng(5)
    for asked in ({"conditions": 50}, {"conditions": 121, "checks": 120}):
        proposal = campaign.propose(**asked, model="logistic", strategy="random")
        words = lab.measure(proposal.round, rng)
        fill_in(proposal.workbook, "growth", words["growth"].to_dict())
        campaign.merge(proposal.workbook)
    found = campaign.skip(0.25)
    assert 0 < len(found.conditions) < found.left
    assert set(found.conditions["outcome"]) <= {"none", "weak", "strong"}
    truth = np.array(lab.outcome(lab.rate(found.conditions)))
    assert np.mean(truth != found.conditions["outcome"].to_numpy()) <= 0.25
    with pytest.raises(UsageError, match="no tolerance"):
        campaign.skip(0.25, 3.0)


def test_questions_that_make_no_sense_are_named(campaign, bench):
    with pytest.raises(UsageError, match="--tolerance"):
        campaign.skip()
    with pytest.raises(UsageError, match="between 0 and 1"):
        campaign.skip(10, 5.0)
    with pytest.raises(Refused, match="no check teaches"):
        campaign.skip(0.1, 5.0)
    with pytest.raises(UsageError, match="at most 4 can be checks"):
        campaign.propose(4, checks=5)
    with pytest.raises(UsageError, match="give no list"):
        campaign.propose(checks=5, exactly=pd.DataFrame({"Mg": [1], "K": [0], "plasmid": ["pA"]}))


def answered(campaign: Campaign, rng, *, fails, purity=None, **asked) -> None:
    """Propose a round whose conditions fail by a rule that no model can see, and answer it."""
    round_ = campaign.propose(**asked, model="gp", acquisition="variance").round
    made = round_.conditions.loc[round_.samples["condition"]].set_axis(round_.samples.index)
    values = 100 + 10 * made["Mg"] + rng.normal(0, 1, len(made))
    table = made.rename(columns={"Mg": "Mg [mM]", "K": "K [mM]"})
    failed = fails(made).to_numpy()
    if purity is None:
        status = np.where(failed, "no product", "")
        table = table.assign(**{"GFP [RFU]": values.where(~failed), "Status": status})
    else:
        table = table.assign(**{"GFP [RFU]": values, "purity [%]": np.where(failed, purity[0], purity[1])})
    campaign.merge(table.rename_axis("Sample").reset_index())


def without_pattern(conditions: pd.DataFrame) -> pd.Series:
    return (conditions["Mg"] * 7 + conditions["K"] * 13) % 5 <= 1  # 40 % of all


@pytest.mark.parametrize("purity", [None, (70.0, 90.0)])
def test_checks_that_fail_or_miss_a_requirement_were_predicted_wrongly(tmp_path, purity):
    text = WELLS.replace('direction = "maximize"', 'direction = "maximize"\nmay_fail = true')
    if purity is not None:
        text = WELLS.replace("[objective]", '[readouts.purity]\nunit = "%"\nrequire = ">= 80"\n\n[objective]')
    campaign = Campaign.new(tmp_path / "fails", protocol_from_toml(text))
    rng = np.random.default_rng(0)
    for asked in ({"conditions": 30}, {"conditions": 61, "checks": 60}):
        answered(campaign, rng, fails=without_pattern, purity=purity, **asked)
    predictions = campaign.rounds[2].predictions
    drawn = campaign.conditions.loc[predictions.index[predictions["reason"] == "check"]]
    failing = int(without_pattern(drawn).sum())
    assert 15 < failing < 35
    for error in (0.1, 0.3):
        assert campaign.skip(error, 20.0).conditions.empty
    found = campaign.skip(0.9, 20.0)
    assert found.found.wrong <= failing
    assert found.conditions.empty or found.found.bound >= without_pattern(found.conditions).mean()


def test_what_is_predicted_to_fail_is_not_spared_and_what_works_is(tmp_path):
    text = WELLS.replace('direction = "maximize"', 'direction = "maximize"\nmay_fail = true')
    campaign = Campaign.new(tmp_path / "fails", protocol_from_toml(text))
    rng = np.random.default_rng(0)
    for asked in ({"conditions": 60}, {"conditions": 81, "checks": 80}):
        answered(campaign, rng, fails=lambda made: made["K"] >= 20, **asked)
    found = campaign.skip(0.15, 20.0)
    assert 0.5 * found.left < len(found.conditions) < 0.75 * found.left
    assert (found.conditions["K"] >= 20).mean() <= found.found.bound <= 0.15
