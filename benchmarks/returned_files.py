"""Check and merge a 384-well workbook, and replay 100 rounds: seconds of work beyond start-up.

    python -m benchmarks.returned_files [--rounds 100] [--profile]

The plate is full: 124 conditions in triplicate and 12 controls. A replay reads and checks every record and
adds them up, which is what each command does first.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from bioal.campaign.bodies import Body
from bioal.campaign.campaign import Campaign
from bioal.campaign.folder_store import FolderStore
from bioal.protocol.protocol import protocol_from_toml
from bioal.sheets.filling import fill_in

PROTOCOL = """
[campaign]
name = "A full plate"

[readouts.GFP]
unit = "RFU"

[objective]
readout = "GFP"
direction = "maximize"

[factors.Mg]
unit = "mM"
low = 0
high = 100
step = 1

[factors.K]
unit = "mM"
low = 0
high = 100
step = 1

[factors.PEG]
unit = "%"
levels = [0, 1, 2, 3, 4]

[factors.plasmid]
options = ["pA", "pB", "pC"]

[plate]
size = 384
replicates = 3

[[controls]]
role = "reference"
wells = 12
condition = { Mg = 4, K = 50, PEG = 1, plasmid = "pA" }
"""
CONDITIONS = 124


def design(rng: np.random.Generator) -> pd.DataFrame:
    """Return the conditions of a full plate."""
    codes = rng.choice(101 * 101, CONDITIONS, replace=False)
    mg, k = np.divmod(codes, 101)
    peg, plasmid = rng.integers(0, 5, CONDITIONS), rng.choice(["pA", "pB", "pC"], CONDITIONS)
    return pd.DataFrame({"Mg [mM]": mg, "K [mM]": k, "PEG [%]": peg, "plasmid": plasmid})


def table_of(campaign: Campaign, number: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return a round's run list with a value for each sample."""
    round_ = campaign.rounds[number]
    conditions = round_.conditions.loc[round_.samples["condition"]]
    heads = {factor.name: factor.heading for factor in campaign.protocol.factors}
    table = conditions.rename(columns=heads).set_axis(round_.samples.index)
    return table.assign(**{"GFP [RFU]": rng.uniform(100, 1000, len(table)).round(2)}).reset_index()


def renumbered(body: Body, number: int) -> Body:
    """Return what happened to round 1 as if it had happened to another round."""
    fields = json.loads(body.model_dump_json().replace("R01-", f"R{number:02d}-"))
    fields |= {name: number for name in ("round",) if name in fields}
    fields |= {name: {} for name in ("bench", "details") if name in fields}
    return type(body).model_validate(fields)


def timed(words: str, work: Callable[[], object], *, profiled: bool) -> None:
    """Print how long some work takes, the best of five, and with `profiled` where the time goes."""
    wall, used = [], []
    for _ in range(5):
        start, began = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - start)
        used.append(time.process_time() - began)
    print(f"{words}: {min(wall):.2f} s, {min(used):.2f} s of processor time", flush=True)
    if profiled:
        with cProfile.Profile() as profile:
            work()
        pstats.Stats(profile).sort_stats("cumulative").print_stats(18)


def one_plate(folder: Path, *, profiled: bool) -> None:
    """Time the check and the merge of a full plate's workbook."""
    rng = np.random.default_rng(0)
    campaign = Campaign.new(folder, protocol_from_toml(PROTOCOL))
    workbook = campaign.propose(exactly=design(rng)).workbook
    samples = campaign.rounds[1].samples.index
    values = {str(sample): float(rng.uniform(100, 1000)) for sample in samples}
    fill_in(workbook, "GFP [RFU]", values)

    def merge() -> None:
        copy = folder.with_name("merged")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(folder, copy)
        Campaign.open(copy).merge(workbook)

    timed(
        f"open, check {len(values)} wells", lambda: Campaign.open(folder).check(workbook), profiled=profiled
    )
    timed(f"open, check and merge {len(values)} wells", merge, profiled=profiled)


def many_rounds(folder: Path, rounds: int, *, profiled: bool) -> None:
    """Time the replay of so many full rounds, and what follows from it."""
    rng = np.random.default_rng(1)
    campaign = Campaign.new(folder, protocol_from_toml(PROTOCOL))
    campaign.propose(exactly=design(rng))
    campaign.merge(table_of(campaign, 1, rng))
    store, known = FolderStore(folder / "records"), campaign.state.records
    for number in range(2, rounds + 1):
        for record in known[1:3]:
            known = (*known, store.append(renumbered(record.body, number), known=known))
    size = sum(path.stat().st_size for path in (folder / "records").iterdir()) / 1e6
    timed(
        f"replay {rounds} rounds ({size:.1f} MB of records)", lambda: Campaign.open(folder), profiled=profiled
    )
    opened = Campaign.open(folder)
    timed("the observations of all of them", lambda: Campaign.open(folder).observations, profiled=profiled)
    assert len(opened.state.readings) == rounds * (3 * CONDITIONS + 12)


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--profile", action="store_true", help="say where the time goes")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        one_plate(Path(scratch) / "plate", profiled=asked.profile)
        many_rounds(Path(scratch) / "many", asked.rounds, profiled=asked.profile)


if __name__ == "__main__":
    main()
