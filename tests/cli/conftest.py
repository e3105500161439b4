"""A person at the command line: what they type, what they read, with which exit code they are left."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bioal.campaign.campaign import Campaign
from bioal.cli.main import run
from bioal.sheets.filling import fill_in


@dataclass(frozen=True)
class Said:
    """What a command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.out)


Typed = Callable[..., Said]


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Return a function that types a command line, standing in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def type_line(line: str, *more: str) -> Said:
        capsys.readouterr()
        code = run([*line.split(), *more])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Said(code, said.out, said.err)

    return type_line


@pytest.fixture
def begun(typed: Typed, small_buffer_text: str, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Return the same, standing in a campaign that has just begun."""
    Path("own.toml").write_text(small_buffer_text, encoding="utf-8")
    assert typed("new buffer --protocol own.toml").code == 0
    monkeypatch.chdir("buffer")
    return typed


@pytest.fixture
def proposed(begun: Typed) -> Typed:
    """Return the same with an open round of six conditions."""
    assert begun("propose --conditions 6").code == 0
    return begun


def fill(number: int = 1, *, change: float = 0.0, only: int | None = None) -> Path:
    """Type a plausible value for each sample (or the first few) into a round's workbook."""
    round_ = Campaign.open(".").rounds[number]
    path = Path(f"rounds/round-{number:02d}.xlsx")
    values = {}
    for at, (sample, row) in enumerate(round_.samples.iterrows()):
        condition = round_.conditions.loc[row["condition"]]
        values[str(sample)] = 1000.0 + 100 * condition["Mg"] - 2 * abs(condition["K"] - 60) + at % 3 + change
    fill_in(path, "GFP [RFU]", dict(list(values.items())[:only]))
    return path


@pytest.fixture
def filled() -> Callable[..., Path]:
    return fill
