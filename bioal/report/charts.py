"""The charts of a report, drawn from its numbers: progress, what is left, parity, scoreboard, importance."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bioal.cards import shortened
from bioal.markup import Markup, joined, tag
from bioal.report.frames import Frame, drawing, frame_of, label, scale_over
from bioal.report.parity import Parity
from bioal.report.progress import Progress
from bioal.report.stopping import Outlook
from bioal.report.words import between, counted, percent, shown

BINS = 24


def progress_chart(progress: Progress, title: str) -> Markup:
    """Return the best by round with its interval, all wells as dots, and random search beside it."""
    best, wells, chance = progress.best, progress.wells, progress.random
    values = [*wells["value"], *best["low"], *best["high"], *chance["low"], *chance["high"]]
    rounds = best["round"].tolist()
    reach = scale_over([rounds[0] - 0.6, rounds[-1] + 0.6], 0, 1)
    frame = frame_of(reach, scale_over(values, 0, 1))
    last, other = best.iloc[-1], chance.iloc[-1] if len(chance) else None
    words = (
        f"After round {rounds[-1]} the best has {shown(last['mean'])} ({between(last['low'], last['high'])})."
    )
    if other is not None:
        words += f" As many random conditions would be expected to have {shown(other['mean'])}."
    ticks = [(float(one), f"round {one}") for one in rounds] if len(rounds) < 9 else None
    parts = [
        frame.axes("" if ticks else "round", title, ticks=ticks),
        frame.dots(wells["round"] - 0.35 + 0.5 * wells["place"], wells["value"], "well"),
        frame.line(chance["round"] + 0.36, chance["mean"], "second line dashed"),
        frame.whiskers(chance["round"] + 0.36, chance["low"], chance["high"], "second whisker"),
        frame.dots(chance["round"] + 0.36, chance["mean"], "second dot"),
        frame.line(best["round"] + 0.25, best["mean"], "accent line"),
        frame.whiskers(best["round"] + 0.25, best["low"], best["high"], "accent whisker"),
        frame.dots(best["round"] + 0.25, best["mean"], "accent dot"),
        _key(frame, [("accent", "best so far"), ("second", "random search"), ("well", "wells")]),
    ]
    return drawing("progress", "Progress by round", words, frame.width, frame.height, *parts)


def _key(frame: Frame, entries: list[tuple[str, str]]) -> Markup:
    """Return what the colours mean, in the upper right corner."""
    parts, x = [], frame.x.stop - sum(7 * len(text) + 28 for _, text in entries)
    for class_, text in entries:
        parts.append(tag("path", d=f"M{x + 6:.0f} 12h0", class_=f"{class_} dot"))
        parts.append(label(x + 14, 16, text, "small"))
        x += 7 * len(text) + 28
    return joined(parts)


def remaining_chart(found: Outlook, title: str) -> Markup:
    """Return how much better than the best so far the best of all may be, as a histogram of paths."""
    counts, edges = np.histogram(found.gains, bins=BINS, range=(0.0, float(found.gains.max()) or 1.0))
    shares = counts / counts.sum()
    frame = frame_of(scale_over([0.0, edges[-1]], 0, 1, zero=True), scale_over([0, *shares], 0, 1, zero=True))
    low, high = found.interval
    above = f"{shown(found.noise)} percentage points" if found.of_chances else "the noise"
    words = (
        f"90 % interval {between(low, high)}; probability of a gain above {above} {percent(found.chance)}."
    )
    places = zip(edges[:-1], edges[1:], shares, strict=True)
    bars = [
        _bar(frame, left, right, share, strong=low <= (left + right) / 2 <= high)
        for left, right, share in places
        if share
    ]
    top = frame.y.stop + 12
    marks = (
        [frame.whiskers([found.noise], [0], [frame.y.high], "second line dashed")]
        if _seen(frame, found)
        else []
    )
    if marks:
        marks.append(label(frame.x(found.noise) + 5, top, "scatter of a good condition's wells", "small"))
    axes = frame.axes(f"possible gain over the best so far, {title}", "probability")
    return drawing(
        "remaining", "What is still to be found", words, frame.width, frame.height, axes, *bars, *marks
    )


def _bar(frame: Frame, left: float, right: float, share: float, *, strong: bool) -> Markup:
    return tag(
        "rect",
        x=frame.x(left) + 0.5,
        y=frame.y(share),
        width=max(frame.x(right) - frame.x(left) - 1, 0.5),
        height=frame.y.start - frame.y(share),
        class_="accent fill" if strong else "pale fill",
    )


def _seen(frame: Frame, found: Outlook) -> bool:
    return not found.of_chances and frame.x.low <= found.noise <= frame.x.high


def parity_chart(parity: Parity, title: str) -> Markup:
    """Return left-out predictions with their intervals against measurements."""
    table = parity.table
    both = scale_over([*table["measured"], *table["predicted"]], 0, 1)
    frame = frame_of(both, both, width=460, height=420)
    parts = [
        frame.axes(f"measured {title}", "predicted from all other conditions"),
        frame.line([both.low, both.high], [both.low, both.high], "muted line dashed"),
    ]
    if len(table) <= 400:
        inside = table["low"].clip(both.low, both.high), table["high"].clip(both.low, both.high)
        parts.append(frame.whiskers(table["measured"], *inside, "accent whisker thin"))
    parts.append(frame.dots(table["measured"], table["predicted"], "accent dot small"))
    words = f"{counted(len(table), 'result')}. {parity.words}"
    return drawing("parity", "Predicted against measured", words, frame.width, frame.height, *parts)


def scoreboard_chart(wells: pd.DataFrame, title: str) -> Markup:
    """Return what was predicted before each round against what came back."""
    both = scale_over([*wells["measured"], *wells["predicted"]], 0, 1)
    frame = frame_of(both, both, width=460, height=420)
    inside = wells[wells["inside"].astype(bool)]
    outside = wells[~wells["inside"].astype(bool)]
    parts = [
        frame.axes(f"measured {title}", "predicted before the round"),
        frame.line([both.low, both.high], [both.low, both.high], "muted line dashed"),
        frame.dots(inside["measured"], inside["predicted"], "accent dot small"),
        crosses(frame, outside["measured"], outside["predicted"]),
        label(
            frame.x.start + 8,
            frame.y.stop + 14,
            "dot: prediction held; cross: outside its interval",
            "small",
        ),
    ]
    words = f"{len(inside)} of {counted(len(wells), 'prediction')} held."
    return drawing("scoreboard", "Predictions and results", words, frame.width, frame.height, *parts)


def crosses(frame: Frame, xs: pd.Series, ys: pd.Series) -> Markup:
    """Return a cross at each place."""
    places = zip(map(frame.x, xs), map(frame.y, ys), strict=True)
    steps = "".join(f"M{x - 3:.1f} {y - 3:.1f}l6 6m0-6l-6 6" for x, y in places)
    return tag("path", class_="second cross", d=steps)


def importance_chart(importance: pd.DataFrame) -> Markup:
    """Return the total index of each factor as a bar with its interval."""
    kept = importance[importance["total"].notna()]
    step, left, width = 26.0, 190.0, 640.0
    most = max(float(kept["high"].max()), 0.05) if len(kept) else 1.0
    parts: list[Markup] = []
    for at, (name, row) in enumerate(kept.iterrows()):
        y, reach = 8 + step * at, (width - left - 70) / most
        parts.append(label(left - 8, y + 15, shortened(str(name), 26), "end"))
        parts.append(
            tag(
                "rect",
                x=left,
                y=y + 3,
                width=max(row["total"] * reach, 0.5),
                height=step - 10,
                class_="accent fill",
            )
        )
        ends = f"M{left + row['low'] * reach:.1f} {y + 11:.1f}H{left + row['high'] * reach:.1f}"
        parts.append(tag("path", d=ends, class_="whisker strong"))
        parts.append(label(left + row["high"] * reach + 6, y + 15, percent(row["total"]), "small"))
    first = f"{kept.index[0]} matters most, {percent(kept['total'].iloc[0])}." if len(kept) else "No factor."
    return drawing("importance", "Importance of each factor", first, width, 14 + step * len(kept), *parts)
