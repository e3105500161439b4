"""What a campaign knows: plates against each other, and which way is better."""

import numpy as np
import pytest

from bioal.campaign.campaign import Campaign
from bioal.protocol.protocol import protocol_from_toml

TIE = "whether such a plate reads high"


def played(folder, text, bench, rounds=2):
    campaign = Campaign.new(folder, protocol_from_toml(text))
    for number in range(1, rounds + 1):
        campaign.propose(8)
        campaign.merge(bench.table(campaign, number, bench.values(campaign, number)))
    return campaign


def without_reference(text):
    return text[: text.index("[[controls]]")]


def test_only_plates_that_nothing_ties_are_said_to_be_untied(tmp_path, buffer_text, bench):
    tied = played(tmp_path / "tied", buffer_text, bench)
    assert not any(TIE in note for note in tied.status().notes)
    untied = played(tmp_path / "untied", without_reference(buffer_text), bench)
    assert any(TIE in note for note in untied.status().notes)


def test_values_relative_to_a_reference_of_another_recipe_are_not_called_untied(tmp_path, buffer_text, bench):
    text = buffer_text.replace('unit = "RFU"', 'unit = "RFU"\nnormalise = "reference"')
    text = text.replace('plasmid = "pA" }', 'plasmid = "pA", lysate = 2 }')
    text = text.replace("[plate]", "[fixed]\nlysate = 1\n\n[plate]")
    campaign = played(tmp_path / "referred", text, bench)
    assert not campaign.observations["condition"].str.startswith("reference").any()
    assert campaign.observations["plate"].nunique() == 2
    assert not any(TIE in note for note in campaign.status().notes)


HELD = """
[factors.temperature]
unit = "C"
levels = [25, 37]
per = "plate"
"""
APART = "Plates at different temperature differ also as plates; replicate a setting on two plates to tell."


def notes_of_plates_at(temperatures, folder, text, bench, astray=None):
    """Return what is said after rounds of one plate each, one well of the first astray."""
    campaign = Campaign.new(folder, protocol_from_toml(text + HELD))
    space = campaign.protocol.space
    different = space.conditions(space.sample(100, np.random.default_rng(0))).drop(columns="temperature")
    different = different.drop_duplicates()
    for number, temperature in enumerate(temperatures, start=1):
        own = different[8 * number - 8 : 8 * number].assign(temperature=temperature)
        campaign.propose(exactly=own, next_=True)
        table = bench.table(campaign, number, bench.values(campaign, number))
        table = table.rename(columns={"temperature": "temperature [C]"})
        first = table.index == table.index[table["temperature [C]"].notna()][0]
        table["temperature [C] actual"] = np.where(first & (number == 1) & (astray is not None), astray, None)
        campaign.merge(table, accept=["actuals"])
    assert campaign.observations["plate"].nunique() == len(temperatures)
    return campaign.status().notes


@pytest.mark.parametrize("astray", [None, 37.0], ids=["all as planned", "one well made otherwise"])
def test_plates_at_different_settings_are_not_told_to_carry_the_reference_that_they_carry(
    tmp_path, buffer_text, bench, astray
):
    notes = notes_of_plates_at([25.0, 37.0], tmp_path / "two", buffer_text, bench, astray)
    assert APART in notes
    assert not any(TIE in note for note in notes)


def test_nothing_is_said_of_settings_where_one_stands_on_two_plates(tmp_path, buffer_text, bench):
    notes = notes_of_plates_at([25.0, 37.0, 25.0], tmp_path / "three", buffer_text, bench)
    assert not any(TIE in note or note == APART for note in notes)


def test_plates_of_one_setting_that_share_nothing_are_still_said_to_be_untied(tmp_path, buffer_text, bench):
    text = without_reference(buffer_text)
    notes = notes_of_plates_at([25.0, 37.0, 25.0], tmp_path / "bare", text, bench)
    assert any(TIE in note for note in notes)


@pytest.mark.parametrize(
    ("direction", "far"), [('"minimize"', 0.0), ('"target"\ntarget = 700', 700.0)], ids=["minimize", "target"]
)
def test_a_campaign_seeks_what_its_objective_says(tmp_path, buffer_text, bench, direction, far):
    campaign = played(tmp_path / "sought", buffer_text.replace('"maximize"', direction), bench, rounds=3)
    first, last = (
        [abs(bench.truth(round_.conditions.loc[name]) - far) for name in round_.predictions.index]
        for round_ in (campaign.rounds[1], campaign.rounds[3])
    )
    assert sum(last) < 0.7 * sum(first)
    best = campaign.status().best
    assert abs(best.mean - far) < 100


def repeats_of(campaign, **options):
    proposal = campaign.propose(4, next_=True, repeats=True, model="gp", **options)
    return proposal.round.conditions.loc[proposal.round.predictions.index]


def test_a_vetoed_condition_is_not_repeated(tmp_path, buffer_text, bench):
    campaign = played(tmp_path / "vetoed", buffer_text, bench)
    proposal = campaign.propose(1, model="gp")
    unwanted = proposal.round.conditions.loc[proposal.round.predictions.index[0]]
    campaign.veto(str(proposal.round.predictions.index[0]), "precipitates")
    for _ in range(3):
        assert not (repeats_of(campaign) == unwanted).all(axis=1).any()


def test_repeats_stay_among_the_candidates_that_were_given(tmp_path, buffer_text, bench):
    campaign = played(tmp_path / "listed", buffer_text, bench)
    listed = campaign.protocol.space.conditions(
        campaign.protocol.space.codes(campaign.conditions)[[0, 1, 2, 3]]
    )
    chosen = repeats_of(campaign, candidates=listed)
    assert set(map(tuple, chosen.to_numpy())) <= set(map(tuple, listed.to_numpy()))
