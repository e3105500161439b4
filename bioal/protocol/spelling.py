"""What a misspelt name may have meant."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from bioal.protocol.headings import normalised


def suggestion(name: str, known: Sequence[str]) -> str:
    """Return 'Did you mean ...?' for a misspelt name, "" where nothing is near.

    >>> suggestion("hihg", ("low", "high", "step"))
    "Did you mean 'high'?"
    """
    by_plain = {normalised(each): each for each in known}
    near = get_close_matches(normalised(name), list(by_plain), 1, 0.6)
    return f"Did you mean {by_plain[near[0]]!r}?" if near else ""
