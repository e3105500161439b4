"""Long work beside the pages: proposing, drawing a report. A page asks how far it is; the end is kept.

One job at a time for each campaign; what it does may be cut short, as everything that campaigns write.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bioal.acquisition.streaming import Progress
from bioal.errors import Locked

MOST = 50  # finished jobs that are remembered


@dataclass(frozen=True)
class Done:
    """What a step came to: the page to go to, and what to say there."""

    page: str
    where: Mapping[str, Any]
    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


Work = Callable[[Progress], Done]


@dataclass
class Job:
    """A piece of work, how far it is, and how it ended."""

    campaign: str
    title: str
    doing: str = ""
    share: float = 0.0
    done: Done | None = None
    error: Exception | None = None
    _ended: threading.Event = field(default_factory=threading.Event, repr=False)

    def tell(self, doing: str, share: float) -> None:
        """Note what is being done and which share of it is done."""
        self.doing, self.share = doing, share

    def wait(self, seconds: float) -> bool:
        """Return whether it has ended within so many seconds."""
        return self._ended.wait(seconds)

    def run(self, work: Work) -> None:
        """Do the work; an error is kept for the page that asks."""
        try:
            self.done = work(self.tell)
        except Exception as error:  # noqa: BLE001  the thread ends here: the page that asks raises it
            self.error = error
        finally:
            self._ended.set()


class Jobs:
    """The jobs of this program by a key that is hard to guess."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()

    def start(self, campaign: str, title: str, work: Work) -> str:
        """Begin a job and return its key.

        Raises
        ------
        Locked
            While another job of the campaign is at work.
        """
        with self._lock:
            busy = next((one for one in self._jobs.values() if one.campaign == campaign and _runs(one)), None)
            if busy is not None:
                raise Locked(f"bioal is still at work: {busy.title}. Wait until it has ended.")
            key = secrets.token_urlsafe(12)
            self._jobs[key] = Job(campaign, title)
            for old in [one for one, job in self._jobs.items() if not _runs(job)][:-MOST]:
                del self._jobs[old]
        job = self._jobs[key]
        # Ctrl-C does not wait for it: whatever is half done was not recorded.
        threading.Thread(target=job.run, args=(work,), daemon=True).start()
        return key

    def get(self, key: str, campaign: str) -> Job:
        """Return a job of a campaign; raise KeyError where there is none."""
        job = self._jobs[key]
        if job.campaign != campaign:
            raise KeyError(key)
        return job


def _runs(job: Job) -> bool:
    return job.done is None and job.error is None
