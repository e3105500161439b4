"""How well readings become yields, on three published campaigns.

By each plate's own controls (`pool = false`) the yields of Borkowski et al. 2020 (10.1038/s41467-020-15798-5)
and of Pandi et al. 2022 (10.1038/s41467-022-31245-z) are computed anew from raw readings, and compared with
those published. With plates together, each condition that CFTX carried over is left out of the correction in
turn: how much do its yields then differ between plates, beside those published? Published yields go by one
plate's controls, and those of plates 8 to 10 by one condition on plate 7 too.

    python -m benchmarks.normalisation FOLDER     with cellfree_borkowski.csv, metis_txtl.csv, cftx_raw.csv
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from bioal.measurements.observations import observations
from bioal.measurements.readings import Reading, readings_table
from bioal.protocol.objective import Readout

ALONE = Readout("F", normalise="controls", pool=False)
TOGETHER = Readout("F", normalise="controls")
LOWERED = {f"plate {number}": "lowered" for number in (8, 9, 10)}  # the reader's gain


def observed(wells: pd.DataFrame, readout: Readout, gains: dict[str, str] | None = None) -> pd.DataFrame:
    """Return observations of wells with columns plate, condition, role and value."""
    wells = wells.dropna(subset=["value"]).reset_index(drop=True)
    ids = [f"S{number:05d}" for number in wells.index]
    readings = readings_table(
        Reading(sample, "F", value, "", "ok", "", "")
        for sample, value in zip(ids, wells["value"], strict=True)
    )
    samples = wells[["condition", "plate", "role"]].set_axis(ids)
    conditions = pd.DataFrame(index=wells["condition"].unique())
    return observations(readings, samples, conditions, readout, gains=gains)


def long(table: pd.DataFrame, role: pd.Series) -> pd.DataFrame:
    """Return one row per replicate of a table with raw_1 to raw_3 in each row."""
    parts = [
        pd.DataFrame(
            {
                "plate": table["round"].astype(str),
                "condition": [f"C{row}" for row in table.index],
                "role": role,
                "value": table[f"raw_{number}"],
            }
        )
        for number in (1, 2, 3)
    ]
    return pd.concat(parts)


def reproduced(table: pd.DataFrame, role: pd.Series) -> pd.Series:
    """Return the largest difference from the published yields in each round."""
    found = observed(long(table, role), ALONE)
    ours = found.set_index("condition")["mean"]
    published = table["yield"].set_axis([f"C{row}" for row in table.index])
    apart = (ours - published.reindex(ours.index)).abs()
    # A reference of several rows is 1 for us as their mean; each row has its own published yield.
    return apart.groupby(found.set_index("condition")["plate"], sort=False).max()


def borkowski(folder: Path) -> pd.Series:
    """Return differences for the ten plates; the reference is the last row of yield 1 on each."""
    table = pd.read_csv(folder / "cellfree_borkowski.csv")
    ones = table[(table["yield"] - 1.0).abs() < 1e-9]
    role = pd.Series("sample", index=table.index)
    role[table["DNA"] == 0] = "negative"
    role[ones.groupby("round").tail(1).index] = "reference"
    return reproduced(table, role)


def metis(folder: Path) -> pd.Series:
    """Return differences for the ten days."""
    table = pd.read_csv(folder / "metis_txtl.csv")
    role = table["control"].where(table["control"].isin(("reference", "negative")), "sample")
    return reproduced(table, role)


def between_plates(values: pd.Series) -> float:
    """Return the sd of a condition's yields over plates."""
    return float(np.std(values, ddof=1))


def carried_over(table: pd.DataFrame, gains: dict[str, str]) -> pd.DataFrame:
    """Return mean and sd over plates of the yields of each condition carried over: published, left out."""
    mean = table.groupby(["condition", "plate"])["MG_yield_published"].median()
    names = sorted(set(table.loc[table["role"] == "carried over", "condition"]))
    rows: dict[str, dict[str, float]] = {}
    for name in names:
        own = table["condition"] == name
        if table.loc[own, "plate"].nunique() < 2:
            continue
        # Under a name of its own on each plate it ties no plates.
        apart = table["condition"].where(~own, name + " on " + table["plate"])
        ours = {}
        for kind, readout in (("together", TOGETHER), ("alone", ALONE)):
            found = observed(table.assign(condition=apart), readout, gains)
            ours[kind] = found.loc[found["condition"].str.startswith(name + " on "), "mean"]
        rows[name] = {"plates": len(mean[name])}
        for kind, values in {"published": mean[name], **ours}.items():
            rows[name] |= {f"{kind} mean": values.mean(), f"{kind} sd": between_plates(values)}
    return pd.DataFrame.from_dict(rows, orient="index")


def summary(found: pd.DataFrame, beside: str) -> str:
    """Return how the spreads compare, overall and relative to the conditions' means."""
    sd, other = found["together sd"], found[f"{beside} sd"]
    high = found[(found["together mean"] > 0.5) & (found[f"{beside} mean"] > 0.5)]
    cv = (high["together sd"] / high["together mean"]) / (high[f"{beside} sd"] / high[f"{beside} mean"])
    return (
        f"  sd beside {beside}: root mean square {np.sqrt((sd**2).mean() / (other**2).mean()):.2f},"
        f" median {(sd / other).median():.2f}, geometric mean {np.exp(np.log(sd / other).mean()):.2f};"
        f" coefficient of variation (yields above 0.5): median {cv.median():.2f},"
        f" geometric mean {np.exp(np.log(cv).mean()):.2f}"
    )


def main() -> None:
    """Print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    print("Largest difference from the published yields, plate by plate")
    for name, differences in (("Borkowski", borkowski(folder)), ("METIS TXTL", metis(folder))):
        print(f"  {name}: " + ", ".join(f"{plate} {one:.5f}" for plate, one in differences.items()))
    cftx = pd.read_csv(folder / "cftx_raw.csv").rename(columns={"MG_raw": "value"})
    before = cftx[~cftx["plate"].isin(list(LOWERED))]
    for words, wells, gains in (
        ("gain not noted", cftx, {}),
        ("gain noted", cftx, LOWERED),
        ("plates 0 to 7 alone, all read at one gain", before, {}),
    ):
        found = carried_over(wells, gains)
        print(f"\nCFTX, conditions left out in turn, {words}\n{found.round(2).to_string()}")
        for beside in ("published", "alone"):
            print(summary(found, beside))


if __name__ == "__main__":
    main()
