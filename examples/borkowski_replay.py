"""Play a published cell-free campaign again, through the command line and real workbooks.

Borkowski et al. (2020, 10.1038/s41467-020-15798-5) measured about a thousand buffer compositions in
triplicate. bioal may choose from these alone; each round its workbook is filled in with the values that were
really measured, merged, and the next is proposed.

    python examples/borkowski_replay.py --data FOLDER --report borkowski_report.html

FOLDER holds campaigns/cellfree_borkowski.csv; by default it is $BIOAL_DATA, or ../shared/data beside the
repository. borkowski_report.html beside this file is what the last round looks like.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from bioal.protocol.protocol import Protocol, protocol_from_toml
from bioal.protocol.templates import template_text
from bioal.sheets.filling import fill_in

TABLE = Path("campaigns") / "cellfree_borkowski.csv"
READOUT = "relative yield"
FACTOR_OF = {
    "mg_gluta": "Mg-glutamate",
    "K_gluta": "K-glutamate",
    "aa": "amino acids",
    "trna": "tRNA",
    "coa": "CoA",
    "nad": "NAD",
    "camp": "cAMP",
    "folinic_acid": "folinic acid",
    "spermidin": "spermidine",
    "pga": "3-PGA",
    "nucleo_mix": "NTP",
}
REPLICATES = ("raw_1", "raw_2", "raw_3")
ORDERS = 2000


def data_folder() -> Path:
    """Return where the measurements are expected to be."""
    beside = Path(__file__).resolve().parents[1].parent / "shared" / "data"
    return Path(os.environ.get("BIOAL_DATA", beside))


@dataclass(frozen=True)
class Measured:
    """The published measurements, a row per distinct composition: factors, replicate yields, mean yield."""

    conditions: pd.DataFrame
    replicates: np.ndarray
    means: np.ndarray


def measured(table: pd.DataFrame) -> Measured:
    """Return the published measurements with a yield for each well.

    The table has raw values per well, and yields per composition. Within a round a yield is a linear
    function of the mean raw value; the line is recovered from these pairs and gives each well its own
    yield. A well that the authors dropped has none.
    """
    raw = table[list(REPLICATES)].where(lambda values: values >= 0)
    yields = np.full(raw.shape, np.nan)
    for rows in table.groupby("round").indices.values():
        slope, offset = np.polyfit(raw.iloc[rows].mean(axis=1), table["yield"].iloc[rows], 1)
        yields[rows] = slope * raw.iloc[rows].to_numpy() + offset
    kept = ~table["is_control"].astype(bool) & ~table.duplicated(list(FACTOR_OF)) & (table["DNA"] > 0)
    conditions = table.loc[kept, list(FACTOR_OF)].rename(columns=FACTOR_OF).reset_index(drop=True)
    return Measured(conditions, yields[kept.to_numpy()], table.loc[kept, "yield"].to_numpy())


def protocol_text() -> str:
    """Return the ready protocol of this campaign for yields normalised already, on 96-well plates."""
    head = template_text("cell_free_borkowski").partition("[plate]")[0]
    before, _, after = head.partition("[readouts.GFP]")
    factors = after[after.index("[factors.") :]
    objective = f'[objective]\nreadout = "{READOUT}"\ndirection = "maximize"\n'
    return f'{before}[readouts."{READOUT}"]\n\n{objective}\n{factors}[plate]\nsize = 96\nreplicates = 3\n'


def bioal(*words: object, folder: Path) -> dict[str, object]:
    """Run a command of bioal in a folder and return the result of its JSON answer."""
    command = [sys.executable, "-m", "bioal", *map(str, words), "--json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, words))} left with {done.returncode}:\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout)["result"]


def keys_of(conditions: pd.DataFrame, protocol: Protocol) -> list[tuple[int, ...]]:
    """Return the level numbers of each condition, by which a composition is known again."""
    return [tuple(int(code) for code in row) for row in protocol.space.codes(conditions)]


def fill(workbook: Path, protocol: Protocol, published: Measured) -> list[int]:
    """Type the published wells into a workbook; return which compositions it asked for."""
    runs = pd.read_excel(workbook, sheet_name="Run list", index_col="Sample")
    asked = runs[[factor.heading for factor in protocol.factors]].set_axis(list(protocol.space.names), axis=1)
    row_of = {key: row for row, key in enumerate(keys_of(published.conditions, protocol))}
    rows = [row_of[key] for key in keys_of(asked, protocol)]
    wells = zip(runs.index, rows, runs["Replicate"], strict=True)
    values = {str(sample): float(published.replicates[row, int(number) - 1]) for sample, row, number in wells}
    known = {sample: round(value, 4) for sample, value in values.items() if np.isfinite(value)}
    fill_in(workbook, READOUT, known, {sample: "spoiled" for sample in values if sample not in known})
    return list(dict.fromkeys(rows))


def random_best(means: np.ndarray, counts: list[int], seed: int) -> np.ndarray:
    """Return the best yield among the first so many compositions, on average over many random orders."""
    rng = np.random.default_rng(seed)
    orders = np.array([rng.permutation(means)[: counts[-1]] for _ in range(ORDERS)])
    return np.maximum.accumulate(orders, axis=1)[:, np.array(counts) - 1].mean(axis=0)


def replay(published: Measured, folder: Path, *, rounds: int, conditions: int, seed: int) -> pd.DataFrame:
    """Return the best published yield tried so far after each round, beside random choice."""
    (folder / "own.toml").write_text(protocol_text(), encoding="utf-8")
    bioal("new", "replay", "--protocol", "own.toml", folder=folder)
    folder = folder / "replay"
    protocol = protocol_from_toml(protocol_text())
    published.conditions.to_csv(folder / "candidates.csv", index=False)
    tried: list[int] = []
    rows = []
    for number in range(1, rounds + 1):
        options = ("--conditions", conditions, "--candidates", "candidates.csv", "--seed", seed)
        proposal = bioal("propose", *options, folder=folder)
        workbook = folder / str(proposal["workbook"])
        asked = fill(workbook, protocol, published)
        tried += asked
        bioal("merge", workbook.relative_to(folder), folder=folder)
        best, usual = published.means[tried].max(), published.means[asked].mean()
        rows.append({"round": number, "conditions": len(tried), "best": best, "mean of round": usual})
    found = pd.DataFrame(rows)
    found.insert(3, "best at random", random_best(published.means, list(found["conditions"]), seed))
    return found


def main(words: list[str] | None = None) -> None:
    """Play, and print the best by round."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--data", type=Path, default=data_folder(), help="folder with campaigns/")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--conditions", type=int, default=32, help="per round")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--folder", type=Path, help="where to keep the campaign; a temporary folder by default"
    )
    parser.add_argument("--report", type=Path, help="where to write the report of the last round (HTML)")
    asked = parser.parse_args(words)
    if not (asked.data / TABLE).is_file():
        sys.exit(f"{asked.data / TABLE} is not there. Name the folder with --data or in BIOAL_DATA.")
    published = measured(pd.read_csv(asked.data / TABLE))
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        found = replay(published, folder, rounds=asked.rounds, conditions=asked.conditions, seed=asked.seed)
        best = bioal("status", folder=folder / "replay")["best"]
        if asked.report:
            drawn = bioal("report", folder=folder / "replay")
            shutil.copyfile(folder / "replay" / str(drawn["report"]), asked.report)
    means = published.means
    print(f"{len(means)} compositions; relative yields: best {means.max():.2f}, mean {means.mean():.2f}.")
    print(f"Best so far, by bioal and at random (mean of {ORDERS} orders), and the mean of each round:")
    print(found.to_string(index=False, float_format="%.2f"))
    print(
        f"bioal's own estimate of its best, {best['condition']}: {best['mean']:.2f} "
        f"(90 % interval {best['low']:.2f} to {best['high']:.2f})"
    )


if __name__ == "__main__":
    main()
