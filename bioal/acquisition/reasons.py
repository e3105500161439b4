"""Why a candidate was picked, in one word.

Strategies for the best yield say it pick by pick: "repeat", "explore" or "exploit". Others have one reason
for all: "unsure", "disagree", "border", "teaches", "unlike", "mixed", "own"; "random" was drawn by lot.

A pick is compared with the average candidate of a random sample. It is there to exploit where its mean
alone, with an average sd, is worth at least as much expected improvement as its sd alone, with an average
mean; else to explore. What was measured before repeats.
"""

from __future__ import annotations

import numpy as np

from bioal.acquisition.functions import log_expected_improvement
from bioal.acquisition.judging import Judged, Screen
from bioal.acquisition.tasks import utility_moments
from bioal.evidence import Bools


def reasons(picked: Judged, average: Judged, screen: Screen, repeated: Bools) -> tuple[str, ...]:
    """Return a reason per pick; `average` is a random sample of candidates."""
    if not len(picked):
        return ()
    mean, sd = utility_moments(picked.mean, picked.sd, screen.utility)
    usual = average if len(average) else picked
    usual_mean, usual_sd = (part.mean() for part in utility_moments(usual.mean, usual.sd, screen.utility))
    by_mean = log_expected_improvement(mean, np.full_like(sd, usual_sd), screen.incumbent)
    by_sd = log_expected_improvement(np.full_like(mean, usual_mean), sd, screen.incumbent)
    exploit = by_mean >= by_sd
    words = np.select([repeated, exploit], ["repeat", "exploit"], "explore")
    return tuple(str(word) for word in words)


def all_for(reason: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """Return one reason for all picks but repeats."""
    return tuple("repeat" if word == "repeat" else reason for word in words)


def by_lot(words: tuple[str, ...], drawn: Bools) -> tuple[str, ...]:
    """Return the reasons, "random" for the picks that were drawn beside the rule's own."""
    return tuple("random" if lot else word for word, lot in zip(words, drawn, strict=True))


def fewer(found: int, asked: int) -> tuple[str, ...]:
    """Return a sentence where fewer were found than asked for."""
    if found >= asked:
        return ()
    return (f"Only {found} of the {asked} conditions asked for could be chosen: no candidates are left.",)
