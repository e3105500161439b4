"""Whether the remaining gain that a report states is what remains: simulated campaigns, by hand.

Each campaign has a truth that is known everywhere: a smooth function drawn on a grid of 2 to 6 factors (its
kernel and its length-scales are not the model's), or the virtual cell-free laboratory. After a random start
and some batches of the usual strategy, the stated 90 % interval of the remaining gain (best of all allowed
conditions less the best so far) is held against the truth.

    python -m benchmarks.stopping --campaigns 200 --model auto
"""

from __future__ import annotations

import argparse
import time
from functools import cached_property, reduce

import joblib
import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from bioal.acquisition.candidates import Codes
from bioal.acquisition.tasks import identity
from bioal.engine import Settings, choose
from bioal.evidence import Evidence, Floats, evidence_of
from bioal.lab import CellFreeLab
from bioal.models.fitting import fit
from bioal.protocol.factors import Numeric
from bioal.protocol.space import Space
from bioal.report.stopping import Ground, Outlook, outlook, usual_doubt

# Factors, levels of each, conditions of a batch.
GRIDS = ((2, 21, 8), (3, 9, 12), (4, 6, 12), (5, 5, 16), (6, 4, 16))
LABORATORY = "cell-free"


def kernel(levels: int, length: float) -> Floats:
    """Return a Matern-5/2 covariance between evenly spread levels."""
    apart = np.sqrt(5) * np.abs(np.subtract.outer(*[np.linspace(0, 1, levels)] * 2)) / length
    return (1 + apart + apart**2 / 3) * np.exp(-apart)


def drawn(factors: int, levels: int, rng: np.random.Generator) -> Floats:
    """Return a function on a grid, shape (levels ** factors,), as a product kernel's sample."""
    lengths = np.sqrt(factors) * np.exp(rng.normal(np.log(0.5), 0.7, factors))
    values = rng.standard_normal((levels,) * factors)
    for axis, length in enumerate(lengths):
        root = np.linalg.cholesky(kernel(levels, length) + 1e-8 * np.eye(levels))
        values = np.moveaxis(np.tensordot(root, values, (1, axis)), 0, axis)
    flat = values.ravel()
    # Yields are often skewed: half of the campaigns see the exponential of a sample.
    return np.exp(0.5 * flat / flat.std()) if rng.random() < 0.5 else flat


class Grid:
    """A drawn function on a grid, measured with noise."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng([seed, 1])
        factors, levels, self.batch = GRIDS[seed % len(GRIDS)]
        self.space = Space(
            tuple(Numeric(f"x{k}", "", tuple(np.linspace(0, 1, levels))) for k in range(factors))
        )
        self.values = drawn(factors, levels, rng)
        self.levels, self.name = levels, f"{factors} factors"
        self.noise = float(self.values.std() * rng.choice([0.05, 0.15, 0.3]))

    def truth(self, codes: Codes) -> Floats:
        """Return the function."""
        place = reduce(lambda total, column: total * self.levels + column.astype(int), codes.T, 0)
        return self.values[place]

    def measured(self, codes: Codes, rng: np.random.Generator) -> Floats:
        """Return one measurement of each condition."""
        return self.truth(codes) + self.noise * rng.standard_normal(len(codes))

    @property
    def best(self) -> float:
        """Return the best of all conditions."""
        return float(self.values.max())


class Laboratory:
    """The virtual cell-free laboratory, each condition pipetted in one well, relative to its reference."""

    def __init__(self, seed: int) -> None:
        self.lab, self.batch, self.name = CellFreeLab(), 24, LABORATORY
        self.space = self.lab.protocol.space

    def truth(self, codes: Codes) -> Floats:
        """Return the true readout."""
        return self.lab.truth(self.space.conditions(codes))

    def measured(self, codes: Codes, rng: np.random.Generator) -> Floats:
        """Return a measurement with a tenth of relative error."""
        true = self.truth(codes)
        return true * (1 + 0.1 * rng.standard_normal(len(codes)))

    @cached_property
    def best(self) -> float:
        """Return the best of all conditions."""
        return max(float(self.truth(codes).max()) for codes in self.space.blocks(50_000))


def campaign(seed: int, rounds: int, model: str, laboratory: bool) -> list[dict[str, object]]:
    """Return what a campaign's report would have stated after each round, beside the truth."""
    world = Laboratory(seed) if laboratory else Grid(seed)
    rng = np.random.default_rng([seed, 2])
    space, batch = world.space, world.batch
    codes = space.sample(batch, rng)
    values = world.measured(codes, rng)
    rows: list[dict[str, object]] = []
    for number in range(1, rounds + 2):
        evidence = known(space, codes, values)
        posterior = fit(evidence, model, rng)
        order = np.argsort(-posterior.mean(evidence.points), kind="stable")
        found = float(world.truth(codes[order[:1]])[0])
        if rows:
            rows[-1]["gained"] = found - float(str(rows[-1]["found"]))
        if number > rounds:
            break
        ground = Ground(
            posterior,
            identity,
            space,
            evidence.points[order],
            codes[order[:16]],
            posterior.noise_sd,
            usual_doubt(len(codes)),
        )
        said = outlook(ground, batch, np.random.default_rng([seed, 3, number]))
        rows.append(row(world.name, seed, number, said, world.best - found) | {"found": found})
        settings = Settings(batch, model)
        chosen = choose(evidence, space, settings, rng, taken=codes, pending=evidence.points[:0])
        codes = np.concatenate([codes, chosen.codes])
        values = np.concatenate([values, world.measured(chosen.codes, rng)])
    return rows


def row(name: str, seed: int, number: int, said: Outlook, remaining: float) -> dict[str, object]:
    """Return a statement beside the truth."""
    low, high = said.interval
    return {
        "world": name,
        "seed": seed,
        "round": number,
        "low": low,
        "high": high,
        "middle": float(np.mean(said.gains)),
        "remaining": remaining,
        "rank": float(np.mean(said.gains < remaining - 1e-12)),
        "plate": said.plate,
        "noise": said.noise,
        "whole": said.whole,
    }


def known(space: Space, codes: Codes, values: Floats) -> Evidence:
    """Return measurements as evidence."""
    return evidence_of(space.points(codes), values, groups=space.groups, categorical=space.categorical)


def report(runs: pd.DataFrame) -> str:
    """Return how often the interval held, what lay above and below it, and what plates brought."""
    runs = runs.assign(
        holds=(runs["low"] - 1e-9 <= runs["remaining"]) & (runs["remaining"] <= runs["high"] + 1e-9),
        above=runs["remaining"] > runs["high"] + 1e-9,
        below=runs["remaining"] < runs["low"] - 1e-9,
    )
    said = []
    for by in ("world", "round", None):
        groups = runs.groupby(by) if by else [("all", runs)]
        table = pd.DataFrame({str(name): figures(group) for name, group in groups}).T
        said.append(f"\nby {by or 'nothing: all statements'}\n{table.round(3).to_string()}")
    return "\n".join(said)


def figures(group: pd.DataFrame) -> dict[str, float]:
    """Return coverage in % with its standard error over campaigns, and means of what was said and true."""
    held = 100 * group.groupby("seed")["holds"].mean()
    error = float(held.std(ddof=1) / np.sqrt(len(held))) if len(held) > 1 else np.nan
    return {
        "holds %": float(100 * group["holds"].mean()),
        "error": error,
        "above %": float(100 * group["above"].mean()),
        "below %": float(100 * group["below"].mean()),
        "remaining said": float(group["middle"].mean()),
        "true": float(group["remaining"].mean()),
        "plate said": float(group["plate"].mean()),
        "gained": float(group["gained"].mean()),
        "statements": len(group),
    }


def main() -> None:
    """Read the options, run, print, and keep the statements where that is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--campaigns", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--model", default="auto")
    parser.add_argument("--laboratory", action="store_true", help="the virtual laboratory in place of grids")
    parser.add_argument("--first", type=int, default=0, help="seed of the first campaign")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", help="a CSV file for the single statements")
    asked = parser.parse_args()
    started = time.perf_counter()
    seeds = range(asked.first, asked.first + asked.campaigns)
    with threadpool_limits(limits=1), joblib.parallel_config("loky", inner_max_num_threads=1):
        runs = joblib.Parallel(n_jobs=asked.jobs)(
            joblib.delayed(campaign)(seed, asked.rounds, asked.model, asked.laboratory) for seed in seeds
        )
    table = pd.DataFrame([one for rows in runs for one in rows])
    if asked.out:
        table.to_csv(asked.out, index=False)
    print(report(table))
    print(f"\n{asked.campaigns} campaigns in {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
