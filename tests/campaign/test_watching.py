"""A campaign that runs by itself between two folders: nothing lost, nothing twice, and it stops."""

from __future__ import annotations

import errno
import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bioal.campaign import inbox as inbox_module
from bioal.campaign.awaiting import awaited
from bioal.campaign.bodies import ResultsBody
from bioal.campaign.campaign import Campaign
from bioal.campaign.inbox import Inbox
from bioal.campaign.lock import locked
from bioal.campaign.outbox import Outbox
from bioal.campaign.watched_folders import folders_of
from bioal.campaign.watching import Bounds, Watcher
from bioal.errors import Locked, Problem, Refused, UsageError
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
            assert readings_of(watcher.campaign) == {}
            fill_in(path, "GFP [RFU]", {sample: 5.0})

    ended = watcher.run(pause=corrected)
    assert (ended.refused, ended.merged, ended.why) == (("round-01.xlsx",), ("round-01.xlsx",), "stopped")
    assert readings_of(watcher.campaign)[sample] == 5.0
    assert not reason.exists()


NAMES = {
    "no UTF-8": os.fsdecode(b"r\xff\xfe.xlsx"),
    "of as many letters as a name may have": "x" * 246 + ".xlsx",
    "of long letters": "\u65e5" * 80 + ".xlsx",
    "of two lines": "a\nb.xlsx",
}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not take all of these names")
@pytest.mark.parametrize("kind", NAMES)
def test_a_file_of_any_name_is_refused_with_its_reason_and_merged_when_it_is_corrected(begun, kind):
    watcher, lab = begun("rounds = 1", once=True)
    watcher.campaign.propose(**ASKED)
    folder, name = watcher.inbox.folder, NAMES[kind]
    sample = str(watcher.campaign.rounds[1].samples.index[0])
    lab.measure(watcher.campaign.folder / "rounds" / "round-01.xlsx", **{sample: "a lot"})
    (folder / "round-01.xlsx").rename(folder / name)
    assert len(watcher.run(pause=lambda _: None).refused) == 1
    (reason,) = folder.glob("*.refused.txt")
    assert "a lot" in reason.read_text("utf-8")
    again = Watcher(watcher.campaign, watcher.inbox, watcher.outbox, Bounds(once=True), ASKED)
    assert again.run(pause=lambda _: None).refused == ()
    fill_in(folder / name, "GFP [RFU]", {sample: 5.0}, target=folder / "corrected.xlsx")
    (folder / "corrected.xlsx").rename(folder / name)
    ended = again.run(pause=lambda _: None)
    assert ended.why == "stopped"
    assert ended.merged[0].isprintable()
    assert (folder / "done" / name).exists()
    (receipt,) = (folder / "done").glob("*.merged.txt")
    assert "9 readings recorded" in receipt.read_text("utf-8")
    assert not list(folder.glob("*.refused.txt"))


def unreadable(*_: object, **__: object) -> None:
    raise RecursionError("too deep")


def full(*_: object, **__: object) -> None:
    raise Refused(Problem("cannot-write", "'No space left'", "room", "Make room."))


def busy(*_: object, **__: object) -> None:
    raise OSError(errno.EIO, "Input/output error")


@pytest.mark.parametrize(
    ("place", "failing"),
    [((Campaign, "merge"), unreadable), ((Campaign, "merge"), busy), ((Inbox, "refuse"), full)],
)
def test_a_file_that_cannot_be_handled_keeps_no_other_waiting(begun, monkeypatch, place, failing):
    watcher, lab = begun("rounds = 1")
    bad = watcher.inbox.folder / "a.csv"
    bad.write_text("nothing,of,this\n", encoding="utf-8")
    usual = getattr(*place)

    def of_one(self, path, *given, **named):
        return (failing if Path(path).name == "a.csv" else usual)(self, path, *given, **named)

    monkeypatch.setattr(*place, of_one)
    told: list[str] = []
    watcher.tell = told.append
    ended = watcher.run(pause=lab)
    assert (ended.why, ended.merged) == ("stopped", ("round-01.xlsx",))
    assert len([one for one in told if one.startswith("a.csv waits")]) == 1
    assert bad.exists()


def test_a_reason_that_somebody_else_wrote_stops_nothing(begun):
    watcher, lab = begun("rounds = 1")
    (watcher.inbox.folder / "notes.csv").write_text("nothing,of,this\n", encoding="utf-8")
    (watcher.inbox.folder / "notes.csv.refused.txt").write_bytes(b"\xff\xfe bad")
    ended = watcher.run(pause=lab)
    assert (ended.why, ended.refused) == ("stopped", ("notes.csv",))


def test_what_was_recorded_of_a_file_that_changed_meanwhile_is_said_and_no_receipt_stands_alone(
    begun, monkeypatch
):
    watcher, lab = begun("rounds = 1", once=True)
    watcher.campaign.propose(**ASKED)
    path = lab.measure(watcher.campaign.folder / "rounds" / "round-01.xlsx")
    first, usual = path.read_bytes(), Campaign.merge

    def replaced_meanwhile(self, source, **said):
        found = usual(self, source, **said)
        source.write_bytes(first + b" " * 9)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(Campaign, "merge", replaced_meanwhile)
        assert watcher.run(pause=lambda _: None).merged == ("round-01.xlsx",)
    assert len(readings_of(watcher.campaign)) == 9
    assert path.exists()
    assert not list((watcher.inbox.folder / "done").glob("*"))


def test_a_receipt_is_never_overwritten(begun):
    watcher, _ = begun()
    inbox, given = watcher.inbox, [b"one", b"two", b"two", b"three"]
    for content in given:
        (inbox.folder / "a.xlsx").write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        target = inbox.put_away(inbox.folder / "a.xlsx", digest, [f"It was {content.decode()}."])
        assert target is not None
        assert target.read_bytes() == content
        assert digest in target.with_name(f"{target.name}.merged.txt").read_text("utf-8")
        target.unlink()
    names = sorted(one.name for one in (inbox.folder / "done").iterdir())
    assert names == [f"{name}.xlsx.merged.txt" for name in ("a-2", "a-3", "a")]


@pytest.mark.parametrize(("when", "said"), [("before", "Nothing new."), ("after", "9 readings recorded.")])
def test_stopped_while_a_file_is_moved_it_is_brought_back_and_its_first_receipt_stays(
    tmp_path, monkeypatch, when, said
):
    path, digest = tmp_path / "a.xlsx", hashlib.sha256(b"one").hexdigest()
    path.write_bytes(b"one")
    usual = inbox_module._leave_receipt

    def stopped(*given) -> None:
        if when == "after":
            usual(*given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(inbox_module, "_leave_receipt", stopped)
        patched.setattr(Inbox, "restore", lambda _: None)
        with pytest.raises(KeyboardInterrupt):
            Inbox(tmp_path).put_away(path, digest, ["9 readings recorded."])
    assert not path.exists()
    Inbox(tmp_path).restore()
    assert path.read_bytes() == b"one"
    done = tmp_path / "done"
    assert Inbox(tmp_path).put_away(path, digest, ["Nothing new."]) == done / "a.xlsx"
    assert sorted(one.name for one in done.iterdir()) == ["a.xlsx", "a.xlsx.merged.txt"]
    assert said in (done / "a.xlsx.merged.txt").read_text("utf-8")


def test_a_file_that_takes_the_place_of_the_one_that_was_read_is_not_lost(tmp_path, monkeypatch):
    path, digest = tmp_path / "a.xlsx", hashlib.sha256(b"one").hexdigest()
    path.write_bytes(b"one")
    usual = Path.rename

    def replaced_just_before(self, target):
        if self == path:
            path.write_bytes(b"two")
        return usual(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", replaced_just_before)
        assert Inbox(tmp_path).put_away(path, digest, ["1 reading."]) is None
    assert path.read_bytes() == b"two"
    assert not list((tmp_path / "done").iterdir())


def links(folder: Path, where: Path) -> Path:
    """Return a link in a folder to a file in the folder beside it, or skip where there are no links."""
    link = folder / "a.xlsx"
    try:
        link.symlink_to(where)
    except OSError:
        pytest.skip("this system makes no links")
    return link


@pytest.mark.parametrize("relative", [True, False])
def test_of_a_link_the_content_is_kept(tmp_path, relative):
    (tmp_path / "in").mkdir()
    behind = tmp_path / "behind.xlsx"
    behind.write_bytes(b"one")
    link = links(tmp_path / "in", Path("..", "behind.xlsx") if relative else behind)
    digest = hashlib.sha256(b"one").hexdigest()
    kept = Inbox(tmp_path / "in").put_away(link, digest, ["9 readings recorded."])
    assert kept == tmp_path / "in" / "done" / "a.xlsx"
    behind.write_bytes(b"another")
    assert kept.read_bytes() == b"one"
    assert not os.path.lexists(link)


def test_a_link_that_was_copied_and_not_yet_removed_comes_back_once(tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    (tmp_path / "behind.xlsx").write_bytes(b"one")
    link, inbox = links(tmp_path / "in", Path("..", "behind.xlsx")), Inbox(tmp_path / "in")
    usual = Path.unlink

    def stopped(self, **said: bool) -> None:
        if self == link:
            raise KeyboardInterrupt
        usual(self, **said)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", stopped)
        patched.setattr(Inbox, "restore", lambda _: None)
        with pytest.raises(KeyboardInterrupt):
            inbox.put_away(link, hashlib.sha256(b"one").hexdigest(), ["9 readings recorded."])
    inbox.restore()
    assert [one.name for one in inbox.folder.glob("*.xlsx")] == ["a.xlsx"]
    assert not list((inbox.folder / "done").iterdir())


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


TWO_PLATES = {"conditions": 14, "acquisition": "random", "model": "gp"}


@pytest.fixture
def two_plates(tmp_path: Path, buffer_text: str, bench) -> Callable[..., Watcher]:
    """Return what makes a watcher of a round with one replicate of each condition on each of two plates."""
    small = buffer_text.replace("size = 96", "size = 24")
    campaign = Campaign.new(tmp_path / "c", protocol_from_toml(f"{small}\n[stopping]\nrounds = 1\n"))
    workbook = campaign.propose(**TWO_PLATES).workbook
    samples = campaign.rounds[1].samples
    assert set(samples.groupby("condition")["plate"].nunique()) == {2}
    inbox, outbox = folders_of(campaign, tmp_path / "in", tmp_path / "out")
    values = bench.values(campaign, 1)

    def watching(plate: str, **more) -> tuple[Watcher, list[str]]:
        """Drop the values of one plate into the inbox; return a watcher that looks once, and what it says."""
        here = {one: value for one, value in values.items() if samples.loc[one, "plate"] == plate}
        target = inbox.folder / f"{plate}.xlsx"
        fill_in(workbook, "GFP [RFU]", here, more.pop("statuses", None), target=target)
        told: list[str] = []
        bounds = Bounds(once=True)
        return Watcher(campaign, inbox, outbox, bounds, TWO_PLATES, tell=told.append, **more), told

    return watching


def test_nothing_is_proposed_or_ended_while_one_of_two_plates_is_still_to_come(two_plates):
    watcher, told = two_plates("plate-1")
    assert watcher.run(pause=lambda _: None).why == "looked"
    assert sorted(watcher.campaign.rounds) == [1]
    assert [one for one in told if "Round 1 waits for 17 of its 34 samples (GFP; plate-2)" in one]
    watcher, told = two_plates("plate-2")
    assert watcher.run(pause=lambda _: None).why == "stopped"
    assert not [one for one in told if "waits" in one]


def test_what_will_not_come_is_not_waited_for_once_somebody_says_so(two_plates):
    watcher, _ = two_plates("plate-1")
    watcher.run(pause=lambda _: None)
    samples = watcher.campaign.rounds[1].samples
    other = [str(one) for one in samples.index[samples["plate"] == "plate-2"]]
    assert watcher.campaign.exclude(f"plate-2 {samples.loc[other[0], 'well']}", "dropped") == (other[0],)
    words = {one: "missing" if at % 2 else "spoiled" for at, one in enumerate(other[1:])}
    watcher, told = two_plates("plate-1", statuses=words)
    assert watcher.run(pause=lambda _: None).why == "stopped", told


def test_with_partial_it_goes_on_with_what_is_there(two_plates):
    watcher, _ = two_plates("plate-1", partial=True)
    assert watcher.run(pause=lambda _: None).why == "stopped"


def test_a_required_readout_that_comes_later_is_waited_for(tmp_path, buffer_text, bench):
    second = '[readouts.purity]\nunit = "%"\nrequire = ">= 50"\n\n[readouts.OD]\nunit = "a"\n\n[objective]'
    protocol = protocol_from_toml(buffer_text.replace("[objective]", second))
    campaign = Campaign.new(tmp_path / "c", protocol)
    workbook = campaign.propose(**ASKED).workbook
    values = bench.values(campaign, 1)
    fill_in(workbook, "GFP [RFU]", values)
    campaign.merge(workbook)
    assert set(awaited(campaign.state, 1)) == {"purity"}
    assert campaign.state.outstanding(1) == ()
    fill_in(workbook, "purity [%]", dict.fromkeys(values, 70.0))
    campaign.merge(workbook)
    assert awaited(campaign.state, 1) == {}


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
