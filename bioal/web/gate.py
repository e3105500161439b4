"""Who is let in: this computer's own browser, on the address with the token, with requests of bounded size.

A page of another site can make a browser send requests here, or give its own name this computer's address
(DNS rebinding). The first is known by its Origin, the second by its Host; neither knows the token, which is
part of every path. What goes out may load, run and send nothing from or to elsewhere.
"""

from __future__ import annotations

import html
import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

METHODS = ("GET", "HEAD", "POST")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)


class Gate:
    """The pages behind the token; everything else is refused in one sentence.

    Parameters
    ----------
    inside
        What answers requests that are let in; it finds the token in `SCRIPT_NAME`.
    port
        Where it is served, on 127.0.0.1.
    largest
        The most bytes that a request may bring.
    """

    def __init__(self, inside: WSGIApplication, *, port: int, largest: int) -> None:
        self.token = secrets.token_urlsafe(24)
        self._inside, self._largest = inside, largest
        self._hosts = frozenset(f"{name}:{port}" for name in ("127.0.0.1", "localhost"))
        self._once = secrets.token_urlsafe(24)
        self.address = f"http://127.0.0.1:{port}/{self.token}/"
        # Other users of this computer can see a browser's command line: what stands there works once.
        self.opening = f"http://127.0.0.1:{port}/{self._once}"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        refused = self._refusal(environ)
        if refused is not None:
            return _said(start_response, *refused)
        first, _, rest = str(environ.get("PATH_INFO", "")).removeprefix("/").partition("/")
        if _same(first, self._once) and self._once:
            self._once = ""
            start_response("303 See Other", [("Location", f"/{self.token}/"), *HEADERS])
            return [b""]
        if not _same(first, self.token):
            said = "This address is not whole. Use the one that bioal printed when it started."
            return _said(start_response, "403 Forbidden", said)
        environ["SCRIPT_NAME"], environ["PATH_INFO"] = f"/{self.token}", f"/{rest}"
        return self._inside(environ, start_response)

    def _refusal(self, environ: WSGIEnvironment) -> tuple[str, str] | None:
        """Return status and sentence for a request that is not let in whatever its path."""
        host, origin = str(environ.get("HTTP_HOST", "")), environ.get("HTTP_ORIGIN")
        method = str(environ.get("REQUEST_METHOD", ""))
        if host not in self._hosts:
            return "403 Forbidden", "bioal answers only at the address that it printed, on this computer."
        if method not in METHODS:
            return "405 Method Not Allowed", "bioal's pages are read, and forms are sent; nothing else."
        # A browser names the origin of every form that it sends.
        if (origin is not None or method == "POST") and origin != f"http://{host}":
            return "403 Forbidden", "This request came from a page that is not bioal's."
        length = str(environ.get("CONTENT_LENGTH") or "0")
        if not length.isascii() or not length.isdigit() or int(length[:20]) > self._largest:
            most = self._largest // 1_000_000
            return "413 Content Too Large", f"This is more than bioal takes at once: {most} MB at most."
        return None


def _same(given: str, wanted: str) -> bool:
    return secrets.compare_digest(given.encode("utf-8", "replace"), wanted.encode("utf-8"))


def _said(start_response: StartResponse, status: str, sentence: str) -> list[bytes]:
    body = f'<!DOCTYPE html><html lang="en"><title>bioal</title><p>{html.escape(sentence)}</p></html>'
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Security-Policy", POLICY), *HEADERS]
    start_response(status, headers)
    return [body.encode("utf-8")]
