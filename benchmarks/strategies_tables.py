"""Replay finished tables with every strategy, and write down which learn and find more than random wells.

    python -m benchmarks.strategies_tables --data FOLDER --runs FOLDER [--seeds 10] [--jobs 1] [--page]

FOLDER of --data holds the tables. Runs are kept in that of --runs, a CSV file per table as `bioal backtest
--out` writes it, and gone on from. --page only writes docs/strategies.md from the runs that are there.

A seed gives every strategy the same random first plate of 24 and the same noise; three plates of 24 follow,
chosen by what a quick Gaussian process has learnt. After each plate the same model predicts the whole table.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from bioal.backtest.finished import Finished, finished
from bioal.backtest.kept import keep_runs, kept_runs, options_of
from bioal.backtest.replay import RANDOM, Course, Setting, settings_of
from bioal.backtest.runs import backtest
from bioal.evidence import Floats
from bioal.sheets.finished import read_finished
from bioal.strategies import names, strategy

TABLES = {
    "cellfree_borkowski": "cell-free",
    "cftx_mrna": "mRNA",
    "metis_cetch_yield": "CETCH",
    "direct_arylation": "arylation",
    "pv_crossed_barrel": "barrels",
    "oly_hplc": "HPLC",
}
MODEL, SEEDS = "quick gp", 10
COURSE = Course(batch=24, rounds=3, first="random", judge=MODEL)
SURE = 0.95
PAGE = Path(__file__).parents[1] / "docs" / "strategies.md"


@dataclass(frozen=True)
class Difference:
    """How a strategy differs from random wells with the same seeds: mean and interval; larger is better."""

    mean: float
    low: float
    high: float
    seeds: int

    @property
    def verdict(self) -> int:
        """Return 1 where the interval says better, -1 where it says worse, 0 where it leaves that open."""
        return int(self.low > 0) - int(self.high < 0)

    def __str__(self) -> str:
        mean, low, high = (f"{value:+.0f}".replace("-0", "0") for value in (self.mean, self.low, self.high))
        said = f"{mean} ({low} to {high})"
        return f"**{said}**" if self.verdict > 0 else f"_{said}_ ▼" if self.verdict < 0 else said


def difference_of(values: Floats) -> Difference:
    """Return the mean of paired differences with its 95 % interval by Student's t."""
    mean, count = float(np.mean(values)), len(values)
    error = float(np.std(values, ddof=1) / np.sqrt(count)) if count > 1 else np.nan
    reach = float(stats.t.ppf((1 + SURE) / 2, count - 1)) * error if count > 1 else np.nan
    return Difference(mean, mean - reach, mean + reach, count)


def in_prediction(runs: pd.DataFrame, random: pd.DataFrame) -> Difference:
    """Return by how many percent the error of predictions, averaged over the plates, is below random's."""
    errors = [one[one["round"] > 0].groupby("seed")["rmse"].mean() for one in (runs, random)]
    return difference_of((100 * (1 - errors[0] / errors[1])).dropna().to_numpy())


def in_best(runs: pd.DataFrame, random: pd.DataFrame) -> Difference:
    """Return by how many percent of the way from the table's median to its best the best found is nearer."""
    last = [one[one["round"] == COURSE.rounds].set_index("seed")["regret"] for one in (runs, random)]
    return difference_of((100 * (last[1] - last[0])).dropna().to_numpy())


MEASURES = {"prediction": in_prediction, "best": in_best}


def pools(folder: Path) -> dict[str, Finished]:
    """Return the tables of a folder, as `bioal backtest` reads them."""
    return {name: finished(read_finished(folder / f"{name}.csv", ["yield"]), ["yield"]) for name in TABLES}


def run_all(tables: dict[str, Finished], folder: Path, seeds: int, jobs: int) -> None:
    """Do the runs that are not kept yet, and keep each."""
    settings = settings_of([MODEL], ["all"])
    for name, pool in tables.items():
        out = folder / f"{name}.csv"
        done = kept_runs(out, options_of(pool, COURSE))

        def keep(runs: pd.DataFrame, out: Path = out) -> None:
            keep_runs(out, runs)

        backtest(pool, settings, COURSE, seeds, jobs=jobs, done=done, keep=keep)
        print(f"{name}: done", flush=True)


def differences(runs: dict[str, pd.DataFrame], measure: str) -> dict[str, dict[str, Difference]]:
    """Return the difference from random wells, by strategy and table, where both were run."""
    found: dict[str, dict[str, Difference]] = {}
    for one in names():
        setting = Setting(MODEL, one).name
        for table, of in runs.items():
            mine, random = (of[of["setting"] == name] for name in (setting, RANDOM))
            if one != RANDOM and len(mine):
                found.setdefault(one, {})[table] = MEASURES[measure](mine, random)
    return found


def matrix(found: dict[str, dict[str, Difference]], tables: list[str]) -> list[str]:
    """Return a table in Markdown: a row per strategy, a column per table, on how many it wins and loses."""
    heads = ["strategy", *(TABLES[table] for table in tables), "better / worse"]
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for one, by_table in found.items():
        verdicts = [by_table[table].verdict for table in tables if table in by_table]
        cells = [str(by_table[table]) if table in by_table else "-" for table in tables]
        lines.append(f"| {one} | " + " | ".join(cells) + f" | {verdicts.count(1)} / {verdicts.count(-1)} |")
    return lines


def standing(runs: dict[str, pd.DataFrame], tables: dict[str, Finished]) -> list[str]:
    """Return what random wells come to on each table, in its own unit: what the percents are percents of."""
    heads = ("table", "conditions", "factors", "best", "median", "best of random wells", "their error")
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for table, of in runs.items():
        pool, random = tables[table], of[of["setting"] == RANDOM]
        best = random[random["round"] == COURSE.rounds]["best"].to_numpy(float)
        error = random[random["round"] > 0].groupby("seed")["rmse"].mean().to_numpy(float)
        sizes = (f"{len(pool):,}", str(len(np.unique(pool.groups))))
        cells = (*sizes, f"{pool.truth.max():.3g}", f"{np.median(pool.truth):.3g}", _mean(best), _mean(error))
        lines.append(f"| {TABLES[table]} (`{table}`) | " + " | ".join(cells) + " |")
    return lines


def _mean(values: Floats) -> str:
    found = difference_of(values)
    return f"{found.mean:.3g} ({found.low:.3g} to {found.high:.3g})"


def losers(found: dict[str, dict[str, Difference]]) -> tuple[list[str], list[str], list[str]]:
    """Return who is better than random somewhere and worse nowhere, who is worse somewhere, the others."""
    verdicts = {one: [each.verdict for each in by.values()] for one, by in found.items()}
    worse = [one for one, each in verdicts.items() if -1 in each]
    safe = [one for one, each in verdicts.items() if -1 not in each and 1 in each]
    return safe, worse, [one for one in verdicts if one not in (*safe, *worse)]


def told(found: dict[str, dict[str, Difference]]) -> list[str]:
    """Return in words who wins and who loses, with the number of tables."""

    def counted(some: list[str], sign: int) -> str:
        each = {one: sum(of.verdict == sign for of in found[one].values()) for one in some}
        return ", ".join(f"{one} ({each[one]})" for one in sorted(some, key=lambda one: -each[one])) or "none"

    safe, worse, open_ = losers(found)
    return [
        f"- Better than random wells on some table and worse on none (on how many): {counted(safe, 1)}.",
        f"- **Worse than random wells** on some table (on how many): {counted(worse, -1)}.",
        f"- Not to be told from random wells on any table: {', '.join(open_) or 'none'}.",
    ]


def page(runs: dict[str, pd.DataFrame], tables: dict[str, Finished]) -> str:
    """Return docs/strategies.md."""
    prediction, best = (differences(runs, measure) for measure in MEASURES)
    seeds = [each.seeds for found in (prediction, best) for by in found.values() for each in by.values()]
    comparisons = len(seeds) // 2
    few = min(seeds)
    said = str(few) if few == max(seeds) else f"{few} to {max(seeds)}"
    parts = [
        HEAD.format(seeds=said, comparisons=comparisons, chance=round(comparisons * (1 - SURE) / 2)),
        *standing(runs, tables),
        PREDICTION,
        *told(prediction),
        "",
        *matrix(prediction, list(runs)),
        BEST,
        *told(best),
        "",
        *matrix(best, list(runs)),
        CATALOGUE,
        *catalogue(),
    ]
    return "\n".join(parts) + "\n"


def catalogue() -> list[str]:
    """Return what each strategy wants, with formula and source."""
    lines = ["| strategy | wants | formula | source |", "|---|---|---|---|"]
    for one in map(strategy, names()):
        cells = (one.name, one.about, f"`{one.formula}`", one.source)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return lines


HEAD = """\
# Which strategy? Every one of them on six finished experiments

Written by `python -m benchmarks.strategies_tables`; not by hand. `bioal backtest yours.csv --strategies
all` does the same on a table of your own, and that says more about your experiment than this page does.

A random first plate of 24 conditions, then three more plates of 24, each chosen by one strategy from what
a quick Gaussian process (one kind of function, its most probable hyper-parameters) learnt of those
before; {seeds} runs per strategy and table. The same seed gives every strategy and random wells the same
first plate and the same noise, so differences are paired. Intervals are 95 % by Student's t over seeds.

What the numbers do not say:

- An interval is about other first plates on *this* table, not about other experiments. Six tables are
  few.
- There are {comparisons} comparisons in each table below: of strategies that are no better and no worse
  than random wells, about {chance} would stand there as better, and as many as worse, by chance alone.
- Most of these tables were themselves collected by looking for the best, so their conditions are no even
  sample.
- Measured conditions count among those predicted: who measures what cannot be foretold lowers its error
  by that.
- Strategies for outcomes ask here whether a condition beats the best quarter of what was measured. They
  are made for words (grows, does not), of which these tables have none.
- Some ask for the same wells: `variance`, `bald` and `batch bald` where all results are equally noisy; where
  there are two outcomes, `margin` and `least confidence`, and `query by bagging` and its normalised form.
- The usual way, focused improvement, has one number that was chosen on twelve tables, these six among
  them (`bioal.acquisition.focus`): it looks a little better here than it is. The model, too, was made with
  these tables at hand; all strategies share it.

What random wells come to, mean over seeds with 95 % interval:
"""

PREDICTION = """\

## Learning the whole table

By how many percent the error (root mean square) of predictions of the whole table is **below** that of
random wells, averaged over the three plates; plus is better. Bold: better than random wells, the interval
excludes zero. Italic with ▼: worse. These are what strategies that want a better model aim at; those that
want the best yield do not.
"""

BEST = """\

## Finding the best

How much nearer the best condition of four plates comes to the best of the table than with random wells,
in percent of the way from the table's median to its best; plus is better. These are what strategies that
want the best yield aim at; those that want a better model do not.
"""

CATALOGUE = """\

## What each is

`bioal strategies` prints the same.
"""


def main() -> None:
    """Do what is left to do, and write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--page", action="store_true", help="only write the page from the runs kept")
    asked = parser.parse_args()
    tables = pools(asked.data)
    if not asked.page:
        asked.runs.mkdir(parents=True, exist_ok=True)
        run_all(tables, asked.runs, asked.seeds, asked.jobs)
    runs = {}
    for name, pool in tables.items():
        of = kept_runs(asked.runs / f"{name}.csv", options_of(pool, COURSE))
        if len(of):
            runs[name] = of[of["seed"] < asked.seeds]
    PAGE.write_text(page(runs, tables), encoding="utf-8", newline="\n")
    print(f"{PAGE.name} is written", flush=True)


if __name__ == "__main__":
    main()
