"""What all pages share: campaigns, dropped files, jobs, what is to be said on the next page; and drawing."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NoReturn, cast

from flask import Response, abort, current_app, make_response, redirect, render_template, request, url_for

from bioal.campaign.campaign import Campaign
from bioal.web.jobs import Done, Jobs
from bioal.web.shelf import Shelf
from bioal.web.uploads import Uploads

NAME = "bioal"
MOST = 50  # notices that are kept
STALE = (
    "Something else was recorded since this page was opened. Nothing of yours was recorded, or lost: "
    "look again."
)


@dataclass
class House:
    """The state of this program between requests; a campaign's own state lies in its records."""

    shelf: Shelf
    uploads: Uploads
    jobs: Jobs = field(default_factory=Jobs)
    notices: dict[str, Done] = field(default_factory=dict)


def house() -> House:
    """Return what the pages of this program share."""
    return cast(House, current_app.extensions[NAME])


@contextmanager
def campaign_of(name: str) -> Iterator[Campaign]:
    """Give the campaign of this name; the page is not found where there is none."""
    if name not in house().shelf.folders:
        not_here()
    with house().shelf.opened(name) as campaign:
        yield campaign


def not_here() -> NoReturn:
    """Answer that there is no such page."""
    abort(404)
    raise AssertionError  # abort does not return; without the library's types nobody knows


def drawn(template: str, status: int = 200, **values: object) -> Response:
    """Return a page; what an earlier step left to be said stands on its top."""
    said = house().notices.get(request.args.get("said", ""))
    text = render_template(template, said=said, single=house().shelf.single, **values)
    return make_response(text, status)


def sent_on(done: Done) -> Response:
    """Return the answer that sends the browser to a page on which something is said."""
    key = secrets.token_urlsafe(8)
    notices = house().notices
    notices[key] = done
    for old in list(notices)[:-MOST]:
        notices.pop(old, None)
    return cast(Response, redirect(url_for(done.page, **done.where, said=key), 303))


def is_stale(campaign: Campaign) -> bool:
    """Return whether a form was made before the latest record."""
    return bool(request.form.get("head", "") != campaign.state.head)
