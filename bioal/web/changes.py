"""Changing one's mind: replicates that contradict each other, steps taken back."""

from __future__ import annotations

from typing import cast

from flask import Response, redirect, request, url_for

from bioal.campaign.steps import steps_of, words_of
from bioal.errors import UsageError
from bioal.measurements.outliers import Conflict
from bioal.report.words import counted
from bioal.web.house import STALE, campaign_of, drawn, is_stale, sent_on
from bioal.web.jobs import Done


def replicates_page(name: str) -> Response:
    """Return the replicates that contradict each other, and what was said about each."""
    return _replicates(name, ())


def _replicates(name: str, lines: tuple[str, ...], chosen: tuple[str, ...] = ()) -> Response:
    with campaign_of(name) as campaign:
        found: tuple[Conflict, ...] = campaign.observations.attrs.get("conflicts", ())
        notes = campaign.observations.attrs.get("notes", ())
        readout, head = campaign.protocol.readout, campaign.state.head
    return drawn(
        "replicates.html",
        409 if lines else 200,
        name=name,
        conflicts=found,
        notes=notes,
        readout=readout,
        head=head,
        lines=lines,
        chosen=chosen,
        reason=request.form.get("reason", ""),
    )


def exclude(name: str) -> Response:
    """Let the chosen wells no longer count."""
    samples = tuple(request.form.getlist("sample"))
    reason = request.form.get("reason", "").strip()
    with campaign_of(name) as campaign:
        stale = is_stale(campaign)
        if not stale:
            _require(samples, reason)
            gone = campaign.exclude(" ".join(samples), reason)
    if stale:
        return _replicates(name, (STALE,), samples)
    verb = "counts" if len(gone) == 1 else "count"
    said = f"{counted(len(gone), 'well')} no longer {verb}: {', '.join(gone)}. Steps takes it back."
    return sent_on(Done("replicates_page", {"name": name}, (said,)))


def _require(samples: tuple[str, ...], reason: str) -> None:
    if not samples:
        raise UsageError("No well was chosen. Go back and tick those that must not count.")
    if not reason:
        raise UsageError("Say why these wells must not count: the reason is recorded with them.")


def steps_page(name: str) -> Response:
    """Return every step of the campaign, the latest first."""
    return _steps(name, ())


def _steps(name: str, lines: tuple[str, ...]) -> Response:
    with campaign_of(name) as campaign:
        steps, head = steps_of(campaign.state), campaign.state.head
    return drawn("steps.html", 409 if lines else 200, name=name, steps=steps[::-1], head=head, lines=lines)


def undo(name: str) -> Response:
    """Take one step back; it stays on file, as undone."""
    number = request.form.get("record", "")
    if not number.isascii() or not number.isdigit() or len(number) > 6:
        return cast(Response, redirect(url_for("steps_page", name=name), 303))
    with campaign_of(name) as campaign:
        stale = is_stale(campaign)
        undone = None if stale else campaign.undo(int(number), request.form.get("reason", "").strip())
    if undone is None:
        return _steps(name, (STALE,))
    said = f"Undone: step {undone.number}, {words_of(undone.body)}."
    return sent_on(Done("steps_page", {"name": name}, (said,)))


ROUTES = (
    ("/c/<name>/replicates", "replicates_page", replicates_page, ("GET",)),
    ("/c/<name>/replicates", "exclude", exclude, ("POST",)),
    ("/c/<name>/steps", "steps_page", steps_page, ("GET",)),
    ("/c/<name>/steps", "undo", undo, ("POST",)),
)
