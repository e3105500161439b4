"""A person's own values may lie between levels: what is made of them is said wherever they come in."""

from __future__ import annotations

import pandas as pd

from bioal.campaign.between import between_levels

DESIGN = pd.DataFrame({"Mg": [3, 8], "K": [0, 50], "plasmid": ["pB", "pA"]})
ON = DESIGN.iloc[1:]


def told(proposal) -> list[str]:
    return [note for note in proposal.notes if note.startswith("Between levels")]


def test_every_way_in_says_which_values_lie_between_levels(campaign):
    asked = between_levels(campaign.protocol, DESIGN)
    assert len(asked) == 1
    assert asked[0].startswith("Between levels of the protocol: Mg 3")
    assert "(levels 2 and 4). It is made as it is written here." in asked[0]
    campaign.ask(DESIGN)
    assert told(campaign.propose(4)) == list(asked)
    other = DESIGN.assign(K=[30, 0])
    assert told(campaign.propose(exactly=other, next_=True)) == list(asked)


def test_what_is_added_to_an_open_round_says_it_too(campaign):
    assert told(campaign.propose(4)) == []
    assert told(campaign.propose(add=DESIGN.iloc[:1])) == list(between_levels(campaign.protocol, DESIGN))


def test_on_levels_nothing_is_said_and_of_many_values_five_are_named(campaign):
    assert between_levels(campaign.protocol, ON) == ()
    assert between_levels(campaign.protocol, ON.iloc[:0]) == ()
    many = pd.DataFrame({"Mg": [1.5, 2.5, 3, 3.5, 5, 6.5, 7], "K": 0, "plasmid": "pA"})
    said = between_levels(campaign.protocol, many)[0]
    assert said.count("levels ") == 6
    assert "and 2 more. They are made" in said
