"""What it is worth to know who measured: simulated people, labs and judges, beside plain averages and truth.

Errors are in sd of one well of the calmest. `known` is what somebody reaches who knows each one's offset and
noise beforehand.

    python -m benchmarks.sources [CAMPAIGNS]      100 simulated campaigns of each kind
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
import pandas as pd

from bioal.measurements.derived import readings_of_readout
from bioal.measurements.observations import observations
from bioal.measurements.readings import OUTCOME, Reading, readings_table
from bioal.protocol.objective import Readout
from bioal.protocol.outcomes import Outcomes

TITRE = Readout("titre", "g/L")
WORDS = ("none", "grows")
GROWTH = Readout("growth", outcomes=Outcomes(WORDS, wanted=("grows",)))
NOISE = 0.5  # sd of a well of the calmest
JUDGES = {"Ana": 0.03, "Ben": 0.1, "Cem": 0.45, "Dan": 0.45, "Eva": 0.45}
Errors = dict[str, float]


def told(frame: pd.DataFrame, *, named: bool) -> pd.Series:
    """Return the means of conditions on plates of wells with columns condition, plate, lab and value."""
    ids = [f"S{number:05d}" for number in range(len(frame))]
    values = zip(ids, frame["value"], strict=True)
    readings = readings_table(Reading(one, "titre", float(y), "g/L", "ok", "", "") for one, y in values)
    samples = frame[["condition", "plate", "lab"]].assign(role="sample").set_axis(ids)
    samples = samples if named else samples.assign(lab="")
    conditions = pd.DataFrame(index=frame["condition"].unique())
    found = observations(readings, samples, conditions, TITRE)
    return found.set_index(["condition", "plate"])["mean"]


def spread(means: pd.Series, truth: pd.Series) -> float:
    """Return the sd of what means lie off the truth, an offset that all share aside, in sd of a well."""
    left = means.to_numpy(float) - truth[means.index.get_level_values("condition")].to_numpy(float)
    return float(np.std(left)) / NOISE


def people(rng: np.random.Generator) -> Errors:
    """Return errors where a steady and an unsteady person (3 x) made wells of the same 40 conditions."""
    truth = pd.Series(10 * rng.lognormal(0, 0.4, 40), [f"C{number}" for number in range(40)])
    rows, sd = [], {"Ana": NOISE, "Ben": 3 * NOISE}
    for name, level in truth.items():
        rows += [(name, "p1", who, level + sd[who] * rng.standard_normal()) for who in (*sd, *sd)]
    frame = pd.DataFrame(rows, columns=["condition", "plate", "lab", "value"])
    best = frame["lab"].map({"Ana": 0.9, "Ben": 0.1}) * frame["value"] / 2
    known = best.groupby([frame["condition"], frame["plate"]], sort=False).sum()
    return compared(frame, truth, known)


def labs(rng: np.random.Generator) -> Errors:
    """Return errors where one of two labs reads 4 sd high; each has two plates, six conditions are on all."""
    truth = pd.Series(10 * rng.lognormal(0, 0.4, 200), [f"C{number}" for number in range(200)])
    rows = []
    for number in range(4):
        high = 4 * NOISE * (number % 2)
        for cell in (*range(6), *range(20 + 20 * number, 40 + 20 * number)):
            wells = truth.iloc[cell] + high + NOISE * rng.standard_normal(2)
            rows += [(f"C{cell}", f"p{number}", f"lab {number % 2}", well, high) for well in wells]
    frame = pd.DataFrame(rows, columns=["condition", "plate", "lab", "value", "high"])
    level = frame["value"] - frame["high"]
    known = level.groupby([frame["condition"], frame["plate"]], sort=False).mean()
    return compared(frame, truth, known)


def compared(frame: pd.DataFrame, truth: pd.Series, known: pd.Series) -> Errors:
    """Return the errors of plain means, of what bioal makes of named sources, and of what is known."""
    means = {"plain": told(frame, named=False), "bioal": told(frame, named=True), "known": known}
    return {name: spread(each, truth) for name, each in means.items()}


def judges(rng: np.random.Generator) -> Errors:
    """Return the shares of 200 wells called wrongly: by most of five judges, by bioal, with errors known."""
    truth = rng.integers(0, 2, 200)
    calls = {who: np.where(rng.random(200) < wrong, 1 - truth, truth) for who, wrong in JUDGES.items()}
    readings = readings_table(
        Reading(f"S{number:03d}", "growth", float(code), OUTCOME, "ok", WORDS[code], "", operator=who)
        for who, codes in calls.items()
        for number, code in enumerate(codes)
    )
    ids = [f"S{number:03d}" for number in range(200)]
    samples = pd.DataFrame({"condition": ids, "plate": "p1", "role": "sample"}, index=ids)
    own = readings_of_readout(readings, samples, pd.DataFrame(index=ids), GROWTH)[0].set_index("sample")
    odds = sum(np.log((1 - wrong) / wrong) * (2 * calls[who] - 1) for who, wrong in JUDGES.items())
    most = np.mean(list(calls.values()), axis=0) > 0.5
    said = {"plain": most, "bioal": own.loc[ids, "value"].to_numpy() > 50, "known": np.asarray(odds) > 0}
    return {name: float(np.mean(one != (truth == 1))) for name, one in said.items()}


def main() -> None:
    """Print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("campaigns", type=int, nargs="?", default=100)
    count = parser.parse_args().campaigns
    kinds: dict[str, Callable[[np.random.Generator], Errors]] = {
        "two people, sd 1 and 3": people,
        "two labs, 4 sd apart": labs,
        "five judges, 3 %, 10 %, three of 45 % wrong": judges,
    }
    for name, simulate in kinds.items():
        each = pd.DataFrame([simulate(np.random.default_rng(seed)) for seed in range(count)])
        mean, error = each.mean(), each.std() / np.sqrt(count)
        print(f"{name}: " + ", ".join(f"{one} {mean[one]:.3f} +- {error[one]:.3f}" for one in map(str, each)))


if __name__ == "__main__":
    main()
