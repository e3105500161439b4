"""A browser without a screen: requests as a browser sends them, through the gate."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bioal.campaign.campaign import Campaign
from bioal.protocol.protocol import protocol_from_toml

PORT = 4711
LARGEST = 300_000


class Person:
    """Somebody at the page: what they ask for, what they fill in, what they read."""

    def __init__(self, gate: Any) -> None:
        from werkzeug.test import Client

        self.gate = gate
        self._client = Client(gate)

    def asks(
        self, path: str, *, method: str = "GET", data: Any = None, environ: Any = None, **headers: str
    ) -> Any:
        """Return the answer to a request on the address with the token; later paths are as they stand."""
        start = f"/{self.gate.token}/"
        path = path if path.startswith("/") else start + path
        own = {"Host": f"127.0.0.1:{PORT}"}
        own |= {"Origin": f"http://127.0.0.1:{PORT}"} if method == "POST" else {}
        own |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.open(
            path, method=method, data=data, headers=own, buffered=True, environ_overrides=environ
        )

    def reads(self, path: str) -> str:
        """Return the text of a page that is there."""
        answer = self.asks(path)
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def sends(self, path: str, data: Mapping[str, Any] | None = None) -> Any:
        """Return the page that a form leads to, redirections followed."""
        answer = self.asks(path, method="POST", data=dict(data or {}))
        for _ in range(600):
            if answer.status_code == 303:
                path = answer.headers["Location"]
            elif 'http-equiv="refresh"' in answer.text:
                time.sleep(0.05)
            else:
                return answer
            answer = self.asks(path)
        raise AssertionError("no end of redirections")

    def form(self, path: str) -> dict[str, str]:
        """Return the fields of a plate's page as a browser would send them back."""
        return fields_in(self.reads(path))


def fields_in(page: str) -> dict[str, str]:
    found: dict[str, str] = {}
    plate = page.split('id="plate"', 1)[1]
    for tag in re.findall(r"<input [^>]*>", plate):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name is not None and 'type="checkbox"' not in tag:
            found[name[1]] = value[1].replace("&lt;", "<").replace("&gt;", ">") if value else ""
    return found


class Lab:
    """A bench that answers with a little noise, and knows the truth."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(3)

    def values(self, campaign: Campaign, number: int) -> dict[str, str]:
        """Return what would be typed for each sample of a round."""
        round_ = campaign.rounds[number]
        told = {}
        for sample, row in round_.samples.iterrows():
            one = round_.conditions.loc[row["condition"]]
            true = 1000 + 100 * one["Mg"] - 2 * abs(one["K"] - 60)
            told[str(sample)] = f"{true * (1 + 0.02 * self.rng.normal()):.1f}"
        return told


@pytest.fixture(scope="session")
def protocol(small_buffer_text: str) -> str:
    """Return the protocol with plates that fit a page."""
    text = small_buffer_text.replace("size = 96", "size = 24")
    assert text != small_buffer_text
    return text


@pytest.fixture
def lab() -> Lab:
    return Lab()


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory, protocol: str) -> Path:
    """Return a campaign with one open round of four conditions, not to be changed."""
    pytest.importorskip("flask", reason="needs the extra web")
    folder = tmp_path_factory.mktemp("begun") / "buffer"
    Campaign.new(folder, protocol_from_toml(protocol)).propose(4)
    return folder


@pytest.fixture
def folder(begun: Path, tmp_path: Path) -> Path:
    """Return the folder of a campaign with one open round of four conditions."""
    return Path(shutil.copytree(begun, tmp_path / "buffer"))


@pytest.fixture
def at() -> Iterator[Callable[[Path], Person]]:
    """Return a function that opens the page of a folder."""
    pytest.importorskip("flask", reason="needs the extra web")
    pytest.importorskip("waitress", reason="needs the extra web")
    from bioal.web.app import app_of
    from bioal.web.gate import Gate
    from bioal.web.house import House
    from bioal.web.shelf import Shelf
    from bioal.web.uploads import Uploads

    with Uploads() as uploads:

        def opened(folder: Path) -> Person:
            return Person(Gate(app_of(House(Shelf(folder), uploads)), port=PORT, largest=LARGEST))

        yield opened


@pytest.fixture
def person(at: Callable[[Path], Person], folder: Path) -> Person:
    return at(folder)


@pytest.fixture
def file() -> Callable[[bytes, str], tuple[BytesIO, str]]:
    """Return a function that makes a file to be dropped."""
    return lambda content, name: (BytesIO(content), name)
