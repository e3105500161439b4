"""Ctrl-C while a round is being chosen leaves the campaign as it was, and free for the next command."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bioal.acquisition import screening, streaming
from bioal.campaign.campaign import Campaign


@pytest.fixture(autouse=True)
def listening() -> Iterator[None]:
    """Heed Ctrl-C, which a program that was started in the background is told to ignore."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("when", ["learning from the results", "looking at every condition", "choosing"])
def test_an_interrupted_proposal_changes_no_byte_and_releases_the_lock(
    campaign: Campaign,
    bench: object,
    snapshot: Callable[[Path], dict[str, bytes]],
    monkeypatch: pytest.MonkeyPatch,
    when: str,
) -> None:
    campaign.propose(8)
    campaign.merge(bench.table(campaign, 1, bench.values(campaign, 1)))  # type: ignore[attr-defined]
    # A list as long as millions of conditions are, in small: looked through block by block.
    monkeypatch.setattr(screening, "SHORT", 10)
    monkeypatch.setattr(streaming, "BLOCK", 16)
    before, told = snapshot(campaign.folder), []

    def interrupted(doing: str, share: float) -> None:
        told.append(doing)
        if doing == when:
            signal.raise_signal(signal.SIGINT)  # what the terminal sends at Ctrl-C

    with pytest.raises(KeyboardInterrupt):
        campaign.propose(4, progress=interrupted)
    assert told[-1] == when
    assert snapshot(campaign.folder) == before
    assert not (campaign.folder / ".lock").exists()
    assert Campaign.verify(campaign.folder) == ()
    shares: dict[str, list[float]] = {}
    proposal = campaign.propose(4, progress=lambda doing, share: shares.setdefault(doing, []).append(share))
    assert proposal.new
    assert list(shares) == ["learning from the results", "looking at every condition", "choosing"]
    seen = shares["looking at every condition"]
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
