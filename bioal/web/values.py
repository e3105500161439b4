"""Typing values into a plate: looked over by the same check as a file, then merged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pandas as pd
from flask import Response, request

from bioal.campaign.campaign import Campaign
from bioal.campaign.forms import filled_table, surprises
from bioal.campaign.saying import check_lines, merge_lines, merge_notes
from bioal.campaign.steps import steps_of
from bioal.errors import Locked, Problem, Refused
from bioal.measurements.checking import Checked
from bioal.protocol.objective import Readout
from bioal.web.grids import Posted, grid_of, posted_in, recorded_of, spread
from bioal.web.house import campaign_of, drawn, is_stale, not_here, sent_on
from bioal.web.jobs import Done
from bioal.web.judging import acceptable, accepted, misread, orientations

STALE = (
    "Something else was recorded since this page was opened: {}. What you typed is still here; look at it, "
    "and record it again."
)


@dataclass(frozen=True)
class Sheet:
    """The plate that is typed into."""

    number: int
    plate: str
    readout: Readout
    form: pd.DataFrame  # of this plate
    size: int


@dataclass(frozen=True)
class Said:
    """What is said about what was typed, and how the plate looks then; what is about wells by sample id."""

    texts: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    asked: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


def values_page(name: str, number: int) -> Response:
    """Return a plate with fields to type into."""
    with campaign_of(name) as campaign:
        sheet = _sheet(campaign, number)
        return _page(name, campaign, sheet, Said())


def values(name: str, number: int) -> Response:
    """Record what was typed; or show the plate again, and say why not."""
    with campaign_of(name) as campaign:
        sheet = _sheet(campaign, number)
        posted = posted_in(sheet.form, request.form)
        kept = {**posted.typed, **dict.fromkeys(posted.cleared, "")}
        if request.form.get("do") == "paste":
            return _page(name, campaign, sheet, _pasted(sheet, kept))
        if is_stale(campaign):
            return _page(name, campaign, sheet, _overtaken(campaign, sheet, posted, kept))
        try:
            said = _judged(campaign, sheet, posted, kept)
        except Locked as error:
            said = Said(kept, lines=tuple(str(error).splitlines()), status=423)
        if isinstance(said, Done):
            return sent_on(replace(said, where={"name": name, **said.where}))
        return _page(name, campaign, sheet, said)


def _sheet(campaign: Campaign, number: int) -> Sheet:
    """Return the plate and readout that the address names; the first where it names none."""
    if number not in campaign.rounds:
        not_here()
    readouts = campaign.state.protocol_of(number).readouts
    named = request.values.get("readout") or readouts[0].name
    readout = next((one for one in readouts if one.name == named), None) or not_here()
    form = campaign.form(number, readout.name)
    plate = request.values.get("plate") or str(form["plate"].iloc[0])
    own = form[form["plate"] == plate]
    if own.empty:
        not_here()
    return Sheet(number, plate, readout, own, campaign.rounds[number].size)


def _page(name: str, campaign: Campaign, sheet: Sheet, said: Said) -> Response:
    return drawn(
        "values.html",
        said.status,
        name=name,
        sheet=sheet,
        head=campaign.state.head,
        grid=grid_of(sheet.form, sheet.size, said.texts, said.marks),
        told=said,
        accept=acceptable(said.problems),
        already=accepted(),
        turned=misread(said.problems),
        plates=campaign.rounds[sheet.number].plates,
        readouts=campaign.state.protocol_of(sheet.number).readouts,
        block=request.form.get("block", "") if said.status != 200 else "",
    )


def _pasted(sheet: Sheet, kept: Mapping[str, str]) -> Said:
    """Return the plate with a pasted block in its fields; nothing is recorded."""
    found, lost = spread(request.form.get("block", ""), request.form.get("at", ""), sheet.form, sheet.size)
    lines = [f"{len(found)} pasted values stand in the plate now; nothing is recorded yet."]
    if lost:
        more = f" and {len(lost) - 6} more" if len(lost) > 6 else ""
        where = ", ".join(lost[:6])
        lines.append(f"{len(lost)} values fell on places without a sample and were left out: {where}{more}.")
    return Said({**kept, **found}, lines=tuple(lines))


def _overtaken(campaign: Campaign, sheet: Sheet, posted: Posted, kept: Mapping[str, str]) -> Said:
    """Return the plate as it is recorded now with what was typed; a well that both changed is marked."""
    now = recorded_of(sheet.form)
    both = {one: now[one] for one in kept if now[one] != posted.was.get(one, "") and now[one] != kept[one]}
    marks = {one: f"meanwhile {text} was recorded here" for one, text in both.items()}
    latest = str(steps_of(campaign.state)[-1]).split(maxsplit=3)[-1]
    return Said(kept, marks, (STALE.format(latest),), status=409)


def _judged(campaign: Campaign, sheet: Sheet, posted: Posted, kept: Mapping[str, str]) -> Said | Done:
    """Return what the check says of what was typed or, where it is sound and to be recorded, the merge."""
    cleared = _cleared_words(sheet, posted)
    table, cells = filled_table(sheet.form, sheet.readout.heading, posted.typed)
    accept, ways = accepted(), orientations()
    try:
        found = campaign.check(table, accept=accept, into=sheet.number, orientation=ways)
    except Refused as error:
        return Said(kept, lines=cleared, problems=error.items, status=422)
    asked = surprises(sheet.form, found.readings, sheet.readout.unit)
    fresh = {one: words for one, words in asked.items() if f"{one}={posted.texts[one]}" not in _seen()}
    lines = (*cleared, *(() if found.problems else check_lines(found)))
    if found.problems or fresh or request.form.get("do") != "record":
        marks = {**fresh, **_marks(found, cells)}
        status = 422 if found.problems else 200
        return Said(kept, marks, lines, found.problems, found.warnings, _asked(asked, posted), status)
    merged = campaign.merge(table, accept=accept, into=sheet.number, orientation=ways)
    where = {"number": sheet.number, "plate": sheet.plate, "readout": sheet.readout.name}
    return Done("values_page", where, (*cleared, *merge_lines(merged)), merge_notes(merged))


def _cleared_words(sheet: Sheet, posted: Posted) -> tuple[str, ...]:
    if not posted.cleared:
        return ()
    wells = ", ".join(str(sheet.form.at[one, "well"]) for one in posted.cleared)
    return (
        f"A blank never erases: {wells} keep what is recorded. Type spoiled where a well must not count.",
    )


def _seen() -> frozenset[str]:
    """Return the surprising values that were asked about before: `sample=text`."""
    return frozenset(request.form.getlist("seen"))


def _asked(asked: Mapping[str, str], posted: Posted) -> dict[str, str]:
    return {f"{one}={posted.texts[one]}": words for one, words in asked.items()}


def _marks(found: Checked, cells: Mapping[str, str]) -> dict[str, str]:
    """Return the problem of each well that has one."""
    by_cell = {problem.cell: f"{problem.found}; {problem.remedy}" for problem in found.problems}
    return {sample: by_cell[cell] for sample, cell in cells.items() if cell in by_cell}


ROUTES = (
    ("/c/<name>/rounds/<int:number>/values", "values_page", values_page, ("GET",)),
    ("/c/<name>/rounds/<int:number>/values", "values", values, ("POST",)),
)
