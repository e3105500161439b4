"""Draw a plate of a campaign as SVG: python docs/plate.py CAMPAIGN ROUND OUTPUT.

Each well says what is in it; the colour of a sample says what is expected of it, from dark (little) to
light (much). The picture in the README is round 2 of `bioal demo`.
"""

from __future__ import annotations

import sys
from html import escape
from pathlib import Path

import pandas as pd

from bioal import Campaign
from bioal.plates.rounds import Round
from bioal.plates.wells import ij_from_well, row_name, shape_of_plate

STEP, RADIUS, EDGE = 46, 20, 34
DARK, LIGHT = (46, 64, 112), (250, 217, 110)
ROLES = {"reference": ("#d9dde3", "ref"), "negative": ("#ffffff", "neg"), "blank": ("#ffffff", "blank")}


def shade(share: float) -> tuple[str, str]:
    """Return the colours of a well and of its text; share 0 is dark, 1 is light."""
    mixed = [round(low + share * (high - low)) for low, high in zip(DARK, LIGHT, strict=True)]
    return "#{:02x}{:02x}{:02x}".format(*mixed), "#ffffff" if share < 0.5 else "#1c2333"


def text(
    x: float, y: float, said: str, *, size: int = 12, colour: str = "#1c2333", anchor: str = "middle"
) -> str:
    """Return a text element."""
    place = f'x="{x:.0f}" y="{y:.0f}" font-size="{size}"'
    return f'<text {place} fill="{colour}" text-anchor="{anchor}">{escape(said)}</text>'


def empty(i: int, j: int) -> str:
    """Return the rim of a well."""
    x, y = EDGE + STEP * (j + 0.5), EDGE + STEP * (i + 0.5)
    return f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{RADIUS}" fill="none" stroke="#c9ced6"/>'


def well(round_: Round, sample: pd.Series, shares: pd.Series) -> str:
    """Return the circle and words of one well, with a title that says all of it."""
    i, j = ij_from_well(sample["well"])
    x, y = EDGE + STEP * (j + 0.5), EDGE + STEP * (i + 0.5)
    condition = str(sample["condition"])
    if condition in shares.index:
        (fill, ink), said = shade(float(shares[condition])), condition.partition("-")[2]
    else:
        (fill, said), ink = ROLES[sample["role"]], "#1c2333"
    told = ", ".join(f"{name} {value}" for name, value in round_.conditions.loc[condition].items())
    circle = f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{RADIUS}" fill="{fill}" stroke="#8a93a3"/>'
    title = escape(f"{sample['well']}: {condition}, {told}")
    return f"<g><title>{title}</title>{circle}{text(x, y + 4, said, colour=ink)}</g>"


def drawn(round_: Round, title: str) -> str:
    """Return the first plate of a round as SVG."""
    rows, columns = shape_of_plate(round_.size)
    mean = round_.predictions["mean"].astype(float)
    shares = ((mean - mean.min()) / (mean.max() - mean.min())).fillna(0.5)
    samples = round_.samples[round_.samples["plate"] == round_.plates[0]]
    width, height = EDGE * 2 + STEP * columns, EDGE + STEP * rows + 58
    parts = [text(EDGE + STEP * (j + 0.5), EDGE - 12, str(j + 1)) for j in range(columns)]
    parts += [text(EDGE - 14, EDGE + STEP * (i + 0.5) + 4, row_name(i)) for i in range(rows)]
    parts += [empty(i, j) for i in range(rows) for j in range(columns)]
    parts += [well(round_, sample, shares) for _, sample in samples.iterrows()]
    below = EDGE + STEP * rows + 26
    parts.append(text(EDGE, below, title, size=14, anchor="start"))
    legend = f"dark to light: expected {mean.min():.2g} to {mean.max():.2g} x reference; ref, neg: controls"
    parts.append(text(EDGE, below + 20, legend, anchor="start"))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">'
    frame = f'<rect width="{width}" height="{height}" rx="8" fill="#f7f8fa" stroke="#c9ced6"/>'
    return "\n".join((head, frame, *parts, "</svg>")) + "\n"


def main(folder: str, number: str, output: str) -> None:
    """Draw, and write."""
    campaign = Campaign.open(folder)
    round_ = campaign.rounds[int(number)]
    title = (
        f"{campaign.state.name}, round {number}: {len(round_.predictions)} conditions, three wells of each"
    )
    Path(output).write_text(drawn(round_, title), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
