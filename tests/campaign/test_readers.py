"""Several people and labs read the same samples or whole plates: what is recorded, refused, and weighed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from bioal.campaign.campaign import Campaign
from bioal.errors import Refused, UsageError
from bioal.protocol.protocol import protocol_from_toml

TEXT = """
[campaign]
name = "Two labs"
[readouts.titre]
unit = "g/L"
[objective]
readout = "titre"
[factors.Mg]
unit = "mM"
levels = [1, 2, 4, 6, 8]
[factors.K]
unit = "mM"
levels = [10, 40, 70, 100]
[plate]
size = 48
replicates = 2
"""


def returned(campaign: Campaign, number: int, *, offset: float = 0.0, scatter: float = 0.1, seed: int = 0):
    """Return the filled run list of a round by a reader who reads high by `offset`, and the true values."""
    round_ = campaign.rounds[number]
    samples = round_.samples
    conditions = round_.conditions.loc[samples["condition"]].set_axis(samples.index)
    true = 5.0 + conditions["Mg"].astype(float) + np.sqrt(conditions["K"].astype(float))
    made = true + 0.2 * np.random.default_rng(number).standard_normal(len(true))
    read = made + offset + scatter * np.random.default_rng(100 + seed).standard_normal(len(made))
    table = samples[["condition", "plate", "well"]].set_axis(["Condition", "Plate", "Well"], axis=1)
    table = table.assign(**{"Mg [mM]": conditions["Mg"], "K [mM]": conditions["K"], "titre [g/L]": read})
    return table.rename_axis("Sample").reset_index(), made


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    made = Campaign.new(tmp_path / "labs", protocol_from_toml(TEXT))
    made.propose(20)
    return made


def means(campaign: Campaign) -> pd.Series:
    return campaign.observations.set_index("condition")["mean"]


@pytest.mark.smoke
def test_two_labs_read_the_same_samples_and_the_sure_one_counts_more(campaign: Campaign) -> None:
    good, made = returned(campaign, 1, offset=-1.0, scatter=0.05, seed=1)
    poor, _ = returned(campaign, 1, offset=1.0, scatter=1.0, seed=2)
    campaign.merge(good, lab="Basel")
    campaign.merge(poor, lab="Lund")
    assert set(campaign.state.readings["lab"]) == {"Basel", "Lund"}
    assert len(campaign.state.readings) == 2 * len(good)
    true = made.groupby(campaign.rounds[1].samples["condition"]).mean()
    left = means(campaign) - true[means(campaign).index]
    plain = 0.5 * (good["titre [g/L]"] + poor["titre [g/L]"]) - made.to_numpy()
    plain = plain.groupby(good["Condition"]).mean()
    assert left.std() < 0.6 * plain.std()
    assert abs(left.mean()) < 0.4
    notes = campaign.status().notes
    assert any("Lund scatter" in note for note in notes)
    assert len(campaign.observations) == campaign.rounds[1].proposed.shape[0]


def test_one_named_lab_is_as_nobody_named(campaign: Campaign, tmp_path: Path) -> None:
    other = Campaign.new(tmp_path / "plain", protocol_from_toml(TEXT))
    other.propose(20)
    table, _ = returned(campaign, 1)
    campaign.merge(table, lab="Basel", operator="Ana")
    other.merge(table)
    left, right = (one.observations.drop(columns="by") for one in (campaign, other))
    pd.testing.assert_frame_equal(left, right)


def test_the_same_reader_again_changes_nothing_and_corrects_on_demand(campaign: Campaign) -> None:
    table, _ = returned(campaign, 1)
    campaign.merge(table, operator="Ana")
    assert not campaign.merge(table, operator="Ana").new
    assert not campaign.merge(table).new  # a copy that names nobody says nothing new
    table.loc[0, "titre [g/L]"] += 0.5
    with pytest.raises(Refused, match="as merged before"):
        campaign.merge(table, operator="Ana")
    assert campaign.merge(table, operator="Ana", accept=["corrections"]).new
    assert len(campaign.state.readings) == len(table)


def test_a_second_reading_beside_one_without_a_name_is_refused_by_cell(campaign: Campaign) -> None:
    table, _ = returned(campaign, 1)
    campaign.merge(table)
    with pytest.raises(Refused, match="names nobody") as refused:
        campaign.merge(table.assign(**{"titre [g/L]": table["titre [g/L]"] + 0.01}), lab="Lund")
    assert len(refused.value.problems) == len(table)
    assert set(refused.value.problems["code"]) == {"reader-unnamed"}


def test_a_reading_without_a_name_beside_named_ones_is_refused(campaign: Campaign) -> None:
    table, _ = returned(campaign, 1)
    campaign.merge(table, lab="Basel")
    with pytest.raises(Refused, match="Say who read it"):
        campaign.merge(table.assign(**{"titre [g/L]": table["titre [g/L]"] + 0.01}))


def test_columns_say_who_read_each_row(campaign: Campaign) -> None:
    table, _ = returned(campaign, 1)
    half = np.arange(len(table)) % 2 == 0
    campaign.merge(table.assign(Operator=np.where(half, "Ana", "Ben"), Lab="Basel"))
    readings = campaign.state.readings
    assert readings["operator"].tolist() == np.where(half, "Ana", "Ben").tolist()
    assert set(campaign.observations["by"].dropna()) <= {"Ana, Basel", "Ben, Basel"}


def test_a_lab_noted_in_the_plate_details_is_a_source(campaign: Campaign) -> None:
    table, _ = returned(campaign, 1)
    campaign.merge(table)
    book = openpyxl.load_workbook(campaign.folder / "rounds" / "round-01.xlsx")
    sheet = book["Plate details"]
    heads = [cell.value for cell in sheet[4]]
    sheet.cell(5, heads.index("Lab") + 1).value = "Lund"
    sheet.cell(5, heads.index("Operator") + 1).value = "Eva"
    book.save(campaign.folder / "noted.xlsx")
    campaign.merge(campaign.folder / "noted.xlsx")
    assert set(campaign.observations["by"]) == {"Eva, Lund"}


def test_a_name_of_nothing_is_wrong_usage(campaign: Campaign) -> None:
    table, _ = returned(campaign, 1)
    with pytest.raises(UsageError, match="--lab is a name"):
        campaign.merge(table, lab="  ")
