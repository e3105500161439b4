"""Which of a person's conditions are predicted too vaguely to be relied on: those are worth a well."""

from __future__ import annotations

import pandas as pd

from bioal.campaign.learning import Knowledge
from bioal.campaign.standing import latest_model
from bioal.errors import NothingNew, UsageError


def unsure_among(knowledge: Knowledge, conditions: pd.DataFrame, limit: float) -> pd.DataFrame:
    """Return the conditions whose 90 % interval is wider than a limit; all of them before anything is known.

    Parameters
    ----------
    limit
        In the readout's unit; of outcomes, in percent of chance.

    Raises
    ------
    UsageError
        When the limit is not above zero.
    NothingNew
        When every interval is narrower.
    """
    if not limit > 0:
        raise UsageError(f"The widest interval to rely on is a number above zero, not {limit:g}.")
    told = knowledge.predicted(conditions, latest_model(knowledge.state))
    sure = (told["high"] - told["low"] <= limit).to_numpy(bool)
    if sure.all():
        raise NothingNew(f"All of these are predicted to within {limit:g}: none was asked for.")
    return conditions[~sure]
