"""What came of samples that several people judged by word: each by how often each of them errs.

Only samples that several judged tell how often somebody errs, and only their words are weighed (`raters`);
whoever judged a sample alone is taken at their word.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from bioal.evidence import Bools, Floats
from bioal.measurements.raters import Consensus, consensus, tallied
from bioal.measurements.sources import NOBODY, source_name

BY = ("operator", "lab")


@dataclass(frozen=True, eq=False)
class Judged:
    """What came of each sample.

    Parameters
    ----------
    chances
        Index: sample, in the order of first appearance; columns: codes 0, 1 ...; each row sums to 1.
    notes
        Sentences for the person, where somebody judged otherwise than somebody else.
    """

    chances: pd.DataFrame
    notes: tuple[str, ...] = ()

    def called(self) -> pd.Series:
        """Return the most probable code of each sample."""
        return self.chances.idxmax(axis=1).astype(np.intp)

    def of_codes(self, codes: tuple[int, ...]) -> pd.Series:
        """Return how probable it is that one of these codes came of each sample."""
        return self.chances[list(codes)].sum(axis=1)


def judged(readings: pd.DataFrame, codes: Floats, size: int) -> Judged:
    """Return what came of each sample of one readout.

    Parameters
    ----------
    readings
        Columns sample, operator, lab; one row per sample and reader.
    codes
        What each row says, (n,): 0 to `size` - 1, NaN where it says nothing.
    """
    said = ~np.isnan(codes)
    samples = readings.loc[said, "sample"]
    things, names = pd.factorize(samples)
    readers = [source_name(*pair) for pair in zip(*(readings.loc[said, each] for each in BY), strict=True)]
    which, people = pd.factorize(np.asarray(readers, object), sort=True)
    shape = (len(names), len(people), size)
    rows = (np.asarray(each, np.intp) for each in (things, which, codes[said]))
    tally = tallied(*rows, shape=shape)
    several = tally.any(axis=2).sum(axis=1) > 1
    called = tally.sum(axis=1)
    chances = called / np.maximum(called.sum(axis=1, keepdims=True), 1.0)
    if not several.any():
        return Judged(pd.DataFrame(chances, index=names))
    found = consensus(tally[several])
    chances[several] = found.chances
    told = _notes(tally[several], found, [str(one) or NOBODY for one in people])
    return Judged(pd.DataFrame(chances, index=names), told)


def _notes(tally: Floats, found: Consensus, people: list[str]) -> tuple[str, ...]:
    """Return a sentence where samples were judged differently: how many, and how often each is right."""
    apart = int((tally.any(axis=1).sum(axis=1) > 1).sum())
    if not apart:
        return ()
    right = np.einsum("j,kjj->k", found.shares, found.confusion)
    judging: Bools = np.asarray(tally.any(axis=(0, 2)))
    each = ", ".join(
        f"{name} {share:.0%}" for name, share, own in zip(people, right, judging, strict=True) if own
    )
    return (
        f"{apart} of {len(tally)} samples that several people judged were judged differently; each word"
        f" counts by how often its reader is right, by all together ({each}).",
    )
