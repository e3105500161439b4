"""The first page: which campaigns there are, and a new one from a ready protocol or a file of one's own."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import cast

from flask import Response, redirect, request, url_for

from bioal.errors import UsageError
from bioal.protocol.protocol import Protocol, protocol_from_toml
from bioal.protocol.templates import template_text, templates
from bioal.web.house import drawn, house, sent_on
from bioal.web.jobs import Done
from bioal.web.uploads import plain_name


def home() -> Response:
    """Return the only campaign's page, or the list of them with the form for a new one."""
    shelf = house().shelf
    if shelf.single:
        return cast(Response, redirect(url_for("overview", name=next(iter(shelf.folders)))))
    return drawn(
        "home.html", campaigns=tuple(shelf.folders), templates=templates(), root=shelf.root.resolve()
    )


def begin() -> Response:
    """Begin a campaign and show it."""
    with tempfile.TemporaryDirectory(prefix="bioal-protocol-") as scratch:
        name = house().shelf.begin(request.form.get("name", ""), _protocol(Path(scratch)))
    with house().shelf.opened(name) as campaign:
        found = campaign.protocol
    said = f"Began '{name}': {len(found.factors)} factors, {found.space.count()} conditions."
    return sent_on(Done("overview", {"name": name}, (said,), found.notes))


def _protocol(scratch: Path) -> Protocol | Path:
    """Return the protocol that was chosen: a dropped file, kept in `scratch`, or a ready one."""
    dropped = request.files.get("protocol")
    if dropped is not None and dropped.filename:
        path = scratch / plain_name(dropped.filename)
        dropped.save(path)
        return path
    asked = request.form.get("template", "")
    if not asked:
        raise UsageError("Choose a ready protocol, or drop a protocol of your own (a workbook or TOML file).")
    return protocol_from_toml(template_text(asked), source=f"{asked}.toml")


ROUTES = (("/", "home", home, ("GET",)), ("/begin", "begin", begin, ("POST",)))
