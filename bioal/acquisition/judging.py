"""What candidates are judged by on their way to the shortlist, and how they look once judged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bioal.acquisition.candidates import Candidates, Codes
from bioal.acquisition.functions import log_expected_improvement
from bioal.acquisition.rows import distinct_rows, rows_among
from bioal.acquisition.streaming import Progress, silent
from bioal.acquisition.tasks import Utility, utility_moments
from bioal.evidence import Bools, Floats, Ints
from bioal.models.posterior import Posterior

_SD_BLOCK = 8192
LISTABLE = 5e6


@dataclass(frozen=True)
class Judged:
    """Candidates with the posterior's mean and sd of the readout, row by row."""

    codes: Codes
    mean: Floats
    sd: Floats

    def __len__(self) -> int:
        return len(self.codes)

    def rows(self, keep: Ints | Bools) -> Judged:
        """Return some of them, in the order asked."""
        return Judged(self.codes[keep], self.mean[keep], self.sd[keep])

    def joined(self, *others: Judged) -> Judged:
        """Return these and others, each distinct candidate once."""
        parts = (self, *others)
        codes = np.concatenate([part.codes for part in parts])
        mean = np.concatenate([part.mean for part in parts])
        sd = np.concatenate([part.sd for part in parts])
        return Judged(codes, mean, sd).rows(distinct_rows(codes))


@dataclass(frozen=True)
class Shares:
    """How a shortlist is made up: its parts by mean, by expected improvement, by sd, at random; sum 1."""

    mean: float = 0.35
    improvement: float = 0.35
    sd: float = 0.15
    random: float = 0.15


@dataclass(frozen=True)
class Screen:
    """How candidates are judged, and which are out of the question.

    Parameters
    ----------
    posterior, utility
        The belief about the readout, and what a value of the readout is worth.
    incumbent
        The best utility known so far.
    candidates
        Where to choose from.
    taken
        Codes never to propose.
    starts
        Codes of conditions known to be good, best first: where a search may begin.
    listable
        Up to how many candidates are looked at one by one; among more, the best are searched for.
    progress
        Told how far a long list has been looked through.
    """

    posterior: Posterior
    utility: Utility
    incumbent: float
    candidates: Candidates
    taken: Codes
    starts: Codes
    listable: float = LISTABLE
    progress: Progress = silent

    def free(self, codes: Codes) -> Codes:
        """Return the rows that are not taken."""
        return codes[~rows_among(codes, self.taken)]

    def judged(self, codes: Codes) -> Judged:
        """Return these candidates with mean and sd, a block at a time."""
        parts = [
            self.posterior.mean_sd(self.candidates.points(codes[start : start + _SD_BLOCK]))
            for start in range(0, len(codes), _SD_BLOCK)
        ]
        if not parts:
            return Judged(codes, np.empty(0), np.empty(0))
        means, sds = zip(*parts, strict=True)
        return Judged(codes, np.concatenate(means), np.concatenate(sds))

    def worth(self, judged: Judged) -> Floats:
        """Return the expected utility of candidates, (m,)."""
        return utility_moments(judged.mean, judged.sd, self.utility)[0]

    def promise(self, mean: Floats, sd: Floats) -> Floats:
        """Return the log expected improvement where the readout has this mean and sd, (m,)."""
        return log_expected_improvement(*utility_moments(mean, sd, self.utility), self.incumbent)
