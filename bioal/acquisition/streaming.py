"""The best means of a list too long to hold, in bounded memory, on all cores or on a cluster.

Work is a range of the list's places, so that whoever does it makes the candidates itself: threads here by
default, processes anywhere inside `joblib.parallel_config(backend="dask")`. Which candidates are kept is
decided by their worth and then their place, so it does not matter who did what, and how many there were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from bioal.acquisition.candidates import Candidates, Codes
from bioal.acquisition.rows import rows_among
from bioal.acquisition.tasks import Utility
from bioal.evidence import Bools, Floats, Ints
from bioal.models.alone import Means
from bioal.models.threads import threads_for

BLOCK = 1 << 16  # places of the list that are looked at in one go

Progress = Callable[[str, float], None]  # told what is being done, and which share of it is done


def silent(_doing: str, _share: float) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Stream:
    """A list of candidates with what their worth is the mean of: all that a distant process needs.

    Parameters
    ----------
    means, utility
        What gives the mean of the readout, and what a value of the readout is worth.
    candidates
        The list.
    taken
        Codes never to propose.
    most
        How many candidates are kept.
    """

    means: Means
    utility: Utility
    candidates: Candidates
    taken: Codes
    most: int

    def __sizeof__(self) -> int:
        """Return a size that makes joblib send this to a dask cluster once, not with every block."""
        return 1 << 20

    def worth(self, codes: Codes) -> Floats:
        """Return the utility at the mean, in single precision where the block is long, (m,)."""
        return self.utility(self.means.mean(self.candidates.points(codes)))


@dataclass(frozen=True)
class Kept:
    """Candidates in the order of the list, their worth, and the least worth that a further one needs.

    Parameters
    ----------
    codes, worth
        Shapes (k, columns) and (k,).
    settings, least
        The combinations of per-plate factors met so far, ascending, and the worth that one more of each
        must exceed, both (s,).
    """

    codes: Codes
    worth: Floats
    settings: Ints
    least: Floats

    def passing(self, settings: Ints, worth: Floats) -> Bools:
        """Return which candidates may still be kept, (m,)."""
        if not len(self.settings):
            return np.ones(len(worth), bool)
        place = np.minimum(np.searchsorted(self.settings, settings), len(self.settings) - 1)
        known = self.settings[place] == settings
        return np.asarray(~known | (worth > self.least[place]))


def best_means(stream: Stream, progress: Progress = silent) -> Kept:
    """Return the candidates of largest utility at the mean, equally many of each per-plate setting."""
    import joblib  # noqa: PLC0415 -- a short list never needs it
    from joblib.parallel import get_active_backend  # noqa: PLC0415

    places, nothing = stream.candidates.places, np.empty(0)
    kept = Kept(stream.taken[:0], nothing, np.empty(0, np.intp), nothing)
    jobs = get_active_backend()[1]
    # A surrounding joblib.parallel_config says who works and how many; else all cores do.
    workers = joblib.Parallel(n_jobs=-1 if jobs is None else jobs, prefer="threads")
    # Blocks share the cores, so the linear algebra of each takes one; other processes see to it themselves.
    with threads_for(0), workers as parallel:
        for starts in _groups(range(0, places, BLOCK), 4 * joblib.effective_n_jobs(parallel.n_jobs)):
            # What was kept so far stays here: a block is told only what it has to exceed.
            bar = Kept(kept.codes[:0], nothing, kept.settings, kept.least)
            done = parallel(
                joblib.delayed(block_means)(stream, start, start + BLOCK, bar) for start in starts
            )
            kept = _joined(stream, kept, done)
            progress("looking at every condition", min(1.0, (starts[-1] + BLOCK) / places))
    return kept


def block_means(stream: Stream, start: int, stop: int, bar: Kept) -> tuple[Codes, Floats]:
    """Return those candidates at these places that pass, in the order of the list, and their worth."""
    codes = stream.candidates.block(start, stop)
    codes = codes[~rows_among(codes, stream.taken)]
    worth = stream.worth(codes) if len(codes) else np.empty(0)
    keep = bar.passing(stream.candidates.settings(codes), worth)
    return codes[keep], worth[keep]


def _joined(stream: Stream, kept: Kept, done: list[tuple[Codes, Floats]]) -> Kept:
    codes = np.concatenate([kept.codes, *(codes for codes, _ in done)])
    worth = np.concatenate([kept.worth, *(worth for _, worth in done)])
    settings = stream.candidates.settings(codes)
    values = np.unique(settings)
    part = max(1, stream.most // max(len(values), 1))
    rows = [np.flatnonzero(settings == value) for value in values]
    best = [of[largest(worth[of], part)] for of in rows]
    least = [worth[of].min() if len(of) == part else -np.inf for of in best]
    keep = np.sort(np.concatenate([*best, np.empty(0, np.intp)]))
    return Kept(codes[keep], worth[keep], values, np.array(least))


def largest(worth: Floats, count: int) -> Ints:
    """Return the positions of the `count` largest, ascending; of equal ones the first.

    >>> largest(np.array([2.0, 5.0, 2.0, 2.0, 9.0]), 3)
    array([0, 1, 4])
    """
    if len(worth) <= count:
        return np.arange(len(worth))
    bar = np.partition(worth, -count)[-count] if count else np.inf
    above, level = np.flatnonzero(worth > bar), np.flatnonzero(worth == bar)
    return np.sort(np.append(above, level[: count - len(above)]))


def _groups(starts: range, count: int) -> Iterator[list[int]]:
    rest = iter(starts)
    while group := list(islice(rest, count)):
        yield group
