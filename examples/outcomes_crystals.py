"""Outcomes in a notebook: find what crystallises, in words instead of numbers, on a pandas table.

    python examples/outcomes_crystals.py

A blank outcome is a condition that may be tried; all else that bioal is told are the words, and which is
wanted. They have no order: too little of a precipitant leaves a drop clear, too much of it makes a
precipitate, and crystals grow between. Prints how many crystals are found in 32 wells, twice, in the
usual way, where the outcome is most open, and at random; then where to look next, with the chance of each
outcome in percent.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from bioal import propose

TOLD = {"outcomes": ["clear", "crystal", "precipitate"], "ordered": False, "wanted": "crystal"}
STRATEGIES = ("focused improvement", "entropy", "random")
BATCH, ROUNDS, SEEDS = 8, 3, 2


def drops() -> pd.DataFrame:
    """Return 480 conditions, none of them tried."""
    factors = [np.arange(4.5, 9.5, 0.5), np.arange(6.0, 30.0, 2.0), ["PEG 400", "PEG 3350", "MPD", "sulfate"]]
    table = pd.MultiIndex.from_product(factors, names=["pH", "precipitant [%]", "kind"]).to_frame(index=False)
    return table.assign(outcome=pd.Series([None] * len(table), dtype=object))


def seen(table: pd.DataFrame) -> np.ndarray:
    """Return what each drop shows after a week: the laboratory."""
    strength = table["precipitant [%]"] * table["kind"].map(
        {"PEG 400": 0.6, "PEG 3350": 1.0, "MPD": 0.5, "sulfate": 0.8}
    )
    off = np.hypot((strength - 14) / 5, (table["pH"] - 7.0) / 1.2)
    return np.where(off < 0.6, "crystal", np.where(strength > 14, "precipitate", "clear"))


def tried(strategy: str, seed: int) -> pd.DataFrame:
    """Return the drops after a first design and three rounds: choose, look, write down."""
    table = drops()
    for _ in range(1 + ROUNDS):
        rows = propose(table, "outcome", BATCH, **TOLD, strategy=strategy, seed=seed).index
        table.loc[rows, "outcome"] = seen(table.loc[rows])
    return table


def main() -> None:
    """Look for crystals with as many wells each time, and say where to look next."""
    tables = {name: [tried(name, seed) for seed in range(SEEDS)] for name in STRATEGIES}
    for name, repeated in tables.items():
        found = [int((table["outcome"] == "crystal").sum()) for table in repeated]
        print(f"{name}: {', '.join(map(str, found))} crystals in {BATCH * (1 + ROUNDS)} wells")
    coming = propose(tables[STRATEGIES[0]][0], "outcome", 4, **TOLD)
    chances = [f"chance of {name}" for name in TOLD["outcomes"]]
    coming[chances] = coming[chances].round().astype(int)
    print(coming[["pH", "precipitant [%]", "kind", *chances, "reason"]].to_string(index=False))


if __name__ == "__main__":
    main()
