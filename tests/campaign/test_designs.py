"""A design of one's own fits into its wells, or is refused by its row."""

from __future__ import annotations

from pathlib import Path

import pytest

from bioal.campaign.campaign import Campaign
from bioal.errors import Refused

# Of A, 10 mM are 50 uL of the weak stock and 20 mM are 5 uL of the strong one; 13 mM would be 65 uL.
TEXT = """
[campaign]
name = "two stocks"
[readouts.GFP]
unit = "RFU"
[objective]
readout = "GFP"
[liquids]
volume = "100 uL"
device = "hand"
filler = "water"
[devices.hand]
least = "5 uL"
[factors.A]
unit = "mM"
levels = [1, 5, 10, 20]
made = { stocks = ["20 mM", "400 mM"] }
[factors.B]
unit = "mM"
levels = [5, 10]
made = { stock = "50 mM" }
[fixed]
cells = { made = { volume = "25 uL" } }
"""


def test_a_dose_between_levels_that_overflows_the_well_is_refused_by_its_row(tmp_path: Path):
    (tmp_path / "two.toml").write_text(TEXT, encoding="utf-8")
    campaign = Campaign.new(tmp_path / "two", tmp_path / "two.toml")
    assert campaign.protocol.volume_limit is not None
    assert not campaign.protocol.volume_limit.binds
    design = tmp_path / "own.csv"
    design.write_text("A [mM],B [mM]\n10,10\n13,10\n", encoding="utf-8")
    with pytest.raises(Refused, match=r"own\.csv, row 3: .* everything fits into 100 uL"):
        campaign.propose(exactly=design)
    design.write_text("A [mM],B [mM]\n10,10\n13,5\n", encoding="utf-8")
    assert campaign.propose(exactly=design).round.proposed["A"].tolist() == [10, 13]
