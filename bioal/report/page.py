"""The report as one HTML file: nothing is fetched, nothing runs, what people typed is escaped."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bioal.markup import Markup, joined, tag
from bioal.report.charts import progress_chart, remaining_chart
from bioal.report.confirmed import NOT_QUOTED, TOGETHER
from bioal.report.findings import Findings, advice_of, remaining_in_words
from bioal.report.material import Material
from bioal.report.parts import figure, folded, listed, paragraphs, section, table
from bioal.report.sections import effects_section, parity_section, plates_section
from bioal.report.style import stylesheet
from bioal.report.words import RELATIVE, between, counted, on_scale, shown

# Not even a picture may be asked for: a name in a protocol must not become a request.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
NOT_YET = "No results have been merged yet: figures follow with the first of them."


def page(findings: Findings) -> str:
    """Return the whole file."""
    material = findings.material
    sections = [part for part in _sections(findings) if part]
    title = f"{material.name}, round {findings.round}"
    head = tag(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'),
        Markup('<meta name="viewport" content="width=device-width,initial-scale=1">'),
        tag("title", title),
        tag("style", Markup(stylesheet())),
    )
    body = tag(
        "body",
        tag("a", "Skip to the report", href="#report", class_="skip"),
        tag("header", tag("h1", title), tag("p", _subtitle(findings), class_="muted"), _contents(findings)),
        tag("main", *sections, id="report"),
        tag("footer", tag("p", _footer(findings), class_="muted")),
    )
    return f"<!DOCTYPE html>{tag('html', head, body, lang='en')}"


def _subtitle(findings: Findings) -> str:
    material = findings.material
    objective, readout = material.protocol.objective, material.protocol.readout
    rounds = counted(len(material.rounds), "round")
    wells = counted(len(material.values), "well")
    if objective.wish:
        return f"Wanted: {objective.name}: {objective.wish}. {rounds}, {wells} measured."
    aims = {"maximize": "as high as possible", "minimize": "as low as possible"}
    aim = aims.get(objective.direction, f"near {shown(objective.target or 0.0)}")
    name = objective.name if objective.name == readout.name else f"{objective.name} ({readout.name})"
    return f"Wanted: {name} {aim}. {rounds}, {wells} measured."


def _contents(findings: Findings) -> Markup:
    names = {"health": "Health", "progress": "Progress"}
    if findings.parity is not None or len(findings.scoreboard.wells):
        names["parity"] = "Predictions"
    if findings.effects is not None:
        names["effects"] = "Factors"
    names |= {"why": "Why these wells", "plates": "Plates"}
    if findings.outlook is None:
        names = {"why": "Why these wells"}
    links = (tag("li", tag("a", text, href=f"#{name}")) for name, text in names.items())
    return tag("nav", tag("ul", *links), aria_label="Sections")


def _sections(findings: Findings) -> list[Markup]:
    if findings.outlook is None:
        return [tag("p", NOT_YET), _why(findings)]
    return [
        _summary(findings),
        _health(findings),
        _progress(findings),
        parity_section(findings),
        effects_section(findings),
        _why(findings),
        plates_section(findings),
        _notes(findings),
    ]


def _summary(findings: Findings) -> Markup:
    material, found = findings.material, findings.outlook
    assert found is not None  # asked for only where there are results
    one = material.belief(material.best)
    best = tag(
        "div",
        tag("h2", f"Best so far: {material.best}"),
        tag("p", on_scale(shown(one.mean, one.reach), material.unit), class_="big"),
        tag("p", f"90 % interval {between(one.low, one.high)}", class_="muted"),
        tag("p", material.text(material.best)),
        tag("p", NOT_QUOTED, class_="muted") if material.unit == RELATIVE else Markup(""),
        class_="card",
    )
    what, why = advice_of(found, material.unit)
    advice = tag(
        "div",
        tag("h2", "Stop or go on?"),
        tag("p", what, class_="big"),
        tag("p", why),
        tag("p", remaining_in_words(found, material.unit), class_="muted"),
        class_="card",
    )
    changes = findings.changes
    said = paragraphs(changes.sentences) if changes is not None else Markup("")
    cards = tag("div", best, advice, class_="cards")
    return joined([cards, _confirmed(material), tag("h3", "What changed"), said])


def _confirmed(material: Material) -> Markup:
    """Return what a confirmation says; nothing where there is none."""
    found = material.confirmed
    if found is None:
        return Markup("")
    heading = f"Confirmed beside the reference in round {found.round}"
    first = found.folds[0]
    big = [] if first.why else [tag("p", f"{first.condition}: {found.number(first)}", class_="big")]
    parts = [tag("h2", heading), *big, listed(found.words), tag("p", TOGETHER, class_="muted")]
    return tag("div", tag("div", *parts, class_="card"), class_="cards")


def _health(findings: Findings) -> Markup:
    items = []
    for one in sorted(findings.health, key=lambda finding: finding.well):
        words = f" {one.words}" if one.words else " Nothing to mend."
        mark = tag("span", "All well" if one.well else "Look", class_="mark")
        inner = [mark, tag("strong", f"{one.check}:"), words]
        items.append(tag("li", *inner, class_="ok" if one.well else "look"))
    return section("health", "Health", tag("ul", *items, class_="checks"))


def _progress(findings: Findings) -> Markup:
    material, found = findings.material, findings.outlook
    assert found is not None  # asked for only where there are results
    progress = findings.progress
    both = progress.best.merge(progress.random, on=["round", "conditions"], suffixes=("", " of random"))
    headings = {
        "round": "Round",
        "conditions": "Conditions so far",
        "condition": "Best",
        "mean": material.title,
        "low": "Low",
        "high": "High",
        "mean of random": "Random search",
        "low of random": "Low",
        "high of random": "High",
    }
    numbers = table(both, "Best of all conditions measured by each round, as known today", headings)
    caption = (
        "Line: the best condition of all rounds so far, as known today, with its 90 % interval. Dashed:"
        " the true"
        " best to expect of as many conditions drawn at random. Dots: all wells."
    )
    left = (
        "How much better than the best so far the best of all may be: share of the ways the world may"
        " be, given"
        " the results. Within the 90 % interval bars are strong, outside they are pale."
    )
    return section(
        "progress",
        "Progress",
        figure(caption, progress_chart(progress, material.title), numbers),
        tag("h3", "What is still to be found"),
        figure(left, remaining_chart(found, material.unit or material.title)),
    )


def _why(findings: Findings) -> Markup:
    if findings.why is None:
        return Markup("")
    why, headings = _why_table(findings.why, findings.material)
    said = (
        f"What was predicted for each condition of round {findings.round} before it was measured, with"
        " the ends of"
        " the 90 % interval, and the most similar condition that was known then. Distance 0 is the same"
        " condition,"
        " 1 the opposite corner of all factors."
    )
    rows = table(why, f"Conditions of round {findings.round}", headings, most=1536)
    counts = why["reason"].value_counts()
    reasons = ", ".join(f"{count} {reason}" for reason, count in counts.items())
    shown_at_once = len(why) <= 40
    return section(
        "why",
        "Why these wells",
        tag("p", said),
        tag("p", f"Reasons: {reasons}."),
        folded(f"All {counted(len(why), 'condition')}", rows, open_=shown_at_once),
    )


def _why_table(why: pd.DataFrame, material: Material) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the table in texts, and the headings of the columns that say something."""
    reach = (why["high"] - why["low"]) / 2
    each = zip(why["mean"], why["low"], why["high"], reach, strict=True)
    said = [(shown(m, r), between(low, high)) if np.isfinite(r) else ("", "") for m, low, high, r in each]
    table_ = why.assign(
        condition=why.index,
        text=[material.text(str(one)) for one in why.index],
        predicted=[mean for mean, _ in said],
        interval=[interval for _, interval in said],
        similar=[
            f"{one} ({apart:.2f})" if one else ""
            for one, apart in zip(why["nearest"], why["distance"], strict=True)
        ],
    )
    headings = {"condition": "Condition", "text": "What it is", "reason": "Reason"}
    if why["mean"].notna().any():
        headings |= {"predicted": f"Predicted {material.title}", "interval": "90 % interval"}
    if why["nearest"].ne("").any():
        headings |= {"similar": "Nearest measured (distance)", "differs": "Difference"}
    return table_, headings


def _notes(findings: Findings) -> Markup:
    if not findings.material.notes:
        return Markup("")
    return section("notes", "What the model noticed", listed(findings.material.notes))


def _footer(findings: Findings) -> str:
    return (
        "Made by bioal. Means and intervals are a model's belief about the readout without the scatter"
        " of wells;"
        " a fold improvement should be quoted only from a confirmation beside the reference."
    )
