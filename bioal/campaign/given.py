"""What a person hands over, a table, a file or words, as what the campaign works with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from bioal.campaign.asking import as_laid_out
from bioal.protocol.protocol import Protocol
from bioal.sheets.tables import read_conditions

Source = pd.DataFrame | str | Path


def conditions_of(given: Source, protocol: Protocol) -> pd.DataFrame:
    """Return the conditions of a table or file, in the protocol's factors."""
    return read_conditions(given if isinstance(given, pd.DataFrame) else Path(given), protocol)


def listed_of(given: Source | None, protocol: Protocol) -> pd.DataFrame | None:
    """Return the conditions of a table or file, None where none is given."""
    return None if given is None else conditions_of(given, protocol)


def laid_out_of(given: Source | None, protocol: Protocol) -> pd.DataFrame | None:
    """Return the conditions of a table or file as they can be made, None where none is given."""
    return None if given is None else as_laid_out(protocol, conditions_of(given, protocol))


def words_of(given: str | Sequence[str]) -> tuple[str, ...]:
    """Return one text or several as several."""
    return (given,) if isinstance(given, str) else tuple(given)
