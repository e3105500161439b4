"""What the factors do, as pages of a workbook: importance, responses, interactions, the map of two."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from bioal.protocol.factors import Factor, Numeric
from bioal.report.effects import Contour, Effects
from bioal.report.findings import Findings
from bioal.sheets.figures import ACCENT, SECOND, Block, Drawing, FigurePage, Series, Table

BELOW, ABOVE = "down to low", "up to high"
MOST_ON_A_PAGE = 12  # factors, so that chart and table are still read on one
CELL = 9.5  # width of a cell of a map, in characters


def factor_pages(found: Findings) -> Iterable[FigurePage]:
    """Return the pages that say what the factors do; none before there are results."""
    effects, title = found.effects, found.material.title
    if effects is None:
        return
    yield _importance(effects)
    blocks = tuple(
        _curve(found.material.protocol.factor(str(name)), curve, title)
        for name, curve in effects.curves.groupby("factor", sort=False)
    )
    yield FigurePage("Responses", f"Response to each factor around {found.material.best}", blocks)
    if len(effects.interactions) > 1:
        yield _interactions(effects.interactions)
    if effects.contour is not None:
        headings = {one.name: one.heading for one in found.material.protocol.factors}
        yield _contour(effects.contour, headings, title)


def _importance(effects: Effects) -> FigurePage:
    kept = effects.importance[effects.importance["total"].notna()]
    table = pd.DataFrame(
        {
            "Factor": [str(name) for name in kept.index],
            "Total index": kept["total"].to_numpy(float),
            "Low": kept["low"].to_numpy(float),
            "High": kept["high"].to_numpy(float),
            "Error added by shuffling it": kept["permutation"].to_numpy(float),
        }
    )
    table = table.assign(
        **{BELOW: table["Total index"] - table["Low"], ABOVE: table["High"] - table["Total index"]}
    )
    series = (Series("total index", "Factor", "Total index", 0, "both", ACCENT, BELOW, ABOVE),)
    drawing = Drawing("bars", "", "share of all differences", series, max(8, 3 + 2 * len(table)))
    words = (
        "Share of the differences between all allowed conditions that depends on each factor, alone or"
        " together with others (total Sobol index), with its 90 % interval. Shares add up to more than 1"
        " where factors interact."
    )
    block = Block("", words, (Table(table, aside=(BELOW, ABOVE)),), drawing)
    whole = len(table) <= MOST_ON_A_PAGE
    return FigurePage("Importance", "Importance of each factor", (block,), whole=whole)


def _curve(factor: Factor, curve: pd.DataFrame, title: str) -> Block:
    numeric = isinstance(factor, Numeric)
    levels = [float(text) if numeric and text else text for text in curve["value"]]
    table = pd.DataFrame({"Level": levels, "Mean": curve["mean"], "Low": curve["low"], "High": curve["high"]})
    remarks = zip(curve["best"], curve["allowed"], strict=True)
    table["Remark"] = [_remark(best=best, allowed=allowed) for best, allowed in remarks]
    if numeric and len(table) > 1:
        own = table.loc[curve["best"].to_numpy(bool), ["Level", "Mean"]]
        return _line(factor.heading, table, own.set_axis(["Own level", "Its mean"], axis=1), title)
    lengths = {BELOW: table["Mean"] - table["Low"], ABOVE: table["High"] - table["Mean"]}
    bars = (Series("mean", "Level", "Mean", 0, "both", ACCENT, BELOW, ABOVE),)
    drawing = Drawing("columns", factor.heading, title, bars, 13)
    return Block(factor.heading, "", (Table(table.assign(**lengths), aside=(BELOW, ABOVE)),), drawing)


def _line(heading: str, table: pd.DataFrame, own: pd.DataFrame, title: str) -> Block:
    """Return the response to a number: a line, its interval, and the best condition's own level."""
    series = [
        Series("mean", "Level", "Mean", 0, "both", ACCENT),
        Series("90 % interval: low", "Level", "Low", 0, "dashed", ACCENT),
        Series("high", "Level", "High", 0, "dashed", ACCENT),
    ]
    tables = [Table(table)]
    if len(own):
        series.append(Series("the best condition's level", "Own level", "Its mean", 1, "dots", SECOND))
        tables.append(Table(own, printed=False))
    return Block(heading, "", tuple(tables), Drawing("scatter", heading, title, tuple(series), 13))


def _remark(*, best: bool, allowed: bool) -> str:
    return "the best condition's" if best else ("" if allowed else "not allowed beside the others")


def _interactions(interactions: pd.DataFrame) -> FigurePage:
    shares = (100 * interactions).round(1)
    table = shares.rename_axis("Percent").reset_index()
    table.columns = [str(name) for name in table.columns]
    words = (
        "What the joint change of two factors does beyond their single changes, in percent of all differences"
        " between allowed conditions."
    )
    block = Block("", words, (Table(table, "rising"),))
    return FigurePage("Interactions", "Interactions of two factors", (block,))


def _contour(contour: Contour, headings: dict[str, str], title: str) -> FigurePage:
    # The first row of numbers is that of the largest level, as on the map of the report.
    rows = list(contour.rows)[::-1]
    means = contour.mean[::-1]
    table = pd.DataFrame(means, columns=_distinct(contour.columns))
    table.insert(0, headings[contour.down], rows)
    last = len(rows) - 1
    fills = {(int(i), int(j) + 1): "E9ECEF" for i, j in np.argwhere(~np.isfinite(means))}
    strong = frozenset({(last - contour.best[0], contour.best[1] + 1)})
    words = (
        f"Predicted mean, {title}, over {headings[contour.across]} (across) and"
        f" {headings[contour.down]} (down), all others as in the best condition, whose cell is"
        " underlined. Grey: not allowed."
    )
    block = Block("", words, (Table(table, "rising", fills, strong, CELL),))
    return FigurePage("Around the best", "The two most important factors", (block,), whole=True)


def _distinct(names: tuple[str, ...]) -> list[str]:
    """Return the names of columns; two levels may be written alike."""
    return [f"{name}{' ' * names[:at].count(name)}" for at, name in enumerate(names)]
