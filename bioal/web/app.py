"""The pages put together: which address shows what, and how every refusal is worded."""

from __future__ import annotations

import sys
import traceback

from flask import Flask, Response, make_response
from werkzeug.exceptions import HTTPException

from bioal.errors import BioalError, Locked, NothingNew, Refused, fault_words, unusable_file
from bioal.report.style import stylesheet
from bioal.sheets.preflight import LARGEST_FILE
from bioal.web import begin, changes, files, long_work, overview, values
from bioal.web.gate import HEADERS, POLICY
from bioal.web.house import NAME, House, drawn

LARGEST = LARGEST_FILE + 1_000_000  # a file and the form around it
MOST_TYPED = 4_000_000  # bytes of a form without its files: 1536 wells and a pasted block
STATUS = {Refused: 422, Locked: 423, NothingNew: 200}
WORDS = {
    403: "This is not allowed.",
    404: "There is no such page. Perhaps its file was merged, or bioal was started again since.",
    405: "This page is only read, or only sent.",
    413: f"This is more than bioal takes at once: {LARGEST_FILE // 1_000_000} MB at most.",
}

ROUTES = (*begin.ROUTES, *overview.ROUTES, *values.ROUTES, *files.ROUTES, *changes.ROUTES, *long_work.ROUTES)


def app_of(house: House) -> Flask:
    """Return the pages of these campaigns, to be put behind a gate."""
    app = Flask("bioal.web")
    app.extensions[NAME] = house
    app.config.update(MAX_CONTENT_LENGTH=LARGEST, MAX_FORM_MEMORY_SIZE=MOST_TYPED, MAX_FORM_PARTS=100)
    app.url_map.merge_slashes = False
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    for rule, name, view, methods in ROUTES:
        app.add_url_rule(rule, name, view, methods=methods)
    app.add_url_rule("/style.css", "style", _style)
    app.after_request(_closed)
    app.register_error_handler(BioalError, _refused)
    app.register_error_handler(HTTPException, _not_found)
    app.register_error_handler(OSError, _unusable)
    app.register_error_handler(Exception, _fault)
    return app


def _style() -> Response:
    answer = make_response(stylesheet())
    answer.mimetype = "text/css"
    return answer


def _closed(answer: Response) -> Response:
    answer.headers.setdefault("Content-Security-Policy", POLICY)
    answer.headers.update(HEADERS)
    return answer


def _refused(error: BioalError) -> Response:
    problems = error.items if isinstance(error, Refused) else ()
    lines = () if problems else str(error).splitlines()
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
    return drawn("refused.html", status, problems=problems, lines=lines)


def _not_found(error: HTTPException) -> Response:
    code = error.code or 500
    return drawn("refused.html", code, problems=(), lines=(WORDS.get(code, error.description or ""),))


def _unusable(error: OSError) -> Response:
    return drawn("refused.html", 422, problems=(unusable_file(error),), lines=())


def _fault(error: Exception) -> Response:
    traceback.print_exception(error, file=sys.stderr)
    hint = "What happened in detail stands where bioal was started; send it with a report."
    return drawn("refused.html", 500, problems=(), lines=(fault_words(error), hint))
