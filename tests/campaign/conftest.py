from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bioal.campaign.records import Body, CampaignBody, ExclusionBody, ProtocolBody
from bioal.campaign.store import Store


@pytest.fixture
def beginning() -> CampaignBody:
    return CampaignBody(
        id="c0ffee", name="Yield of µ, β and 日本", protocol=ProtocolBody(text="x = 1\n", digest="d")
    )


@pytest.fixture
def remark() -> Callable[[int], Body]:
    return lambda number: ExclusionBody(
        where="R01", samples=[f"R01-S{number:04d}"], reason=f"remark {number}"
    )


@pytest.fixture
def store(tmp_path: Path, beginning: CampaignBody, remark: Callable[[int], Body]) -> Store:
    kept = Store(tmp_path / "records")
    kept.append(beginning)
    kept.append(remark(1))
    kept.append(remark(2))
    assert [record.number for record in kept.read()] == [1, 2, 3]
    return kept
