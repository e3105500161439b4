"""Whether the remaining gain that a report states is what remains: simulated campaigns, by hand.

Each campaign has a truth that is known everywhere: a smooth function drawn on a grid of 2 to 6 factors (its
kernel and its length-scales are not the model's), or the virtual cell-free laboratory. After a random start
and some batches of the usual strategy, the stated 90 % interval of the remaining gain (best of all allowed
conditions less the best so far) is held against the truth, and so is the rise that another plate was
expected to bring. Statements are kept as they come, so that a run can be cut short and gone on with.

    python -m benchmarks.stopping --campaigns 200 --model auto --out statements.csv --minutes 50
    python -m benchmarks.stopping --campaigns 100 --first 1000 --length 0.25     # rougher functions
    python -m benchmarks.stopping --doubts 0,1,1.5                               # other doubts beside
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import beta
from threadpoolctl import threadpool_limits

from bioal.acquisition.candidates import Codes
from bioal.acquisition.tasks import identity
from bioal.engine import Settings, choose
from bioal.evidence import Evidence, Floats, Ints, evidence_of
from bioal.lab import CellFreeLab
from bioal.models.fitting import fit
from bioal.models.posterior import Posterior
from bioal.protocol.factors import Numeric
from bioal.protocol.space import Space
from bioal.report.stopping import MOST_DOUBT, Doubt, Ground, Outlook, outlook, usual_doubt

# Factors, levels of each, conditions of a batch.
GRIDS = ((2, 21, 8), (3, 9, 12), (4, 6, 12), (5, 5, 16), (6, 4, 16))
LABORATORY = "cell-free"
LENGTH = 0.5  # median length-scale of a factor's range, times the root of the number of factors


@dataclass(frozen=True)
class Kind:
    """What kind of campaigns are simulated, and which doubts are looked at besides the usual one."""

    rounds: int = 2
    model: str = "auto"
    laboratory: bool = False
    length: float = LENGTH
    doubts: tuple[float, ...] = ()


def kernel(levels: int, length: float) -> Floats:
    """Return a Matern-5/2 covariance between evenly spread levels."""
    apart = np.sqrt(5) * np.abs(np.subtract.outer(*[np.linspace(0, 1, levels)] * 2)) / length
    return (1 + apart + apart**2 / 3) * np.exp(-apart)


def drawn(factors: int, levels: int, length: float, rng: np.random.Generator) -> Floats:
    """Return a function on a grid, shape (levels ** factors,), as a product kernel's sample."""
    lengths = np.sqrt(factors) * np.exp(rng.normal(np.log(length), 0.7, factors))
    values = rng.standard_normal((levels,) * factors)
    for axis, one in enumerate(lengths):
        root = np.linalg.cholesky(kernel(levels, one) + 1e-8 * np.eye(levels))
        values = np.moveaxis(np.tensordot(root, values, (1, axis)), 0, axis)
    flat = values.ravel()
    # Yields are often skewed: half of the campaigns see the exponential of a sample.
    return np.exp(0.5 * flat / flat.std()) if rng.random() < 0.5 else flat


class Grid:
    """A drawn function on a grid, measured with noise."""

    def __init__(self, seed: int, length: float) -> None:
        rng = np.random.default_rng([seed, 1])
        factors, levels, self.batch = GRIDS[seed % len(GRIDS)]
        self.space = Space(
            tuple(Numeric(f"x{k}", "", tuple(np.linspace(0, 1, levels))) for k in range(factors))
        )
        self.values = drawn(factors, levels, length, rng)
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

    def __init__(self) -> None:
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


def campaign(seed: int, kind: Kind) -> list[dict[str, object]]:
    """Return what a campaign's report would have stated after each round, beside the truth."""
    world = Laboratory() if kind.laboratory else Grid(seed, kind.length)
    rng = np.random.default_rng([seed, 2])
    codes = world.space.sample(world.batch, rng)
    values = world.measured(codes, rng)
    rows: list[dict[str, object]] = []
    for number in range(1, kind.rounds + 2):
        evidence = known(world.space, codes, values)
        posterior = fit(evidence, kind.model, rng)
        order = np.argsort(-posterior.mean(evidence.points), kind="stable")
        found = float(world.truth(codes[order[:1]])[0])
        for one in rows[-1 - len(kind.doubts) :]:
            one["gained"] = found - float(str(one["found"]))
        if number > kind.rounds:
            break
        ground = grounded(world, evidence, posterior, codes, order)
        for doubt, said in stated(ground, world.batch, [seed, 3, number], kind):
            truth = {"doubt": doubt, "remaining": world.best - found, "found": found}
            rows.append({"world": world.name, "seed": seed, "round": number, **truth, **numbers(said, truth)})
        settings = Settings(world.batch, kind.model)
        chosen = choose(evidence, world.space, settings, rng, taken=codes, pending=evidence.points[:0])
        codes = np.concatenate([codes, chosen.codes])
        values = np.concatenate([values, world.measured(chosen.codes, rng)])
    return rows


def grounded(
    world: Grid | Laboratory, evidence: Evidence, posterior: Posterior, codes: Codes, order: Ints
) -> Ground:
    """Return what a report takes its outlook from."""
    points, starts = evidence.points[order], codes[order[:16]]
    doubt = usual_doubt(len(codes), len(world.space.factors))
    return Ground(posterior, identity, world.space, points, starts, posterior.noise_sd, doubt)


def stated(ground: Ground, batch: int, seed: list[int], kind: Kind) -> Iterator[tuple[str, Outlook]]:
    """Yield the outlook with the usual doubt, named "usual", and with each of the others."""
    yield "usual", outlook(ground, batch, np.random.default_rng(seed))
    conditions, factors = len(ground.known), ground.starts.shape[1]
    for one in kind.doubts:
        doubt = Doubt(min(one * np.sqrt(factors / conditions), MOST_DOUBT))
        yield f"{one:g}", outlook(replace(ground, doubt=doubt), batch, np.random.default_rng(seed))


def numbers(said: Outlook, truth: dict[str, object]) -> dict[str, object]:
    """Return what was stated, and the place of the truth in it."""
    low, high = said.interval
    return {
        "low": low,
        "high": high,
        "middle": float(np.mean(said.gains)),
        "rank": float(np.mean(said.gains < float(str(truth["remaining"])) - 1e-12)),
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
    for doubt, of_doubt in runs.groupby("doubt"):
        for by in ("world", "round", None):
            groups = of_doubt.groupby(by) if by else [("all", of_doubt)]
            table = pd.DataFrame({str(name): figures(group) for name, group in groups}).T
            said.append(f"\ndoubt {doubt}, by {by or 'nothing: all'}\n{table.round(3).to_string()}")
    return "\n".join(said)


def figures(group: pd.DataFrame) -> dict[str, float]:
    """Return coverage in %, its interval, and what one more plate brought beside what was said.

    The interval is Clopper and Pearson's (1934, doi 10.1093/biomet/26.4.404) of as many statements; those of
    one campaign are alike, so `error`, a standard error over campaigns, stands beside it. The ratio of what
    was gained to what was said is of sums over all campaigns.
    """
    held, count = int(group["holds"].sum()), len(group)
    by_campaign = 100 * group.groupby("seed")["holds"].mean()
    sums = group.groupby("seed")[["plate", "gained"]].sum()
    ratio = sums["gained"].sum() / sums["plate"].sum()
    spread = (sums["gained"] - ratio * sums["plate"]).std(ddof=1) * np.sqrt(len(sums)) / sums["plate"].sum()
    return {
        "holds %": 100 * held / count,
        "low": 100 * float(np.nan_to_num(beta.ppf(0.025, held, count - held + 1))),
        "high": 100 * float(np.nan_to_num(beta.ppf(0.975, held + 1, count - held), nan=1.0)),
        "error": float(by_campaign.std(ddof=1) / np.sqrt(len(by_campaign))),
        "above %": float(100 * group["above"].mean()),
        "below %": float(100 * group["below"].mean()),
        "left said": float(group["middle"].mean()),
        "left": float(group["remaining"].mean()),
        "plate said": float(group["plate"].mean()),
        "gained": float(group["gained"].mean()),
        "ratio": float(ratio),
        "+-": float(spread),
        "statements": count,
    }


def run(seeds: range, kind: Kind, out: Path, minutes: float) -> pd.DataFrame:
    """Return the statements of all campaigns that were finished in time; those in the file are kept."""
    done = pd.read_csv(out, dtype={"doubt": str}) if out.exists() else pd.DataFrame({"seed": []})
    end = time.perf_counter() + 60 * minutes
    for seed in seeds:
        if time.perf_counter() > end:
            break
        if seed in set(done["seed"]):
            continue
        fresh = pd.DataFrame(campaign(seed, kind))
        done = pd.concat([done, fresh], ignore_index=True) if len(done) else fresh
        done.to_csv(out, index=False)
    return done[done["seed"].isin(seeds)]


def main() -> None:
    """Read the options, run, print, and keep the statements."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--campaigns", type=int, default=200)
    parser.add_argument("--first", type=int, default=0, help="seed of the first campaign")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--model", default="auto")
    parser.add_argument("--laboratory", action="store_true", help="the virtual laboratory in place of grids")
    parser.add_argument("--length", type=float, default=LENGTH, help="how smooth the functions are")
    parser.add_argument("--doubts", default="", help="other doubts to state the outlook with, 0,1 say")
    parser.add_argument("--minutes", type=float, default=600, help="begin no campaign after that")
    parser.add_argument("--out", type=Path, default=Path("stopping.csv"), help="CSV file of statements")
    asked = parser.parse_args()
    doubts = tuple(float(one) for one in asked.doubts.split(",") if one)
    kind = Kind(asked.rounds, asked.model, asked.laboratory, asked.length, doubts)
    started = time.perf_counter()
    with threadpool_limits(limits=1):
        table = run(range(asked.first, asked.first + asked.campaigns), kind, asked.out, asked.minutes)
    print(report(table))
    campaigns = table["seed"].nunique()
    print(
        f"\n{campaigns} campaigns; {time.perf_counter() - started:.0f} s, {time.process_time():.0f} s of work"
    )


if __name__ == "__main__":
    main()
