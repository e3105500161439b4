"""scikit-activeml's pool loop, `y[query] = answer` with NaN for unknown, written with bioal on a table.

    python examples/loop_pool.py

The table is all there is to remember: a blank yield is a condition that may be measured. Prints the best
yield after each batch, beside that of random batches.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from bioal import propose

BATCH, ROUNDS = 6, 4


def measured(table: pd.DataFrame) -> pd.Series:
    """Return the yield of each condition of a cell-free reaction: the laboratory."""
    magnesium, potassium = table["Mg [mM]"], table["K [mM]"]
    extra = table["chaperone"].map({"none": 0.0, "DnaK": 0.3, "GroEL": 0.6})
    return 5 - 0.15 * (magnesium - 9) ** 2 - ((potassium - 110) / 60) ** 2 + extra


def pool() -> pd.DataFrame:
    """Return 2,052 conditions, none of them measured."""
    factors = [np.arange(1, 20, 0.5), np.arange(20, 200, 10.0), ["none", "DnaK", "GroEL"]]
    names = ["Mg [mM]", "K [mM]", "chaperone"]
    table = pd.MultiIndex.from_product(factors, names=names).to_frame(index=False)
    return table.assign(**{"yield": np.nan})


def main() -> None:
    """Choose, measure, write down; four times."""
    tables = {name: pool() for name in ("focused improvement", "random")}
    for round_ in range(1 + ROUNDS):
        for name, table in tables.items():
            rows = propose(table, conditions=BATCH, acquisition=name, model="gp").index  # query(X, y)
            table.loc[rows, "yield"] = measured(table.loc[rows])  # y[rows] = answer
        said = ", ".join(f"{name} {table['yield'].max():.2f}" for name, table in tables.items())
        print(f"after {BATCH * (round_ + 1)} wells, best yield: {said}")


if __name__ == "__main__":
    main()
