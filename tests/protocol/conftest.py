from __future__ import annotations

import pytest

ISSUE_PROTOCOL = """
[campaign]
name = "E. coli cell-free, buffer"

[readouts.GFP]
unit = "RFU"

[objective]
readout = "GFP"
name = "GFP, relative to reference"
direction = "maximize"

[factors."Mg-glutamate"]
unit = "mM"
levels = [0.4, 1.2, 2.0, 4.0]

[factors."PEG-8000"]
unit = "%"
low = 0
high = 4
step = 0.25

[factors.NTP]
unit = "mM"
low = 0.1
high = 10
scale = "log"

[factors.plasmid]
options = ["pTAC", "pTHS", "pDC"]

[factors.temperature]
unit = "C"
levels = [25, 30, 37]
per = "plate"

[[constraints]]
sum = { "Mg-glutamate" = 1, "PEG-8000" = 0.5 }
at_most = 6

[plate]
size = 96
replicates = 2

[[controls]]
role = "reference"
wells = 3
condition = { "Mg-glutamate" = 1.2, "PEG-8000" = 2, NTP = 1, plasmid = "pTAC" }

[[controls]]
role = "blank"
wells = 2
"""


@pytest.fixture
def text() -> str:
    return ISSUE_PROTOCOL
