"""Outcomes through the whole loop: read from workbooks, learnt, proposed, told; alone, and beside a yield."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bioal.campaign.campaign import Campaign
from bioal.errors import ProtocolError, Refused, UsageError
from bioal.lab import GrowthLab
from bioal.protocol.protocol import protocol_from_toml
from bioal.sheets.filling import fill_in

LAB = GrowthLab(size=24)


def fill(proposal, rng):
    found = LAB.measure(proposal.round, rng)
    fill_in(proposal.workbook, "growth", found["growth"].to_dict())
    return found


def returned(campaign, number, **columns):
    """Return a round's samples as a table that comes back, with these columns by sample id."""
    round_ = campaign.rounds[number]
    conditions = round_.conditions.loc[round_.samples["condition"]].set_axis(round_.samples.index)
    headed = {factor.heading: conditions[factor.name] for factor in campaign.protocol.factors}
    table = pd.DataFrame({**headed, **{name: pd.Series(values) for name, values in columns.items()}})
    return table.rename_axis("Sample").reset_index()


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    """A campaign of ordered outcomes after one round, with its second one open, and what was measured."""
    campaign = Campaign.new(tmp_path_factory.mktemp("growth") / "yeast", LAB.protocol)
    first = campaign.propose()
    words = fill(first, np.random.default_rng(0))
    campaign.merge(first.workbook)
    second = campaign.propose()
    return campaign, words, second


@pytest.mark.smoke
def test_outcomes_are_read_from_the_workbook_and_told_as_chances(grown):
    campaign, words, second = grown
    seen = campaign.observations.set_index("condition")["mean"]
    made = campaign.state.samples["condition"]
    strong = (words["growth"] == "strong").groupby(made.reindex(words.index)).mean() * 100
    assert seen.to_dict() == pytest.approx(strong.to_dict())
    told = second.round.predictions
    assert told[["mean", "low", "high"]].to_numpy(float).min() >= 0
    assert told[["mean", "low", "high"]].to_numpy(float).max() <= 100
    assert (told["low"] <= told["mean"]).all()
    assert (told["mean"] <= told["high"]).all()


def test_replicates_that_disagree_are_named_and_both_count(grown):
    campaign, words, _ = grown
    made = campaign.state.samples["condition"].reindex(words.index)
    split = words["growth"].groupby(made).nunique()
    named = " ".join(campaign.status().notes)
    assert (split > 1).any()
    assert all(condition in named for condition in split.index[split > 1])


def test_the_chances_of_all_outcomes_make_a_hundred(grown):
    campaign, _, _ = grown
    table = campaign.predict(campaign.conditions.head(4).reset_index(drop=True))
    each = table[["chance of none", "chance of weak", "chance of strong"]].to_numpy(float)
    assert each.sum(axis=1) == pytest.approx(100.0)
    assert table["mean"].to_numpy(float) == pytest.approx(table["chance of strong"].to_numpy(float))


def test_replay_gives_the_same_chances(grown):
    campaign, _, _ = grown
    again = Campaign.open(campaign.folder)
    points = campaign.conditions.head(3).reset_index(drop=True)
    pd.testing.assert_frame_equal(again.predict(points), campaign.predict(points))


@pytest.mark.parametrize(
    ("typed", "code", "said"),
    [
        ("stong", "outcome-unknown", "Did you mean 'strong'"),
        ("n/a", "outcome-unknown", "one of none, weak, strong"),
        (2, "outcome-unknown", "Choose from the list"),
    ],
)
def test_a_word_that_is_no_outcome_is_refused_with_its_cell_and_what_is_allowed(grown, typed, code, said):
    campaign, _, second = grown
    sample = second.round.samples.index[0]
    with pytest.raises(Refused, match=said) as refused:
        campaign.merge(returned(campaign, 2, growth={sample: typed}))
    assert list(refused.value.problems["code"]) == [code]


def test_case_and_spaces_do_not_matter(grown):
    campaign, _, second = grown
    samples = list(second.round.samples.index)
    words = dict(zip(samples, [" None ", "WEAK", "strong"] * 8, strict=True))
    checked = campaign.check(returned(campaign, 2, growth=words))
    assert not len(checked.problems)


@pytest.mark.parametrize("strategy", ["margin", "0.7 margin + 0.3 entropy", "query synthesis", "bald"])
def test_a_strategy_is_named_recorded_and_says_why_on_the_sheet(grown, tmp_path, strategy):
    _, words, _ = grown
    other = Campaign.new(tmp_path / "other", LAB.protocol)
    other.propose()
    other.merge(returned(other, 1, growth=words["growth"].to_dict()))
    proposal = other.propose(strategy=strategy)
    assert set(proposal.round.predictions["reason"]) <= {"unsure", "mixed", "border", "teaches"}
    assert other.state.rounds[2].request.acquisition == strategy
    assert not other.propose(strategy=strategy).new
    with pytest.raises(Refused, match="round 2 open"):
        other.propose(strategy="entropy")


def test_what_learns_from_numbers_is_refused_for_outcomes_and_the_other_way_round(grown, tmp_path):
    campaign, _, _ = grown
    with pytest.raises(UsageError, match="no model of outcomes 'boosting'"):
        campaign.propose(model="boosting", replace=True)
    numbers = Campaign.new(tmp_path / "titre", LAB.mixed)
    with pytest.raises(UsageError, match="no model of numbers 'logistic'"):
        numbers.propose(model="logistic")
    text = LAB.mixed.text + '[proposal]\nstrategy = "margn"\n'
    with pytest.raises(ProtocolError, match=r'proposal\.strategy: found .*Did you mean "margin"'):
        Campaign.new(tmp_path / "wrong", protocol_from_toml(text))


def test_an_exact_share_of_a_plate_is_drawn_at_random(grown, tmp_path):
    _, words, _ = grown
    text = LAB.protocol.text + '[proposal]\nstrategy = { name = "margin", random = 0.25 }\n'
    campaign = Campaign.new(tmp_path / "honest", protocol_from_toml(text))
    campaign.propose()
    campaign.merge(returned(campaign, 1, growth=words["growth"].to_dict()))
    reasons = list(campaign.propose().round.predictions["reason"])
    assert reasons.count("random") == 3
    assert reasons.count("unsure") == 9


def test_your_own_function_is_a_strategy(grown, tmp_path):
    def least_carbon(pool, _rng):
        return -pool.task.points[:, 3]

    _, words, _ = grown
    campaign = Campaign.new(tmp_path / "own", LAB.protocol)
    campaign.propose()
    campaign.merge(returned(campaign, 1, growth=words["growth"].to_dict()))
    proposal = campaign.propose(strategy=least_carbon)
    assert set(proposal.round.predictions["reason"]) == {"own"}
    assert campaign.state.rounds[2].request.acquisition == "least_carbon"
    assert Campaign.open(campaign.folder).veto("R02-C001", "not here").number == 2


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """A campaign of titres where cultures grow, after one round."""
    campaign = Campaign.new(tmp_path_factory.mktemp("titre") / "yeast", LAB.mixed)
    proposal = campaign.propose()
    found = LAB.measure(proposal.round, np.random.default_rng(1))
    titre = found["titre"].dropna().to_dict()
    campaign.merge(returned(campaign, 1, **{"titre [mg/L]": titre, "growth": found["growth"].to_dict()}))
    return campaign, found


def test_cultures_that_fail_teach_where_not_to_look_and_have_no_titre(mixed):
    campaign, found = mixed
    made = campaign.state.samples["condition"].reindex(found.index)
    grew = set(made[found["growth"] != "none"])
    assert set(campaign.observations["condition"]) == grew
    assert campaign.state.open_round is None
    proposal = campaign.propose()
    table = campaign.predict(proposal.round.proposed.reset_index(drop=True))
    usual = campaign.predict(campaign.conditions.reset_index(drop=True))
    assert table["chance of growth weak or strong"].mean() > usual["chance of growth weak or strong"].mean()
    failed = campaign.conditions.loc[sorted(set(made) - grew)]
    assert not proposal.round.proposed.merge(failed).shape[0]


def test_a_yield_that_may_fail_learns_from_its_status(tmp_path):
    text = LAB.mixed.text.replace('readout = "titre"', 'readout = "titre"\nmay_fail = true').replace(
        'outcomes = ["none", "weak", "strong"]\nworks = ["weak", "strong"]', 'unit = "OD"'
    )
    campaign = Campaign.new(tmp_path / "fails", protocol_from_toml(text))
    found = LAB.measure(campaign.propose().round, np.random.default_rng(1))
    failed = found.index[found["titre"].isna()]
    columns = {"titre [mg/L]": found["titre"].dropna().to_dict()}
    columns["titre [mg/L] status"] = dict.fromkeys(failed, "no product")
    campaign.merge(returned(campaign, 1, **columns))
    assert campaign.state.open_round is None
    assert "chance of titre works" in campaign.predict(campaign.conditions.reset_index(drop=True))
    assert len(campaign.propose().round.predictions)
