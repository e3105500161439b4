"""How much of each stock a well of a condition takes: for costs, and for lists to pipette from."""

from __future__ import annotations

import pandas as pd

from bioal.protocol.protocol import Protocol
from bioal.protocol.values import is_blank


def stock_volumes(protocol: Protocol, conditions: pd.DataFrame) -> pd.DataFrame:
    """Return nL of each stock in one well of each condition: index as given, a column per stock.

    No columns where the protocol says nothing about liquids.

    Raises
    ------
    ValueError
        For a condition that does not fit into its well.
    """
    liquids = protocol.liquids
    if liquids is None:
        return pd.DataFrame(index=conditions.index)
    rows = conditions[list(protocol.space.names)].astype(object).to_dict("records")
    found = []
    for row in rows:
        values = {str(name): None if is_blank(value) else value for name, value in row.items()}
        volumes: dict[str, float] = {}
        for dose in liquids.recipe(values):
            volumes[dose.stock.name] = volumes.get(dose.stock.name, 0.0) + dose.volume
        found.append(volumes)
    order = [stock.name for each in liquids.everything for stock in each.everything]
    used = {name for volumes in found for name in volumes}
    columns = [name for name in order if name in used]
    return pd.DataFrame(found, index=conditions.index, columns=columns).fillna(0.0).astype(float)
