"""How long a round of four 384-well plates takes to lay out, plan and write, worklists and workbook included.

    python -m benchmarks.bench_files [--plates 4] [--protocol txtl_metis]

Prints seconds of each step, the transfers and the peak memory. The protocol is one of the library.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bioal.campaign.benchwork import benchwork, write_worklists
from bioal.campaign.campaign import Campaign
from bioal.protocol.templates import template_text
from bioal.sheets.outgoing import write_round


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Print how long the block took."""
    started = time.perf_counter()
    yield
    print(f"{name:40} {time.perf_counter() - started:6.2f} s")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--plates", type=int, default=4)
    parser.add_argument("--protocol", default="txtl_metis")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "p.toml"
        path.write_text(template_text(asked.protocol), encoding="utf-8")
        campaign = Campaign.new(Path(scratch) / "c", path)
        with timed("propose, everything written"):
            proposal = campaign.propose(wells=asked.plates * campaign.protocol.plate.size)
        round_ = proposal.round
        with timed("  of this: transfers and worklists"):
            work = benchwork(campaign.protocol, round_)
        with timed("  of this: worklists onto the disk"):
            write_worklists(Path(scratch) / "lists", work)
        files = [file.name for file in work.files]
        with timed("  of this: workbook"):
            write_round(Path(scratch) / "r.xlsx", campaign.protocol, round_, {}, plan=work.plan, files=files)
    plan = work.plan
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    transfers = plan.transfers if plan else 0
    print(f"{len(round_.samples)} wells on {len(round_.plates)} plates, {transfers} transfers")
    print(f"files: {', '.join(files)}; peak memory {peak:.0f} MB")


if __name__ == "__main__":
    main()
