"""The best so far comes along into the next round, and ties its plates to the earlier ones."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from bioal.campaign.campaign import Campaign

TEXT = """
[campaign]
name = "tied"
[readouts.GFP]
unit = "RFU"
[objective]
readout = "GFP"
[factors.Mg]
unit = "mM"
levels = [1, 2, 3, 4, 5, 6, 7, 8]
[factors.PEG]
unit = "%"
levels = [0, 1, 2, 3]
[plate]
size = 96
replicates = 2
carry_over = 2
"""


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    (tmp_path / "tied.toml").write_text(TEXT, encoding="utf-8")
    made = Campaign.new(tmp_path / "tied", tmp_path / "tied.toml")
    proposal = made.propose(8)
    runs = pd.read_excel(proposal.workbook, sheet_name="Run list")
    runs["GFP [RFU]"] = 100 * runs["Mg [mM]"] - 10 * runs["PEG [%]"] + runs["Replicate"]
    made.merge(runs)
    return made


def test_the_first_round_has_nothing_to_carry_over(campaign: Campaign):
    assert set(campaign.rounds[1].samples["role"]) == {"sample"}


def test_the_best_so_far_are_among_the_conditions_asked_for(campaign: Campaign):
    first = campaign.rounds[1].proposed
    best = (100 * first["Mg"] - 10 * first["PEG"]).sort_values(ascending=False).index[:2]
    second = campaign.propose(6).round
    carried = second.samples.loc[second.samples["role"] == "carried over", "condition"]
    assert len(second.predictions) == 6
    assert set(carried) == set(best)
    assert carried.value_counts().tolist() == [2, 2]
    assert second.predictions.loc[list(best), "reason"].tolist() == ["repeat", "repeat"]


def test_one_condition_alone_is_never_an_old_one(campaign: Campaign):
    second = campaign.propose(1).round
    assert set(second.samples["role"]) == {"sample"}


def test_where_repeats_may_be_proposed_no_condition_comes_twice(campaign: Campaign):
    second = campaign.propose(6, repeats=True).round
    assert second.predictions.index.is_unique
    assert not second.proposed.duplicated().any()


def test_what_was_vetoed_is_not_carried_over_again(campaign: Campaign):
    second = campaign.propose(6).round
    vetoed = str(second.samples.loc[second.samples["role"] == "carried over", "condition"].iloc[0])
    campaign.veto(vetoed, "precipitates")
    runs = pd.read_excel(campaign.folder / "rounds" / "round-02.xlsx", sheet_name="Run list")
    runs["GFP [RFU]"] = 100.0
    campaign.merge(runs, accept=["scale"])
    third = campaign.propose(6).round
    assert vetoed not in third.predictions.index


def test_only_what_is_on_a_list_is_carried_over(campaign: Campaign):
    first = campaign.rounds[1].proposed
    worst = (100 * first["Mg"] - 10 * first["PEG"]).idxmin()
    others = set(first.drop(index=worst).itertuples(index=False, name=None))
    there = [tuple(first.loc[worst]), (8.0, 0.0), (8.0, 3.0), (7.0, 3.0)]
    listed = [one for one in there if one not in others]
    second = campaign.propose(3, candidates=pd.DataFrame(listed, columns=["Mg", "PEG"])).round
    assert set(second.proposed.itertuples(index=False, name=None)) <= set(listed)
    assert set(second.samples.loc[second.samples["role"] == "carried over", "condition"]) == {worst}
