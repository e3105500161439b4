"""The few conditions that speak for all others, to try a new lysate or strain with."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bioal.campaign.campaign import Campaign
from bioal.campaign.characterising import Informative
from bioal.errors import Refused, UsageError
from bioal.lab import CellFreeLab
from bioal.plates.columns import SAMPLE
from bioal.strategies.informative import left_out_error, most_informative


def measured(campaign: Campaign, bench, count: int) -> None:
    number = campaign.propose(count).number
    campaign.merge(bench.table(campaign, number, bench.values(campaign, number)))


def test_they_are_measured_makeable_and_told_with_what_they_explain(campaign, bench):
    measured(campaign, bench, 24)
    found = campaign.informative(5)
    assert len(found.conditions) == 5
    assert found.pool == 25  # the reference is a condition too
    assert set(found.conditions.index) <= set(campaign.observations["condition"])
    assert campaign.protocol.space.contains(found.conditions).all()
    assert (np.diff(found.conditions["explained"]) > 0).all()
    assert 0 < found.conditions["explained"].iloc[-1] <= 1
    assert found.volumes.columns.empty


def test_what_the_protocol_does_not_allow_any_more_is_not_among_them(campaign, bench, buffer_text):
    measured(campaign, bench, 24)
    narrow = buffer_text.replace("levels = [1, 2, 4, 6, 8]", "levels = [1, 2, 4]")
    path = campaign.folder.parent / "narrow.toml"
    path.write_text(narrow, encoding="utf-8")
    campaign.amend(path)
    assert set(campaign.informative(5).conditions["Mg"]) <= {1, 2, 4}


def test_a_list_may_be_chosen_from(campaign, bench):
    measured(campaign, bench, 12)
    listed = pd.DataFrame({"Mg": [1, 2, 4, 8], "K": [0, 50, 100, 30], "plasmid": ["pA", "pB", "pA", "pB"]})
    found = campaign.informative(2, candidates=listed)
    assert found.pool == 4
    assert np.isnan(found.error)
    assert len(found.conditions.merge(listed)) == 2


def test_without_results_or_with_too_few_to_choose_from_it_says_so(campaign, bench):
    with pytest.raises(Refused, match="Merge a round first"):
        campaign.informative(5)
    measured(campaign, bench, 6)
    with pytest.raises(UsageError, match="1 to 6 of these 7"):
        campaign.informative(7)


def test_twenty_predict_the_rest_better_than_twenty_at_random(tmp_path):
    """In the virtual cell-free laboratory, on a design that fills the space."""
    lab = CellFreeLab()
    campaign = Campaign.new(tmp_path / "lab", lab.protocol)
    round_ = campaign.propose(80, next_=True).round
    readings = lab.measure(round_, np.random.default_rng(1))
    conditions = round_.conditions.loc[round_.samples["condition"]].set_axis(round_.samples.index)
    columns = {factor.heading: conditions[factor.name] for factor in lab.protocol.factors}
    columns[lab.protocol.readout.heading] = readings
    campaign.merge(pd.DataFrame(columns).rename_axis(SAMPLE).reset_index())
    found = campaign.informative(20)
    assert found.error < found.by_chance[1] < found.spread
    assert found.beaten > 0.7


@pytest.mark.parametrize(
    ("error", "beaten", "recommended"),
    [(0.5, 0.9, True), (0.682, 0.38, False), (0.5, 0.6, False), (0.9, 0.9, False), (np.nan, np.nan, None)],
)
def test_a_set_is_recommended_that_beats_two_in_three_random_sets_and_the_mean(error, beaten, recommended):
    nothing = pd.DataFrame()
    found = Informative(nothing, nothing, error, (0.4, 0.6, 0.8), beaten, 0.632, 40)
    assert found.recommended is recommended


def test_few_conditions_are_mostly_luck_even_where_the_model_is_right():
    """By simulation: functions drawn from the model itself, as the module says of its trial."""
    rng = np.random.default_rng(3)
    points = rng.random((40, 4))
    apart = ((points[:, None] - points) ** 2).sum(axis=-1)
    covariance = np.exp(-apart / 0.5)
    root = np.linalg.cholesky(covariance + 1e-9 * np.eye(40))
    rows = most_informative(covariance, 0.01, 5)
    sets = [rng.choice(40, 5, replace=False) for _ in range(100)]
    worlds = [root @ rng.standard_normal(40) for _ in range(60)]
    beaten = [
        np.mean([left_out_error(covariance, 0.01, one, world) for one in sets])
        > left_out_error(covariance, 0.01, rows, world)
        for world in worlds
    ]
    assert 0.5 < np.mean(beaten) < 1
