"""A round as a form to fill in: each sample with its key, what is known of it, and what is expected.

What is filled in goes back through `check` and `merge` as a table, like any returned file: `filled_table`
makes it. A value is *surprising* where it lies farther from its prediction than wells of such a condition
ever should; that is asked, not judged.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from bioal.campaign.learning import INTERVAL, Knowledge
from bioal.campaign.queues import readout_of, sample_keys_of
from bioal.campaign.scatter import replicate_noise
from bioal.measurements.statuses import status_in
from bioal.plates.columns import CONDITION, KEY, PLATE, SAMPLE, WELL, status_heading
from bioal.protocol.levels import rounded, written

EXPECTED_COLUMNS = ("low", "high", "least", "most")
FORM_COLUMNS = ("condition", "plate", "well", "role", "key", "value", "status", "excluded", *EXPECTED_COLUMNS)
SURPRISING = 4.0  # standard deviations of one well about its prediction, which is a little too sure of itself


def form_of(knowledge: Knowledge, number: int, readout: str | None = None) -> pd.DataFrame:
    """Return the planned samples of a round as a form for one readout.

    Returns
    -------
    pandas.DataFrame
        Index: sample id; `FORM_COLUMNS`: its place; the latest value and status (NaN and "" where nothing
        came back); why it is excluded ("" where it counts); `low` to `high`, where nine of ten wells of such
        a condition are expected, and `least` to `most`, outside of which a value is surprising (NaN where
        nothing is expected of the reading as it is typed).

    Raises
    ------
    UsageError
        For a round or readout that is not there.
    """
    state = knowledge.state
    wanted = readout_of(state, number, readout)
    planned = state.rounds[number].round.samples
    ids = [str(sample) for sample in planned.index]
    readings = state.readings[state.readings["readout"] == wanted.name].set_index("sample")
    keys = sample_keys_of(state, number)
    form = planned[["condition", "plate", "well", "role"]].assign(
        key=[keys[sample] for sample in ids],
        value=readings["value"].reindex(ids).to_numpy(float),
        status=readings["status"].reindex(ids).astype(object).fillna("").to_numpy(object),
        excluded=[state.excluded.get(sample, "") for sample in ids],
    )
    expected = _expected(knowledge, number, wanted.name).reindex(form["condition"]).set_axis(form.index)
    return pd.concat([form, expected], axis=1)[list(FORM_COLUMNS)]


def _expected(knowledge: Knowledge, number: int, readout: str) -> pd.DataFrame:
    """Return what is expected of one well of each proposed condition, by condition id."""
    state = knowledge.state
    proposed = state.rounds[number]
    predicted = proposed.round.predictions[["mean", "low", "high"]].astype(float)
    protocol = state.protocol_of(number)
    typed = protocol.readout.name == readout and protocol.readout.normalise == "none"
    mean = predicted["mean"] if typed else predicted["mean"] * np.nan
    noise = replicate_noise(knowledge) * mean.abs()
    spread = np.sqrt(((predicted["high"] - predicted["low"]) / 2 / INTERVAL) ** 2 + noise**2)
    return pd.DataFrame(
        {
            "low": mean - INTERVAL * spread,
            "high": mean + INTERVAL * spread,
            "least": mean - SURPRISING * spread,
            "most": mean + SURPRISING * spread,
        }
    )


def filled_table(
    form: pd.DataFrame, heading: str, typed: Mapping[str, str]
) -> tuple[pd.DataFrame, Mapping[str, str]]:
    """Return what was typed as the table that `merge` takes, and the address of each sample's cell in it.

    A word of the status list goes into the status column; all else is judged as in any file.

    Parameters
    ----------
    heading
        The readout's, `GFP [RFU]`.
    typed
        Sample id -> text.
    """
    samples = list(typed)
    rows = form.loc[samples]
    statuses = [status_in(typed[sample]) or "" for sample in samples]
    values = ["" if said else typed[one] for one, said in zip(samples, statuses, strict=True)]
    columns = {
        SAMPLE: samples,
        CONDITION: rows["condition"].tolist(),
        PLATE: rows["plate"].tolist(),
        WELL: rows["well"].tolist(),
        KEY: rows["key"].tolist(),
        heading: values,
        status_heading(heading): statuses,
    }
    places = [f"{plate} {well}" for plate, well in zip(rows["plate"], rows["well"], strict=True)]
    table = pd.DataFrame(columns, index=places, dtype=object)
    filled = [status_heading(heading) if said else heading for said in statuses]
    cells = zip(samples, places, filled, strict=True)
    return table, {sample: f"row {place}, column '{column}'" for sample, place, column in cells}


def recorded_text(value: float, status: str) -> str:
    """Return a reading as it would be typed.

    >>> recorded_text(12.5, "ok"), recorded_text(5.0, "below limit"), recorded_text(5.0, "spoiled")
    ('12.5', '<5', 'spoiled')
    >>> recorded_text(float("nan"), "")
    ''
    """
    if status in ("below limit", "over range"):
        return f"{'<' if status == 'below limit' else '>'}{written(value)}"
    return written(value) if status == "ok" else status


def surprises(form: pd.DataFrame, readings: pd.DataFrame, unit: str) -> dict[str, str]:
    """Return a sentence for each new reading that is far from what was expected of its condition."""
    measured = readings[readings["status"].isin(("ok", "no product"))]
    found: dict[str, str] = {}
    for sample, value in zip(measured["sample"], measured["value"].astype(float), strict=True):
        row = form.loc[sample]
        if value < row["least"] or value > row["most"]:
            where = f"{row['plate']} {row['well']} ({row['condition']})"
            said = f"{where}: {written(rounded(value, 6))} {unit}".strip()
            found[str(sample)] = f"{said}; expected {expected_words(row['low'], row['high'])}."
    return found


def expected_words(low: float, high: float) -> str:
    """Return an interval to the digits that its width leaves, "" where nothing is expected.

    >>> expected_words(881.2, 1213.4), expected_words(0.1234, 0.1567), expected_words(np.nan, np.nan)
    ('880 to 1210', '0.123 to 0.157', '')
    """
    if not np.isfinite(low) or not np.isfinite(high):
        return ""
    digits = 1 - int(np.floor(np.log10(high - low))) if high > low else 3
    ends = (f"{round(end, digits) + 0.0:.12g}" for end in (low, high))
    return " to ".join(ends)
