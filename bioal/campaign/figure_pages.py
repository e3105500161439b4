"""A report's numbers as the pages of a workbook: the same sections, figures and words as the HTML."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from bioal.campaign.figure_pages_of_factors import factor_pages
from bioal.campaign.figure_pages_of_plates import plate_pages
from bioal.report.charts import BINS
from bioal.report.findings import Findings, advice_of, remaining_in_words
from bioal.report.page import NOT_YET
from bioal.report.parity import NOTHING_LEARNT, Parity
from bioal.report.words import between, on_scale, shown
from bioal.sheets.figures import ACCENT, PALE, QUIET, SECOND, Block, Drawing, FigurePage, Mark, Series, Table

LOW, HIGH = "down to low", "up to high"
BEYOND = 0.35  # of a round's width: where the wells of a round begin
_KINDS: tuple[tuple[str, bool, Mark, str], ...] = (
    ("held", True, "dots", ACCENT),
    ("outside its interval", False, "crosses", SECOND),
)
COLUMNS = {"mean": "Mean", "low": "Low", "high": "High"}


def figure_pages(found: Findings) -> tuple[FigurePage, ...]:
    """Return the pages of a report's workbook, in order; the figures follow with the first results."""
    why = _why(found)
    if found.outlook is None:
        return (FigurePage("Summary", _title(found), (Block("", NOT_YET),)), *why)
    return (
        _summary(found),
        _progress(found),
        _remaining(found),
        *_predictions(found),
        *factor_pages(found),
        *why,
        *plate_pages(found),
    )


def _title(found: Findings) -> str:
    return f"{found.material.name}, round {found.round}"


def _summary(found: Findings) -> FigurePage:
    material, outlook = found.material, found.outlook
    assert outlook is not None  # asked for only where there are results
    one = material.belief(material.best)
    mean = on_scale(shown(one.mean, one.reach), material.unit)
    what, why = advice_of(outlook, material.unit)
    said = found.changes.sentences if found.changes is not None else ()
    checks = pd.DataFrame(
        {
            "Check": [each.check for each in found.health],
            "Found": ["All well" if each.well else "Look" for each in found.health],
            "In words": [each.words for each in found.health],
        }
    ).sort_values("Found", ascending=False, kind="stable")
    blocks = (
        Block(
            f"Best so far: {material.best}, {mean} (90 % interval {between(one.low, one.high)})",
            material.text(material.best),
        ),
        Block(f"Stop or go on? {what}", f"{why} {remaining_in_words(outlook, material.unit)}"),
        Block("What changed", " ".join(said)),
        Block("Health", "", (Table(checks),)),
        *([Block("What the model noticed", " ".join(material.notes))] if material.notes else []),
    )
    return FigurePage("Summary", _title(found), blocks, whole=True)


def _progress(found: Findings) -> FigurePage:
    title = found.material.title
    best, chance = (_with_lengths(table) for table in (found.progress.best, found.progress.random))
    wells = found.progress.wells
    wells = pd.DataFrame({"round ": wells["round"] - BEYOND + wells["place"] / 2, "Well": wells["value"]})
    best = best.assign(place=best["round"] + 0.25).rename(columns={"place": "drawn at", "condition": "Best"})
    chance = chance.assign(place=chance["round"] + 0.36).rename(columns={"place": "drawn at"})
    lengths = {"below": LOW, "above": HIGH}
    series = (
        Series("wells", "round ", "Well", 2, "dots", QUIET),
        Series("random search", "drawn at", "Mean", 1, "dashed", SECOND, **lengths),
        Series("best so far", "drawn at", "Mean", 0, "both", ACCENT, **lengths),
    )
    words = (
        "Line: the best condition of all rounds so far, as known today, with its 90 % interval. Dashed: the"
        " true best to expect of as many conditions drawn at random. Dots: all wells. Tables from left to"
        " right: best so far, random search; beside the printed page: wells."
    )
    helping = (LOW, HIGH, "drawn at")
    tables = (Table(best, aside=helping), Table(chance, aside=helping), Table(wells, printed=False))
    block = Block("", words, tables, Drawing("scatter", "round", title, series))
    return FigurePage("Progress", f"Progress, {title}", (block,))


def _with_lengths(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with the lengths of its error bars, under headings for people."""
    lengths = {LOW: table["mean"] - table["low"], HIGH: table["high"] - table["mean"]}
    return table.assign(**lengths).rename(columns=COLUMNS)


def _remaining(found: Findings) -> FigurePage:
    material, outlook = found.material, found.outlook
    assert outlook is not None  # asked for only where there are results
    counts, edges = np.histogram(outlook.gains, bins=BINS, range=(0.0, float(outlook.gains.max()) or 1.0))
    unit = material.unit or material.title
    table = pd.DataFrame({"from": edges[:-1], "to": edges[1:], "probability": counts / counts.sum()})
    gain = [f"{middle:.3g}" for middle in (edges[:-1] + edges[1:]) / 2]
    table.insert(0, "gain", gain)
    series = (Series("probability", "gain", "probability", 0, "both", ACCENT),)
    drawing = Drawing("columns", f"possible gain over the best so far, {unit}", "probability", series)
    words = remaining_in_words(outlook, material.unit)
    block = Block("", words, (Table(table),), drawing)
    return FigurePage("Still to be found", "What is still to be found", (block,), whole=True, landscape=False)


def _predictions(found: Findings) -> Iterable[FigurePage]:
    blocks = []
    if found.parity is not None:
        blocks.append(_left_out(found.parity, found.material.title))
    wells = found.scoreboard.wells
    if len(wells):
        blocks += _scoreboard(found)
    if blocks:
        # Upright, for the long tables: a chart leaves room for many of their rows.
        yield FigurePage("Predictions", "Predictions against results", tuple(blocks), landscape=False)


def _left_out(parity: Parity, title: str) -> Block:
    table = _with_lengths(parity.table.rename(columns={"predicted": "mean"}))
    table = table.rename(columns={"measured": "Measured", "Mean": "Predicted"})
    more = "better" if parity.gain > 0 else "worse"
    score = (
        f"Mean log score: {abs(parity.gain):.2f} ± {parity.error:.2f} {more} than that of the average alone."
    )
    words = f"{parity.words if parity.learnt else NOTHING_LEARNT} {score}"
    series = (
        Series("results", "Measured", "Predicted", 0, "dots", ACCENT, LOW, HIGH),
        Series("equal", "ends", "equal", 1, "dashed", QUIET),
    )
    drawing = Drawing("scatter", f"measured {title}", "predicted from all other conditions", series, 22)
    ends = _ends(parity.table["measured"], parity.table["predicted"])
    return Block(
        "What the model knows: each condition left out in turn",
        words,
        (Table(table, aside=(LOW, HIGH)), ends),
        drawing,
    )


def _ends(*values: pd.Series) -> Table:
    everything = pd.concat(values)
    ends = [float(everything.min()), float(everything.max())]
    return Table(pd.DataFrame({"ends": ends, "equal": ends}), printed=False)


def _scoreboard(found: Findings) -> list[Block]:
    board, title = found.scoreboard, found.material.title
    names = {"predicted": "Predicted", "measured": "Measured", "low": "Low", "high": "High"}
    columns = ["condition", "round", "predicted", "low", "high", "measured", "error", "reason"]
    inside = board.wells["inside"].astype(bool)
    everything = board.wells[columns].rename(columns=names)
    everything.insert(len(names) + 2, "held", ["yes" if one else "no" for one in inside])
    tables = [Table(everything)]
    series: list[Series] = []
    for name, kept, mark, colour in _KINDS:
        own = board.wells.loc[inside if kept else ~inside, columns].rename(columns=names)
        if len(own):
            series.append(Series(name, "Measured", "Predicted", len(tables), mark, colour))
            tables.append(Table(own[["Measured", "Predicted"]], printed=False))
    series.append(Series("equal", "ends", "equal", len(tables), "dashed", PALE))
    tables.append(_ends(board.wells["measured"], board.wells["predicted"]))
    drawing = Drawing("scatter", f"measured {title}", "predicted before the round", tuple(series), 22)
    by_round = board.rounds.rename(columns={"inside": "share that held", "error": "root mean square error"})
    return [
        Block("Scoreboard of the rounds", board.words, (Table(by_round),)),
        Block("Predictions made before each round", "", tuple(tables), drawing),
    ]


def _why(found: Findings) -> tuple[FigurePage, ...]:
    if found.why is None:
        return ()
    why, material = found.why, found.material
    columns = {"reason": "Reason", **COLUMNS, "nearest": "Nearest measured", "distance": "Distance"}
    table = why[list(columns)].rename(columns=columns)
    table.insert(0, "Condition", [str(one) for one in why.index])
    table.insert(1, "What it is", [material.text(str(one)) for one in why.index])
    table = table.assign(Difference=why["differs"])
    words = (
        f"What was predicted of each condition of round {found.round} before it was measured,"
        f" {material.title}, with the ends of the 90 % interval, and the most similar condition that"
        " was known then. Distance 0 is the same condition, 1 the opposite corner of all factors."
    )
    return (FigurePage("Why these wells", "Why these wells", (Block("", words, (Table(table),)),)),)
