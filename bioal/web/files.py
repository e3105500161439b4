"""A file that was dropped: checked with the same words as at the command line, merged when confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, cast

from flask import Response, redirect, request, send_file, url_for

from bioal.campaign.campaign import Campaign
from bioal.campaign.saying import check_lines, merge_lines, merge_notes
from bioal.errors import Problem, Refused, UsageError
from bioal.measurements.checking import Checked
from bioal.report.words import counted
from bioal.sheets.marked import mark_problems
from bioal.web.house import STALE, campaign_of, drawn, house, is_stale, not_here, sent_on
from bioal.web.jobs import Done
from bioal.web.judging import acceptable, accepted, misread, orientations
from bioal.web.uploads import Upload

BLOCK = 1_000_000
# What may be said of a plate reader's file; the same names as of `Campaign.check`.
OPTIONS = ("plate", "channel", "read", "as_", "range_", "reader")


def drop(name: str) -> Response:
    """Keep a dropped file aside and show what merging it would find."""
    dropped = request.files.get("file")
    if dropped is None or not dropped.filename:
        raise UsageError("No file was chosen. Choose the filled workbook, or drop it on the field.")
    with campaign_of(name):
        said = {one: request.form.get(one, "").strip() for one in OPTIONS}
        known = {one: text for one, text in said.items() if text}
        key = house().uploads.keep(_blocks(dropped.stream), dropped.filename, name, known)
    return cast(Response, redirect(url_for("checked", name=name, key=key), 303))


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    while block := stream.read(BLOCK):
        yield block


def checked(name: str, key: str) -> Response:
    """Return what merging a file would find; nothing is recorded."""
    with campaign_of(name) as campaign:
        return _page(name, key, campaign, _upload(name, key), ())


def merge(name: str, key: str) -> Response:
    """Record what a file brings, as it was confirmed."""
    with campaign_of(name) as campaign:
        upload = _upload(name, key)
        if is_stale(campaign):
            return _page(name, key, campaign, upload, (STALE,))
        if request.form.get("do") not in ("merge", "skip"):
            return _page(name, key, campaign, upload, ())
        try:
            merged = campaign.merge(
                upload.path,
                accept=accepted(),
                into=None,  # the file or its plate says it
                skip_bad=request.form.get("do") == "skip",
                orientation=orientations(),
                **upload.said,
            )
        except Refused:
            return _page(name, key, campaign, upload, ())
    said = merge_lines(merged), merge_notes(merged)
    if merged.round is None:
        return sent_on(Done("overview", {"name": name}, *said))
    return sent_on(Done("round", {"name": name, "number": merged.round}, *said))


def _upload(name: str, key: str) -> Upload:
    try:
        return house().uploads.get(key, name)
    except KeyError:
        not_here()


def _page(name: str, key: str, campaign: Campaign, upload: Upload, lines: tuple[str, ...]) -> Response:
    found = _found(campaign, upload)
    problems = found if isinstance(found, tuple) else found.problems
    sound = found if isinstance(found, Checked) and not problems else None
    stale = bool(lines)
    said = () if sound is None else check_lines(sound)
    count = (f"{counted(len(problems), 'problem')}. Nothing was changed.",) if problems else ()
    return drawn(
        "checked.html",
        409 if stale else 422 if problems else 200,
        name=name,
        key=key,
        file=upload.path.name,
        options=upload.said,
        head=campaign.state.head,
        lines=(*lines, *said, *count),
        problems=problems,
        notes=found.warnings if isinstance(found, Checked) else (),
        mergeable=sound is not None and not sound.nothing_new,
        markable=isinstance(found, Checked) and bool(problems),
        accept=acceptable(problems),
        already=accepted(),
        turned=misread(problems),
        ways=orientations(),
    )


def _found(campaign: Campaign, upload: Upload) -> Checked | tuple[Problem, ...]:
    """Return what the check finds, or why the file cannot even be read."""
    try:
        return campaign.check(
            upload.path, accept=accepted(), into=None, orientation=orientations(), **upload.said
        )
    except Refused as error:
        return error.items


def marked(name: str, key: str) -> Response:
    """Return a copy of a file with its problems marked."""
    with campaign_of(name) as campaign:
        upload = _upload(name, key)
        found = _found(campaign, upload)
        if isinstance(found, tuple) or not found.problems:
            not_here()
        target = upload.path.parent / "marked.xlsx"
        mark_problems(upload.path, target, found.problems)
    title = f"{upload.path.stem} (checked).xlsx"
    return send_file(target, as_attachment=True, download_name=title)


ROUTES = (
    ("/c/<name>/files", "drop", drop, ("POST",)),
    ("/c/<name>/files/<key>", "checked", checked, ("GET",)),
    ("/c/<name>/files/<key>", "merge", merge, ("POST",)),
    ("/c/<name>/files/<key>/marked", "marked", marked, ("GET",)),
)
