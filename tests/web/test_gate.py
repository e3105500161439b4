"""Nobody but this computer's own browser, on the address with the token, is let in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = "127.0.0.1:4711"
PATHS = ("c/buffer/", "c/buffer/rounds/1/workbook", "c/buffer/steps", "style.css")


@pytest.mark.parametrize("token", ["", "x", "x" * 32, "%00", "\u00fcber", "..", "a/../.."])
def test_without_the_token_nothing_is_shown(person: Any, token: str):
    for path in PATHS:
        answer = person.asks(f"/{token}/{path}")
        assert answer.status_code in (403, 404)
        assert "buffer" not in answer.text


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:4711", "127.0.0.1", "127.0.0.1:80", "127.0.0.1:47110", "", "[::1]:4711",
     "127.0.0.1.evil.example:4711", "localhost.:4711"],
)  # fmt: skip
def test_a_name_that_points_here_is_not_this_address(person: Any, host: str):
    answer = person.asks("c/buffer/", Host=host)
    assert answer.status_code == 403
    assert "Small buffer" not in answer.text


@pytest.mark.parametrize("host", [HERE, "localhost:4711"])
def test_both_names_of_this_computer_are_let_in(person: Any, host: str):
    assert person.asks("c/buffer/", Host=host).status_code == 200


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "https://127.0.0.1:4711", "http://127.0.0.1:4712", "http://localhost:4711",
     "http://127.0.0.1:4711.evil.example", ""],
)  # fmt: skip
def test_a_form_from_another_page_is_refused_and_changes_nothing(person: Any, folder: Path, origin: str):
    head = person.form("c/buffer/rounds/1/values")["head"]
    answer = person.asks("c/buffer/steps", method="POST", data={"head": head, "record": "2"}, Origin=origin)
    assert answer.status_code == 403
    assert len(list((folder / "records").glob("*.json"))) == 2


def test_a_form_without_an_origin_is_refused(person: Any):
    from werkzeug.test import Client

    client = Client(person.gate)
    answer = client.post(f"/{person.gate.token}/c/buffer/report", headers={"Host": HERE}, buffered=True)
    assert answer.status_code == 403


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"])
def test_only_reading_and_sending_is_let_in(person: Any, method: str):
    assert person.asks("c/buffer/", method=method, Origin=f"http://{HERE}").status_code == 405


def test_a_request_that_is_too_large_is_refused_unread(person: Any):
    answer = person.asks("c/buffer/files", method="POST", data={"file": "x" * 300_001})
    assert answer.status_code == 413
    for length in ("-1", "1e9", "\u0663", "9" * 400):
        assert person.asks("c/buffer/", environ={"CONTENT_LENGTH": length}).status_code == 413


@pytest.mark.parametrize("path", [*PATHS, "c/nowhere/", "static/page.css", "c/buffer/files/unknown/marked"])
def test_every_answer_forbids_what_is_foreign(person: Any, path: str):
    headers = person.asks(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert "*" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"


def test_what_stands_on_the_browsers_command_line_works_once(person: Any):
    path = person.gate.opening.partition("4711")[2]
    first = person.asks(path)
    assert first.headers["Location"] == f"/{person.gate.token}/"
    assert person.asks(path).status_code == 403
    assert person.asks("/").status_code == 403
    assert person.gate.token not in person.gate.opening


def test_two_starts_have_different_addresses(at: Callable[[Path], Any], folder: Path):
    assert at(folder).gate.token != at(folder).gate.token


@pytest.mark.parametrize(
    "path",
    [
        "c/buffer/rounds/1/worklists/..%2F..%2Fprotocol.toml",
        "c/buffer/rounds/1/worklists/../../protocol.toml",
        "c/buffer/reports/..%2Fprotocol.toml",
        "c/buffer/reports/..%5Cprotocol.toml",
        "c/..%2Fbuffer/",
        "c/%2e%2e/",
        "c/records/",
        "static/..%2Fserver.py",
        "static/%2e%2e/app.py",
        "static//etc/passwd",
        "c/buffer/rounds/0/",
        "c/buffer/rounds/99/workbook",
        "c/buffer/rounds/-1/",
        "c/buffer/files/..%2F..%2Fetc/marked",
    ],
)
def test_no_path_leads_out_of_what_is_served(person: Any, path: str):
    answer = person.asks(path)
    assert answer.status_code in (403, 404), answer.text
    assert "[factors" not in answer.text
    assert "import" not in answer.text
