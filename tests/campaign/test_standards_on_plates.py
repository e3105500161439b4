"""A plate with its own standards: signals become concentrations, and the curve's error reaches the model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bioal.campaign.campaign import Campaign
from bioal.errors import ProtocolError, Refused
from bioal.plates.wells import row_name
from bioal.protocol.protocol import protocol_from_toml

WELLS = '{ "A12:B12" = 0, "C12:D12" = 1, "E12:F12" = 2, "G12:H12" = 4 }'
TEXT = f"""
[campaign]
name = "Protein by a dye"
[readouts.protein]
unit = "g/L"
standard = {{ signal = "Abs 595", curve = "linear", wells = {WELLS} }}
[objective]
readout = "protein"
[factors.Mg]
unit = "mM"
levels = [1, 2, 4, 6, 8]
[factors.K]
unit = "mM"
levels = [10, 40, 70, 100]
[plate]
size = 96
"""
STANDARDS = {0: "AB", 1: "CD", 2: "EF", 4: "GH"}
SLOPE, ZERO, NOISE = 0.2, 0.05, 0.004


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    made = Campaign.new(tmp_path / "dye", protocol_from_toml(TEXT))
    made.propose(20)
    return made


def truth(campaign: Campaign) -> pd.Series:
    """Return the concentration of each sample; one lies beyond the standards."""
    samples = campaign.rounds[1].samples
    values = pd.Series(np.linspace(0.2, 3.8, len(samples)), samples.index)
    values.iloc[-1] = 6.0
    return values


def plate_file(campaign: Campaign, path: Path, *, standards: bool = True) -> Path:
    rng = np.random.default_rng(3)
    wells = campaign.rounds[1].samples["well"]
    known = dict(zip(wells, truth(campaign), strict=True))
    known |= {f"{row}12": conc for conc, rows in STANDARDS.items() for row in rows if standards}
    rows = []
    for i in range(8):
        names = [f"{row_name(i)}{j + 1}" for j in range(12)]
        signals = [
            ZERO + SLOPE * known[name] + NOISE * rng.standard_normal() if name in known else None
            for name in names
        ]
        rows.append([row_name(i), *("" if one is None else f"{one:.5f}" for one in signals)])
    lines = [["Abs 595", *[""] * 12], ["", *map(str, range(1, 13))], *rows]
    path.write_text("\n".join(",".join(line) for line in lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.smoke
def test_the_standards_of_a_plate_make_its_signals_concentrations(campaign: Campaign, tmp_path: Path) -> None:
    assert not {f"{row}12" for row in "ABCDEFGH"} & set(campaign.rounds[1].samples["well"])
    merged = campaign.merge(plate_file(campaign, tmp_path / "abs.csv"), plate="round-01/plate-1")
    assert merged.readings == 20
    readings = campaign.state.readings.set_index("sample")
    inside = readings["status"] == "ok"
    true = truth(campaign)[readings.index]
    # The lowest standard above zero and the highest bound what can be read.
    assert (readings["status"] == "below limit").equals(true < 1)
    assert (readings["status"] == "over range").equals(true > 4)
    left = readings.loc[inside, "value"] - truth(campaign)[readings.index[inside]]
    assert float(np.sqrt(np.mean(left**2))) < 3 * NOISE / SLOPE
    assert any("linear standard curve from 1 to 4 g/L was used" in one for one in merged.warnings)
    assert any("beyond the standards, taken as bounds" in one for one in merged.warnings)
    assert not any("without a sample" in one for one in merged.warnings)


def test_the_error_of_a_concentration_is_the_textbook_one_and_its_weight(
    campaign: Campaign, tmp_path: Path
) -> None:
    path = plate_file(campaign, tmp_path / "abs.csv")
    campaign.merge(path, plate="round-01/plate-1")
    table = pd.read_csv(path, skiprows=1, index_col=0)
    signals = np.array([table.loc[row, "12"] for rows in STANDARDS.values() for row in rows])
    concentrations = np.repeat(list(STANDARDS), 2).astype(float)
    slope, zero = np.polyfit(concentrations, signals, 1)
    spread = np.sqrt(np.sum((signals - zero - slope * concentrations) ** 2) / 6)
    found = campaign.state.readings.query("status == 'ok'").iloc[0]
    # Miller 1991 (10.1039/AN9911600003), equation 9, for one reading of the sample.
    centre = np.sum((concentrations - concentrations.mean()) ** 2)
    away = (zero + slope * found["value"] - signals.mean()) ** 2 / (slope**2 * centre)
    whole = spread / slope * np.sqrt(1 + 1 / 8 + away)
    assert np.hypot(found["error"], found["curve_error"]) == pytest.approx(whole, rel=1e-4)
    assert found["error"] == pytest.approx(spread / slope, rel=1e-4)
    # Single wells have no replicates: what the curve leaves open is all that is known of their noise.
    condition = campaign.rounds[1].samples.loc[found["sample"], "condition"]
    row = campaign.observations.set_index("condition").loc[condition]
    assert row["variance"] == pytest.approx(whole**2, rel=1e-3)


def test_a_plate_without_its_standards_is_refused(campaign: Campaign, tmp_path: Path) -> None:
    path = plate_file(campaign, tmp_path / "abs.csv", standards=False)
    with pytest.raises(Refused, match="the standards of protein on the plate"):
        campaign.merge(path, plate="round-01/plate-1")


def test_merging_the_plate_twice_changes_nothing(campaign: Campaign, tmp_path: Path) -> None:
    path = plate_file(campaign, tmp_path / "abs.csv")
    campaign.merge(path, plate="round-01/plate-1")
    assert not campaign.merge(path, plate="round-01/plate-1").new


@pytest.mark.parametrize(
    ("wells", "words"),
    [
        ('{ "A13" = 0 }', "a well or area of the plate"),
        ('{ "A12:B12" = 0, "B12" = 1 }', "one concentration for each well of standards"),
        ('{ "A12" = -1 }', "greater than or equal to 0|at least 0|0 or more"),
    ],
)
def test_wells_that_make_no_standards_are_refused(wells: str, words: str) -> None:
    with pytest.raises(ProtocolError, match=words):
        protocol_from_toml(TEXT.replace(WELLS, wells))
