"""How the best became better round by round, and what as many random conditions would have found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from bioal.evidence import Floats
from bioal.report.believing import draws_of
from bioal.report.material import TRIED, Material

DRAWN = 1024  # allowed conditions that stand for all
PATHS = 128


@dataclass(frozen=True)
class Progress:
    """The best so far, all wells, and random search.

    Parameters
    ----------
    best
        A row per round: round, conditions (measured so far), condition, mean, low, high; as known today.
    wells
        A row per sample that counts: round, place (its order in the round, 0 to 1), value.
    random
        As `best`: round, conditions, mean, low, high of the true best of as many random conditions.
    """

    best: pd.DataFrame
    wells: pd.DataFrame
    random: pd.DataFrame


def progress_of(material: Material, rng: np.random.Generator) -> Progress:
    """Return how the best became better; empty tables where nothing was measured."""
    best = _best_by_round(material)
    return Progress(best, _wells(material), _random(material, best, rng))


def best_of_random(values: Floats, count: int) -> float:
    """Return the expected largest of `count` values drawn from these without replacement.

    With sorted values v_1 <= ... <= v_N the largest is at most v_k with probability
    C(k, n) / C(N, n), the product of (k - i) / (N - i) over i = 0 ... n - 1.

    >>> round(best_of_random(np.array([3.0, 1.0, 2.0]), 2), 6)
    2.666667
    """
    ordered = np.sort(np.asarray(values, float))
    count = min(count, len(ordered))
    return float(_weights(len(ordered), count) @ ordered)


def _weights(total: int, count: int) -> Floats:
    """Return the probability that each of the sorted values is the largest drawn, shape (total,)."""
    places, taken = np.arange(1, total + 1)[:, None], np.arange(count)[None, :]
    with np.errstate(divide="ignore"):
        logs = np.log(np.maximum(places - taken, 0.0)) - np.log(total - taken)
    return np.diff(np.exp(logs.sum(axis=1)), prepend=0.0)


def _best_by_round(material: Material) -> pd.DataFrame:
    known, rows = material.known, []
    for number in sorted(set(known["first"].astype(int))):
        name, count = material.best_until(number), int((known["first"] <= number).sum())
        one = material.belief(name)
        rows.append((number, count, name, one.mean, one.low, one.high))
    return pd.DataFrame(rows, columns=["round", "conditions", "condition", "mean", "low", "high"])


def _wells(material: Material) -> pd.DataFrame:
    values = material.values
    values = values[values["role"].isin(TRIED) & (values["side"] == "measured")]
    rounds = values["plate"].map(material.round_of_plate).to_numpy(int)
    order = pd.Series(rounds).groupby(rounds).cumcount().to_numpy(float)
    sizes = pd.Series(rounds).groupby(rounds).transform("size").to_numpy(float)
    columns = {"round": rounds, "place": (order + 0.5) / sizes, "value": values["value"].to_numpy(float)}
    return pd.DataFrame(columns)


def _random(material: Material, best: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return the readout's value where the utility of a random search's best would be, path by path."""
    columns = ["round", "conditions", "mean", "low", "high"]
    if material.posterior is None or best.empty:
        return pd.DataFrame(columns=columns, dtype=float)
    codes = material.space.sample(DRAWN, rng)
    paths = draws_of(material.posterior, material.space.points(codes), PATHS, rng)
    order = np.argsort(material.protocol.objective.score(paths), axis=0, kind="stable")
    ordered, rows = np.take_along_axis(paths, order, axis=0), []
    for number, count in zip(best["round"], best["conditions"], strict=True):
        found = _weights(len(ordered), min(int(count), len(ordered))) @ ordered
        low, high = np.quantile(found, [0.05, 0.95])
        rows.append((int(number), int(count), float(found.mean()), float(low), float(high)))
    return pd.DataFrame(rows, columns=columns)
