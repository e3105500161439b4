"""A campaign that runs by itself between two folders: nothing lost, nothing twice, and it stops."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bioal.campaign.bodies import ResultsBody
from bioal.campaign.campaign import Campaign
from bioal.campaign.inbox import Inbox
from bioal.campaign.lock import locked
from bioal.campaign.outbox import Outbox
from bioal.campaign.watching import Bounds, Watcher, folders_of
from bioal.errors import Locked, Refused, UsageError
from bioal.protocol.protocol import protocol_from_toml
from bioal.sheets.filling import fill_in

ASKED = {"conditions": 3, "acquisition": "random", "model": "gp"}


class Lab:
    """A bench between outbox and inbox: it measures each workbook that it finds, once."""

    def __init__(self, campaign: Campaign, bench, inbox: Path, outbox: Path) -> None:
        self.campaign, self.bench, self.inbox, self.outbox = campaign, bench, inbox, outbox
        self.looks = 0

    def __call__(self, _seconds: float = 0.0) -> None:
        self.looks += 1
        assert self.looks < 30
        for path in sorted(self.outbox.glob("round-*.xlsx")):
            self.measure(path)

    def measure(self, path: Path, **wrong: float | str) -> Path:
        """Fill in a workbook, take it out of the outbox and drop it into the inbox."""
        self.campaign.refresh()
        values = self.bench.values(self.campaign, int(path.stem[6:8]))
        fill_in(path, "GFP [RFU]", {**values, **wrong})
        return path.rename(self.inbox / path.name)


@pytest.fixture
def begun(tmp_path: Path, buffer_text: str, bench) -> Callable[..., tuple[Watcher, Lab]]:
    def watching(rules: str = "rounds = 2", **bounds) -> tuple[Watcher, Lab]:
        protocol = protocol_from_toml(f"{buffer_text}\n[stopping]\n{rules}\n")
        campaign = Campaign.new(tmp_path / "c", protocol)
        inbox, outbox = folders_of(campaign, tmp_path / "in", tmp_path / "out")
        told: list[str] = []
        watcher = Watcher(campaign, inbox, outbox, Bounds(**bounds), ASKED, tell=told.append)
        return watcher, Lab(campaign, bench, tmp_path / "in", tmp_path / "out")

    return watching


def readings_of(campaign: Campaign) -> dict[str, float]:
    readings = campaign.state.readings
    assert readings["sample"].is_unique
    return dict(zip(readings["sample"], readings["value"], strict=True))


@pytest.mark.smoke
def test_it_runs_until_the_protocol_says_stop_and_names_the_rule(begun, tmp_path):
    watcher, lab = begun()
    ended = watcher.run(pause=lab)
    assert ended.why == "stopped"
    assert "stopping.rounds): 2 of 2 rounds" in ended.words
    assert ended.merged == ended.delivered == ("round-01.xlsx", "round-02.xlsx")
    assert "stopping.rounds" in (tmp_path / "out" / "stopped.txt").read_text("utf-8")
    assert not list((tmp_path / "in").glob("*.xlsx"))
    for name in ended.merged:
        receipt = tmp_path / "in" / "done" / f"{name}.merged.txt"
        assert (tmp_path / "in" / "done" / name).exists()
        assert "9 readings recorded" in receipt.read_text("utf-8")
    campaign = Campaign.open(watcher.campaign.folder)
    assert len(readings_of(campaign)) == 2 * (3 * 2 + 3)
    assert Campaign.verify(campaign.folder) == ()


def test_a_file_is_read_when_it_no_longer_grows(begun):
    watcher, lab = begun()
    watcher.campaign.propose(**ASKED)
    whole = lab.measure(watcher.campaign.folder / "rounds" / "round-01.xlsx")
    content, part = whole.read_bytes(), whole.with_name("copied.xlsx")
    whole.unlink()

    def copied(_: float) -> None:
        """Copy the file slowly; the next round is left unmeasured."""
        lab.looks += 1
        if lab.looks <= 5:
            part.write_bytes(content[: len(content) * lab.looks // 5])
        if lab.looks > 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watcher.run(pause=copied)
    assert watcher.merged == ["copied.xlsx"]
    assert watcher.refused == []


def test_a_refused_file_has_its_reason_beside_it_and_is_read_again_when_it_changes(begun, tmp_path):
    watcher, lab = begun("rounds = 1")
    watcher.campaign.propose(**ASKED)
    sample = str(watcher.campaign.rounds[1].samples.index[0])
    path = lab.measure(watcher.campaign.folder / "rounds" / "round-01.xlsx", **{sample: "a lot"})
    reason = path.with_name("round-01.xlsx.refused.txt")

    def corrected(_: float) -> None:
        lab.looks += 1
        assert lab.looks < 12
        if lab.looks == 4:
            assert "a lot" in reason.read_text("utf-8")
            assert "Run list" in reason.read_text("utf-8")
            assert "[value-is-text]" in reason.read_text("utf-8")
            assert readings_of(watcher.campaign) == {}
            fill_in(path, "GFP [RFU]", {sample: 5.0})

    ended = watcher.run(pause=corrected)
    assert (ended.refused, ended.merged, ended.why) == (("round-01.xlsx",), ("round-01.xlsx",), "stopped")
    assert readings_of(watcher.campaign)[sample] == 5.0
    assert not reason.exists()


STEPS = {
    "after a merge": (Campaign, "merge", "after"),
    "before a file is moved": (Inbox, "put_away", "before"),
    "after a proposal is recorded": (Campaign, "_record", "after"),
    "after a proposal": (Campaign, "propose", "after"),
    "before a delivery": (Outbox, "deliver", "before"),
    "before a delivery is written down": (Outbox, "_write_down", "before"),
}


@pytest.mark.parametrize("step", STEPS)
def test_stopped_anywhere_it_goes_on_and_loses_nothing_and_doubles_nothing(begun, monkeypatch, step):
    watcher, lab = begun("rounds = 1")
    place, name, when = STEPS[step]
    usual, calls = getattr(place, name), []

    def failing(*given, **named):
        calls.append(name)
        if when == "before" and len(calls) == 1:
            raise KeyboardInterrupt
        found = usual(*given, **named)
        if when == "after" and len(calls) == 1:
            raise KeyboardInterrupt
        return found

    with monkeypatch.context() as patched:
        patched.setattr(place, name, failing)
        with pytest.raises(KeyboardInterrupt):
            watcher.run(pause=lab)
    campaign = Campaign.open(watcher.campaign.folder)
    lab.campaign = campaign
    again = Watcher(campaign, watcher.inbox, watcher.outbox, Bounds(), ASKED)
    lab()
    ended = again.run(pause=lab)
    assert ended.why == "stopped"
    assert sorted(campaign.rounds) == [1]
    assert len(readings_of(campaign)) == 9
    done = sorted(one.name for one in (watcher.inbox.folder / "done").glob("*.xlsx"))
    assert done == ["round-01.xlsx"]
    results = [one for one in campaign.state.records if isinstance(one.body, ResultsBody)]
    assert len(results) == 1


def test_as_many_rounds_as_were_asked_for_or_one_look_or_a_time(begun):
    watcher, lab = begun("rounds = 9", rounds=1)
    ended = watcher.run(pause=lab)
    assert (ended.why, sorted(watcher.campaign.rounds)) == ("rounds", [1])
    looked = Watcher(watcher.campaign, watcher.inbox, watcher.outbox, Bounds(once=True), ASKED)
    pauses: list[float] = []
    assert looked.run(pause=pauses.append).why == "looked"
    assert pauses == [2.0]
    clock = iter(range(0, 100, 10))
    timed = Watcher(watcher.campaign, watcher.inbox, watcher.outbox, Bounds(seconds=25), ASKED)
    assert timed.run(pause=pauses.append, clock=lambda: next(clock)).why == "time"
    assert len(pauses) == 1 + 2


def test_what_cannot_be_proposed_is_said_in_the_outbox_too(begun, tmp_path):
    watcher, lab = begun()
    protocol = watcher.campaign.folder / "protocol.toml"
    protocol.write_text(protocol.read_text("utf-8") + "# by hand", encoding="utf-8")
    with pytest.raises(Refused, match="amend"):
        watcher.run(pause=lab)
    assert (tmp_path / "out" / "not proposed.txt").read_text("utf-8").strip()


def test_folders_of_the_campaign_and_a_second_watcher_are_refused(begun, tmp_path):
    watcher, _ = begun()
    rounds = watcher.campaign.folder / "rounds"
    with pytest.raises(UsageError, match="own folder"):
        folders_of(watcher.campaign, rounds, tmp_path / "out")
    with pytest.raises(UsageError, match="two folders"):
        folders_of(watcher.campaign, tmp_path / "in", tmp_path / "in")
    with locked(tmp_path / "in"), pytest.raises(Locked):
        watcher.run()
