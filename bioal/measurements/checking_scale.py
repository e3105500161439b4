"""Whether numbers can be what they are said to be: in the readout's range, on the scale of earlier rounds.

A factor of ten between rounds is more often a gain, a dilution or a unit than a discovery; it is questioned,
and accepted on purpose. Like is compared with like: the same conditions first, then what was predicted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from bioal.errors import Problem
from bioal.measurements.cells import Cell
from bioal.measurements.readings import Reading
from bioal.plates.rounds import Round
from bioal.protocol.levels import rounded, written
from bioal.protocol.objective import Readout
from bioal.protocol.protocol import Protocol

# A jump by ten, seen through noise of a fifth.
JUMP = 8.0
MEASURED = ("ok", "no product")

Cells = Mapping[tuple[str, str], Cell]


def range_problems(
    readings: Sequence[Reading], readouts: Sequence[Readout], cells: Cells
) -> tuple[Problem, ...]:
    """Return a problem for each value outside the range that its readout declares."""
    by_name = {readout.name: readout for readout in readouts}
    found = ((reading, _outside(reading, by_name[reading.readout])) for reading in readings)
    return tuple(_range_problem(reading, words, cells[reading.key]) for reading, words in found if words)


def _outside(reading: Reading, readout: Readout) -> str:
    low = -np.inf if readout.low is None else readout.low
    high = np.inf if readout.high is None else readout.high
    # A failure has no value.
    nothing = reading.status in ("spoiled", "missing") or np.isnan(reading.value)
    if nothing or low <= reading.value <= high:
        return ""
    return f"{readout.heading} from {low:g} to {high:g}"


def _range_problem(reading: Reading, words: str, cell: Cell) -> Problem:
    remedy = "Correct it; if it is right, accept it with --accept range."
    return cell.problem("value-out-of-range", words, remedy, found=f"{reading.value:.12g}")


def scale_problems(
    readings: Sequence[Reading],
    earlier: Sequence[Reading],
    protocol: Protocol,
    rounds: Mapping[int, Round],
    number: int,
) -> tuple[tuple[str, str, str], ...]:
    """Return each readout whose scale jumps about tenfold: its name, what was found, what was expected."""
    jumps = []
    for readout in (one for one in protocol.readouts if one.outcomes is None):
        now = _numbers(readings, readout.name)
        before = _numbers(earlier, readout.name)
        pair = _comparable(now, before, protocol, rounds, number, readout)
        if pair is not None and (ratio := _ratio(*pair)) is not None:
            jumps.append((readout.name, *_words(readout, *pair, ratio)))
    return tuple(jumps)


def _numbers(readings: Sequence[Reading], readout: str) -> pd.Series:
    kept = {r.sample: r.value for r in readings if r.readout == readout and r.status in MEASURED}
    return pd.Series(kept, dtype=float)


def _comparable(
    now: pd.Series,
    before: pd.Series,
    protocol: Protocol,
    rounds: Mapping[int, Round],
    number: int,
    readout: Readout,
) -> tuple[float, float] | None:
    """Return typical values now and before: of the same conditions if there are any, else of all."""
    samples = pd.concat([one.samples.assign(round=key) for key, one in rounds.items()])
    before = before[before.index.isin(samples.index[samples["round"] != number])]
    if not len(now) or not len(before):
        return None
    conditions = samples["condition"]
    was = before.groupby(conditions.reindex(before.index)).median()
    new = now.groupby(conditions.reindex(now.index)).median()
    shared = was.index.intersection(new.index)
    if len(shared):
        return float(new[shared].median()), float(was[shared].median())
    predicted = rounds[number].predictions[["mean", "low", "high"]].reindex(new.index).dropna().astype(float)
    if len(predicted) and readout.normalise == "none" and readout.name == protocol.objective.readout:
        return _beside_predicted(float(new[predicted.index].median()), predicted.median())
    return float(new.median()), float(was.median())


def _beside_predicted(now: float, predicted: pd.Series[float]) -> tuple[float, float] | None:
    """Return now and the prediction, None where the prediction itself holds it possible."""
    possible = predicted["low"] <= now <= predicted["high"]
    return None if possible else (now, float(predicted["mean"]))


def _ratio(now: float, before: float) -> float | None:
    if not now > 0 or not before > 0:
        return None
    ratio = now / before
    return ratio if ratio >= JUMP or ratio <= 1 / JUMP else None


def _words(readout: Readout, now: float, before: float, ratio: float) -> tuple[str, str]:
    moved = f"{ratio:.3g} times" if ratio > 1 else f"1/{1 / ratio:.3g} of"
    return (
        f"values of about {_to_three_digits(now)}, {moved} the earlier ones",
        f"{readout.heading} of about {_to_three_digits(before)}, as before",
    )


def _to_three_digits(value: float) -> str:
    return written(rounded(value, 3))
