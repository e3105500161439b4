"""The sections of the page that hold many figures: predictions, factors, plates."""

from __future__ import annotations

import pandas as pd

from bioal.markup import Markup, joined, tag
from bioal.report.charts import importance_chart, parity_chart, scoreboard_chart
from bioal.report.charts_of_factors import contour_chart, curve_chart, interaction_chart
from bioal.report.charts_of_plates import condition_map, value_map
from bioal.report.effects import Effects
from bioal.report.findings import Findings
from bioal.report.frames import scale_over
from bioal.report.material import Material
from bioal.report.parity import NOTHING_LEARNT, Parity
from bioal.report.parts import figure, folded, section, table
from bioal.report.plate_maps import PlateMap
from bioal.report.words import percent

ROUNDS = {
    "round": "Round",
    "conditions": "Predictions",
    "inside": "Share that held",
    "bias": "Result less prediction",
    "error": "Root mean square error",
}
WELLS = {
    "condition": "Condition",
    "round": "Round",
    "predicted": "Predicted",
    "low": "Low",
    "high": "High",
    "measured": "Measured",
    "reason": "Reason",
}
LEFT_OUT = {name: text for name, text in WELLS.items() if name != "reason"}


def parity_section(findings: Findings) -> Markup:
    """Return what was predicted against what was measured; nothing where there is neither."""
    parts = []
    if findings.parity is not None:
        parts.append(_left_out(findings.parity, findings.material))
    board = findings.scoreboard
    if len(board.wells):
        numbers = joined(
            [
                table(_in_percent(board.rounds), "Predictions by round", ROUNDS),
                folded("Well by well", table(board.wells, "Predicted and measured", WELLS)),
            ]
        )
        caption = f"Each prediction as it was made, before its round. {board.words}"
        parts += [
            tag("h3", "Predictions made before each round"),
            figure(caption, scoreboard_chart(board.wells, findings.material.title), None),
            numbers,
        ]
    return section("parity", "Predictions against results", *parts) if parts else Markup("")


def _in_percent(rounds: pd.DataFrame) -> pd.DataFrame:
    return rounds.assign(inside=[percent(share) for share in rounds["inside"]])


def _left_out(parity: Parity, material: Material) -> Markup:
    caption = (
        "Each condition, left out in turn and predicted from all others, with the 90 % interval of a"
        " measurement. On the dashed line, prediction and result are equal."
    )
    numbers = table(parity.table, "Left out in turn", LEFT_OUT)
    score = f"{abs(parity.gain):.2f} ± {parity.error:.2f}"
    more = "better" if parity.gain > 0 else "worse"
    said = f"Mean log score: {score} {more} than that of the average alone."
    words = tag("p", tag("strong", NOTHING_LEARNT)) if not parity.learnt else tag("p", parity.words)
    chart = figure(caption, parity_chart(parity, material.title), numbers)
    return joined([tag("h3", "What the model knows"), words, tag("p", said, class_="muted"), chart])


def effects_section(findings: Findings) -> Markup:
    """Return what each factor does; nothing before there are results."""
    effects, material = findings.effects, findings.material
    if effects is None:
        return Markup("")
    headings = {one.name: one.heading for one in material.protocol.factors}
    parts = [_importance(effects), tag("h3", "Response to each factor"), _curves(effects, material, headings)]
    if len(effects.interactions) > 1:
        caption = (
            "What the joint change of two factors does beyond their single changes, in percent of all"
            " differences"
            " between allowed conditions."
        )
        shown_table = effects.interactions.rename_axis("Factor").reset_index()
        columns = {str(name): str(name) for name in shown_table.columns}
        numbers = table(shown_table, "Interactions as shares", columns)
        chart = interaction_chart(effects.interactions)
        parts += [tag("h3", "Interactions"), figure(caption, chart, numbers)]
    if effects.contour is not None:
        caption = (
            "Predicted mean over the two most important factors, all others as in the best condition (ring)."
            " Dots: levels that were measured, whatever the other factors. Grey: not allowed."
        )
        chart = contour_chart(effects.contour, headings, material.title)
        parts += [tag("h3", "Around the best condition"), figure(caption, chart)]
    return section("effects", "What the factors do", *parts)


def _importance(effects: Effects) -> Markup:
    caption = (
        "Share of the differences between all allowed conditions that depends on each factor, alone or"
        " together"
        " with others (total Sobol index), with its 90 % interval. Shares add up to more than 100 %"
        " where factors"
        " interact."
    )
    frame = effects.importance.rename_axis("factor").reset_index()
    headings = {
        "factor": "Factor",
        "total": "Total index",
        "low": "Low",
        "high": "High",
        "permutation": "Error added by shuffling it",
    }
    parts = [figure(caption, importance_chart(effects.importance), table(frame, "Importance", headings))]
    alone = list(effects.importance.index[effects.importance["fixed"]])
    if alone:
        parts.append(tag("p", f"Cannot move alone anywhere, so it has no index: {', '.join(alone)}."))
    return joined(parts)


def _curves(effects: Effects, material: Material, headings: dict[str, str]) -> Markup:
    curves = effects.curves
    up = scale_over([*curves["low"], *curves["high"]], 0, 1)
    charts = [
        curve_chart(curve, material.title, headings[str(name)], up, at)
        for at, (name, curve) in enumerate(curves.groupby("factor", sort=False))
    ]
    caption = (
        f"Predicted mean with its 90 % interval when one factor of the best condition ({material.best})"
        " is changed;"
        " the most important factor first. Large dot: its own level. Rings: levels that are not allowed"
        " beside the"
        " others."
    )
    columns = {"factor": "Factor", "value": "Level", "mean": material.title, "low": "Low", "high": "High"}
    numbers = table(curves, "Response curves", columns)
    return figure(caption, tag("div", *charts, class_="pair"), numbers)


def plates_section(findings: Findings) -> Markup:
    """Return the maps of all plates, the latest round's open."""
    latest = max((plate.round for plate in findings.maps), default=0)
    parts = [
        _plate(plate, findings.material, at, open_=plate.round == latest)
        for at, plate in reversed(list(enumerate(findings.maps)))
        if plate.size
    ]
    said = (
        "R, N and B are wells of the reference, the negative control and the blank. A crossed-out well"
        " does not"
        " count. Residual: value less what the model now expects of the condition."
    )
    return section("plates", "Plates", tag("p", said), *parts) if parts else Markup("")


def _plate(plate: PlateMap, material: Material, at: int, *, open_: bool) -> Markup:
    name, title = f"plate-{at}", material.title
    charts = [condition_map(plate, f"{name}-conditions")]
    if material.protocol.readout.normalise == "reference":
        readout = material.protocol.readout
        charts.append(value_map(plate, "reading", f"Reading, {readout.heading}", f"{name}-readings"))
    charts.append(value_map(plate, "value", f"Value, {title}", f"{name}-values"))
    charts.append(value_map(plate, "residual", f"Residual, {title}", f"{name}-residuals", about=0.0))
    said = plate.trend.words if plate.trend is not None else ()
    words = " ".join(said) or "Neither edge nor slope shows in the residuals."
    figures = [tag("figure", chart) for chart in charts]
    return folded(plate.name, tag("p", words), *figures, open_=open_)
