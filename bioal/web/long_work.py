"""What takes longer than a page may: proposing a round, and drawing the report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

from flask import Response, make_response, redirect, request, url_for

from bioal.acquisition.streaming import Progress
from bioal.campaign.campaign import Campaign
from bioal.campaign.saying import already_words, proposal_words
from bioal.campaign.telling import REPORTS
from bioal.errors import BioalError, UsageError
from bioal.plates.remarks import in_short
from bioal.report.page import POLICY as REPORT_POLICY
from bioal.web.house import STALE, campaign_of, drawn, house, is_stale, not_here, sent_on
from bioal.web.jobs import Done

AT_ONCE = 0.3  # seconds; what ends within needs no page of its own


def propose_page(name: str) -> Response:
    """Return the form for the next round, with the wells that it would take."""
    return _asked(name, request.args.get("conditions", ""), request.args.get("wells", ""), ())


def propose(name: str) -> Response:
    """Propose the next round as it was counted; count first where the numbers were changed."""
    typed = tuple(request.form.get(one, "").strip() for one in ("conditions", "wells"))
    beside = request.form.get("open", "")
    with campaign_of(name) as campaign:
        stale, folder = is_stale(campaign), campaign.folder
        same = request.form.get("counted") == "/".join(typed)
    if stale or not same:
        return _asked(name, typed[0], typed[1], (STALE,) if stale else ())
    conditions, wells = (_number(one) for one in typed)

    def work(progress: Progress) -> Done:
        found = Campaign.open(folder).propose(
            conditions, wells=wells, next_=beside == "next", replace=beside == "replace", progress=progress
        )
        said = proposal_words(found) + (already_words(found) or ", proposed.")
        notes = tuple(map(in_short, found.notes))
        return Done("round", {"name": name, "number": found.number}, (said,), notes)

    return _started(name, "choosing the conditions of the next round", work)


def _asked(name: str, conditions: str, wells: str, lines: tuple[str, ...]) -> Response:
    """Return the form with the arithmetic of what was typed, or why it cannot be counted."""
    typed = (conditions.strip(), wells.strip())
    with campaign_of(name) as campaign:
        head, opened = campaign.state.head, campaign.state.open_round
        merged = opened is not None and campaign.state.merged(opened)
        try:
            plan = campaign.plan(_number(typed[0]), wells=_number(typed[1])).words()
        except BioalError as error:
            plan, lines = "", (*lines, *str(error).splitlines())
    return drawn(
        "propose.html",
        409 if STALE in lines else 422 if lines else 200,
        name=name,
        head=head,
        opened=opened,
        merged=merged,
        plan=plan,
        conditions=typed[0],
        wells=typed[1],
        lines=lines,
    )


def _number(text: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise UsageError(f"'{text[:20]}' is not a whole number of conditions or wells.")
    return int(text)


def report(name: str) -> Response:
    """Draw the report of the latest round and show it."""
    with campaign_of(name) as campaign:
        folder = campaign.folder

    def work(progress: Progress) -> Done:
        path = Campaign.open(folder).report(progress=progress)
        return Done("report_file", {"name": name, "file": path.name})

    return _started(name, "drawing the report", work)


def _started(name: str, title: str, work: Callable[[Progress], Done]) -> Response:
    jobs = house().jobs
    key = jobs.start(name, title, work)
    if jobs.get(key, name).wait(AT_ONCE):
        return job(name, key)
    return cast(Response, redirect(url_for("job", name=name, key=key), 303))


def job(name: str, key: str) -> Response:
    """Return how far a piece of work is, where it has come to, or why it could not be done."""
    try:
        found = house().jobs.get(key, name)
    except KeyError:
        not_here()
    if found.error is not None:
        raise found.error
    if found.done is not None:
        return sent_on(found.done)
    return drawn("job.html", name=name, job=found)


def reports_of(folder: Path) -> dict[str, Path]:
    """Return the reports of a campaign by the names of their files, the latest first."""
    beside = folder / REPORTS
    found = sorted(beside.glob("*.html"), reverse=True) if beside.is_dir() else []
    return {one.name: one for one in found}


def report_file(name: str, file: str) -> Response:
    """Return a report as it was written; it brings its own style and may load nothing else."""
    with campaign_of(name) as campaign:
        found = reports_of(campaign.folder).get(file)
    if found is None:
        not_here()
    answer = make_response(found.read_bytes())
    answer.mimetype = "text/html"
    answer.headers["Content-Security-Policy"] = f"{REPORT_POLICY}; frame-ancestors 'none'"
    if request.args.get("save"):
        answer.headers["Content-Disposition"] = f'attachment; filename="{found.name}"'
    return answer


ROUTES = (
    ("/c/<name>/propose", "propose_page", propose_page, ("GET",)),
    ("/c/<name>/propose", "propose", propose, ("POST",)),
    ("/c/<name>/report", "report", report, ("POST",)),
    ("/c/<name>/reports/<file>", "report_file", report_file, ("GET",)),
    ("/c/<name>/jobs/<key>", "job", job, ("GET",)),
)
