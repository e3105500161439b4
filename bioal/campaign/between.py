"""What a person is told of values of their own that lie between the levels of the protocol.

A list to choose from has to keep to the levels; what a person asks for may lie between them, and is made.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from bioal.protocol.factors import Numeric
from bioal.protocol.protocol import Protocol

_NAMED = 5  # values that a sentence names


def between_levels(protocol: Protocol, conditions: pd.DataFrame) -> tuple[str, ...]:
    """Return a sentence that names the values between levels and says that they are made, nothing without.

    Parameters
    ----------
    conditions
        As they are dispensed, in the factors of the protocol.
    """
    found = list(dict.fromkeys(_found(protocol, conditions)))
    if not found:
        return ()
    more = f", and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    made = "It is made as it is" if len(found) == 1 else "They are made as they are"
    return (f"Between levels of the protocol: {', '.join(found[:_NAMED])}{more}. {made} written here.",)


def _found(protocol: Protocol, conditions: pd.DataFrame) -> Iterator[str]:
    if conditions.empty:
        return
    codes = protocol.space.codes(conditions)
    for name, column in zip(protocol.space.names, codes.T, strict=True):
        factor = protocol.factor(name)
        if not isinstance(factor, Numeric):
            continue
        for value in conditions[name].to_numpy()[column < -1]:
            above = int(np.searchsorted(factor.levels, float(value)))
            low, high = (factor.text(factor.levels[at]) for at in (above - 1, above))
            yield f"{name} {factor.text(value)} {factor.unit}".rstrip() + f" (levels {low} and {high})"
