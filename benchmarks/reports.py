"""Time, memory and size of a report: a campaign of full plates in the virtual laboratory, by hand.

    python -m benchmarks.reports --rounds 10 --size 384

Rounds are random designs, so that the time is that of the report: fitting the model (named apart), the
numbers, the page.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from bioal.campaign.campaign import Campaign
from bioal.campaign.telling import Telling, write_page
from bioal.lab import CellFreeLab
from bioal.protocol.protocol import protocol_from_toml


def played(folder: Path, rounds: int, size: int) -> Campaign:
    """Return a campaign of so many full plates, measured by the virtual laboratory."""
    lab = CellFreeLab()
    text = lab.protocol.text.replace("size = 96", f"size = {size}")
    campaign = Campaign.new(folder, protocol_from_toml(text))
    rng = np.random.default_rng(0)
    space = campaign.protocol.space
    for number in range(1, rounds + 1):
        conditions = space.conditions(space.sample(campaign.plan().conditions, rng))
        round_ = campaign.propose(exactly=conditions).round
        made = round_.conditions.loc[round_.samples["condition"]].set_axis(round_.samples.index)
        table = pd.DataFrame({factor.heading: made[factor.name] for factor in campaign.protocol.factors})
        table[campaign.protocol.readout.heading] = lab.measure(round_, rng)
        campaign.merge(table.rename_axis("Sample").reset_index())
        print(f"round {number}: {len(round_.samples)} wells", flush=True)
    return campaign


def main() -> None:
    """Read the options, play, report, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--size", type=int, default=384)
    parser.add_argument("--folder", type=Path, help="keep the campaign, or take it from here")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.folder or Path(scratch) / "campaign"
        if not (folder / "records").exists():
            played(folder, asked.rounds, asked.size)
        knowledge = Campaign.open(folder)._knowledge
        clocks = [(time.perf_counter(), time.process_time())]
        telling = Telling(knowledge)
        assert telling.material.posterior is not None
        clocks.append((time.perf_counter(), time.process_time()))
        path = write_page(telling, folder, lambda doing, share: print(f"{share:4.0%} {doing}"))
        clocks.append((time.perf_counter(), time.process_time()))
        said = ("model", "report")
        for name, before, after in zip(said, clocks[:-1], clocks[1:], strict=True):
            print(f"{name}: {after[0] - before[0]:.1f} s, {after[1] - before[1]:.1f} s of processor time")
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{path.stat().st_size / 1e6:.2f} MB of HTML, {memory:.0f} MB of memory at most")


if __name__ == "__main__":
    main()
