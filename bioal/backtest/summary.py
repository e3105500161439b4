"""What runs come to: best by round, conditions to reach most of the best, differences to random choice.

Intervals hold 90 % and are bootstrapped over seeds; differences are paired, since a seed gives every setting
the same first batch and the same noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from bioal.backtest.finished import Finished
from bioal.backtest.replay import BY_HAND, RANDOM
from bioal.evidence import Floats

SHARES = (0.90, 0.95, 0.99)
DRAWS = 4000


@dataclass(frozen=True)
class Summary:
    """Tables, settings in the order of the runs.

    Parameters
    ----------
    by_round
        setting, round, measured; the mean over seeds of best, with low and high, of regret, top and rmse
        (NaN without a judge); the median of seconds.
    to_reach
        setting, share; the median of the conditions measured until that share of the best was reached (NaN
        where no more than half of the seeds did), how many seeds reached it, of how many.
    against_random
        setting; how much better the final best is, and how much lower regret and rmse averaged over rounds
        are, than with random choice and the same seeds, each with low and high.
    against_hand
        The same beside a person's own order; empty where none was replayed.
    """

    by_round: pd.DataFrame
    to_reach: pd.DataFrame
    against_random: pd.DataFrame
    against_hand: pd.DataFrame


def summary(runs: pd.DataFrame, pool: Finished) -> Summary:
    """Return what runs come to."""
    names = list(dict.fromkeys(runs["setting"]))
    of = {name: runs[runs["setting"] == name] for name in names}
    rounds = [row for name in names for row in _by_round(name, of[name])]
    reached = [_to_reach(name, of[name], pool, share) for name in names for share in SHARES]
    beside = [
        pd.DataFrame([_difference(name, of[name], of[base], pool) for name in names if name != base])
        if base in of
        else pd.DataFrame()
        for base in (RANDOM, BY_HAND)
    ]
    return Summary(pd.DataFrame(rounds), pd.DataFrame(reached), *beside)


def interval(values: Floats) -> tuple[float, float]:
    """Return the 90 % bootstrap interval of a mean; NaN where one value says nothing of its spread."""
    if len(values) < 2:
        return np.nan, np.nan
    draws = np.random.default_rng(0).integers(len(values), size=(DRAWS, len(values)))
    low, high = np.quantile(values[draws].mean(axis=1), [0.05, 0.95])
    return float(low), float(high)


def _by_round(name: str, runs: pd.DataFrame) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for number, at in runs.groupby("round"):
        low, high = interval(at["best"].to_numpy(float))
        rows.append(
            {
                "setting": name,
                "round": number,
                "measured": int(at["measured"].iloc[0]),
                "best": float(at["best"].mean()),
                "low": low,
                "high": high,
                "regret": float(at["regret"].mean()),
                "top": float(at["top"].mean()),
                "rmse": float(at["rmse"].mean()),
                "seconds": float(at["seconds"].median()),
            }
        )
    return rows


def _to_reach(name: str, runs: pd.DataFrame, pool: Finished, share: float) -> dict[str, object]:
    there = pool.objective.score(runs["best"].to_numpy(float)) >= pool.threshold(share)
    needed = runs["measured"].astype(float).where(there, np.inf).groupby(runs["seed"]).min()
    middle = float(np.median(needed))
    return {
        "setting": name,
        "share": share,
        "measured": middle if np.isfinite(middle) else np.nan,
        "reached": int(np.isfinite(needed).sum()),
        "seeds": len(needed),
    }


def _difference(name: str, runs: pd.DataFrame, base: pd.DataFrame, pool: Finished) -> dict[str, object]:
    better = _paired(_final(runs, pool), _final(base, pool))
    lower = _paired(_averaged(base, "regret"), _averaged(runs, "regret"))
    nearer = _paired(_averaged(base, "rmse"), _averaged(runs, "rmse"))
    (best_low, best_high), (regret_low, regret_high) = interval(better), interval(lower)
    rmse_low, rmse_high = interval(nearer)
    return {
        "setting": name,
        "seeds": len(better),
        "best": float(better.mean()),
        "best_low": best_low,
        "best_high": best_high,
        "regret": float(lower.mean()),
        "regret_low": regret_low,
        "regret_high": regret_high,
        "rmse": float(nearer.mean()) if len(nearer) else np.nan,
        "rmse_low": rmse_low,
        "rmse_high": rmse_high,
    }


def _paired(one: pd.Series[float], other: pd.Series[float]) -> Floats:
    return np.asarray((one - other).dropna(), np.float64)


def _final(runs: pd.DataFrame, pool: Finished) -> pd.Series[float]:
    last = runs[runs["round"] == runs["round"].max()].set_index("seed")["best"]
    return pd.Series(pool.objective.score(last.to_numpy(float)), index=last.index)


def _averaged(runs: pd.DataFrame, column: str) -> pd.Series[float]:
    return runs[runs["round"] > 0].groupby("seed")[column].mean()
