"""A campaign whose plates read at different gains: from returned readings to what the model believes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bioal.campaign.campaign import Campaign
from bioal.protocol.protocol import protocol_from_toml

TEXT = """
[campaign]
name = "Two gains"
[readouts.GFP]
unit = "RFU"
normalise = "controls"
[objective]
readout = "GFP"
[factors.Mg]
unit = "mM"
levels = [1, 2, 4, 6, 8]
[factors.K]
unit = "mM"
levels = [10, 40, 70, 100]
[fixed]
DNA = { value = 5, unit = "nM" }
[plate]
size = 48
replicates = 2
[[controls]]
role = "reference"
name = "Ref+"
wells = 3
condition = { Mg = 4, K = 40 }
[[controls]]
role = "negative"
name = "no DNA"
wells = 3
condition = { Mg = 4, K = 40, DNA = 0 }
"""


def truth(conditions: pd.DataFrame) -> np.ndarray:
    """Return the yield of conditions: 1 at the reference."""
    return np.exp(-(((conditions["Mg"] - 6) / 4) ** 2) - ((conditions["K"] - 40) / 60) ** 2) / np.exp(-0.25)


def returned(campaign: Campaign, number: int, gain: float) -> pd.DataFrame:
    """Return the filled run list of a round that was read at this gain."""
    round_ = campaign.rounds[number]
    samples = round_.samples
    conditions = round_.conditions.loc[samples["condition"]].set_axis(samples.index)
    rng = np.random.default_rng(number)
    yields = np.where(samples["role"] == "negative", 0.0, truth(conditions))
    read = gain * (2.0 + yields) * (1 + 0.02 * rng.standard_normal(len(samples)))
    table = samples[["condition", "plate", "well"]].set_axis(["Condition", "Plate", "Well"], axis=1)
    table = table.assign(**{"Mg [mM]": conditions["Mg"], "K [mM]": conditions["K"], "GFP [RFU]": read})
    return table.rename_axis("Sample").reset_index()


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Campaign:
    made = Campaign.new(tmp_path_factory.mktemp("yields") / "gains", protocol_from_toml(TEXT))
    for number, gain in ((1, 3000.0), (2, 900.0)):
        made.propose(6)
        made.merge(returned(made, number, gain), accept=["scale", "range"])
    return made


def test_yields_of_both_plates_are_on_one_scale(campaign: Campaign) -> None:
    found = campaign.observations
    assert found["plate"].nunique() == 2
    assert "negative-1" not in set(found["condition"])
    true = truth(campaign.conditions.loc[found["condition"]].astype(float))
    assert np.sqrt(np.mean((found["mean"].to_numpy() - true.to_numpy()) ** 2)) < 0.1


def test_the_model_is_told_what_the_correction_leaves_uncertain(campaign: Campaign) -> None:
    evidence = campaign._knowledge.evidence
    assert evidence.shared is not None
    assert evidence.shared.shape == (len(evidence), 4)
    mean, sd = campaign.model.mean_sd(evidence.points)
    assert np.isfinite(mean).all()
    assert (sd > 0).all()


def test_the_change_of_gain_is_said(campaign: Campaign) -> None:
    assert any("since round 1 on R02 plate-1" in note for note in campaign.status().notes)


def test_amending_to_each_plate_alone_gives_the_rule_of_the_publications(
    campaign: Campaign, tmp_path: Path
) -> None:
    alone = Campaign.new(
        tmp_path / "alone", protocol_from_toml(TEXT.replace('"controls"', '"controls"\npool = false'))
    )
    alone.propose(6)
    table = returned(alone, 1, 3000.0)
    alone.merge(table)
    role = alone.rounds[1].samples["role"].to_numpy()
    read = table["GFP [RFU]"].to_numpy()
    low, high = read[role == "negative"].mean(), read[role == "reference"].mean()
    expected = pd.Series((read - low) / (high - low)).groupby(table["Condition"]).mean()
    found = alone.observations.set_index("condition")["mean"]
    assert found.to_dict() == pytest.approx(expected[found.index].to_dict())
