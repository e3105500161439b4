"""What each pair of value and status means: one table, used by the check and printed in the docs.

A status is chosen from a drop-down beside the value, or it is what an instrument writes instead of a number:
`OVRFLW`, `<LOD`, `>3.9`, `MISSED`. `below limit` and `over range` turn the number into a bound of the true
value; `no product` is a real, low result; `spoiled` is recorded and ignored.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

ValueKind = Literal["number", "blank"]
Action = Literal[
    "measured", "upper bound", "lower bound", "declared", "ignored", "missing", "nothing", "refused"
]

STATUSES = ("ok", "below limit", "over range", "no product", "spoiled", "missing")


@dataclass(frozen=True)
class Meaning:
    """Say what a pair of value and status means.

    `words` is the sentence of the docs; where the pair is refused, `remedy` says what to do, and
    `status` is what a reading of this pair is recorded as.
    """

    action: Action
    words: str
    remedy: str = ""


MEANINGS: Mapping[tuple[ValueKind, str], Meaning] = MappingProxyType(
    {
        ("number", ""): Meaning("measured", "measured: the number counts (recorded as ok)"),
        ("number", "ok"): Meaning("measured", "measured: the number counts"),
        ("number", "below limit"): Meaning("upper bound", "the true value is at most this number"),
        ("number", "over range"): Meaning("lower bound", "the true value is at least this number"),
        ("number", "no product"): Meaning("measured", "a real, low result: the number counts"),
        ("number", "spoiled"): Meaning("ignored", "recorded, never used"),
        ("number", "missing"): Meaning(
            "refused",
            "refused: it cannot be both",
            "Clear the number, or clear the status if the number was read.",
        ),
        ("blank", ""): Meaning("nothing", "not measured yet; a blank never erases an earlier value"),
        ("blank", "ok"): Meaning(
            "refused",
            "refused: where is the number?",
            "Type the value, or clear the status if it is not measured yet.",
        ),
        ("blank", "below limit"): Meaning(
            "refused", "refused: the limit is needed", "Type the limit of detection as the value."
        ),
        ("blank", "over range"): Meaning(
            "refused",
            "refused: the highest readable value is needed",
            "Type the highest value that can be read.",
        ),
        ("blank", "no product"): Meaning(
            "declared",
            "a real, low result: the readout's `no_product` value counts; refused where none is declared",
            "Type the value (0, or what an empty well reads), or declare no_product in the protocol.",
        ),
        ("blank", "spoiled"): Meaning("ignored", "recorded, never used"),
        ("blank", "missing"): Meaning("missing", "recorded: there will be no value"),
    }
)


def meaning(value: ValueKind, status: str) -> Meaning:
    """Return what a value with a status means.

    >>> meaning("number", "below limit").words
    'the true value is at most this number'
    """
    return MEANINGS[value, status]


def status_in(text: str) -> str | None:
    """Return the status that a text names, tolerant of case, spaces, hyphens and underscores; None if none.

    >>> status_in("  Below-Limit "), status_in(""), status_in("broken")
    ('below limit', '', None)
    """
    words = " ".join(re.split(r"[\s_\-]+", unicodedata.normalize("NFKC", text).casefold().strip()))
    return words if words == "" or words in STATUSES else None


def status_remedy(text: str) -> str:
    """Return what to do about an unknown status word.

    >>> status_remedy("failed")
    "Choose 'no product' if nothing was made (a low result), 'spoiled' if the well must not count."
    """
    word = text.casefold().strip()
    if word.startswith("fail"):
        return "Choose 'no product' if nothing was made (a low result), 'spoiled' if the well must not count."
    near = difflib.get_close_matches(word, STATUSES, n=1)
    return (
        f"Choose '{near[0]}' from the list."
        if near
        else "Choose from the list, and put other words into Note."
    )


# What instruments and their programs write instead of a number, where it says one thing only. Compared
# without case and spaces. "n.d." (not detected, or not determined) and "out of range" (which end?) are not
# among them. OVRFLW, MISSED and ????? are Gen5's words; OVER and INVALID come from i-control; #SAT, #LOW and
# PATH? from SoftMax Pro; OVERFLOW from MARS; <LOD, BLQ and >ULOQ from assay reports; #DIV/0! from formulas.
WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "over range": (
            "OVRFLW", "OVERFLOW", "OVFLW", "OVER", "OVER RANGE", "SATURATED", "SAT", "#SAT", ">MAX", ">ULOQ",
            "ALQ",
        ),
        "below limit": (
            "<LOD", "<LLOD", "<LOQ", "<LLOQ", "<MIN", "BDL", "BLD", "BLQ", "BLOQ", "BELOW LOD", "BELOW LOQ",
            "BELOW LIMIT", "BELOW DETECTION LIMIT", "UNDER", "UNDER RANGE", "#LOW",
        ),
        "missing": (
            "MISSED", "MISSING", "?????", "N/A", "NA", "N.A.", "NAN", "NULL", "NONE", "INVALID", "ERROR",
            "NOT READ", "NO READ", "PATH?",
            "#N/A", "#DIV/0!", "#VALUE!", "#NUM!", "#REF!", "#NAME?", "#NULL!",
        ),
    }
)  # fmt: skip
_BY_WORD = {"".join(word.split()): status for status, words in WORDS.items() for word in words}
_LIMIT = re.compile(r"(<=?|\u2264|>=?|\u2265)\s*([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)", re.ASCII)
_MASKED = re.compile(r"\*[^*]+\*")


@dataclass(frozen=True)
class Spoken:
    """What a word instead of a number says: a status, and the limit where it names one."""

    status: str
    limit: float | None = None


def spoken_in(text: str) -> Spoken | None:
    """Return what a text instead of a number says, None where it says nothing or several things.

    >>> spoken_in(" ovrflw "), spoken_in(">3.9"), spoken_in("n.d.")
    (Spoken(status='over range', limit=None), Spoken(status='over range', limit=3.9), None)
    """
    word = unicodedata.normalize("NFKC", text).strip()
    if (limit := _LIMIT.fullmatch(word)) is not None:
        return Spoken("below limit" if limit[1][0] in "<\u2264" else "over range", float(limit[2]))
    if _MASKED.fullmatch(word):  # Gen5 and MARS put asterisks around a well that was masked by hand
        return Spoken("spoiled")
    status = _BY_WORD.get("".join(word.upper().split()))
    return None if status is None else Spoken(status)


def words_markdown() -> str:
    """Return the table of what instruments write instead of numbers as Markdown, for the docs."""
    meanings = {
        "over range": "at least the readout's `high`; refused where none is declared",
        "below limit": "at most the readout's `low`; refused where none is declared",
        "missing": "there will be no value",
    }
    head = ("| in the cell | recorded as | what it means |", "|---|---|---|")
    rows = [f"| {_ticked(WORDS[status])} | {status} | {words} |" for status, words in meanings.items()]
    limits = (
        "| `>3.9`, `\u22653.9` | over range | the true value is at least 3.9 |",
        "| `<0.05`, `\u22640.05` | below limit | the true value is at most 0.05 |",
        "| `*0.356*` | spoiled | masked in the instrument's program: recorded, never used |",
    )
    return "\n".join((*head, *limits, *rows)) + "\n"


def _ticked(words: tuple[str, ...]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def statuses_markdown() -> str:
    """Return the table of meanings as Markdown, for the docs."""
    head = ("| value | status | what it means |", "|---|---|---|")
    rows = (
        f"| {value} | {status or '(none)'} | {said.words} |" for (value, status), said in MEANINGS.items()
    )
    return "\n".join((*head, *rows)) + "\n"
