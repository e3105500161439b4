"""Make a published cell-free plate for an Echo, and the same reaction for hands, with all bench files.

The E. coli TXTL mix of Pandi et al. (2022, 10.1038/s41467-022-31245-z) comes with bioal as `txtl_metis`:
thirteen compounds in 20 uL, whole drops of 100 nL. For hands the wells are ten times larger, each stock is
pipetted in at most five volumes, and conditions stand in readable blocks.

    python examples/txtl_plate.py [--folder FOLDER]

Prints the plate map, what has to be prepared, and the first lines of the worklist.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from pathlib import Path

from bioal import Campaign
from bioal.plates.wells import ij_from_well
from bioal.protocol.templates import template_text

CONDITIONS = 8


def for_hands(text: str) -> str:
    """Return the protocol for pipetting by hand: 200 uL in 96 wells, few volumes of each stock, blocks."""
    text = re.sub(r"(?ms)^\[devices\..*?(?=^\[)", "", text)
    text = re.sub(r',? *device = "[^"]*"(?=[ ,}])', "", text)
    text = re.sub(r'(?m)^volume = ".*"$', 'volume = "200 uL"\nvolumes_per_stock = 5', text)
    text = re.sub(r'(?m)^device = ".*"$', 'device = "hand"', text)
    return re.sub(r"(?m)^size = 384$", 'size = 96\nlayout = "by hand"', text)


def plate_map(campaign: Campaign) -> str:
    """Return the first plate of the latest round in letters: condition numbers, R and N for the controls."""
    round_ = campaign.rounds[max(campaign.rounds)]
    on_plate = round_.samples[round_.samples["plate"] == "plate-1"]
    letters = {"reference": "R", "negative": "N", "blank": "B"}
    wells = {
        ij_from_well(str(row.well)): letters.get(str(row.role), str(row.condition)[-2:])
        for row in on_plate.itertuples()
    }
    rows, columns = max(i for i, _ in wells) + 1, max(j for _, j in wells) + 1
    head = "   " + "".join(f"{j + 1:>4}" for j in range(columns))
    body = [
        f"{chr(65 + i):>3}" + "".join(f"{wells.get((i, j), '.'):>4}" for j in range(columns))
        for i in range(rows)
    ]
    return "\n".join([head, *body])


def make(folder: Path, name: str, text: str) -> None:
    """Begin a campaign, propose its first round, and print what the bench gets."""
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    campaign = Campaign.new(folder / name, path)
    proposal = campaign.propose(CONDITIONS)
    plan = proposal.bench.plan
    if plan is None:
        raise SystemExit(f"{name}.toml has no [liquids].")
    print(f"{name}: {proposal.count.words()}")
    print(f"{plan.transfers:,} transfers, {plan.tips:,} tips, about {plan.minutes:.0f} minutes")
    print(plate_map(campaign))
    for path in proposal.worklists[:1]:
        print(f"{path.name}:")
        print("\n".join(path.read_text(encoding="utf-8").splitlines()[:4]))
    print(f"Open {proposal.workbook}\n")


def main(words: list[str] | None = None) -> None:
    """Make both plates."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--folder", type=Path, help="where to write; a temporary folder by default")
    asked = parser.parse_args(words)
    text = template_text("txtl_metis")
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        make(folder, "echo", text)
        make(folder, "hands", for_hands(text))


if __name__ == "__main__":
    main()
