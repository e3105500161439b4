from __future__ import annotations

from itertools import product

import pandas as pd
import pytest


@pytest.fixture
def table() -> pd.DataFrame:
    """Return forty conditions, yields 0 to 39 in an order that the factors tell in part."""
    rows = pd.DataFrame(list(product(range(8), "abcde")), columns=["Mg [mM]", "plasmid"])
    worth = rows["Mg [mM]"] * 3.0 + rows["plasmid"].map(dict(zip("abcde", (0, 7, 1, 2, 3), strict=True)))
    rows["yield"] = worth.rank(method="first") - 1.0
    assert len(rows) == 40
    return rows
