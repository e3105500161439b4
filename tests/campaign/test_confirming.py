"""A confirmation: planned beside the reference, recorded as one, and alone in quoting a fold."""

from __future__ import annotations

import pytest

from bioal import Campaign, Refused, UsageError, protocol_from_toml


@pytest.fixture
def measured(campaign, bench):
    campaign.propose(conditions=6)
    campaign.merge(bench.table(campaign, 1, bench.values(campaign, 1)))
    return campaign


def test_a_confirmation_gives_the_best_and_the_reference_as_many_wells(measured):
    proposal = measured.confirm(best=3, replicates=6)
    counts = proposal.round.samples["condition"].value_counts()
    assert proposal.count.words() == "3 conditions x 6 + 6 controls = 24 of 96 wells"
    assert counts.to_dict() == dict.fromkeys([*proposal.round.predictions.index, "reference-1"], 6)
    assert measured.status().best.condition in counts
    assert set(proposal.round.predictions["reason"]) == {"repeat"}
    assert not measured.confirm(best=3, replicates=6).new
    assert Campaign.open(measured.folder).status().rounds[1].confirmation


def test_only_the_wells_of_the_confirmation_are_quoted(measured, bench):
    assert measured.status().confirmed is None
    proposal = measured.confirm(best=2, replicates=4)
    assert measured.status().confirmed is None
    values = bench.values(measured, 2)
    for sample, condition in proposal.round.samples["condition"].items():
        values[sample] = 100.0 if condition == "reference-1" else 250.0
        values[sample] += proposal.round.samples.loc[sample, "replicate"]
    measured.merge(bench.table(measured, 2, values), accept=["scale"])
    found = measured.status().confirmed
    assert found.round == 2
    for fold in found.folds:
        assert fold.ratio == pytest.approx(252.5 / 102.5)
        assert fold.wells == fold.reference_wells == 4
    assert "2.463 times the GFP of the reference (90 % interval" in found.words[0]


def test_an_excluded_well_no_longer_counts_in_a_fold(measured, bench):
    proposal = measured.confirm(best=1, replicates=4)
    measured.merge(bench.table(measured, 2, bench.values(measured, 2)))
    own = proposal.round.samples[proposal.round.samples["role"] == "carried over"]
    measured.exclude(str(own.index[0]), "a bubble")
    assert measured.status().confirmed.folds[0].wells == 3


def test_a_condition_of_a_confirmation_is_not_replaced_by_one_that_was_never_measured(measured):
    proposal = measured.confirm(best=2)
    with pytest.raises(Refused, match="a condition of a confirmation"):
        measured.veto(str(proposal.round.predictions.index[0]), "too dear")


def test_without_a_reference_or_results_nothing_can_be_confirmed(campaign, buffer_text, tmp_path):
    with pytest.raises(Refused, match="no condition that was measured"):
        campaign.confirm()
    with pytest.raises(UsageError, match="2 replicates or more"):
        campaign.confirm(replicates=1)
    bare = protocol_from_toml(buffer_text.partition("[[controls]]")[0])
    with pytest.raises(Refused, match="no control with the role reference"):
        Campaign.new(tmp_path / "bare", bare).confirm()
