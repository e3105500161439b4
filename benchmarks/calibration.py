"""Measure how often 90 % intervals hold, on finished experiments.

    python benchmarks/calibration.py --data FOLDER [--seeds 10] [--sizes 16,32,64,96] [--out runs.csv]

FOLDER holds tables/, tables_small/ and campaigns/; by default it is $BIOAL_DATA. An interval is for a
future mean of as many replicates as the condition had, noise included.

Held out: random conditions teach, others are foretold. Forward: conditions that bioal chose, replayed in five
rounds; choosing what looks good favours what is overrated, so fewer of those intervals hold. An error is one
standard error over runs (table and seed), since the conditions of a run share its fit; the binomial one, as
if they did not, stands beside it.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from bioal.acquisition.candidates import Listed, is_selection
from bioal.engine import Settings, choose
from bioal.evidence import Evidence, Floats, Ints, evidence_of
from bioal.measurements.tabled import tabled
from bioal.models.fitting import fit
from bioal.models.mixture import log_density
from bioal.models.noise import moderated_variances

INTERVAL = 1.6448536269514722  # standard normal quantile of 95 %: both ends of a 90 % interval
MOST = 300  # held-out conditions looked at in one run
ROUNDS = 5


@dataclass(frozen=True)
class Campaign:
    """A campaign with replicates: its mean, their sd, how many there are, and what is no factor."""

    value: str
    sd: str
    count: str | int
    others: str

    def means(self, table: pd.DataFrame) -> tuple[pd.DataFrame, Floats, Ints]:
        """Return factors and yields, sds of single replicates and counts, a row per condition."""
        if "is_control" in table:
            table = table[~table["is_control"].astype(bool)]
        counts = table[self.count] if isinstance(self.count, str) else np.full(len(table), self.count)
        table = table.assign(count_=counts)[lambda rows: rows[self.value].notna()]
        dropped = [name for name in table.columns if any(map(name.startswith, self.others.split()))]
        factors = table.drop(columns=[*dropped, self.value, self.sd, "count_"], errors="ignore")
        new = ~factors.duplicated()
        kept = table[new]
        return (
            factors[new].assign(**{"yield": kept[self.value]}),
            kept[self.sd].to_numpy(float),
            kept["count_"].to_numpy(np.intp),
        )


CAMPAIGNS = {
    "cellfree_borkowski": Campaign("yield", "yield_std", 3, "raw_ well_ round is_ DNA"),
    "cftx_mrna": Campaign("mrna_yield", "mrna_yield_std", "n_rep", "n_rep MG_ gfp_ Buffer round is_"),
    "icfree_plates": Campaign("yield", "yield_std", 6, "yield_ cal_ round"),
    "metis_cetch_yield": Campaign("yield", "yield_std", 3, "rep_ round"),
    "metis_laci": Campaign("fold_change", "fold_change_std", 3, "Circuit delta_ round fc_valid"),
    "metis_ttu": Campaign("yield", "yield_std", 3, "round"),
    "metis_txtl": Campaign("yield", "yield_std", 3, "yield_ raw_ well_ round control is_ DNA"),
}


def sources(folder: Path) -> dict[str, Evidence]:
    """Return each finished table, and each campaign with replicates, as evidence of distinct conditions."""
    found = {}
    for path in sorted([*folder.glob("tables/*.csv"), *folder.glob("tables_small/*.csv")]):
        found[path.stem] = from_means(pd.read_csv(path))
    for name, campaign in CAMPAIGNS.items():
        table, sds, counts = campaign.means(pd.read_csv(folder / "campaigns" / f"{name}.csv"))
        found[f"{name}, replicates"] = from_means(table, sds, counts)
    barrels = pd.read_csv(folder / "campaigns" / "pv_crossed_barrel.csv")
    grouped = barrels.groupby(["n", "theta", "r", "t"])["toughness"].agg(["mean", "std", "size"])
    means = grouped[["mean"]].rename(columns={"mean": "yield"}).reset_index()
    found["pv_crossed_barrel, replicates"] = from_means(
        means, grouped["std"].to_numpy(float), grouped["size"].to_numpy(np.intp)
    )
    return found


def from_means(table: pd.DataFrame, sds: Floats | None = None, counts: Ints | None = None) -> Evidence:
    """Return evidence of a table with one row per condition, `sds` those of single replicates."""
    if sds is None or counts is None:
        names = [name for name in table.columns if name != "yield"]
        table = table.groupby(names, as_index=False, sort=False, dropna=False)["yield"].mean()
        sds, counts = np.full(len(table), np.nan), np.ones(len(table), np.intp)
    names = [name for name in table.columns if name != "yield"]
    known = tabled(table, "yield", factors=names)
    plain = evidence_of(
        known.points[known.condition],
        known.values,
        groups=known.space.groups,
        categorical=known.space.categorical,
    )
    # Variances are those of single replicates until what is measured is known.
    return replace(plain, variances=np.where(counts > 1, sds**2, np.nan), counts=counts)


def measured(everything: Evidence, rows: Ints) -> Evidence:
    """Return what is known once these rows are measured, their variances moderated by one another."""
    known = everything.rows(rows)
    single = moderated_variances(known.variances, known.counts, known.values)
    return replace(known, variances=single / known.counts)


def inside(values: Floats, mean: Floats, sd: Floats, noise: Floats) -> Floats:
    """Return 1 where a value lies in its interval, else 0."""
    return np.asarray(np.abs(values - mean) <= INTERVAL * np.hypot(sd, noise), float)


def held_out_run(everything: Evidence, size: int, model: str, seed: int) -> dict[str, float]:
    """Return coverage, and log density and width in units of the table's sd, of conditions held out."""
    order = np.random.default_rng([seed, size]).permutation(len(everything))
    unseen = everything.rows(order[size : size + MOST])
    posterior = fit(measured(everything, order[:size]), model, np.random.default_rng(seed))
    mean, sd = posterior.mean_sd(unseen.points)
    noise, unit = posterior.noise_sd / np.sqrt(unseen.counts), float(np.std(everything.values))
    forgotten = replace(unseen, variances=np.full(len(unseen), np.nan))
    return {
        "hits": float(inside(unseen.values, mean, sd, noise).sum()),
        "looked": len(unseen),
        "density": float(np.mean(log_density(posterior, forgotten))) + np.log(unit),
        "width": float(np.mean(np.hypot(sd, noise))) / unit,
    }


def forward_run(everything: Evidence, batch: int, model: str, seed: int) -> dict[str, float]:
    """Return how many of the conditions that were chosen, round after round, lay in their intervals."""
    rows = np.random.default_rng([seed, batch]).permutation(len(everything))[:batch]
    hits = 0.0
    for number in range(ROUNDS):
        chosen = choose(
            measured(everything, rows),
            Listed(everything.points, selected=is_selection(everything.points, everything.groups)),
            Settings(batch, model),
            np.random.default_rng([seed, number]),
            taken=rows[:, None],
            pending=everything.points[:0],
        )
        new = np.asarray(chosen.codes[:, 0], np.intp)
        noise = chosen.noise_sd / np.sqrt(everything.counts[new])
        hits += float(inside(everything.values[new], chosen.mean, chosen.sd, noise).sum())
        rows = np.append(rows, new)
    return {"hits": hits, "looked": ROUNDS * batch, "density": np.nan, "width": np.nan}


def all_runs(folder: Path, sizes: list[int], model: str, seeds: int, forward: int) -> pd.DataFrame:
    """Return one row per run: held out for each size and seed, forward for the first `forward` seeds."""
    rows = []
    for name, everything in sources(folder).items():
        started = time.perf_counter()
        for seed in range(seeds):
            rows += [
                {"table": name, "kind": f"{size:4d} held out", "seed": seed}
                | held_out_run(everything, size, model, seed)
                for size in sizes
                if len(everything) >= 2 * size
            ]
        batch = 8 if len(everything) < 400 else 16
        rows += [
            {"table": name, "kind": "forward", "seed": seed} | forward_run(everything, batch, model, seed)
            for seed in range(forward)
        ]
        print(f"{name}: {time.perf_counter() - started:.0f} s", flush=True)
    return pd.DataFrame(rows)


def pooled(runs: pd.DataFrame) -> dict[str, float]:
    """Return coverage in %, its standard error over runs and the binomial one, density and width."""
    shares = 100 * runs["hits"] / runs["looked"]
    over_runs = shares.groupby([runs["table"], runs["seed"]]).mean().to_numpy(float)
    share, looked = float(over_runs.mean()), float(runs["looked"].sum())
    return {
        "holds %": share,
        "error": float(np.std(over_runs, ddof=1) / np.sqrt(len(over_runs))) if len(over_runs) > 1 else np.nan,
        "binomial": float(np.sqrt(share * (100 - share) / looked)),
        "density": float(runs["density"].mean()),
        "width": float(runs["width"].mean()),
        "runs": len(runs),
    }


def report(runs: pd.DataFrame) -> str:
    """Return the figures per table, and pooled over tables, for each kind of run."""
    held = runs[runs["kind"] != "forward"]
    ahead = runs[runs["kind"] == "forward"]
    said = []
    for title, part, by in [
        ("held out, per table", held, "table"),
        ("held out, pooled over tables", held, "kind"),
        ("held out, pooled over tables and sizes", held.assign(kind="all"), "kind"),
        ("forward, per table", ahead, "table"),
        ("forward, pooled over tables", ahead, "kind"),
    ]:
        figures = pd.DataFrame({str(name): pooled(group) for name, group in part.groupby(by)}).T
        said.append(f"\n{title}\n{figures.round(3).to_string()}")
    return "\n".join(said)


def main() -> None:
    """Read the options, run, print, and keep the runs where that is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    known = os.environ.get("BIOAL_DATA")
    parser.add_argument("--data", type=Path, default=known and Path(known), required=known is None)
    parser.add_argument("--sizes", default="16,32,64,96", help="conditions that teach, separated by commas")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--forward", type=int, default=4, help="seeds that are replayed forward")
    parser.add_argument("--model", default="auto")
    parser.add_argument("--out", type=Path, help="a CSV file for the single runs")
    asked = parser.parse_args()
    sizes = [int(size) for size in asked.sizes.split(",")]
    runs = all_runs(asked.data, sizes, asked.model, asked.seeds, asked.forward)
    if asked.out:
        runs.to_csv(asked.out, index=False)
    print(report(runs))


if __name__ == "__main__":
    main()
